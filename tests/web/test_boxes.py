"""The technician's page: each box, what is wrong and what to do, and a look through its camera."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from kiosk.rules.box import Facts
from kiosk.rules.words import Role
from kiosk.store import audit, box_reports
from kiosk.store.database import db, writing
from kiosk.web.pictures import Picture, Pictures
from tests.cast import now

PAGE = "/boxes"
ALONE = {"HX-Request": "true", "HX-Target": "boxes"}
PICTURE = {"HX-Request": "true", "HX-Target": "picture"}


@pytest.fixture
def page(signed_in, players):
    """A technician's browser with the page open."""
    browser = signed_in(Role.TECHNICIAN)
    browser.get(PAGE)
    return browser


def hub_says(minutes: float = 0, **facts) -> None:
    with writing():
        box_reports.put(box_reports.HUB, now(minutes).at, {"box": Facts(**facts).told(), "site": []})


def jpeg() -> bytes:
    held = io.BytesIO()
    Image.new("L", (320, 180), 90).save(held, "JPEG")
    return held.getvalue()


def answered(players, hub, **body):
    """What the agent of kiosk-1 sends; the hub's answer."""
    heads = {"Authorization": f"Bearer {players.tokens['kiosk']}"}
    return hub.test_client().post("/device/picture", json=body, headers=heads)


def beaten(players, hub, **more):
    """A heartbeat of kiosk-1 over the wire; what it is asked."""
    heads = {"Authorization": f"Bearer {players.tokens['kiosk']}"}
    body = {"run": "run-1", "live_port": 8081, "camera": {"state": "ready"}, "printer": {"state": "ready"}} | more
    answer = hub.test_client().post("/device/heartbeat", json=body, headers=heads)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_it_is_for_whoever_tends_boxes(client, signed_in, players):
    assert client.get(PAGE).location == "/sign-in?next=/boxes"
    client.get("/sign-in")
    for role in (Role.VOLUNTEER, Role.VACCINATOR, Role.OBSERVER, Role.SCREENER):
        browser = signed_in(role)
        for path in (PAGE, f"{PAGE}/strip", f"{PAGE}/picture.jpg", f"{PAGE}/bundle.zip"):
            assert browser.get(path).status_code == 403
        assert f'href="{PAGE}"' not in browser.get("/").text
        assert browser.act(f"{PAGE}/look", camera="kiosk-1").status_code == 403
    for role in (Role.SITE_LEAD, Role.TECHNICIAN):
        browser = signed_in(role)
        assert f'href="{PAGE}"' in browser.get("/").text
        assert f'href="{PAGE}"' in browser.get("/lead").text
        assert f'href="{PAGE}"' in browser.get("/printers").text
        assert browser.get(PAGE).status_code == 200


def test_each_trouble_says_what_to_do(page, players):
    hub_says(model="Raspberry Pi 5", heat_c=86.0, throttled=0x50000, disk_mb=1000, disk_free_mb=900, machine="a")
    text = page.get(PAGE).text
    assert "Nhiệt độ: 86 °C, quá nóng" in text
    assert "Tắt máy đúng cách" in text
    assert "điện áp đã có lúc thấp" in text
    assert "Raspberry Pi 5" in text
    assert text.index("quá nóng") < text.index("điện áp"), "the worst first"
    page.act("/language", language="en")
    assert "Temperature: 86 °C, too hot" in page.get(PAGE).text


def test_a_fine_box_says_so_and_a_silent_one_too(page, players):
    hub_says(heat_c=50.0)
    assert "50 °C" in page.get(PAGE).text
    hub_says(-10, heat_c=50.0)
    assert "Không báo gì từ" in page.get(PAGE).text


def test_before_the_first_word_there_is_a_card_all_the_same(page, players):
    assert "Máy chưa báo tình trạng" in page.get(PAGE).text


def test_two_programs_on_one_machine_are_one_card(page, players, hub):
    hub_says(machine="one", model="Pi hub")
    beaten(players, hub, box=Facts(machine="one", model="Pi hub").told())
    db.session.rollback()
    text = page.get(PAGE).text
    assert re.findall(r'<h2 id="box-[^"]+">([^<]+)<', text) == ["Máy chủ · Máy lấy số 1"]
    beaten(players, hub, box=Facts(machine="two", model="Pi kiosk").told())
    db.session.rollback()
    assert re.findall(r'<h2 id="box-[^"]+">([^<]+)<', page.get(PAGE).text) == ["Máy chủ", "Máy lấy số 1"]


def test_odd_words_of_a_machine_do_not_make_it_look_dead(page, players, hub):
    for odd in ({"heat_c": "hot"}, [], "x", {"model": "x" * 5000}):
        assert beaten(players, hub, box=odd) == {}
    db.session.rollback()
    assert box_reports.find("kiosk-1") is None


def test_the_partial_comes_alone_and_only_when_something_changed(page, players, beat):
    beat()
    text = page.get(PAGE, headers=ALONE).text
    assert text.startswith("\n<section id=") or '<section id="boxes"' in text[:400]
    again = re.search(r'hx-get="([^"]+)"', text)[1].replace("&amp;", "&")
    assert page.get(again, headers=ALONE).status_code == 204
    beat(camera="lost")
    assert page.get(again, headers=ALONE).status_code == 200


def test_a_picture_is_asked_for_made_and_shown_once_to_whoever_asked(page, players, hub, signed_in):
    assert beaten(players, hub) == {}
    assert page.act(f"{PAGE}/look", camera="kiosk-1").location == f"{PAGE}#picture"
    assert "Đang chụp" in page.get(PAGE).text
    entry = audit.find_last("camera.looked", "kiosk-1")
    assert entry is not None
    assert beaten(players, hub) == {"picture": True}
    assert beaten(players, hub) == {}, "one wish, one picture"
    sent = {"jpeg": base64.b64encode(jpeg()).decode(), "width": 1280, "height": 720, "light": "good", "sharp": "soft"}
    assert answered(players, hub, **sent).status_code == 200
    part = page.get(PAGE, headers=PICTURE).text
    assert "/boxes/picture.jpg" in part
    assert "1280 × 720" in part
    assert "hơi mờ" in part
    other = signed_in(Role.SITE_LEAD)
    assert other.get(f"{PAGE}/picture.jpg").status_code == 404
    shown = page.get(f"{PAGE}/picture.jpg")
    assert (shown.data, shown.mimetype, shown.headers["Cache-Control"]) == (jpeg(), "image/jpeg", "no-store")
    assert page.get(f"{PAGE}/picture.jpg").status_code == 404
    assert "Ảnh này đã xem" in page.get(PAGE).text


@pytest.mark.parametrize(
    "body",
    [
        {}, {"jpeg": ""}, {"jpeg": "AAAA", "light": "good", "sharp": "good"}, {"trouble": "no_such"},
        {"jpeg": "/9j/", "light": "bright", "sharp": "good"},
        {"jpeg": "/9j/", "light": "good", "sharp": "good", "width": -1},
        {"jpeg": base64.b64encode(b"\xff\xd8\xff" + bytes(60_001)).decode(), "light": "good", "sharp": "good"},
    ],
)  # fmt: skip
def test_what_is_no_small_picture_is_refused(page, players, hub, body):
    assert answered(players, hub, **body).status_code == 400


def test_more_than_a_small_picture_is_not_even_read(page, players, hub):
    assert answered(players, hub, jpeg="A" * 200_000).status_code == 413


@pytest.mark.parametrize(("trouble", "says"), [("held", "đang đưa thẻ"), ("no_picture", "không cho hình")])
def test_why_there_is_no_picture(page, players, hub, trouble, says):
    beaten(players, hub)
    page.act(f"{PAGE}/look", camera="kiosk-1")
    beaten(players, hub)
    answered(players, hub, trouble=trouble)
    assert says in page.get(PAGE, headers=PICTURE).text


def test_a_camera_that_is_not_there_is_refused(page, players):
    answer = page.act(f"{PAGE}/look", camera="kiosk-1")
    assert answer.status_code == 422
    assert "chưa báo là có hình" in answer.text
    assert audit.find_last("camera.looked", "kiosk-1") is None


def test_a_picture_that_nobody_waits_for_is_not_kept(page, players, hub):
    sent = {"jpeg": base64.b64encode(jpeg()).decode(), "light": "good", "sharp": "soft"}
    assert answered(players, hub, **sent).status_code == 200
    assert page.get(f"{PAGE}/picture.jpg").status_code == 404


def test_pictures_are_gone_after_a_minute_and_late_ones_are_said_to_be():
    at = [0.0]
    pictures = Pictures(lambda: at[0])
    pictures.ask("s", "kiosk-1")
    assert pictures.wanted("kiosk-1")
    at[0] = 13.0
    assert pictures.find("s")[1] == "late"
    assert pictures.put("kiosk-1", Picture(b"x"))
    at[0] = 72.0
    assert pictures.find("s")[1] == "here"
    at[0] = 73.0
    assert pictures.find("s") == ("", "", None)
    assert pictures.take("s") is None


def test_the_line_says_what_waits(page, players, folder):
    assert "chưa đặt địa chỉ nền tảng" in page.get(PAGE).text


def test_a_stale_row_of_a_station_that_is_no_more_is_no_card(page, players):
    with writing():
        box_reports.put("kiosk-9", now().at, {"box": {}})
    assert "kiosk-9" not in page.get(PAGE).text

"""The devices' page: who is trusted where, a code for one more, and an end to trust."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk.actions import devices, site
from kiosk.actions.site import token_hash
from kiosk.rules.box import Facts, Interface
from kiosk.rules.words import Role, SlipKind
from kiosk.store import box_reports, pairings, print_jobs
from kiosk.store.database import db, writing
from kiosk.web.gate import device_cookie
from tests.cast import everything, key, now

PAGE = "/devices"
ALONE = {"HX-Request": "true", "HX-Target": "devices"}
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")
KEY = re.compile(r'hx-post="/devices/code".*?name="key" value="([^"]+)"', re.DOTALL)
IN_PLACE = {"HX-Request": "true", "HX-Target": "invite"}
SECRET = re.compile(r'<p class="pairing-code digits">([^<]+)</p>')


@pytest.fixture
def page(signed_in, players):
    """The site lead's browser with the page open."""
    browser = signed_in(Role.SITE_LEAD)
    browser.get(PAGE)
    return browser


@pytest.fixture
def tablet(players):
    """A tablet of the second injection table; its token and its pairing."""
    code, token = site.new_token(), site.new_token()
    id = devices.invite(players.lead, now(), key(), "injection-2", code)
    devices.join(players.lead, now(), key(), code, token, "screen", "Máy bảng <Lan>")
    return token, id


def test_it_is_for_the_site_lead_and_the_technician(client, signed_in, players, tablet):
    assert client.get(PAGE).location == "/sign-in?next=/devices"
    client.get("/sign-in")
    acts = {"/code": {"station": "desk-1"}, "/print": {"station": "desk-1", "printer": "kiosk-1"},
            f"/{tablet[1]}/revoke": {}}  # fmt: skip
    for act, fields in acts.items():
        assert client.act(f"{PAGE}{act}", **fields).location.startswith("/sign-in")
    for role in (Role.VOLUNTEER, Role.VACCINATOR, Role.SCREENER, Role.OBSERVER):
        browser = signed_in(role)
        assert browser.get(PAGE).status_code == 403
        assert PAGE not in browser.get("/").text
        for act, fields in acts.items():
            assert browser.act(f"{PAGE}{act}", **fields).status_code == 403
    assert pairings.find(token_hash(tablet[0]))
    for role in (Role.SITE_LEAD, Role.TECHNICIAN):
        browser = signed_in(role)
        assert f'href="{PAGE}"' in browser.get("/").text
        assert browser.get(PAGE).status_code == 200
        assert f'href="{PAGE}"' in browser.get("/lead").text
        assert f'href="{PAGE}"' in browser.get("/printers").text


def test_it_lists_every_device_at_its_station(page, tablet, beat):
    beat()
    text = page.get(PAGE).text
    for place in ("Máy lấy số 1", "Bàn tiêm 1", "Bàn tiêm 2", "Bàn khám 2"):
        assert text.count(f"{place}</h2>") == 1
    assert "Bàn hoàn tất</h2>" not in text, "nobody is paired there"
    assert "Máy bảng &lt;Lan&gt;" in text
    assert "Màn hình, máy tính bảng hoặc điện thoại" in text
    assert "Máy đang trả lời" in text
    assert not CODE.search(text), "no token and no code stands on the page"


def test_the_device_in_ones_hands_is_named(page, tablet):
    assert "(thiết bị này)" not in page.get(PAGE).text
    page.set_cookie(device_cookie("injection-2"), tablet[0])
    text = page.get(PAGE).text
    assert text.count("(thiết bị này)") == 1
    assert "Đây là thiết bị đang dùng" in text


def test_htmx_gets_the_list_and_nothing_while_nothing_changed(page, players, tablet):
    alone = page.get(PAGE, headers=ALONE).text
    assert alone.lstrip().startswith('<section id="devices"')
    again = unescape(re.search(r'hx-get="([^"]+)"', alone)[1])
    assert page.get(again, headers=ALONE).status_code == 204
    devices.invite(players.lead, now(), key(), "desk-1", site.new_token())
    assert page.get(again, headers=ALONE).status_code == 200


def test_a_code_is_shown_once_and_a_second_tap_shows_the_same(page):
    form = {"key": key(), "station": "desk-1"}
    first = page.post(f"{PAGE}/code", data=form)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-store"
    code = SECRET.search(first.text)[1]
    assert devices.find_open(now(), token_hash(code)).station == "desk-1"
    assert "Bàn tình nguyện viên 1" in first.text
    then = everything()
    assert SECRET.search(page.post(f"{PAGE}/code", data=form).text)[1] == code
    assert everything() == then
    text = page.get(PAGE).text
    assert code not in text
    assert "Mã chưa dùng" in text


def test_each_code_is_its_own_and_htmx_gets_it_alone(page):
    answers = [page.act(f"{PAGE}/code", into="invite", station="desk-1") for _ in range(2)]
    assert all(answer.text.lstrip().startswith('<div id="invite"') for answer in answers)
    assert len({SECRET.search(answer.text)[1] for answer in answers}) == 2
    assert page.act(f"{PAGE}/code", station="nowhere").status_code == 404
    assert page.post(f"{PAGE}/code", data={"station": "desk-1"}).status_code == 400


def tapped(page, form, **fields):
    """Presses the button of the form that this answer carries, as a page without its own script does."""
    answer = page.post(f"{PAGE}/code", data={"key": KEY.search(form)[1]} | fields, headers=IN_PLACE)
    assert answer.status_code == 200
    return answer.text


def test_one_page_makes_a_code_for_every_device_in_turn(page, players):
    first = tapped(page, page.get(PAGE).text, station="desk-1")
    second = tapped(page, first, station="injection-2")
    codes = [SECRET.search(text)[1] for text in (first, second)]
    assert [devices.find_open(now(), token_hash(code)).station for code in codes] == ["desk-1", "injection-2"]
    assert 'value="injection-2" selected' in second, "the next one may be for the same place"
    devices.join(players.lead, now(), key(), codes[1], site.new_token(), "screen", "")
    third = tapped(page, second, station="injection-2")
    code = SECRET.search(third)[1]
    assert code not in codes
    assert devices.find_open(now(), token_hash(code)).station == "injection-2"
    assert "Đã ghép" not in third


def test_the_place_of_a_code_waits_and_then_says_who_joined(page, players):
    shown = page.act(f"{PAGE}/code", into="invite", station="desk-1").text
    code, asks = SECRET.search(shown)[1], re.search(r'hx-get="([^"]+)"', shown)[1]
    assert page.get(asks, headers=ALONE).status_code == 204
    devices.join(players.lead, now(), key(), code, site.new_token(), "screen", "Android · Chrome")
    answer = page.get(asks, headers=ALONE).text
    assert "Đã ghép một thiết bị với Bàn tình nguyện viên 1" in answer
    assert "Android · Chrome" in answer
    assert "hx-get" not in answer, "and asks no more"
    assert page.get(f"{PAGE}/code/nothing").status_code == 404


def test_a_code_can_be_dropped(page):
    shown = page.act(f"{PAGE}/code", into="invite", station="desk-1").text
    code, asks = SECRET.search(shown)[1], re.search(r'hx-get="([^"]+)"', shown)[1]
    row = devices.find_open(now(), token_hash(code))
    assert page.act(f"{PAGE}/{row.id}/revoke", into="devices").status_code == 200
    assert devices.find_open(now(), token_hash(code)) is None
    assert "không còn dùng được" in page.get(asks, headers=ALONE).text
    assert "Mã chưa dùng" not in page.get(PAGE).text


def test_revoking_ends_a_devices_trust_at_its_next_request(page, hub, players):
    code, token = site.new_token(), site.new_token()
    id = devices.invite(players.lead, now(), key(), "kiosk-1", code)
    devices.join(players.lead, now(), key(), code, token, "screen", "Màn hình")
    screen = hub.test_client()
    screen.set_cookie(device_cookie("kiosk-1"), token)
    assert screen.get("/kiosk/kiosk-1").status_code == 200
    form = {"key": key()}
    assert page.post(f"{PAGE}/{id}/revoke", data=form).location == PAGE
    then = everything()
    assert page.post(f"{PAGE}/{id}/revoke", data=form).location == PAGE
    assert everything() == then
    assert screen.get("/kiosk/kiosk-1").location.startswith("/pair")
    asked = screen.get("/kiosk/kiosk-1", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"].startswith("/pair")
    assert "Màn hình</strong>" not in page.get(PAGE).text
    assert page.act(f"{PAGE}/nobody/revoke").status_code == 404


def test_an_agent_that_was_revoked_is_known_no_more(page, hub, players):
    bearer = {"Authorization": f"Bearer {players.tokens['kiosk']}"}
    assert hub.test_client().post("/device/start", json={"run": "r"}, headers=bearer).status_code == 200
    row = pairings.find(token_hash(players.tokens["kiosk"]))
    answer = page.act(f"{PAGE}/{row.id}/revoke", into="devices")
    assert answer.text.lstrip().startswith('<section id="devices"')
    assert hub.test_client().post("/device/start", json={"run": "r"}, headers=bearer).status_code == 401


def test_a_slip_with_a_code_is_printed_and_followed_on_the_printers_page(page):
    answer = page.act(f"{PAGE}/print", station="injection-2", printer="kiosk-1")
    job = db.session.scalars(db.select(print_jobs.PrintJob)).one()
    assert (job.slip, answer.status_code) == (SlipKind.STATUS, 303)
    assert answer.location == f"/printers?paper={job.id}"
    assert "Bàn tiêm 2" in str(job.blocks)
    assert devices.find_open(now(), token_hash(CODE.search(str(job.blocks))[0])).station == "injection-2"
    assert page.act(f"{PAGE}/print", station="nowhere", printer="kiosk-1").status_code == 404
    assert page.act(f"{PAGE}/print", station="injection-2", printer="nowhere").status_code == 404


def test_the_code_on_the_screen_leads_where_the_box_is_reached(page, hub):
    shown = page.act(f"{PAGE}/code", into="invite", station="desk-1").text
    assert "<path" not in shown, "this browser came by the box's own loopback, where nobody else gets"
    settings = hub.config["SETTINGS"]
    reached = settings.hub.model_copy(update={"staff_address": "https://diem-tiem.local"})
    hub.config["SETTINGS"] = settings.model_copy(update={"hub": reached})
    shown = page.act(f"{PAGE}/code", into="invite", station="desk-1").text
    assert shown.count("<path") == 2, "the certificate first, then the code"
    assert "http://diem-tiem.local/authority" in shown
    assert "https://diem-tiem.local/pair<" in shown


def on_slip(page):
    """The addresses of a status slip."""
    page.act(f"{PAGE}/print", station="desk-1", printer="kiosk-1")
    rows = db.session.scalars(db.select(print_jobs.PrintJob)).all()
    said = [block.get("text", "") for block in max(rows, key=lambda row: row.seq).blocks]
    start = said.index("Địa chỉ") + 1 if "Địa chỉ" in said else 0
    return [text for text in said[start:] if "://" in text]


def test_a_slip_carries_only_addresses_that_open(page, hub):
    assert on_slip(page) == [], "loopback leads nobody here"
    settings = hub.config["SETTINGS"]
    reached = settings.hub.model_copy(update={"staff_address": "https://diem-tiem.local"})
    hub.config["SETTINGS"] = settings.model_copy(update={"hub": reached})
    facts = Facts(interfaces=(Interface("eth0", "ethernet", True, ("192.168.1.20",)),))
    with writing():
        box_reports.put(box_reports.HUB, now().at, {"box": facts.told()})
    said = on_slip(page)
    assert said[:2] == ["https://diem-tiem.local", "http://192.168.1.20/authority"]
    assert "localhost" not in str(said)


def test_the_page_speaks_english(page, tablet, beat):
    beat()
    page.act("/language", language="en", back=PAGE)
    text = page.get(PAGE).text
    for words in ("Pair one more device", "Revoke now", "The machine answers", "Paired at the hub", "Show a code"):
        assert words in text

"""Locked screens, and screens that go from hand to hand."""

from __future__ import annotations

import base64
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from kiosk import config
from kiosk.actions import help_calls as calls
from kiosk.actions import locking
from kiosk.actions.site import token_hash
from kiosk.app import create_app
from kiosk.demo.shift import Shift
from kiosk.rules.words import Role
from kiosk.store import duties, help_calls, staff
from kiosk.store.database import db, writing
from kiosk.web.gate import STAFF_COOKIE
from tests.cast import dosed, key, now, without_ids
from tests.conftest import STAFF

NAME, BADGE, PIN = STAFF[Role.VOLUNTEER]
NURSE = {"who": STAFF[Role.VACCINATOR][1], "pin": STAFF[Role.VACCINATOR][2]}
PARTIAL = {"HX-Request": "true", "HX-Target": "calls", "HX-Current-URL": "http://localhost/desk/desk-1?call=1"}


@pytest.fixture
def tablet(signed_in):
    """A volunteer's, at the desk."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/desk/desk-1")
    return browser


@pytest.fixture
def idle(settings):
    """Minutes pass, and nobody touches anything."""
    return Shift(settings.clock_shift).advance


def next_of(address):
    """The page to go on with, in an address."""
    return parse_qs(urlsplit(address).query).get("next", [None])[0]


def lock(browser, page="/desk/desk-1"):
    """Presses the bar's button; the page that comes."""
    answer = browser.act("/lock", next=page)
    assert answer.status_code == 303
    return browser.get(answer.location)


def session_of(browser):
    """The session that this browser holds."""
    return staff.find_session(token_hash(browser.get_cookie(STAFF_COOKIE).value))


def test_the_bar_locks_and_hands_over_and_keeps_the_page(tablet):
    text = tablet.get("/desk/desk-1?found=x").text
    assert 'action="/lock"' in text
    assert 'name="next" value="/desk/desk-1?found=x"' in text
    assert 'href="/handover?next=/desk/desk-1?found%3Dx"' in text


def test_a_locked_screen_shows_who_and_since_when_and_nothing_else(tablet):
    page = lock(tablet)
    assert page.status_code == 200
    assert NAME in page.text
    assert re.search(r"khóa từ \d\d:\d\d", page.text)
    for path in ("/", "/desk/desk-1", "/desk/desk-1/person/x", "/printers", "/lock?next=/"):
        answer = tablet.get(path)
        if path.startswith("/lock"):
            assert 'href="/desk' not in answer.text
            continue
        assert answer.status_code == 303, path
        assert answer.location.startswith("/lock?next="), path
        assert next_of(answer.location) == path


def test_an_act_of_a_locked_screen_is_not_done(tablet, players):
    lock(tablet)
    answer = tablet.act("/desk/desk-1/find", words="NGUYEN")
    assert answer.status_code == 303
    assert answer.location.startswith("/lock")
    answer = tablet.act("/sign-out")
    assert answer.location.startswith("/lock")
    assert session_of(tablet).ended_at is None


def test_an_act_leads_back_to_the_page_that_it_was_on(tablet):
    lock(tablet)
    for page, wanted in (
        ("http://localhost/desk/desk-1?found=x", "/desk/desk-1?found=x"),
        ("http://evil.example/desk", None),
        ("http://localhost//evil.example", None),
    ):
        answer = tablet.post("/desk/desk-1/find", data={"key": key()}, headers={"Referer": page})
        assert next_of(answer.location) == wanted, page


def test_polls_are_led_to_the_lock_and_back_to_the_page_around_them(tablet):
    lock(tablet)
    answer = tablet.get("/desk/desk-1", headers=PARTIAL)
    assert answer.status_code == 204
    assert answer.text == ""
    assert urlsplit(answer.headers["HX-Redirect"]).path == "/lock"
    assert next_of(answer.headers["HX-Redirect"]) == "/desk/desk-1?call=1"


def test_every_tab_of_the_session_is_locked_and_no_other_session(tablet, signed_in):
    phone, lead = signed_in(Role.VOLUNTEER), signed_in(Role.SITE_LEAD)
    lock(tablet)
    assert phone.get("/desk/desk-1").status_code == 200
    assert lead.get("/lead").status_code == 200


def test_the_pin_opens_it_on_the_same_page(tablet):
    lock(tablet, "/desk/desk-1?found=x")
    same = key()
    for _ in range(2):
        answer = tablet.post("/lock/open", data={"key": same, "pin": PIN, "next": "/desk/desk-1?found=x"})
        assert (answer.status_code, answer.location) == (303, "/desk/desk-1?found=x")
    assert tablet.get("/desk/desk-1").status_code == 200
    assert tablet.get("/lock?next=/desk/desk-1").location == "/desk/desk-1", "an open one has no lock to show"


def test_a_wrong_pin_stands_beside_its_field(tablet):
    lock(tablet)
    answer = tablet.act("/lock/open", pin="9999", next="/desk/desk-1")
    assert answer.status_code == 422
    assert 'id="pin-refusal"' in answer.text
    assert "9999" not in without_ids(answer.text)
    assert 'name="next" value="/desk/desk-1"' in answer.text
    for _ in range(4):
        tablet.act("/lock/open", pin="9999")
    assert "Chờ 5 phút" in tablet.act("/lock/open", pin=PIN).text


@pytest.mark.parametrize("path", ["//evil.example", "https://evil", "/\\evil.example"])
def test_only_local_paths_are_followed(tablet, path):
    lock(tablet)
    assert tablet.act("/handover", who=BADGE, pin="9999", next=path).text.count("evil") == 0
    assert tablet.act("/lock/open", pin=PIN, next=path).location == "/"
    assert next_of(tablet.act("/lock", next=path).location) == "/"
    assert tablet.act("/handover", **NURSE, next=path).location == "/"


def test_forms_need_their_token(tablet):
    for path in ("/lock", "/lock/open", "/handover", "/present"):
        tablet.get("/desk/desk-1")
        tablet.token = ""
        assert tablet.act(path, pin=PIN, **{"who": BADGE}).status_code == 400, path


def test_anonymous_is_led_to_the_sign_in(client):
    for path in ("/lock", "/handover"):
        assert client.get(path).location.startswith("/sign-in")


# Idling


def test_nobody_touches_it_and_it_locks_by_itself(tablet, idle):
    idle(14)
    assert tablet.get("/desk/desk-1").status_code == 200
    assert tablet.get("/desk/desk-1", headers=PARTIAL).status_code == 200
    idle(1.1)
    assert tablet.get("/desk/desk-1").location.startswith("/lock")
    assert session_of(tablet).locked_at is None, "what time decides is computed, not stored"
    answer = tablet.act("/lock/open", pin=PIN, next="/desk/desk-1")
    assert answer.location == "/desk/desk-1"
    assert tablet.get("/desk/desk-1").status_code == 200


def test_a_touch_keeps_it_open_and_polls_do_not(tablet, idle):
    idle(10)
    answer = tablet.act("/present", into="presence")
    assert (answer.status_code, answer.text) == (204, "")
    idle(10)
    assert tablet.get("/desk/desk-1").status_code == 200
    idle(6)
    answer = tablet.act("/present", into="presence")
    assert answer.headers["HX-Redirect"].startswith("/lock"), "a touch of a stranger unlocks nothing"


def test_a_touch_without_scripts_leads_back(tablet):
    answer = tablet.act("/present", next="/desk/desk-1")
    assert (answer.status_code, answer.location) == (303, "/desk/desk-1")


def test_a_wrong_pin_keeps_an_idle_screen_locked(tablet, idle):
    idle(16)
    assert tablet.act("/lock/open", pin="9999").status_code == 422
    assert tablet.act("/handover", who="N01", pin="9999").status_code == 422
    assert tablet.get("/desk/desk-1").location.startswith("/lock")


def test_the_page_knows_how_long_and_has_a_way_without_scripts(tablet, idle):
    idle(10)
    text = tablet.get("/desk/desk-1").text
    left = int(re.search(r'data-left="(\d+)"', text)[1])
    assert 290 <= left <= 300
    assert re.search(rf'<noscript><meta http-equiv="refresh" content="{left + 1};url=/lock', text)


@pytest.fixture
def never_locks(folder):
    """A browser at a hub that never locks by itself."""
    toml = folder / "site.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[hub]\nlock_minutes = 0\n", encoding="utf-8")
    return create_app(config.load(folder))


def test_where_it_never_locks_by_itself_it_locks_by_hand(never_locks, inside, players, idle):
    browser = never_locks.test_client()
    browser.set_cookie("staff", players.tokens["lead"])
    idle(100)
    text = browser.get("/lead").text
    assert "data-left" not in text
    assert 'action="/lock"' in text
    locking.lock(players.lead, now(), key())
    assert browser.get("/lead").location.startswith("/lock")


def test_two_hours_end_it(tablet, idle):
    lock(tablet)
    idle(121)
    assert tablet.get("/lock").location.startswith("/sign-in")
    assert tablet.act("/lock/open", pin=PIN).location.startswith("/sign-in")


# What is watched, not touched


def test_a_room_stays_in_sight_without_names_and_can_call_the_doctor(signed_in, opened, players, idle):
    seated = dosed(players, players.huong)
    room = signed_in(Role.OBSERVER)
    room.get("/observation/observation-1")
    room.act(f"/observation/observation-1/visit/{seated}/look")
    assert "Nguyễn Thị Hường" in room.get("/observation/observation-1").text
    idle(16)
    page = room.get("/observation/observation-1")
    assert page.status_code == 200
    assert "Nguyễn Thị Hường" not in page.text
    assert "Mở khóa" in page.text
    for act in ("look", "release"):
        answer = room.act(f"/observation/observation-1/visit/{seated}/{act}", into="room")
        assert answer.headers.get("HX-Redirect", "").startswith("/lock"), act
    assert room.act(f"/observation/observation-1/visit/{seated}/unwell").location.startswith("/observation")
    assert help_calls.list_open(), "nobody types a PIN before the doctor is called"
    assert room.act(f"/observation/observation-1/visit/{seated}/release").location.startswith("/lock")


def test_a_room_that_was_locked_by_hand_stays_in_sight_without_names(signed_in, opened, players):
    seated = dosed(players, players.huong)
    room = signed_in(Role.OBSERVER)
    room.get("/observation/observation-1")
    room.act(f"/observation/observation-1/visit/{seated}/look")
    page = lock(room, "/observation/observation-1")
    assert page.status_code == 200
    assert "Mở khóa" in page.text
    assert "Nguyễn Thị Hường" not in page.text
    assert room.get("/").location.startswith("/lock")
    assert room.act(f"/observation/observation-1/visit/{seated}/release").location.startswith("/lock")
    room.act(f"/observation/observation-1/visit/{seated}/unwell")
    assert help_calls.list_open(), "a badge at another table locks nobody's doctor away"


def test_a_locked_desk_rings_and_says_no_more(tablet, players):
    assert "data-ring" not in lock(tablet).text
    calls.call_help(players.kiosk, now(), key(), "asked")
    alone = {"HX-Request": "true", "HX-Target": "calling"}
    page = tablet.get("/lock?next=/desk/desk-1")
    assert "data-ring" in page.text
    assert "Máy lấy số 1" not in page.text
    address = re.search(r'id="calling" hx-get="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert tablet.get(address, headers=alone).status_code == 204
    assert "data-ring" not in tablet.get("/lock?next=/table/finish-1").text, "it rings where a desk is locked"
    tablet.act("/lock/open", pin=PIN, next="/desk/desk-1")
    assert tablet.get(address, headers=alone).headers["HX-Redirect"] == "/desk/desk-1", "opened in another tab"


# A badge at a hand scanner


def scan(client, token, badge, symbology):
    """The agent tells what its hand scanner or its camera has read."""
    id, raw = key(), base64.b64encode(f"DTB1:{badge}".encode()).decode()
    headers = {"Authorization": f"Bearer {token}"}
    return client.post("/device/scans", json={"id": id, "raw": raw, "symbology": symbology}, headers=headers)


@pytest.mark.parametrize(("symbology", "locks"), [("Keyboard", True), ("Serial", True), ("QRCode", False)])
def test_a_badge_at_the_tables_hand_scanner_locks_its_owners_screens(tablet, client, players, symbology, locks):
    answer = scan(client, players.tokens["table_camera"], BADGE, symbology)
    assert (answer.status_code, answer.json["outcome"]) == (
        200, "unknown_code" if symbology != "QRCode" else answer.json["outcome"],
    )  # fmt: skip
    assert (tablet.get("/desk/desk-1").status_code == 303) is locks


def test_a_badge_and_a_pin_open_a_locked_screen(tablet):
    lock(tablet)
    page = tablet.act("/lock/open", pin=f"DTB1:{BADGE}", next="/desk/desk-1")
    assert page.status_code == 200
    assert f'value="DTB1:{BADGE}"' in page.text
    assert staff.find_by_badge(BADGE).failures == 0, "a badge is no wrong PIN"
    before = session_of(tablet).id
    answer = tablet.act("/handover", who=f"DTB1:{BADGE}", pin=PIN, next="/desk/desk-1")
    assert (answer.status_code, answer.location) == (303, "/desk/desk-1")
    assert session_of(tablet).id == before


# Handing over


def test_badge_and_pin_hand_the_screen_over_on_the_same_page(tablet, opened):
    tablet.get("/table/injection-1")
    page = tablet.get("/handover?next=/table/injection-1")
    assert NAME in page.text
    before = tablet.get_cookie(STAFF_COOKIE).value
    answer = tablet.act("/handover", **NURSE, next="/table/injection-1?stamp=x")
    assert (answer.status_code, answer.location) == (303, "/table/injection-1")
    assert tablet.get_cookie(STAFF_COOKIE).value != before
    cookie = tablet.get_cookie(STAFF_COOKIE)
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert STAFF[Role.VACCINATOR][0] in tablet.get("/table/injection-1").text
    assert duties.find_at(opened, "injection-1").badge == NURSE["who"]


def test_the_old_cookie_opens_nothing_any_more(tablet, hub):
    before = tablet.get_cookie(STAFF_COOKIE).value
    tablet.act("/handover", **NURSE, next="/")
    old = hub.test_client()
    old.set_cookie(STAFF_COOKIE, before)
    assert old.get("/desk/desk-1").location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("role", "page", "then"),
    [
        (Role.VACCINATOR, "/desk/desk-1", "/"),
        (Role.TECHNICIAN, "/table/injection-1", "/"),
        (Role.TECHNICIAN, "/printers", "/printers"),
        (Role.SITE_LEAD, "/desk/desk-1?call=x", "/desk/desk-1"),
        (Role.SITE_LEAD, "/nowhere", "/"),
        (Role.SITE_LEAD, "/lock/open", "/"),
    ],
)
def test_it_goes_on_where_the_new_role_may(tablet, role, page, then):
    answer = tablet.act("/handover", who=STAFF[role][1], pin=STAFF[role][2], next=page)
    assert answer.location == then


def test_the_person_on_the_desks_page_stays_there(tablet, players):
    tablet.act(f"/desk/desk-1/open/{players.pao}")
    page = f"/desk/desk-1/person/{players.pao}"
    _, badge, pin = STAFF[Role.SITE_LEAD]
    answer = tablet.act("/handover", who=badge, pin=pin, next=page)
    assert answer.location == page
    assert "Sùng A Páo" in tablet.get(page).text


def test_a_wrong_pin_is_refused_beside_the_field_and_keeps_the_badge(tablet):
    answer = tablet.act("/handover", who="DTB1:N01", pin="9999", next="/desk/desk-1")
    assert answer.status_code == 422
    assert 'id="pin-refusal"' in answer.text
    assert 'value="DTB1:N01"' in answer.text
    assert "9999" not in without_ids(answer.text)
    assert tablet.get("/desk/desk-1").status_code == 200, "nothing has changed hands"


def test_a_locked_screen_is_handed_over(tablet):
    lock(tablet)
    assert tablet.get("/handover?next=/table/injection-1").status_code == 200
    answer = tablet.act("/handover", **NURSE, next="/table/injection-1")
    assert answer.location == "/table/injection-1"
    assert tablet.get("/table/injection-1").status_code == 200


def test_a_second_tap_changes_nothing(tablet, hub):
    old = hub.test_client()
    old.set_cookie(STAFF_COOKIE, tablet.get_cookie(STAFF_COOKIE).value)
    same = {"key": key(), "next": "/table/injection-1"} | NURSE
    assert tablet.post("/handover", data=same).status_code == 303
    nurse = staff.find_by_badge(NURSE["who"])
    count = len(staff.list_open_sessions(nurse.id))
    answer = tablet.post("/handover", data=same)
    assert answer.status_code in (303, 422)
    assert len(staff.list_open_sessions(nurse.id)) == count


def test_signing_in_where_somebody_is_signed_in_ends_theirs(tablet):
    before = session_of(tablet).id
    tablet.get("/sign-in")
    tablet.act("/sign-in", **NURSE)
    assert staff.get_session(before).ended_at is not None
    db.session.rollback()


def test_somebody_whose_last_day_has_passed_is_told_so(client):
    with writing():
        staff.find_by_badge(BADGE).valid_until = now().on.replace(year=2021)
    client.get("/sign-in")
    answer = client.act("/sign-in", who=BADGE, pin=PIN)
    assert answer.status_code == 422
    assert "Hỏi trưởng điểm tiêm" in answer.text


def test_a_session_ends_with_its_owners_last_day(tablet):
    with writing():
        staff.find_by_badge(BADGE).valid_until = now().on.replace(year=2021)
    assert tablet.get("/desk/desk-1").location.startswith("/sign-in")

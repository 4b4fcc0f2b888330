"""A table goes from hand to hand, is locked and unlocked, and locks by itself: with a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from kiosk import config, wording
from kiosk.actions import check_in, day, screening, table
from kiosk.app import create_app
from kiosk.demo.program import wait_for_hub
from kiosk.demo.shift import Shift
from kiosk.rules.actor import Actor
from kiosk.rules.words import Role
from kiosk.store import clinic_days, duties, people, staff, visits
from kiosk.store.database import db, writing
from tests.browser.conftest import PHONE, TABLET, Office, Watched
from tests.cast import answers, local, now
from tests.conftest import STAFF

say = wording.speaker("vi")
NURSE, DOCTOR = STAFF[Role.VACCINATOR], STAFF[Role.SCREENER]
TABLE = "/table/injection-1"


@pytest.fixture
def served(office: Office) -> Callable[[], str | None]:
    """Somebody is called to the injection table by its volunteer; gives the number of whoever is served there."""
    app = create_app(config.load(office.folder))
    with app.app_context():
        volunteer, doctor, lead = (
            _actor(role, station)
            for role, station in (
                (Role.VOLUNTEER, "desk-1"), (Role.SCREENER, "screening-1"), (Role.SITE_LEAD, "desk-1"),
            )
        )  # fmt: skip
        opened = day.open_day(lead, now(), str(uuid4()), "morning")
        person = people.search("NGUYEN THI HUONG", None)[0].id
        check_in.check_in_person(volunteer, now(), str(uuid4()), person, answers(), "vi", local())
        visit = table.call_next(doctor, now(), str(uuid4()))
        assert visit
        table.receive(doctor, now(), str(uuid4()), visit)
        vitals = {"temperature": "36,8"}
        screening.conclude(doctor, now(), str(uuid4()), visit, [], True, vitals, [], "cleared", "")

    def at_table() -> str | None:
        with app.app_context():
            found = visits.find_at(opened, "injection-1")
            db.session.rollback()
            return found.label if found else None

    return at_table


def _actor(role: Role, station: str) -> Actor:
    member = staff.find_by_badge(STAFF[role][1])
    assert member
    session = staff.StaffSession(
        staff_id=member.id, token_hash=str(uuid4()), opened_at=now().at, last_act_at=now().at
    )  # fmt: skip
    with writing():
        staff.add(session)
    return Actor(member.id, role, station, session.id)


def typed(page: Page, keys: str) -> int:
    """Presses these keys, wherever the focus is; how many."""
    for each in keys:
        page.keyboard.press("Enter" if each == "\n" else each)
    return len(keys)


def test_a_table_changes_hands_by_badge_and_pin_and_whoever_sits_there_stays(
    office: Office, served: Callable[[], str | None]
) -> None:
    tablet = office.sign_in(Role.VOLUNTEER, TABLET)
    page = tablet.go(TABLE)
    page.get_by_role("button", name=say("table.call_next")).click()
    page.get_by_role("button", name=say("table.receive")).click()
    expect(page.get_by_role("heading", name="Nguyễn Thị Hường")).to_be_visible()
    number = served()
    assert number
    tablet.check()
    page.get_by_role("link", name=say("lock.change")).click()
    expect(page.locator("#who")).to_be_focused()
    tablet.check()
    typed(page, f"DTB1:{NURSE[1]}\n")  # what the hand scanner types
    expect(page.locator("#pin")).to_be_focused()
    # One touch, a badge, and these keys: that is all a handover takes.
    assert typed(page, f"{NURSE[2]}\n") == 5
    page.wait_for_url(office.base + TABLE)
    expect(page.get_by_text(NURSE[0]).first).to_be_visible()
    expect(page.get_by_role("heading", name="Nguyễn Thị Hường")).to_be_visible()
    assert served() == number
    with create_app(config.load(office.folder)).app_context():
        opened = clinic_days.find_open()
        assert opened
        on_duty = duties.find_at(opened.id, "injection-1")
        assert on_duty
        assert on_duty.badge == NURSE[1]
    tablet.check()


def test_a_screen_is_locked_and_opened_where_it_was(office: Office) -> None:
    phone = office.sign_in(Role.VOLUNTEER, PHONE)
    page = phone.go("/desk/desk-1")
    phone.check()
    page.get_by_role("button", name=say("lock.lock")).click()
    expect(page.get_by_role("heading", name=say("lock.title"))).to_be_visible()
    expect(page.locator("#pin")).to_be_focused()
    phone.check()
    phone.go("/desk/desk-1")
    expect(page.get_by_role("heading", name=say("lock.title"))).to_be_visible()
    typed(page, "0000\n")
    expect(page.locator("#pin-refusal")).to_be_visible()
    phone.check()
    typed(page, f"{STAFF[Role.VOLUNTEER][2]}\n")
    page.wait_for_url(office.base + "/desk/desk-1")
    phone.check()


def test_another_tab_of_the_same_session_goes_to_the_lock_by_itself(office: Office) -> None:
    tablet = office.sign_in(Role.VOLUNTEER, TABLET)
    other = tablet.context.new_page()
    other.goto(office.base + "/desk/desk-1")
    tablet.go("/desk/desk-1").get_by_role("button", name=say("lock.lock")).click()
    expect(other.get_by_role("heading", name=say("lock.title"))).to_be_visible(timeout=15_000)


def _lock_after(office: Office, minutes: int) -> None:
    office.hub.stop()
    toml = office.folder / "site.toml"
    text = toml.read_text(encoding="utf-8").replace("lock_minutes = 0", f"lock_minutes = {minutes}")
    assert f"lock_minutes = {minutes}" in text
    toml.write_text(text, encoding="utf-8")
    office.hub.start()
    wait_for_hub(office.base, office.hub)


def _idle(tablet: Watched, minutes: float) -> None:
    """The browser's clock goes on, and its timers with it."""
    tablet.page.clock.fast_forward(int(minutes * 60_000))


def test_a_screen_that_nobody_touches_says_so_and_locks(office: Office) -> None:
    _lock_after(office, 15)
    hours = Shift(office.folder / "clock-shift")
    tablet = office.sign_in(Role.VOLUNTEER, TABLET)
    tablet.page.clock.install()
    page = tablet.go("/desk/desk-1")
    warning = page.get_by_role("button", name=say("lock.here"))
    _idle(tablet, 13)
    expect(warning).to_be_hidden()
    hours.advance(14.6)
    _idle(tablet, 1.7)
    expect(warning).to_be_visible()
    tablet.check()
    with page.expect_response("**/present") as told:
        warning.click()
    assert told.value.status == 204
    expect(warning).to_be_hidden()
    # Fifteen minutes are counted anew, for the page and for the hub.
    hours.advance(14)
    _idle(tablet, 14)
    expect(warning).to_be_hidden()
    assert page.request.get(office.base + "/desk/desk-1", max_redirects=0).status == 200
    hours.advance(1.5)
    _idle(tablet, 1.5)
    expect(page.get_by_role("heading", name=say("lock.title"))).to_be_visible(timeout=15_000)
    typed(page, f"{STAFF[Role.VOLUNTEER][2]}\n")
    page.wait_for_url(office.base + "/desk/desk-1*")


def test_keys_and_touches_tell_the_hub_once_a_minute_at_most(office: Office) -> None:
    _lock_after(office, 15)
    tablet = office.sign_in(Role.VOLUNTEER, TABLET)
    tablet.page.clock.install()
    page = tablet.go("/desk/desk-1")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/present") else None)
    page.locator("[name=words]").press_sequentially("nguyen thi", delay=5)
    assert told == []
    _idle(tablet, 2)
    with page.expect_response("**/present"):
        page.locator("[name=words]").press_sequentially("nguyen van a", delay=5)
    page.locator("h1, h2").first.click()
    assert len(told) == 1


def test_without_scripts_it_goes_to_the_lock_by_itself(office: Office) -> None:
    _lock_after(office, 2)
    plain = office.visitor(TABLET, java_script_enabled=False)
    plain.enter(*STAFF[Role.VOLUNTEER][1:])
    page = plain.go("/desk/desk-1")
    refresh = page.locator("meta[http-equiv=refresh]")
    assert "/lock?next=/desk/desk-1" in (refresh.get_attribute("content") or "")
    page.get_by_role("button", name=say("lock.lock")).click()
    page.locator("#pin").fill(STAFF[Role.VOLUNTEER][2])
    page.locator("#pin").press("Enter")
    page.wait_for_url(office.base + "/desk/desk-1")

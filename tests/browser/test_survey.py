"""Paper survey forms typed by keyboard alone, and a family at a kiosk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kiosk import config
from kiosk.actions import day, scanning, site
from kiosk.app import create_app
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import people, rosters
from kiosk.store.database import db, writing
from tests.browser.conftest import KIOSK, PHONE, Office
from tests.cast import CARD, key, now

SURVEY = "/desk/desk-1/survey"


class Typist:
    """Whoever types; counts every key."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = 0

    def text(self, words: str) -> None:
        """Letter by letter; a letter with marks is one key here (a Vietnamese keyboard needs more)."""
        self.page.keyboard.type(words)
        self.keys += len(words)

    def press(self, name: str) -> None:
        """Tab, Enter."""
        self.page.keyboard.press(name)
        self.keys += 1

    def row(self, *cells: str) -> None:
        """A row, box by box, and Enter."""
        for nth, cell in enumerate(cells):
            if nth:
                self.press("Tab")
            if cell:
                self.text(cell)
        self.press("Enter")


def has_cursor(page: Page, name: str) -> None:
    """The cursor stands in that box."""
    expect(page.locator(f"[name={name}]")).to_be_focused()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_heap_of_forms_is_typed_without_a_mouse(office: Office, scripts: bool) -> None:
    typist = office.sign_in(Role.VOLUNTEER, java_script_enabled=scripts)
    page = typist.go(SURVEY)
    has_cursor(page, "name")
    hands = Typist(page)
    first = ("Giàng Thị Mỷ", "07041995", "1", "015195000123", "0912345678", "9")
    hands.row(*first)
    expect(page.locator(".survey-typed li")).to_have_count(1)
    assert hands.keys <= len("".join(first)) + 10, "a usual row: what is on the paper, and ten keys"
    has_cursor(page, "name")

    hands.row("Giàng A Tủa", "31021990", "0", "", "", "9")
    expect(page.locator("#birth-refusal")).to_be_visible()
    has_cursor(page, "birth")
    expect(page.locator("#name")).to_have_value("Giàng A Tủa")
    page.keyboard.press("Control+A")
    page.keyboard.type("1990")
    page.keyboard.press("Enter")
    expect(page.locator(".survey-typed li")).to_have_count(2)

    has_cursor(page, "name")
    hands.row("Lò Văn Dũng", "1947", "0", "", "", "9")
    expect(page.locator("input[name=same_as]").first).to_be_focused()
    page.keyboard.press("ArrowDown")  # somebody else
    page.keyboard.press("Enter")
    expect(page.locator(".survey-typed li")).to_have_count(3)
    has_cursor(page, "name")

    page.locator("#undo-last").press("Enter")
    expect(page.locator(".survey-typed li")).to_have_count(2)
    if scripts:
        typist.check()


def test_a_family_at_the_kiosk_fits_its_screens(office: Office) -> None:
    app = create_app(config.load(office.folder))
    with app.app_context():
        day.open_day(OPERATOR, now(), key(), "morning")
        token = site.new_token()
        kiosk = Actor(site.pair(OPERATOR, now(), key(), "kiosk-1", token), Role.DEVICE, "kiosk-1")
        guardian = people.search("NGUYEN THI HUONG", None)[0].id
        longest = "Nguyễn Hoàng Phương Uyên Thảo Nguyên Bích Ngọc Trâm Anh Kim"
        for n in range(8):
            _expect(Identity(f"Lò Thị {'AĂÂBCDEG'[n]}" if n else longest, born_year=2010 + n, sex=Sex.FEMALE), guardian)
        id = key()
        scanning.scan_code(kiosk, now(), id, id, CARD.encode(), "QRCode")
        db.session.remove()
        db.engine.dispose()
    watched = office.visitor(KIOSK)
    watched.context.add_cookies([{"name": "screen-kiosk-1", "value": token, "url": office.base}])
    page = watched.go("/kiosk/kiosk-1")
    expect(page.locator("[name=member]")).to_have_count(9)
    watched.check(scrolls=False)
    page.locator("button[form=who-came]").click()
    for _ in range(4):
        expect(page.locator(".kiosk-together")).to_be_visible()
        watched.check(scrolls=False)
        title = page.locator("#question-title").inner_text()
        page.locator("button[name=none]").click()
        expect(page.locator("#question-title").filter(has_text=title)).to_have_count(0)
    expect(page.locator(".kiosk-numbers li")).to_have_count(9)
    watched.check(scrolls=False)
    narrow = office.sign_in(Role.VOLUNTEER, PHONE)
    narrow.go(SURVEY)
    narrow.check()


def _expect(identity: Identity, guardian_id: str) -> None:
    with writing():
        person = people.add(identity)
        person.guardian_id = guardian_id
        file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
        rosters.add(file)
        db.session.add(rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group=""))

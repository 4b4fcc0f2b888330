"""A nurse's morning at one injection table, by keyboard alone and by finger alone, with keys and taps counted.

A real hub, a real camera picture of each card, and people who come one after the other; nobody here is real.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, expect

from kiosk import config
from kiosk.actions import check_in, day, screening, stock, table, vials
from kiosk.app import create_app
from kiosk.demo import cards
from kiosk.demo.commune import Invented
from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, free_ports, wait_for_hub
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import clinic_days, people, rosters, staff
from kiosk.store import vials as opened_vials
from kiosk.store.database import db, writing
from kiosk.upkeep import setup
from tests.browser.conftest import LAPTOP, TABLET, Office, Watched
from tests.browser.hands import Finger, Keys, too_small
from tests.cast import answers, key, local, now
from tests.conftest import STAFF

TABLE = "/table/injection-1"
AGENT = """
[site]
mode = "demo"
name = "Bàn tiêm 1"
code = "YB-01"

[agent]
hub = "http://{local}:{hub}"
live_port = {live}

[camera]
source = "http://{local}:{camera}/camera.mjpeg"

[printer]
target = ""
"""
# What a person really pressed, kept while the page is left for the next one.
COUNT = """(() => {
  const add = (what) => { sessionStorage[what] = Number(sessionStorage[what] || 0) + 1; };
  addEventListener("keydown", (event) => event.isTrusted && add("keys"), true);
  const how = (event) => event.pointerType === "touch" ? "taps" : "mouse";
  addEventListener("pointerdown", (event) => event.isTrusted && add(how(event)), true);
})();"""
COUNTED = "['keys', 'taps', 'mouse'].map((what) => Number(sessionStorage[what] || 0))"
NAME, OTHER_MARK = "Nguyễn Thị Hường", "Nguyễn Thị Hương"
YEAR = 1958


@dataclass
class Site:
    """The hub with one table's camera, and who has come so far."""

    office: Office
    camera: VirtualCamera
    app: Flask
    came: int = 0

    def act(self, role: Role, station: str) -> Actor:
        """This colleague at that station, in a session of their own."""
        member = staff.find_by_badge(STAFF[role][1])
        assert member
        with writing():
            row = staff.StaffSession(staff_id=member.id, token_hash=key(), opened_at=now().at, last_act_at=now().at)
            staff.add(row)
        return Actor(member.id, role, station, row.id)

    def send(self, *, earlier: Sequence[tuple[str, int]] = (), years: int = 0) -> Identity:
        """Somebody of the list is cleared by the doctor and waits for the needle; who it is, as their card says.

        `earlier`: vaccine and days ago of doses that they tell of. `years`: what their paper turns out to say of their
        age after the doctor has seen them.
        """
        self.came += 1
        born_on = date(YEAR, 5, 12)
        identity = Identity(NAME, f"0151{YEAR % 100:02}{self.came:06}", born_on=born_on, born_year=YEAR, sex=Sex.FEMALE)
        with self.app.app_context():
            doctor = self.act(Role.SCREENER, "screening-1")
            with writing():
                person = people.add(identity)
                person.document = ""  # a list knows them
                file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
                rosters.add(file)
                entry = rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group="")
                db.session.add(entry)
            desk = replace(OPERATOR, station="desk-1")
            visit = check_in.check_in_person(desk, now(), key(), person.id, answers(), "vi", local())
            assert table.call_next(doctor, now(), key()) == visit
            table.receive(doctor, now(), key(), visit)
            told = [(vaccine, f"{now().on - timedelta(days=ago):%d/%m/%Y}") for vaccine, ago in earlier]
            screening.conclude(doctor, now(), key(), visit, [], True, {"temperature": "36,8"}, told, "cleared", "")
            if years:
                with writing():
                    row, born = people.get(person.id), date(now().on.year - years, 1, 1)
                    row.born_on, row.born_year, row.number = born, born.year, None
        return identity

    def drain(self) -> None:
        """All but one dose of the table's vial is wasted, by the books."""
        with self.app.app_context():
            opened = clinic_days.find_open()
            assert opened
            vial = opened_vials.find_current(opened.id, "injection-1", now().at)
            assert vial
            stock_keeper = self.act(Role.VACCINATOR, "injection-1")
            if vial.left > 1:
                vials.waste(stock_keeper, now(), key(), vial.id, vial.left - 1, "broken")

    @contextmanager
    def held(self, identity: Identity) -> Iterator[None]:
        """This card is before the table's camera."""
        self.camera.hold(cards.national_card(Invented(identity, date(2021, 4, 15), None, "")))
        try:
            yield
        finally:
            self.camera.hold(None)


@pytest.fixture
def site(ready_folder: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A hub over a copy of the site in `tests.conftest`, its table's agent, and lots of two vaccines in the store."""
    folder = Path(shutil.copytree(ready_folder, tmp_path_factory.mktemp("table") / "site"))
    ports = free_ports("hub", "live", "camera")
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[hub]\nlisten = "{LOCAL}:{ports["hub"]}"\nlock_minutes = 0\n')
    settings = config.load(folder)
    (folder / "injection-1").mkdir()
    (folder / "injection-1" / "site.toml").write_text(AGENT.format(local=LOCAL, **ports), encoding="utf-8")
    token = folder / "injection-1" / settings.agent.token_file
    token.touch(mode=0o600)
    token.write_text(setup.pair(settings, "injection-1"))
    office = Office(folder, f"http://{LOCAL}:{ports['hub']}", Program("web", folder), chromium)
    running = Site(office, VirtualCamera(LOCAL, ports["camera"]), create_app(settings))
    agent = Program("agent", folder / "injection-1")
    with running.app.app_context():
        lead = running.act(Role.SITE_LEAD, "desk-1")
        day.open_day(lead, now(), key(), "morning")
        until = f"31/12/{now().on.year + 1}"
        for vaccine, number in (("astrazeneca", "NK0191"), ("pfizer", "PF01")):
            stock.receive_lot(lead, now(), key(), vaccine, number, until, 20, 10)
        db.session.remove()
    running.camera.start()
    office.hub.start()
    try:
        wait_for_hub(office.base, office.hub)
        agent.start()
        yield running
    finally:
        office.close()
        agent.stop()
        running.camera.stop()


class Nurse:
    """The nurse at the table, with one way to work it."""

    def __init__(self, site: Site, hand: type[Keys] | type[Finger], watched: Watched) -> None:
        self.site, self.watched, self.page = site, watched, watched.page
        self.hand: Any = hand(watched.page)
        self.small: list[object] = []

    def at(self, place: str) -> Locator:
        """Something on the page."""
        return self.page.locator(place)

    def check(self) -> None:
        """Nothing wrong with the page, each looked at once, by finger; what is too small for one is said at the end."""
        self.watched.complaints[:] = [one for one in self.watched.complaints if "422" not in one]
        self.watched.check(axe=isinstance(self.hand, Finger))
        self.small += [(self.page.url, one) for one in too_small(self.page)]

    def counts(self) -> tuple[int, int]:
        """(keys, taps) since the last time; a mouse was never moved."""
        keys, taps, mouse = self.page.evaluate(COUNTED)
        assert not mouse
        assert not (taps if isinstance(self.hand, Keys) else 0)
        self.page.evaluate("sessionStorage.clear()")
        return keys, taps

    def receive(self) -> None:
        """Calls whoever waits; they come. From here on every key and tap is counted."""
        self.hand.act(self.at("form[action$='/call'] button:enabled"))
        self.hand.act(self.at("form[action$='/receive'] button"))
        expect(self.at("form[action$='/receive'] button")).to_have_count(0)
        expect(self.at("#identity, #dose, #consent").first).to_be_visible()
        self.counts()

    def scan(self, identity: Identity, shows: str) -> None:
        """A card is held to the camera until the table shows what it is to show."""
        with self.site.held(identity):
            expect(self.at(shows)).to_be_visible()

    def give(self, *, shortcut: bool = True) -> tuple[int, int]:
        """Presses what gives the dose; how many keys and taps it took since the scan."""
        (self.hand.act if shortcut else self.hand.press)(self.at("#give"))
        expect(self.at("form[action$='/call'] button")).to_be_visible()
        return self.counts()

    def tick(self, name: str, value: str = "") -> None:
        """Ticks a box or a radio by its name."""
        self.hand.tick(self.at(f"[name={name}]" + (f"[value={value}]" if value else "")).first)


def most(counted: tuple[int, int], nurse: Nurse, *, keys: int, taps: int) -> None:
    """Asserts how many keys, or taps, it took at most."""
    if isinstance(nurse.hand, Keys):
        assert counted[0] <= keys, f"{counted[0]} keys"
    else:
        assert 0 < counted[1] <= taps, f"{counted[1]} taps"


def usual(nurse: Nurse) -> None:
    """The card matches: one key or one tap, two with the other arm."""
    card = nurse.site.send()
    nurse.receive()
    nurse.check()
    nurse.scan(card, "#give")
    nurse.check()
    most(nurse.give(), nurse, keys=1, taps=1)
    card = nurse.site.send()
    nurse.receive()
    nurse.scan(card, "#give")
    if isinstance(nurse.hand, Finger):
        nurse.tick("arm", "right")
    most(nurse.give(), nurse, keys=1, taps=2)


def amber(nurse: Nurse) -> None:
    """A tone mark is another one: one look more."""
    card = nurse.site.send()
    nurse.receive()
    nurse.scan(replace(card, name=OTHER_MARK), "#alike")
    nurse.check()
    nurse.hand.act(nurse.at("#alike"))
    expect(nurse.at("#give")).to_be_visible()
    most(nurse.give(), nurse, keys=2, taps=2)


def spoken(nurse: Nurse) -> None:
    """No card: what they say, then the dose."""
    nurse.site.send()
    nurse.receive()
    for each in ("name", "birth"):
        nurse.tick("spoken", each)
    nurse.hand.act(nurse.at("#spoken"))
    expect(nurse.at("#give")).to_be_visible()
    most(nurse.give(), nurse, keys=30, taps=4)


def warned(nurse: Nurse) -> None:
    """Earlier than is recommended: given for a reason."""
    card = nurse.site.send(earlier=[("astrazeneca", 30)])
    nurse.receive()
    nurse.scan(card, "#give")
    nurse.check()
    nurse.tick("accept_reason")
    most(nurse.give(), nurse, keys=30, taps=2)


def decided_by_a_doctor(nurse: Nurse) -> None:
    """Too soon: a doctor's badge and PIN."""
    card = nurse.site.send(earlier=[("astrazeneca", 14)])
    nurse.receive()
    nurse.scan(card, "#override summary")
    nurse.hand.press(nurse.at("#override summary"))
    nurse.tick("accept_reason")
    _, badge, pin = STAFF[Role.SCREENER]
    nurse.hand.write(nurse.at("[name=doctor]"), badge)
    nurse.hand.write(nurse.at("[name=doctor_pin]"), "0000")
    nurse.hand.press(nurse.at("#give"))
    expect(nurse.at("#doctor_pin-refusal")).to_be_visible()
    nurse.check()
    nurse.hand.write(nurse.at("[name=doctor_pin]"), pin)
    most(nurse.give(shortcut=False), nurse, keys=120, taps=7)


def overridden(nurse: Nurse) -> None:
    """The card says another sex: two of the staff answer for it."""
    card = nurse.site.send()
    nurse.receive()
    nurse.scan(replace(card, sex=Sex.MALE), "#identity .two-sources.stop")
    nurse.check()
    nurse.hand.press(nurse.at("#identity details summary"))
    nurse.tick("override_reason")
    _, badge, pin = STAFF[Role.SCREENER]
    nurse.hand.write(nurse.at("[name=second]"), badge)
    nurse.hand.write(nurse.at("[name=second_pin]"), pin)
    nurse.check()
    nurse.hand.press(nurse.at("#override"))
    expect(nurse.at("#give")).to_be_visible()
    most(nurse.give(), nurse, keys=120, taps=6)


def emptied(nurse: Nurse) -> None:
    """The vial's last dose; then one more out of it, then the next vial is opened."""
    card = nurse.site.send()
    nurse.receive()
    nurse.scan(card, "#give")
    nurse.site.drain()
    nurse.give()
    for way in ("#extra", "#open-vial"):
        card = nurse.site.send()
        nurse.receive()
        nurse.scan(card, "#dose")
        expect(nurse.at("#give")).to_have_count(0)
        nurse.check()
        nurse.hand.press(nurse.at(way))
        expect(nurse.at("#give")).to_be_visible()
        most(nurse.give(), nurse, keys=60, taps=2)


def put_right(nurse: Nurse) -> None:
    """The last dose: another arm; then it was somebody else's, and whoever got none comes again."""
    card = nurse.site.send()
    nurse.receive()
    nurse.scan(card, "#give")
    nurse.give()
    for form in ("correct", "void"):
        nurse.hand.press(nurse.at("#doses li:not(.void) a.button").first)
        nurse.page.wait_for_url("**/doses/*")
        nurse.hand.press(nurse.at(f"#{form} summary"))
        inside = f"#{form} "
        if form == "correct":
            nurse.hand.tick(nurse.at(inside + "[name=arm][value=right]"))
        why = "mistyped" if form == "correct" else "wrong_person"
        nurse.hand.tick(nurse.at(f"{inside}[name=reason][value={why}]"))
        nurse.check()
        nurse.hand.press(nurse.at(f"#{form}-dose"))
        nurse.page.wait_for_url(f"**{TABLE}")
        most(nurse.counts(), nurse, keys=120, taps=5)
    expect(nurse.at("#doses li.void").first).to_be_visible()
    nurse.receive()
    nurse.scan(card, "#give")
    most(nurse.give(), nurse, keys=1, taps=1)


def a_child(nurse: Nurse) -> None:
    """A paper shows that she is 17, without a number: what she says, the signed form, and a vaccine for her age."""
    nurse.site.send(years=17)
    nurse.receive()
    for each in ("name", "birth"):
        nurse.tick("spoken", each)
    nurse.tick("number_reason")
    nurse.hand.act(nurse.at("#spoken"))
    expect(nurse.at("#consent")).to_be_visible()
    nurse.check()
    nurse.hand.write(nurse.at("[name=guardian_name]"), "Lò Văn Pành")
    nurse.tick("consent")
    nurse.check()
    nurse.hand.act(nurse.at("#note-consent"))
    expect(nurse.at("#dose")).to_be_visible()
    nurse.hand.press(nurse.at("#vial-form details summary").first)
    nurse.hand.choose(nurse.at("#vial-lot"), "Pfizer")
    nurse.hand.press(nurse.at("#open-other"))
    expect(nurse.at("#give")).to_be_visible()
    nurse.check()
    most(nurse.give(), nurse, keys=200, taps=12)


WALK: tuple[Callable[[Nurse], None], ...] = (
    usual, amber, spoken, warned, decided_by_a_doctor, overridden, emptied, put_right, a_child,
)  # fmt: skip
# Without `--long` the two share the morning between them.
SHARED = {Keys: (usual, spoken, decided_by_a_doctor, put_right),
          Finger: (usual, amber, warned, overridden, emptied, a_child)}  # fmt: skip


@pytest.mark.parametrize(
    ("hand", "size", "options"),
    [(Keys, LAPTOP, {}), (Finger, TABLET, {"has_touch": True})],
    ids=["keyboard", "finger"],
)
def test_a_nurses_morning(
    site: Site, hand: type[Keys] | type[Finger], size: Any, options: dict[str, Any], pytestconfig: pytest.Config
) -> None:
    watched = site.office.sign_in(Role.VACCINATOR, size, **options)
    watched.context.add_init_script(COUNT)
    nurse = Nurse(site, hand, watched)
    watched.go(TABLE)
    opens = nurse.at("#open-vial, #open-other").first
    nurse.hand.press(opens)
    expect(nurse.at("#vial .vial-left")).to_be_visible()
    nurse.check()
    for part in WALK if pytestconfig.getoption("--long") else SHARED[hand]:
        part(nurse)
    if hand is Finger:
        assert not nurse.small

"""A list of 50,000 people comes in while the desk goes on: how long it takes, whom it keeps waiting, what it loses.

A real hub; the site lead uploads an XLSX in the ministry's layout over HTTP, follows its progress, looks, lands it. All
the while a volunteer checks people in who are on today's list; the longest that they waited for any answer is the
desk's worst wait. Afterwards, with everybody known: the look-up that a scan asks for and the search by name through the
acts that the pages use, beside the plainest programs that do the same (SQL LIKE over the names; a walk over all names
in memory with their marks taken off); and the pages.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

from bench.report import Figure, Target, finish
from bench.rig import late_in_the_day, until
from bench.roster_look_ups import look_up, median, took
from kiosk import config, importer, protocols
from kiosk.actions import day
from kiosk.actions.staff import add_staff
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.demo import commune
from kiosk.demo.commune import Invented
from kiosk.demo.crew import Failed, Lead, Reception
from kiosk.demo.processes import Program
from kiosk.demo.program import free_ports
from kiosk.demo.site import STAFF
from kiosk.documents import roster_sheet
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Sex
from kiosk.store.database import db
from kiosk.upkeep import setup
from kiosk.wording import speaker

ZONE = "Asia/Ho_Chi_Minh"
SITE = """
[site]
mode = "demo"
name = "Điểm tiêm đo tốc độ"
code = "BENCH"

[hub]
listen = "127.0.0.1:{hub}"
lock_minutes = 0

[[stations]]
code = "desk-1"
kind = "desk"
name = {{ vi = "Bàn 1", en = "Desk 1" }}
"""
SCAN, NAME, WAIT = "scan look-up, 95th of 100, ms", "name search, 95th of 100, ms", "desk's worst wait, ms"
LOST, DOUBLED, HALVES = "rows lost", "rows or people doubled", "times the list was seen by halves"
REFUSED = "check-ins refused"
TARGETS = (
    Target("import, s", "<=", 60), Target(WAIT, "<=", 500), Target(SCAN, "<=", 20), Target(NAME, "<=", 100),
    Target(LOST, "<=", 0), Target(DOUBLED, "<=", 0), Target(HALVES, "<=", 0), Target(REFUSED, "<=", 0),
)  # fmt: skip
PAGES = {
    "lead": "/lead", "rosters": "/rosters", "plan": "/plan", "staff": "/staff", "alike": "/people/alike", "due": "/due",
}  # fmt: skip
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 900.0


def prepare(folder: Path, expected: Sequence[Invented], port: int) -> Settings:
    """A site with staff, a list for today, and an open day."""
    (folder / "site.toml").write_text(SITE.format(hub=port), encoding="utf-8")
    settings = config.load(folder)
    late_in_the_day(settings)
    setup.migrate(settings)
    clock = Clock(ZONE, settings.clock_shift)
    now, listed = clock.now(), folder / "today.csv"
    commune.write_roster(expected, now.on, listed)
    with create_app(settings).app_context():
        for member in STAFF:
            add_staff(OPERATOR, now, str(uuid4()), member.name, member.role, member.badge, member.pin)
        importer.bring(OPERATOR, now, str(uuid4()), listed.name, listed.read_bytes())
        day.open_day(OPERATOR, now, str(uuid4()), day.half_of(clock.local(now.at)))
        db.session.remove()
        db.engine.dispose()
    return settings


def sheet(people: Sequence[Invented]) -> bytes:
    """Everybody in the ministry's layout, every other one with a dose that was given before."""

    def rows() -> Iterator[tuple[dict[str, str], str]]:
        for n, one in enumerate(people):
            who = one.identity
            shot = {"vaccine_1": "AstraZeneca", "date_1": "01/08/2021", "lot_1": "NK0191", "place_1": "15001"}
            yield {
                "number_in_list": str(n + 1), "name": who.name, "birth": f"{who.born_on:%d/%m/%Y}",
                "sex": "1" if who.sex is Sex.FEMALE else "0", "group": one.group, "phone": f"09{n:08}",
                "number": who.number, "address": who.address, **(shot if n % 2 else {}),
            }, ""  # fmt: skip

    return roster_sheet.write(rows(), protocols.roster(), speaker("vi"))


class Desk(Reception):
    """A volunteer who checks people in until told to stop, and remembers how long each answer took."""

    def __init__(self, base: str, expected: Iterable[Invented]) -> None:
        self.waits: list[float] = []
        self.served = self.refused = 0
        self._expected = iter(expected)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        super().__init__(base)
        self._session.hooks["response"].append(
            lambda answer, *_, **__: self.waits.append(answer.elapsed.total_seconds())
        )

    def start(self) -> None:
        """Begins with the first."""
        self._thread.start()

    def stop(self) -> None:
        """Nobody new; waits for the last one."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        for person in self._expected:
            if self._stop.is_set():
                return
            try:
                self.look().do("/find", words=person.identity.number, born_year="")
                self.check_in_found()
                self.served += 1
            except (Failed, LookupError, requests.RequestException):
                self.refused += 1

    def check_in_found(self) -> None:
        """Opens the one who was found and gives them a number, nothing to declare."""
        self.do("/open/")
        well = {f"none-{group.code}": "yes" for group in protocols.declaration().groups}
        self.do("/check-in", **well)


def bring(lead: Lead, base: str, folder: Path, content: bytes, on: date) -> dict[str, Figure]:
    """Uploads the list, follows it until it can be looked at, lands it, follows it until it counts."""
    begun = time.monotonic()
    form = lead.open("/rosters").find("/rosters")
    file = {"file": ("danh-sach.xlsx", content)}
    answer = lead._session.post(base + "/rosters", data=form.fields | {"on": f"{on:%d/%m/%Y}"}, files=file, timeout=60)
    if answer.status_code != 200 or "/rosters/" not in answer.url:
        raise Failed(f"the list was refused ({answer.status_code})")
    uploaded, id = time.monotonic(), answer.url.rsplit("/", 1)[1]
    steps, _ = _follow(lead, folder, id, on, ("waiting", "reading"))
    read = time.monotonic()
    lead.open(f"/rosters/{id}")
    lead.do("/land")
    accepted = time.monotonic()
    more, halves = _follow(lead, folder, id, on, ("landing",))
    landed = time.monotonic()
    return {
        "import, s": round(landed - begun, 2), "of it upload, s": round(uploaded - begun, 2),
        "of it reading, s": round(read - uploaded, 2), "of it landing, s": round(landed - accepted, 2),
        "steps of progress seen": steps + more, HALVES: halves,
    }  # fmt: skip


def _follow(lead: Lead, folder: Path, id: str, on: date, working: Sequence[str]) -> tuple[int, int]:
    """How many different states of progress the page has shown, and how often some but not all were expected."""
    seen, halves, end = set[str](), 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        state = _ask(folder, "SELECT state FROM roster WHERE id = ?", id)[0][0]
        if state not in working:
            return len(seen), halves
        seen.add(" ".join(re.findall(r"\d+", lead.open(f"/rosters/{id}").text)))
        halves += bool(_ask(folder, COUNTING, str(on))[0][0]) and _ask(folder, STATE, id) != [("landed",)]
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"the list is still {state}")


STATE = "SELECT state FROM roster WHERE id = ?"
COUNTING = """SELECT count(*) FROM roster_entry JOIN roster ON roster.id = roster_id
    WHERE roster_entry."on" = ? AND roster.landed_at IS NOT NULL AND roster.withdrawn_at IS NULL"""


def _ask(folder: Path, query: str, *facts: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{folder / 'kiosk.db'}?mode=ro", uri=True, timeout=10)) as file:
        return file.execute(query, facts).fetchall()


def reread(folder: Path, people: Sequence[Invented], on: date, served: int) -> dict[str, Figure]:
    """What a fresh look at the file says, past every cache of the program that wrote it."""
    query = 'SELECT number FROM person JOIN roster_entry ON person.id = person_id WHERE roster_entry."on" = ?'
    numbers = [number for (number,) in _ask(folder, query, str(on))]
    known = [number for (number,) in _ask(folder, "SELECT number FROM person")]
    doses = _ask(folder, "SELECT count(*), count(DISTINCT person_id) FROM earlier_dose")[0]
    visits = _ask(folder, "SELECT count(*), count(DISTINCT person_id), count(DISTINCT series || n) FROM visit")[0]
    wanted = {one.identity.number for one in people}
    lost = len(wanted - set(numbers)) + max(0, len(people) // 2 - doses[0]) + max(0, served - visits[0])
    doubled = len(numbers) - len(set(numbers)) + len(known) - len(set(known)) + doses[0] - doses[1]
    return {LOST: lost, DOUBLED: doubled + 2 * visits[0] - visits[1] - visits[2]}


def open_pages(lead: Lead, id_path: str, on: date) -> dict[str, Figure]:
    """Each page five times; the median in milliseconds."""
    pages = PAGES | {"a list": id_path, "a day of the list": f"/rosters/days/{on}"}
    return {
        f"page {name}, median, ms": median([took(lambda path=path: lead.open(path)) for _ in range(5)])  # type: ignore[misc]
        for name, path in pages.items()
    }


def measure(folder: Path, count: int, settled: int, lookups: int) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    today = Clock(ZONE).now().on
    tomorrow, everybody = today + timedelta(days=1), commune.invent(count + settled, today)
    here, people = everybody[:settled], everybody[settled:]
    port = free_ports("hub")["hub"]
    base, settings = f"http://127.0.0.1:{port}", prepare(folder, here, port)
    hub, content = Program("web", settings.folder), sheet(people)
    hub.start()
    try:
        until("the hub", lambda: requests.get(f"{base}/board", timeout=2).ok)
        lead, desk = Lead(base), Desk(base, here)
        desk.start()
        try:
            figures: dict[str, Figure] = {"people": count} | bring(lead, base, folder, content, tomorrow)
        finally:
            desk.stop()
        pages = open_pages(
            lead, "/rosters/" + _ask(folder, "SELECT id FROM roster ORDER BY staged_at DESC")[0][0], tomorrow
        )
    finally:
        hub.kill()  # the folder goes too: nothing to say goodbye for
    figures |= {"rows landed a second": round(count / max(0.01, float(figures["of it landing, s"])), 1)}
    figures |= {"people checked in meanwhile": desk.served, REFUSED: desk.refused}
    figures[WAIT] = round(1000 * max(desk.waits), 1)
    figures["desk's median wait, ms"] = median([1000 * each for each in desk.waits])
    return figures | reread(folder, people, tomorrow, desk.served) | look_up(settings, people, lookups) | pages


def main() -> None:
    """Measures, tells, ends with 1 when something was lost, doubled or seen by halves."""
    options = argparse.ArgumentParser(prog="bench.roster", description=__doc__.split("\n")[0])
    options.add_argument("--people", type=int, default=2000, help="rows of the list (full size: 50000)")
    options.add_argument(
        "--settled", type=int, default=300, help="people on today's list, who are checked in meanwhile"
    )
    options.add_argument("--lookups", type=int, default=100, help="how many people are looked up")
    options.add_argument("--folder", type=Path, help="where to put the database; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 10 <= chosen.people <= 50_000 or not 1 <= chosen.settled <= 2000 or not 5 <= chosen.lookups <= 1000:
        options.error("--people is 10 to 50000, --settled 1 to 2000, --lookups 5 to 1000")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.people, chosen.settled, chosen.lookups)
    finish("roster", figures, TARGETS, any(figures[name] for name in (LOST, DOUBLED, HALVES, REFUSED)))


if __name__ == "__main__":
    main()

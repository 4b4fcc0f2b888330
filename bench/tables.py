"""Eight tables give at once: how many doses a minute, is any doubled, does the balance of the vaccine hold.

A real hub. At each table a nurse calls, receives, identifies and gives, over HTTP, every request the form that the page
would send. The peer in the same run, on the same disk, served alike, from the same clients: a bare Flask route that
stores the same rows with Flask-SQLAlchemy, in as many requests, and asks nothing (`bench/bare_tables.py`).
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import requests

from bench.report import Figure, Target, finish
from bench.rig import until
from kiosk import config, importer, protocols
from kiosk.actions import check_in, day, plan, screening, stock, table, vials
from kiosk.actions.site import token_hash
from kiosk.actions.staff import add_staff
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.demo.processes import Program
from kiosk.demo.program import free_ports
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import DayHalf, Role
from kiosk.store import day_plans, people, staff, stock_moves, topics
from kiosk.store.database import db, writing
from kiosk.upkeep import setup

ZONE = "Asia/Ho_Chi_Minh"
TABLES = 8
SITE = """
[site]
mode = "demo"
name = "Điểm tiêm đo tốc độ"
code = "BENCH"

[hub]
listen = "127.0.0.1:{hub}"
lock_minutes = 0
"""
STATION = """
[[stations]]
code = "{code}"
kind = "{kind}"
name = {{ vi = "{code}", en = "{code}" }}
"""
SHARE, DOUBLED, LOST = "share of the bare route", "doses doubled", "acknowledged doses lost"
DIFFERENCE, BROKEN = "doses that the balance does not explain", "audit entries broken"
TARGETS = (
    Target(SHARE, ">=", 0.7), Target(DOUBLED, "<=", 0), Target(LOST, "<=", 0), Target(DIFFERENCE, "<=", 0),
    Target(BROKEN, "<=", 0),
)  # fmt: skip
DOCTOR = "doctor-of-the-bench"
# Numbers of a true form; no register reaches 99.
NUMBER = "01506099{:04}"
TITLES = "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Ngày tiêm"
STEPS = ("call", "receive", "identity", "dose")
Send = Callable[[str, Sequence[tuple[str, str]]], int]


def station(n: int) -> str:
    """The code of the n-th table."""
    return f"injection-{n + 1}"


class Site:
    """A site whose tables have a lot, an open vial and a nurse, and `count` people whom the doctor has cleared."""

    def __init__(self, folder: Path, count: int, port: int, more: str = "") -> None:
        """`more`: what else `site.toml` says."""
        stations = [("desk-1", "desk"), ("screening-1", "screening"), ("observation-1", "observation")]
        stations += [(station(n), "injection") for n in range(TABLES)]
        text = SITE.format(hub=port) + "".join(STATION.format(code=code, kind=kind) for code, kind in stations) + more
        (folder / "site.toml").write_text(text, encoding="utf-8")
        self.settings = config.load(folder)
        setup.migrate(self.settings)
        self._clock = Clock(ZONE)
        self.tokens = [f"nurse-{n}-of-the-bench" for n in range(TABLES)]
        self.vials: list[str] = []
        with create_app(self.settings).app_context():
            self._people(count)
            self._tables(count)
            db.session.remove()
            db.engine.dispose()

    def _people(self, count: int) -> None:
        now = self._clock.now()
        rows = [f"Nguyễn Văn Đo,1960,Nam,{NUMBER.format(n)},{now.on:%d/%m/%Y}" for n in range(count)]
        importer.bring(OPERATOR, now, str(uuid4()), "bench.csv", "\n".join([TITLES, *rows]).encode())
        open_day(now, day.half_of(self._clock.local(now.at)), {"A": count})
        volunteer = Actor("bench", Role.VOLUNTEER, "desk-1")
        doctor = member(now, "Bác sĩ Đo", Role.SCREENER, "DOBS", "screening-1", DOCTOR)
        said: dict[str, list[str]] = {group.code: [] for group in protocols.declaration().groups}
        for id in db.session.scalars(db.select(people.Person.id)).all():
            now = self._clock.now()
            visit = check_in.check_in_person(volunteer, now, str(uuid4()), id, said, "vi", self._clock.local(now.at))
            table.call_next(doctor, now, str(uuid4()))
            table.receive(doctor, now, str(uuid4()), visit)
            screening.conclude(
                doctor, now, str(uuid4()), visit, [], True, {"temperature": "36,8"}, [], "cleared", ""
            )  # fmt: skip

    def _tables(self, count: int) -> None:
        """One lot whose vials hold enough for a whole table: how a vial is opened is not measured here."""
        now, each = self._clock.now(), -(-count // TABLES) + 1
        nurses = [
            member(now, f"Y tá {'ABCDEFGH'[n]}", Role.VACCINATOR, f"DOYT{n}", station(n), self.tokens[n])
            for n in range(TABLES)
        ]
        expires = f"31/12/{now.on.year + 1}"
        lot = stock.receive_lot(nurses[0], now, str(uuid4()), "astrazeneca", "NK0191", expires, TABLES, each)
        self.vials = [vials.open_vial(nurse, now, str(uuid4()), lot) for nurse in nurses]
        with writing():  # as after a table's first act: the bare route changes rows that are there
            topics.touch(*(topics.table(station(n)) for n in range(TABLES)))


def member(now: Moment, name: str, role: Role, badge: str, at: str, token: str) -> Actor:
    """Somebody of the staff, as whom a browser with this token in its cookie is signed in."""
    id = add_staff(OPERATOR, now, str(uuid4()), name, role, badge, "2916")
    with writing():
        row = staff.StaffSession(staff_id=id, token_hash=token_hash(token), opened_at=now.at, last_act_at=now.at)
        staff.add(row)
    return Actor(id, role, at, row.id)


def open_day(now: Moment, half: DayHalf, capacity: Mapping[str, int]) -> None:
    """Opens this half of today with zones that take so many."""
    id = plan.make_plan(OPERATOR, now, str(uuid4()), now.on, half)
    zones = {letter: plan.Zone("", "2", str(most)) for letter, most in capacity.items()}
    plan.set_zones(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, zones)
    day.open_day(OPERATOR, now, str(uuid4()), half)


class Line:
    """A connection that is kept for as long as the server keeps it: one that nobody used for a while is made anew."""

    KEPT_SECONDS = 1.0

    def __init__(self, port: int) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._used = 0.0

    def ask(
        self, method: str, path: str, body: str | None, headers: Mapping[str, str]
    ) -> tuple[int, HTTPMessage, bytes]:
        """The answer's number, headers and content. Raises OSError, http.client.HTTPException; another try is new."""
        if time.monotonic() - self._used > self.KEPT_SECONDS:
            self._line.close()
        try:
            self._line.request(method, path, body, dict(headers))
            answer = self._line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._line.close()
            raise
        self._used = time.monotonic()
        return answer.status, answer.headers, content


class Client:
    """One table's browser, as cheap as it can be: the time is the server's."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._line = Line(port)
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}

    def open(self, path: str) -> None:
        """Looks at the page whose forms will be sent: they carry its token."""
        _, headers, content = self._line.ask("GET", path, None, self._headers)
        given = [cookie.split(";")[0] for cookie in headers.get_all("Set-Cookie", [])]
        token = re.search(r'"X-CSRFToken": "([^"]+)"', content.decode())
        self._headers["Cookie"] = "; ".join([self._headers["Cookie"], *given])
        self._headers["X-CSRFToken"] = token[1] if token else ""

    def post(self, path: str, *fields: tuple[str, str]) -> int:
        """Sends a form; the answer's number. What it leads to is not fetched."""
        return self._line.ask("POST", path, urlencode(fields), self._headers)[0]


def give_all(site: Site, port: int) -> tuple[list[str], list[float]]:
    """Every table gives until nobody waits; visits whose dose was acknowledged, and the milliseconds of each dose."""
    given: list[str] = []
    took: list[float] = []

    def work(n: int) -> None:
        client, at = Client(port, f"staff={site.tokens[n]}"), f"/table/{station(n)}"
        client.open(at)
        with closing(sqlite3.connect(f"file:{site.settings.folder / 'kiosk.db'}?mode=ro", uri=True)) as file:
            while client.post(f"{at}/call", ("key", str(uuid4()))) == 303:
                called = file.execute(
                    "SELECT id FROM visit WHERE station = ? AND state = 'called'", (station(n),)
                ).fetchone()
                if called is None:
                    return
                visit = f"{at}/visit/{called[0]}"
                client.post(f"{visit}/receive", ("key", str(uuid4())))
                said = (("spoken", "name"), ("spoken", "birth"))
                client.post(f"{visit}/identity/spoken", ("key", str(uuid4())), *said)
                begun = time.perf_counter()
                shown = (("vial_id", site.vials[n]), ("dose_number", "1"), ("arm", "left"))
                if client.post(f"{visit}/dose", ("key", str(uuid4())), *shown) == 303:
                    given.append(called[0])
                took.append((time.perf_counter() - begun) * 1000)

    together([partial(work, n) for n in range(TABLES)])
    return given, took


def together(works: Sequence[Callable[[], None]]) -> None:
    """All of them at the same time; returns when the last is done. Raises what any of them raised."""
    wrong: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


# By what an audit entry of it says, which request a transaction was.
EVENTS = {"visit.called": "call", "visit.at_table": "receive", "identity.confirmed": "identity", "dose.given": "dose"}
# What a request adds besides its audit entries and its key: the table, and by what its rows are found. What it changes
# and adds is what a comparison of the file before and after it says (`tests/bench/test_tables.py` makes it).
MOVE = ("queue_move", "at")
ADDED = {"call": (("opening", "at"), MOVE), "receive": (MOVE,), "identity": (("identity_check", "visit_id"),),
         "dose": (("dose", "visit_id"), ("observation", "visit_id"), ("message", "noun_id"), MOVE)}  # fmt: skip
MOVED = {"call": ("state", "station", "called_at", "called_seq"), "receive": ("state",), "identity": (),
         "dose": ("state", "step", "station", "waiting_since", "waits_from", "inside", "spot",
                  "entered_at")}  # fmt: skip
MOVING = ("board", "day", "line", "table:{}")
TOPICS = {"call": MOVING, "receive": MOVING, "identity": MOVING[-1:], "dose": MOVING}


def rows_of(file: sqlite3.Connection, given: Sequence[str]) -> dict[str, dict[str, list[Any]]]:
    """For each request of each dose the rows that the hub wrote, as the bare route shall: `VISIT STEP` to the rows."""
    file.row_factory = sqlite3.Row
    doses = {row["id"]: dict(row) for row in file.execute("SELECT * FROM dose")}
    dose_of = {dose["visit_id"]: dose for dose in doses.values()}
    entries: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in file.execute("SELECT * FROM audit_entry ORDER BY seq"):
        entries[row["at"], row["by"]].append(dict(row))
    keys = {(row["at"], row["by"]): dict(row) for row in file.execute("SELECT * FROM act")}
    counts: dict[str, int] = defaultdict(lambda: 1_000_000)  # no counter has come so far: each sets what was not there
    work: dict[str, dict[str, list[Any]]] = {}
    for moment, said in entries.items():
        step = next((EVENTS[entry["event"]] for entry in said if entry["event"] in EVENTS), None)
        nouns = {doses[id]["visit_id"] if (id := entry["noun_id"]) in doses else id for entry in said} & set(given)
        if step is None or len(nouns) != 1 or moment not in keys:
            continue
        (visit,) = nouns
        by = {"visit_id": visit, "noun_id": dose_of[visit]["id"], "at": moment[0]}
        add = [["audit_entry", entry] for entry in said] + [["act", keys[moment]]]
        for name, column in ADDED.get(step, ()):
            found = file.execute(f"SELECT * FROM {name} WHERE {column} = ?", (by[column],))
            add += [[name, dict(row)] for row in found]
        seq = max(row["seq"] for _, row in add if "seq" in row)
        change = [["box_counter", said[0]["box"], {"seq": seq}], *_changes(file, moment, dose_of[visit], step, counts)]
        work[f"{visit} {step}"] = {"add": add, "change": change}
    return work


def _changes(
    file: sqlite3.Connection, moment: tuple[str, str], dose: dict[str, Any], step: str, counts: dict[str, int]
) -> Iterator[list[Any]]:
    """What the request changed beside the box's counter: the table, the row's key, its columns as they are then."""
    at, staff_id = moment
    (session,) = file.execute("SELECT id FROM staff_session WHERE staff_id = ?", (staff_id,)).fetchone()
    yield ["staff_session", session, {"last_act_at": at}]
    for name in (topic.format(dose["station"]) for topic in TOPICS[step]):
        counts[name] += 1
        yield ["topic", name, {"version": counts[name]}]
    last = dict(file.execute("SELECT * FROM visit WHERE id = ?", (dose["visit_id"],)).fetchone())
    then = {"call": {"state": "called", "station": dose["station"]}, "receive": {"state": "at_table"}}
    if MOVED[step]:
        yield ["visit", last["id"], {name: then.get(step, {}).get(name, last[name]) for name in MOVED[step]}]
    if step == "dose":
        counts[dose["vial_id"]] += 1
        yield ["vial", dose["vial_id"], {"given": counts[dose["vial_id"]] - 1_000_000}]


def give_bare(folder: Path, given: Sequence[str], port: int) -> float:
    """The same rows in as many requests from as many clients, by the bare route; seconds."""

    def work(mine: Sequence[str]) -> None:
        client = Client(port)
        for visit in mine:
            for step in STEPS:
                if client.post("/table", ("n", f"{visit} {step}")) != 204:
                    raise RuntimeError(f"the bare route failed at {step}")

    peer = subprocess.Popen([sys.executable, "-m", "bench.bare_tables", str(folder), str(port)])
    try:
        until("the bare route", lambda: requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 404)
        begun = time.perf_counter()
        together([partial(work, given[n::TABLES]) for n in range(TABLES)])
        return time.perf_counter() - begun
    finally:
        peer.kill()
        peer.wait()


def reread(site: Site, given: Sequence[str]) -> dict[str, Figure]:
    """What a fresh look at the file says, past every cache of the program that wrote it."""
    with create_app(site.settings).app_context():
        balance = stock_moves.balance()
        db.session.remove()
        db.engine.dispose()
    with closing(sqlite3.connect(site.settings.folder / "kiosk.db")) as file:
        stored = [visit for (visit,) in file.execute("SELECT visit_id FROM dose WHERE voided_at IS NULL")]
    verified = subprocess.run(
        [sys.executable, "-m", "kiosk", "--folder", str(site.settings.folder), "audit", "verify"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return {
        DOUBLED: len(stored) - len(set(stored)),
        LOST: len(set(given) - set(stored)),
        DIFFERENCE: abs(balance.difference) + abs(balance.given - len(stored)),
        BROKEN: verified.stderr.count("broken: ") if verified.returncode in (0, 1) else -1,
    }


@contextmanager
def served(settings: Settings, port: int) -> Iterator[None]:
    """The hub, as the process that it is."""
    hub = Program("web", settings.folder)
    hub.start()
    try:
        until("the hub", lambda: requests.get(f"http://127.0.0.1:{port}/board", timeout=5).ok)
        yield
    finally:
        hub.kill()  # the folder goes too: nothing to say goodbye for


def measure(folder: Path, count: int) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    ports = free_ports("hub", "bare")
    site = Site(folder, count, ports["hub"])
    with closing(sqlite3.connect(folder / "kiosk.db")) as file:
        file.execute("VACUUM INTO ?", (str(folder / "bare.db"),))
    with served(site.settings, ports["hub"]):
        begun = time.perf_counter()
        given, took = give_all(site, ports["hub"])
        seconds = time.perf_counter() - begun
    with closing(sqlite3.connect(folder / "kiosk.db")) as file:
        (folder / "rows.json").write_text(json.dumps(rows_of(file, given)), encoding="utf-8")
    bare = give_bare(folder, given, ports["bare"])
    took.sort()
    return {
        "people": count,
        "tables": TABLES,
        "doses not acknowledged": count - len(given),
        "doses a minute": round(len(given) / seconds * 60, 1),
        "one dose, median ms": round(took[len(took) // 2], 1),
        "one dose, 99th of 100, ms": round(took[len(took) * 99 // 100], 1),
        "doses a minute by the bare route": round(len(given) / bare * 60, 1),
        SHARE: round(bare / seconds, 2),
    } | reread(site, given)


def main() -> None:
    """Measures, tells, ends with 1 when a dose was doubled or lost, or the balance does not hold."""
    options = argparse.ArgumentParser(prog="bench.tables", description=__doc__.split("\n")[0])
    options.add_argument("--people", type=int, default=400, help="people to give to")
    options.add_argument("--folder", type=Path, help="where to put the database; a temporary folder otherwise")
    chosen = options.parse_args()
    if not TABLES <= chosen.people <= 9999:
        options.error(f"--people is {TABLES} to 9999")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.people)
    zeros = [target.name for target in TARGETS if target.bound == 0]
    finish("tables", figures, TARGETS, any(figures[name] for name in (*zeros, "doses not acknowledged")))


if __name__ == "__main__":
    main()

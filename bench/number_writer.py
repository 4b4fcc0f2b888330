"""The writers of `bench/queue_numbers.py`, each a process of its own, as the programs of a box are.

`Writers("hub", …)`: a number of the lane's series and the visit's row in one transaction of the hub, one transaction a
person. `Writers("bare", …)`: the same row, its number given, by plain sqlite3 behind the same lock. Each writes down
what was committed as soon as it was.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from flask import Flask
from sqlalchemy import Table, insert, select

from kiosk.errors import Refusal
from kiosk.rules.codes import ticket
from kiosk.store import clinic_days, visits
from kiosk.store.columns import box_name, next_seq
from kiosk.store.database import db, writing

WRITERS = 8
# Two halves of a day: the numbers of a lane have four digits from 1000 on.
PEOPLE_A_DAY = 10_000
FIRST_DAY = date(2021, 9, 1)
BEGAN = datetime(2021, 9, 1, tzinfo=UTC)
DEATHS = ("counted", "stored", "committed")
# Each so-manieth first tries in vain.
REFUSED_EACH = 10
# As the hub's connections have them (`kiosk/store/database.py`).
PRAGMAS = (
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "journal_size_limit=67108864",
    "cache_size=-16384",
)  # fmt: skip


def day_id(nth: int) -> str:
    """The id of the nth clinic day of the bench."""
    return str(UUID(int=nth + 1))


def person_id(nth: int) -> str:
    """The id of the nth person of a day."""
    return str(UUID(int=(1 << 64) + nth))


def series(nth: int) -> str:
    """In whose series the nth number is: of three people one belongs to the priority lane."""
    return "U" if nth % 3 == 1 else "A"


def row(nth: int) -> dict[str, Any]:
    """The visit that gets the nth number, but for the number itself and its place among the box's rows."""
    drawn, at = random.Random(nth), BEGAN + timedelta(seconds=nth)
    return {
        "id": str(UUID(int=drawn.getrandbits(128), version=4)), "clinic_day_id": day_id(nth // PEOPLE_A_DAY),
        "person_id": person_id(nth % PEOPLE_A_DAY), "origin": "roster", "series": series(nth),
        "token": "".join(drawn.choices(ticket.ALPHABET, k=ticket.LENGTH)), "language": "vi",
        "lane": "priority" if series(nth) == "U" else "usual", "zone": "A", "step": "screening", "state": "waiting",
        "checked_in_at": at, "waiting_since": at, "clock_trusted": True, "approval": "", "approved_by": "",
        "inside": "", "attention": False, "station": "", "after": 0, "bound_for": "", "held_for": "",
        "called_seq": 0, "recalls": 0, "no_shows": 0,
    }  # fmt: skip


_ADD = insert(cast(Table, visits.Visit.__table__))


def by_hub(nth: int, dies: str = "", refused: bool = False) -> int:
    """A transaction of the hub, as a check-in makes it, with nothing in it but the number and its row."""
    visit = row(nth)
    with writing():
        n, place = clinic_days.next_number(visit["clinic_day_id"], visit["series"]), next_seq(box_name())
        _die(dies == "counted")
        where = {"box": box_name(), "seq": place, "n": n, "queue_seq": place, "waits_from": place}
        db.session.connection().execute(_ADD, visit | where)
        _die(dies == "stored")
        if refused:
            raise Refusal("not_rostered")
    _die(dies == "committed")
    return n


def _die(now: bool) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


def work_hub(mine: range, told: Callable[[int, int], None], dies: str | None) -> None:
    """Everybody of mine, one after the other. `dies`: `MOMENT PERSON`, or "" for one that goes on where one was killed;
    such a one passes by whoever has a row, and first tries what is refused. None: nothing of the kind.
    """
    after, _, whose = (dies or "").partition(" ")
    here: set[str] = set()
    if dies is not None:
        here = set(db.session.scalars(select(visits.Visit.id)))
    for nth in mine:
        if row(nth)["id"] in here:
            continue
        if dies is not None and nth // WRITERS % REFUSED_EACH == 0:
            with suppress(Refusal):
                by_hub(nth, refused=True)
        told(nth, by_hub(nth, dies=after if whose == str(nth) else ""))


def work_bare(path: Path, mine: range, told: Callable[[int, int], None]) -> None:
    """The same rows, one a transaction, in no more than the statement that inserts them."""
    at = BEGAN.replace(tzinfo=None).isoformat(" ")
    names = [*row(0), "box", "seq", "n", "queue_seq", "waits_from"]
    insert = f"INSERT INTO visit ({','.join(names)}) VALUES ({','.join('?' * len(names))})"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for pragma in PRAGMAS:
            file.execute(f"PRAGMA {pragma}")
        for nth in mine:
            values = [at if isinstance(value, datetime) else value for value in row(nth).values()]
            lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            file.execute("BEGIN IMMEDIATE")
            file.execute(insert, [*values, "BENCH", nth + 1, nth + 1, nth + 1, nth + 1])
            file.execute("COMMIT")
            os.close(lock)
            told(nth, nth + 1)


class Writers:
    """Processes that write at the same time, from the `first` to before the `last` number: of them each eighth."""

    def __init__(self, way: str, app: Flask, folder: Path, first: int, last: int) -> None:
        self._way, self._app, self._folder, self._first, self._last = way, app, folder, first, last
        self._running: dict[int, BaseProcess] = {}

    def start(self, dies: dict[int, str] | None = None) -> None:
        """All eight, and they begin together. `dies`: of each, as of `work_hub`."""
        gate, opened = os.pipe()
        for nth in range(WRITERS):
            self._running[nth] = self._begin(nth, (dies or {}).get(nth), gate, opened)
        os.close(gate)
        os.close(opened)

    def _begin(self, nth: int, dies: str | None, *gate: int) -> BaseProcess:
        process = multiprocessing.get_context("fork").Process(target=self._work, args=(nth, dies, *gate))
        process.start()
        return process

    def _work(self, nth: int, dies: str | None, gate: int = -1, opened: int = -1) -> None:
        """In the process of its own: nothing of the file was open when it began."""
        mine = range(self._first + nth, self._last, WRITERS)
        notes = os.open(self._folder / f"{self._way}-{nth}.told", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def told(whose: int, n: int) -> None:
            os.write(notes, f"{whose} {n}\n".encode())

        if gate >= 0:
            os.close(opened)
            os.read(gate, 1)  # ends when nobody holds the other side any more: all are there
        if self._way == "bare":
            work_bare(self._folder / "bare.db", mine, told)
        else:
            with self._app.app_context():
                work_hub(mine, told, dies)

    def kill(self, nth: int) -> None:
        """With -9, wherever it is."""
        self._running[nth].kill()

    def replace_the_killed(self) -> int:
        """Where one was killed another goes on; how many that were, once those who live have done their part."""
        killed = 0
        for nth, process in list(self._running.items()):
            process.join()
            if process.exitcode == -signal.SIGKILL:
                killed += 1
                self._running[nth] = self._begin(nth, "")
        return killed

    def wait(self) -> None:
        """Until all have ended. Raises RuntimeError when one of them failed."""
        for process in self._running.values():
            process.join()
            if process.exitcode:
                raise RuntimeError(f"a writer ended with {process.exitcode}")


def told(folder: Path, writer: int) -> list[tuple[int, int]]:
    """Whose transactions of the hub this writer knows to be committed, with which number."""
    note = folder / f"hub-{writer}.told"
    lines = note.read_text(encoding="ascii").splitlines() if note.exists() else []
    return [(int(whose), int(n)) for whose, _, n in (line.partition(" ") for line in lines) if n]

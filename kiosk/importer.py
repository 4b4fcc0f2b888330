"""Reads lists and lets them land: a thread of the hub, or the command that imports one. One at a time on a box.

It works in pieces. Whenever it ends, however it ends, whoever comes next goes on with the piece after the last one that
was written.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import NAMESPACE_OID, uuid4, uuid5

import structlog
from flask import Flask, current_app

from kiosk import protocols
from kiosk.actions import roster, roster_landing, roster_reading
from kiosk.actions.roster_reading import IMPORTER
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.documents import roster_sheet
from kiosk.errors import Refusal
from kiosk.looking import Looking
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.roster_twice import Met
from kiosk.rules.words import RosterState
from kiosk.store import roster_files, rosters, staged_rows
from kiosk.store.database import db, open_lock, writing

log = structlog.get_logger("kiosk.importer")
LOOK_SECONDS = 1.0
WAIT_SECONDS = 0.1
READ_PIECE = 500
MOST_FAILURES = 3
# Whoever checks in waits for the piece that is being written: it grows and shrinks until it takes about so long.
AIM_SECONDS = 0.05
SMALLEST, LARGEST = 100, 500

GoOn = Callable[[], bool]
Told = Callable[[rosters.Roster], None]


def always() -> bool:
    """Nobody asks it to stop."""
    return True


def do_one(app: Flask, go_on: GoOn = always, last: Collection[str] = ()) -> bool:
    """Reads, or lands, the list that is next. False: there is none, somebody else works on one, or `go_on` said no.

    `go_on` is asked between two pieces. `last`: ids of lists that have failed often enough to come after all others.
    """
    with app.app_context(), alone() as mine:
        if not mine:
            return False
        waiting = rosters.find_in_work(last)
        if waiting is None:
            return _tidy()
        landing = waiting.state == RosterState.LANDING
        db.session.rollback()
        done = (_land if landing else _read)(waiting.id, go_on)
        if done:
            log.info("roster.landed" if landing else "roster.read", roster=waiting.id)
        return done


@contextmanager
def alone() -> Iterator[bool]:
    """Holds the box's one place for an importer; False when it is taken. The kernel frees it if we die."""
    folder = _settings().folder
    lock = open_lock(str(folder / "importer.lock"), folder)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _now() -> Moment:
    settings = _settings()
    return Clock(settings.site.time_zone, settings.clock_shift).now()


def _read(roster_id: str, go_on: GoOn) -> bool:
    content = roster_files.read(roster_id)
    if content is None:
        _refuse(roster_id, Refusal("roster_file_gone"))
        return True
    try:
        sheet = roster_sheet.read(content, protocols.roster())
    except Refusal as refusal:
        _refuse(roster_id, refusal)
        return True
    del content
    try:
        return _read_rows(roster_id, sheet, go_on)
    except Refusal as refusal:
        _refuse(roster_id, refusal)
        return True
    finally:
        sheet.close()


def _read_rows(roster_id: str, sheet: roster_sheet.Sheet, go_on: GoOn) -> bool:
    row = rosters.get(roster_id)
    on, done = row.on, row.done
    if not roster_reading.begin(roster_id, sheet.count):
        roster_files.forget(roster_id)
        return True
    met = Met()
    while piece := list(islice(sheet.rows, READ_PIECE)):
        if not go_on():
            return False
        read = roster_reading.understand(on, _now(), piece)
        before, fresh = read[:done], read[done:]
        done -= len(before)
        if before:
            roster_reading.meet_again(roster_id, before, met)
        if fresh and not roster_reading.stage(roster_id, fresh, met):
            break
    roster_reading.finish_reading(IMPORTER, _now(), str(uuid4()), roster_id)
    roster_files.forget(roster_id)
    return True


def _refuse(roster_id: str, refusal: Refusal) -> None:
    db.session.rollback()
    log.info("roster.refused", roster=roster_id, reason=refusal.code)
    roster_reading.refuse_file(IMPORTER, _now(), str(uuid4()), roster_id, refusal.code, refusal.facts)
    roster_files.forget(roster_id)


def _land(roster_id: str, go_on: GoOn) -> bool:
    line, most = 0, SMALLEST
    while True:
        if not go_on():
            return False
        piece = roster_landing.take_piece(_now(), roster_id, line, most)
        begun = time.monotonic()
        if piece is None or not roster_landing.land_piece(_now(), roster_id, piece):
            break
        line, most = piece.line, _next_size(most, time.monotonic() - begun)
    link: int | None = 0
    while link is not None:
        if not go_on():
            return False
        link = roster_landing.link_piece(_now(), roster_id, link, 50)
    roster_landing.finish_landing(IMPORTER, _now(), str(uuid5(NAMESPACE_OID, f"landed {roster_id}")), roster_id)
    return True


def _next_size(size: int, seconds: float) -> int:
    fits = int(size * AIM_SECONDS / max(seconds, 0.001))
    return max(SMALLEST, min(LARGEST, fits, size * 2))


def _tidy() -> bool:
    """Takes away, a piece at a time, what lies aside for nothing. False: nothing does."""
    roster_id = staged_rows.find_left_over(_now().at)
    if roster_id is None:
        return False
    lines = [row.line for row in staged_rows.list_after(roster_id, 0, LARGEST)]
    with writing():
        staged_rows.remove(roster_id, lines)
    roster_files.forget(roster_id)
    return True


def give_up(app: Flask, last: Collection[str] = ()) -> str | None:
    """What fails time and again must not keep the others: a file is refused, a list that lands comes last from now on.

    Returns the id of such a list. `last`: those that do already.
    """
    with app.app_context(), alone() as mine:
        stuck = rosters.find_in_work(last) if mine else None
        if stuck is None or stuck.state == RosterState.LANDING:
            return stuck.id if stuck else None
        _refuse(stuck.id, Refusal("roster_unreadable"))
        return None


@dataclass(frozen=True)
class Brought:
    """What became of a file. `counts`: rows by RowState. `expected`: people newly expected, 0 when nothing landed."""

    roster_id: str
    counts: dict[str, int]
    expected: int = 0


def bring(by: Actor, now: Moment, key: str, file_name: str, content: bytes, on: date | None = None) -> Brought:
    """A program's whole import: reads the file and lands its good rows. Raises Refusal where it is no list.

    A list that says nothing new is dropped.
    """
    brought = review(by, now, key, file_name, content, on)
    if not brought.counts["new"] + brought.counts["changed"]:
        drop(by, now, str(uuid4()), brought.roster_id)
        return brought
    return accept(by, now, str(uuid4()), brought)


def review(
    by: Actor, now: Moment, key: str, file_name: str, content: bytes, on: date | None = None,
    told: Told = lambda row: None,
) -> Brought:  # fmt: skip
    """The file is read, by whoever is first to it, and nothing has landed. Raises Refusal where it is no list.

    `told`: hears of the list again and again.
    """
    roster_id = roster.begin_import(by, now, key, file_name, on, content)
    row = _work_on(roster_id, (RosterState.WAITING, RosterState.READING), told)
    if row.refusal is not None:
        raise Refusal(row.refusal["code"], **row.refusal["facts"])
    if row.state == RosterState.DROPPED:  # on the page, meanwhile
        raise Refusal("roster_moved_on")
    return Brought(roster_id, row.counts)


def accept(
    by: Actor, now: Moment, key: str, brought: Brought,
    told: Told = lambda row: None,
) -> Brought:  # fmt: skip
    """The good rows of a list that was reviewed land. Raises Refusal as `actions/roster.land`."""
    roster.land(by, now, key, brought.roster_id, brought.counts)
    row = _work_on(brought.roster_id, (RosterState.LANDING,), told)
    return Brought(row.id, row.counts, row.counts["new"])


def drop(by: Actor, now: Moment, key: str, roster_id: str) -> None:
    """Nobody wants this list, and nothing of it is left. Raises as `actions/roster.drop`."""
    roster.drop(by, now, key, roster_id)
    while _tidy():
        db.session.rollback()


def _work_on(roster_id: str, states: tuple[RosterState, ...], told: Told) -> rosters.Roster:
    """Works, or waits for the hub that does, until the list is in none of these states."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def go_on() -> bool:
        told(rosters.get(roster_id))
        db.session.rollback()
        return True

    while True:
        db.session.rollback()
        row = rosters.get(roster_id)
        told(row)
        if row.state not in states:
            return row
        if not do_one(app, go_on):
            time.sleep(WAIT_SECONDS)


class Program(Looking):
    """The importer in a thread of the hub."""

    def __init__(self, app: Flask) -> None:
        super().__init__("importer")
        self._app = app
        self._failures = 0
        self._last: set[str] = set()
        self._sweeps_at = 0.0

    def look(self) -> float:
        """One piece of the list that is next; the piece after it follows at once."""
        try:
            self._sweep()
            if self._failures >= MOST_FAILURES:
                stuck, self._failures = give_up(self._app, self._last), 0
                self._last |= {stuck} if stuck else set()
            more = do_one(self._app, self.goes_on, self._last)
            self._failures = 0
        except Exception as error:  # the next look may go better, and the hub must not end for it
            log.error("importer.failed", error=type(error).__name__)
            self._failures += 1
            more = False
        return 0.0 if more else LOOK_SECONDS

    def _sweep(self) -> None:
        if time.monotonic() < self._sweeps_at:
            return
        with self._app.app_context():
            roster_files.forget_orphans(rosters.list_unread())
        self._sweeps_at = time.monotonic() + roster_files.ORPHAN_SECONDS

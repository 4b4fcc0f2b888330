"""Reading a list into rows that nobody sees yet, piece by piece: what each row is, and why.

No transaction is longer than it takes to write a piece, so nobody waits; whatever ends the program, reading goes on
behind the last piece that was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules import roster_review
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.roster import Planned, Reading, Reason, read_row, who
from kiosk.rules.roster_review import Known
from kiosk.rules.roster_twice import Met
from kiosk.rules.words import Role, RosterState, RowState
from kiosk.store import audit, known_people, rosters, staged_rows, topics
from kiosk.store.database import db, writing

IMPORTER = Actor("importer", Role.DEVICE)
Cells = dict[str, str]


class Read(NamedTuple):
    """A row of the file: its line there, its cells, and what they say."""

    line: int
    cells: Cells
    reading: Reading


def understand(on: date | None, now: Moment, rows: Sequence[tuple[int, Cells]]) -> list[Read]:
    """What the rows say by themselves; asks no database. `on`: the day of rows that name none."""
    catalogues = protocols.catalogues()
    return [Read(line, cells, read_row(cells, now.on, on, catalogues)) for line, cells in rows]


def begin(roster_id: str, total: int) -> bool:
    """The file could be opened, and has that many rows. False: nobody wants it any more."""
    with writing():
        row = rosters.get(roster_id)
        if row.state not in (RosterState.WAITING, RosterState.READING):
            return False
        row.state, row.total = RosterState.READING, total
        topics.touch(topics.ROSTERS)
        return True


def meet_again(roster_id: str, rows: Sequence[Read], met: Met) -> None:
    """These rows were written before the program ended: only what the later ones must know of them is left to do."""
    good = staged_rows.list_good(roster_id)
    for line, _, reading in rows:
        if line in good and reading.planned:
            met.add(line, reading.planned, good[line])


def stage(roster_id: str, rows: Sequence[Read], met: Met) -> bool:
    """Judges a piece of rows and puts them aside. False: nobody wants the list any more."""
    db.session.rollback()  # what others have written since the last piece
    values = _judge(roster_id, rows, met)
    with writing():
        row = rosters.get(roster_id)
        if row.state != RosterState.READING:
            return False
        staged_rows.put(values)
        row.done += len(values)
        topics.touch(topics.ROSTERS)
        return True


def _judge(roster_id: str, rows: Sequence[Read], met: Met) -> list[dict[str, Any]]:
    plans = [row.reading.planned for row in rows if row.reading.planned]
    pool = known_people.load(plans)
    matches = {row.line: _match(row, pool) for row in rows}
    ids = {match.known.id for match in matches.values() if match.known}
    expected = known_people.list_expected(ids, {plan.on for plan in plans})
    doses = known_people.list_doses(ids)
    judged = []
    for row in rows:
        planned, match = row.reading.planned, matches[row.line]
        reasons, state, known = [*row.reading.reasons, *match.reasons], RowState.WRONG, match.known
        if planned and not match.stops:
            there = expected.get((known.id, planned.on)) if known else None
            reasons += _changes(planned, known, there, doses, pool)
            twice = met.look(planned, known.id if known else None)
            state = roster_review.state_of(reasons, expected=there is not None)
            if twice:
                reasons, state = [twice], RowState.WRONG if twice.stops else RowState.DUPLICATE
            else:
                met.add(row.line, planned, known.id if known else None)
        judged.append(_staged(roster_id, row, state, reasons, known))
    return judged


def _match(row: Read, pool: roster_review.Pool) -> roster_review.Match:
    planned = row.reading.planned
    return roster_review.match(planned, pool, commune_of(row.cells, planned)) if planned else roster_review.Match()


def commune_of(cells: Cells, planned: Planned) -> str:
    """Where a row says that somebody lives, as narrowly as it says so in one word."""
    return cells.get("ward", "").strip() or planned.identity.address


def _changes(
    planned: Planned, known: Known | None, there: roster_review.Expected | None, doses: dict[str, dict[date, str]],
    pool: roster_review.Pool,
) -> list[Reason]:  # fmt: skip
    if known is None:
        return []
    said = roster_review.learn(planned, known, pool.by_number).reasons
    said += roster_review.compare_doses(planned, doses.get(known.id, {}))
    return said + (roster_review.compare_day(planned, there) if there else [])


def _staged(
    roster_id: str, row: Read, state: RowState, reasons: Sequence[Reason], known: Known | None
) -> dict[str, Any]:
    return {
        "roster_id": roster_id, "line": row.line, "state": state, "reasons": plain_reasons(reasons),
        "cells": row.cells, "who": who(row.reading.planned)[:300] if row.reading.planned else "",
        "person_id": known.id if known else None,
    }  # fmt: skip


def plain_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [{"column": each.column, "code": each.code, "facts": dict(each.facts)} for each in reasons]


@act
def finish_reading(by: Actor, now: Moment, roster_id: str) -> bool:
    """Every row is aside: the list waits for somebody to look at it. False: nobody wants it any more."""
    row = rosters.get(roster_id)
    counts = staged_rows.count_states(roster_id)
    audit.add(by, now, "roster.read", roster_id, **counts)
    if row.state != RosterState.READING:
        return False
    row.counts, row.state, row.total = counts, RosterState.REVIEW, row.done
    if not row.done:
        _refuse(row, Refusal("roster_empty"))
    topics.touch(topics.ROSTERS)
    return True


@act
def refuse_file(by: Actor, now: Moment, roster_id: str, code: str, facts: dict[str, Any]) -> str:
    """The file is no list at all: the sentence for that is kept with it; returns the list's id."""
    row = rosters.get(roster_id)
    if row.state in (RosterState.WAITING, RosterState.READING):
        _refuse(row, Refusal(code, **facts))
    audit.add(by, now, "roster.refused", roster_id, reason=code)
    topics.touch(topics.ROSTERS)
    return roster_id


def _refuse(row: rosters.Roster, refusal: Refusal) -> None:
    row.state, row.refusal = RosterState.FAILED, {"code": refusal.code, "facts": refusal.facts}

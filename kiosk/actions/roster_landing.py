"""A reviewed list lands: in pieces that do not count yet, then at once.

A staged row becomes an entry in one transaction, so whatever ends the program, landing goes on with the rows that are
left. Each piece looks again at whom we know: somebody may have come to the desk since the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.roster_reading import Read, commune_of, plain_reasons, understand
from kiosk.errors import Refusal
from kiosk.rules import family, roster_review
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.roster import PastShot, Planned, Reason
from kiosk.rules.roster_review import Known, Pool
from kiosk.rules.words import RosterKind, RosterState, RowState
from kiosk.store import audit, doses, families, known_people, people, roster_entries, rosters, staged_rows, topics
from kiosk.store.columns import box_name, new_id, next_seq
from kiosk.store.database import db, writing
from kiosk.store.staged_rows import Aside


class _Written:
    """What one piece writes."""

    def __init__(self) -> None:
        self.people: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.doses: list[tuple[str, PastShot]] = []
        self.lines: list[int] = []
        self.turned: list[tuple[int, RowState, list[Reason]]] = []


class Piece(NamedTuple):
    """Rows that may land, and what they say. `line`: the last that was looked at."""

    line: int
    rows: list[Aside]
    read: list[Read]


def take_piece(now: Moment, roster_id: str, after: int, most: int) -> Piece | None:
    """The next rows behind that line, read again; None when none is left. Writes nothing, keeps nobody waiting."""
    db.session.rollback()
    staged = staged_rows.list_after(roster_id, after, most)
    good = [row for row in staged if row.state in staged_rows.LANDING]
    read = understand(rosters.get(roster_id).on, now, [(row.line, row.cells) for row in good])
    db.session.rollback()
    return Piece(staged[-1].line, good, read) if staged else None


def land_piece(now: Moment, roster_id: str, piece: Piece) -> bool:
    """Turns these rows into entries, in one transaction. False: the list is not landing any more."""
    with writing():
        roster = rosters.get(roster_id)
        if roster.state != RosterState.LANDING:
            return False
        roster.done += _write(roster, now, piece.rows, piece.read)
        topics.touch(topics.ROSTERS)
        return True


def _write(roster: rosters.Roster, now: Moment, rows: Sequence[Aside], read: Sequence[Read]) -> int:
    plans = [each.reading.planned for each in read if each.reading.planned]
    pool = known_people.load(plans) if roster.kind == RosterKind.FILE else Pool((), {})
    meant = known_people.get([row.person_id for row in rows if row.person_id]) if roster.kind != RosterKind.FILE else {}
    written = _Written()
    found: list[tuple[Read, Planned, Known]] = []
    for row, each in zip(rows, read, strict=True):
        if row.person_id in meant:
            known = meant[row.person_id]
            found.append((each, _planned_for(known, roster.on or now.on, each), known))
            continue
        one = _whom(row, each, pool, written)
        if one is not None and each.reading.planned is not None:
            found.append((each, each.reading.planned, one))
    _expect(roster, found, written)
    known_people.add(written.people)
    roster_entries.put(written.entries)
    doses.put_listed(written.doses, roster.id, now)
    staged_rows.remove(roster.id, written.lines)
    counts = dict(roster.counts)
    for line, state, reasons in written.turned:
        was = next(row.state for row in rows if row.line == line)
        counts[was], counts[state] = counts[was] - 1, counts[state] + 1
        staged_rows.mark(roster.id, line, state, plain_reasons(reasons))
    roster.counts = counts
    return len(written.lines)


def _planned_for(known: Known, on: date, each: Read) -> Planned:
    """A row that we made ourselves of somebody we know: whatever a file would have to say of them, it lands."""
    return Planned(known.identity, on, None, each.cells.get("group", ""))


def _whom(row: Aside, each: Read, pool: Pool, written: _Written) -> Known | None:
    """The person of a row, added where nobody knows them; None when the row cannot land after all."""
    planned = each.reading.planned
    if planned is None:
        written.turned.append((row.line, RowState.WRONG, list(each.reading.reasons)))
        return None
    match = roster_review.match(planned, pool, commune_of(each.cells, planned))
    if match.stops:
        written.turned.append((row.line, RowState.WRONG, [*each.reading.reasons, *match.reasons]))
        return None
    if match.known is None:
        return _add(planned, pool, written)
    learned = roster_review.learn(planned, match.known, pool.by_number).values
    if learned:
        known_people.learn(match.known.id, learned)
    if "number" not in learned:
        return match.known
    # A later row of this piece may have it too, for another day; or another number, and then it is somebody else.
    known = replace(match.known, identity=replace(match.known.identity, number=learned["number"]))
    pool.renew(known)
    return known


def _add(planned: Planned, pool: Pool, written: _Written) -> Known:
    values = known_people.new_person(planned)
    written.people.append(values)
    known = Known(
        values["id"], planned.identity, planned.passport, planned.phone, planned.insurance, planned.workplace,
        bool(planned.has_app),
    )  # fmt: skip
    pool.add(known)  # a later row of this piece may be theirs, for another day
    return known


def _expect(roster: rosters.Roster, found: Sequence[tuple[Read, Planned, Known]], written: _Written) -> None:
    """The entries and earlier doses of people; whoever is on this list for that day already stands there once."""
    ids = {known.id for _, _, known in found}
    there = roster_entries.list_lines(roster.id, ids)
    vouched = roster_entries.list_approved(ids, {planned.on for _, planned, _ in found})
    timeless = [(known.id, planned.on) for _, planned, known in found if planned.slot is None]
    before = known_people.list_expected({id for id, _ in timeless}, {on for _, on in timeless})
    past = known_people.list_doses(ids, lists=False)
    for each, planned, known in found:
        twice = there.get((known.id, planned.on))
        if twice is not None:
            reasons = [Reason("name", "duplicate_of", {"line": twice})]
            written.turned.append((each.line, RowState.DUPLICATE, reasons))
            continue
        there[known.id, planned.on] = each.line
        by = vouched.get((known.id, planned.on), "") if not planned.approved else ""
        # A row that names no slot takes none away: it was given here, and people were told.
        kept = before.get((known.id, planned.on))
        slot = planned.slot or (kept.slot if kept else None)
        written.entries.append(_entry(roster, each, replace(planned, slot=slot), known, by))
        written.lines.append(each.line)
        mine = past.get(known.id, {})
        written.doses.extend((known.id, dose) for dose in planned.doses if dose.on not in mine)


def _entry(roster: rosters.Roster, each: Read, planned: Planned, known: Known, vouched: str) -> dict[str, Any]:
    slot = planned.slot or (None, None)
    return {
        "id": new_id(), "roster_id": roster.id, "person_id": known.id, "on": planned.on, "slot_from": slot[0],
        "slot_until": slot[1], "priority_group": planned.group, "special": planned.special,
        "approved": planned.approved or bool(vouched), "approved_by": vouched, "line": each.line,
        "note": planned.note, "cells": each.cells,
    }  # fmt: skip


def link_piece(now: Moment, roster_id: str, after: int, most: int) -> int | None:
    """Gives the next people behind that line the guardian whom their row names; the last line, None when none is left.

    By the guardian's number, else by a name that only one person of this list has. Whom we know to have a guardian
    keeps them.
    """
    db.session.rollback()
    wards = roster_entries.list_wards(roster_id, after, most)
    if not wards:
        return None
    with writing():
        for _, person_id, cells in wards:
            _link(now, roster_id, people.get(person_id), cells)
    return wards[-1][0]


def _link(now: Moment, roster_id: str, child: people.Person, cells: dict[str, str]) -> None:
    named = roster_entries.list_guardians(
        roster_id, cells.get("guardian_number", ""), cells.get("guardian_name", "")
    )  # fmt: skip
    guardians = {one.id: one for one in named if one.id != child.id}
    if len(guardians) != 1 or families.find_guardian(child.id):
        return
    guardian = guardians.popitem()[1]
    try:
        family.require_guardian(
            guardian.identity, guarded=families.find_guardian(guardian.id) is not None,
            child_guards=bool(families.list_children(child.id)), protocol=protocols.family(), today=now.on,
        )  # fmt: skip
    except Refusal:
        return  # what does not fit is left for the desk to ask
    child.guardian_id = guardian.id


@act
def finish_landing(by: Actor, now: Moment, roster_id: str) -> int:
    """From now on this list counts; returns how many it newly expects. 0 when it is not landing (any more)."""
    row = rosters.get(roster_id)
    expected = row.counts.get(RowState.NEW, 0)
    if row.state != RosterState.LANDING:
        audit.add(by, now, "roster.left_alone", roster_id)
        return 0
    row.state, row.landed_at = RosterState.LANDED, now.at
    row.landed_seq = next_seq(box_name())
    audit.add(by, now, "roster.landed", roster_id, expected=expected, asked_by=row.landed_by)
    topics.touch(topics.ROSTERS, topics.DAY, topics.DESK)
    return expected

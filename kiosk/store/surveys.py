"""The list that paper survey forms are typed into: one for each day, landed from the start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.roster import Planned
from kiosk.rules.words import RosterKind, RosterState, RowState
from kiosk.store import rosters
from kiosk.store.columns import box_name, next_seq
from kiosk.store.database import by_key, db
from kiosk.store.day_plans import DayPlan
from kiosk.store.people import Person
from kiosk.store.rosters import Roster, RosterEntry
from kiosk.store.visits import Visit


def take_list(by: Actor, now: Moment, on: date) -> Roster:
    """That day's list of typed forms; begun with the first of them."""
    mine = (Roster.kind == RosterKind.SURVEY, Roster.on == on, Roster.withdrawn_at.is_(None))
    found = db.session.scalar(select(Roster).where(*mine).order_by(Roster.landed_seq.desc()).limit(1))
    if found is None:
        found = Roster(
            kind=RosterKind.SURVEY, file_name="", on=on, state=RosterState.LANDED, counts={},
            staged_at=now.at, staged_by=by.id, landed_at=now.at, landed_by=by.id, landed_seq=next_seq(box_name()),
        )  # fmt: skip
        rosters.add(found)
    return found


def add_entry(roster: Roster, person: Person, planned: Planned, approved_by: str) -> RosterEntry:
    """One more line of the list. `approved_by`: "" for a form that somebody must still approve of."""
    roster.total = roster.done = roster.total + 1
    roster.counts = {RowState.NEW: roster.total}
    # Not the total: a colleague may have taken back a line before the last, and a line is one person's.
    last = db.session.scalar(select(func.max(RosterEntry.line)).where(RosterEntry.roster_id == roster.id)) or 0
    entry = RosterEntry(
        roster_id=roster.id, person_id=person.id, on=planned.on, line=last + 1, priority_group=planned.group,
        approved=bool(approved_by), approved_by=approved_by,
    )  # fmt: skip
    db.session.add(entry)
    db.session.flush()
    return entry


def find_entry(id: str) -> RosterEntry | None:
    """A line by its id; None once it was taken back."""
    return by_key(RosterEntry, id)


def is_used(entry: RosterEntry) -> bool:
    """Has somebody come with this line?"""
    return db.session.scalar(select(Visit.id).where(Visit.roster_entry_id == entry.id).limit(1)) is not None


def take_back(entry: RosterEntry, people_added: Sequence[str]) -> None:
    """The line was never there, nor the people who came with it, as far as nothing else knows of them by now."""
    roster = rosters.get(entry.roster_id)
    roster.total = roster.done = roster.total - 1
    roster.counts = {RowState.NEW: roster.total}
    db.session.delete(entry)
    db.session.flush()
    for id in people_added:
        try:
            with db.session.begin_nested():
                db.session.delete(db.session.get_one(Person, id))
        except IntegrityError:  # a scan, another list or a child points to them: they stay
            continue


def list_days(since: date, limit: int = 10) -> list[date]:
    """The days that are prepared, from that day on, soonest first."""
    days = select(DayPlan.on).where(DayPlan.on >= since).distinct().order_by(DayPlan.on).limit(limit)
    return list(db.session.scalars(days))

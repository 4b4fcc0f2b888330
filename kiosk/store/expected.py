"""Who is expected on a day, and what became of them: what the pages of the list show and its sheets say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import aliased

from kiosk.rules.words import RosterState, VisitState
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import db
from kiosk.store.departures import Skip
from kiosk.store.doses import Dose, standing
from kiosk.store.lots import Lot
from kiosk.store.people import STANDS, Person
from kiosk.store.rosters import Roster, RosterEntry, StagedRow, counting
from kiosk.store.screenings import Screening
from kiosk.store.visits import Visit

PIECE = 500
Slot = tuple[time | None, time | None]
# By slot, whoever has none last; within one as the list has it.
ORDER: tuple[Any, ...] = (
    RosterEntry.slot_from.is_(None), RosterEntry.slot_from, RosterEntry.slot_until, RosterEntry.line, RosterEntry.id
)  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One day of the lists that count: how many are expected, and how many of them nobody has approved."""

    on: date
    expected: int
    unapproved: int


@dataclass(frozen=True)
class Filled:
    """One slot of a day: how many are expected, how many of them nobody has approved, how many are special."""

    slot: Slot
    expected: int
    unapproved: int
    special: int


@dataclass(frozen=True)
class Stay:
    """What became of somebody's visit. Without a dose: what the doctor concluded, or why a step was left out."""

    gone: bool
    given_at: datetime | None = None
    vaccine: str = ""
    lot: str = ""
    dose_number: int = 0
    conclusion: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Expected:
    """Somebody of a day. `entry` is None for whoever came without being on the list, `stay` for who did not come."""

    person: Person
    entry: RosterEntry | None
    stay: Stay | None


def list_rosters(limit: int) -> list[Roster]:
    """Lists that are not dropped, the newest first."""
    query = select(Roster).where(Roster.state != RosterState.DROPPED)
    return list(db.session.scalars(query.order_by(Roster.staged_at.desc(), Roster.id).limit(limit)))


def list_rows(roster_id: str, state: str, offset: int, limit: int) -> list[StagedRow]:
    """Rows of a list that stand so, in the order of the file; `state`: a RowState, or "" for all."""
    lines = select(StagedRow.line).where(*_rows(roster_id, state)).order_by(StagedRow.line).offset(offset).limit(limit)
    query = select(StagedRow).where(StagedRow.roster_id == roster_id, StagedRow.line.in_(lines))
    return list(db.session.scalars(query.order_by(StagedRow.line)))


def stream_rows(roster_id: str, state: str) -> Iterator[StagedRow]:
    """The same rows, all of them, a piece at a time."""
    query = select(StagedRow).where(*_rows(roster_id, state)).order_by(StagedRow.line)
    yield from db.session.scalars(query.execution_options(yield_per=PIECE))


def _rows(roster_id: str, state: str) -> list[ColumnElement[bool]]:
    mine = [StagedRow.roster_id == roster_id]
    return [*mine, StagedRow.state == state] if state else mine


def list_dates(roster_id: str) -> list[date]:
    """The days for which this list expects somebody."""
    query = select(RosterEntry.on).where(RosterEntry.roster_id == roster_id).distinct().order_by(RosterEntry.on)
    return list(db.session.scalars(query))


def list_days(since: date) -> list[Planned]:
    """Every day from `since` on for which somebody is expected."""
    query = _entries(RosterEntry.on >= since, RosterEntry.on, func.count(), func.count().filter(unapproved()))
    return [Planned(*row) for row in db.session.execute(query.group_by(RosterEntry.on).order_by(RosterEntry.on))]


def count_slots(on: date) -> list[Filled]:
    """How full each slot of that day is, the earliest first, whoever has none last."""
    slot = (RosterEntry.slot_from, RosterEntry.slot_until)
    counts = (func.count(), func.count().filter(unapproved()), func.count().filter(special()))
    query = _entries(RosterEntry.on == on, *slot, *counts).group_by(*slot)
    rows = db.session.execute(query.order_by(RosterEntry.slot_from.is_(None), *slot))
    return [Filled((begins, ends), *rest) for begins, ends, *rest in rows]


def count_of(on: date, *only: ColumnElement[bool]) -> int:
    """How many people of that day's list these conditions are true of."""
    return db.session.scalar(_entries(RosterEntry.on == on, func.count()).where(*only)) or 0


def list_of(on: date, *only: ColumnElement[bool], offset: int = 0, limit: int) -> list[tuple[Person, RosterEntry]]:
    """A part of that day's list, by slot and then as the list has it."""
    ids = _entries(RosterEntry.on == on, RosterEntry.id).where(*only).order_by(*ORDER).offset(offset).limit(limit)
    rows = db.session.execute(_with_people().where(RosterEntry.id.in_(ids)).order_by(*ORDER))
    return [(person, entry) for person, entry in rows]


def in_slot(begins: time) -> ColumnElement[bool]:
    """Expected in the slot that begins then."""
    return RosterEntry.slot_from == begins


def without_slot() -> ColumnElement[bool]:
    """Expected that day, at no certain hour."""
    return RosterEntry.slot_from.is_(None)


def unapproved() -> ColumnElement[bool]:
    """Nobody has approved of this entry."""
    return RosterEntry.approved.is_(False)


def special() -> ColumnElement[bool]:
    """Of a special group."""
    return RosterEntry.special != ""


def list_unapproved(on: date, limit: int) -> list[str]:
    """Ids of the first of that day's entries that nobody has approved."""
    query = _entries(RosterEntry.on == on, RosterEntry.id).where(unapproved()).order_by(*ORDER)
    return list(db.session.scalars(query.limit(limit)))


def stream_of(on: date) -> Iterator[Expected]:
    """Everybody of that day with what became of them: the list in its order, then who came without being on it."""
    stays = _stays(on)
    ids = _entries(RosterEntry.on == on, RosterEntry.id)
    query = _with_people().where(RosterEntry.id.in_(ids)).order_by(*ORDER)
    for person, entry in db.session.execute(query.execution_options(yield_per=PIECE)):
        yield Expected(person, entry, stays.pop(person.id, None))
    others = sorted(stays)
    for begin in range(0, len(others), PIECE):
        unlisted = select(Person).where(Person.id.in_(others[begin : begin + PIECE])).order_by(Person.id)
        for person in db.session.scalars(unlisted):
            yield Expected(person, None, stays[person.id])


def stream_phones(on: date) -> Iterator[tuple[str, Slot]]:
    """(phone, slot) of the approved who have no app and a phone of their own or of their guardian's, by slot.

    A phone that a family shares comes once a slot.
    """
    guardian = aliased(Person)
    phone = func.coalesce(func.nullif(Person.phone, ""), guardian.phone, "")
    slot = (RosterEntry.slot_from, RosterEntry.slot_until)
    ids = _entries(RosterEntry.on == on, RosterEntry.id).where(~unapproved())
    query = _with_people().outerjoin(guardian, guardian.id == Person.guardian_id).with_only_columns(phone, *slot)
    query = query.where(RosterEntry.id.in_(ids), Person.has_app.is_(False), phone != "").distinct()
    rows = db.session.execute(query.order_by(slot[0].is_(None), *slot, phone).execution_options(yield_per=PIECE))
    for number, begins, ends in rows:
        yield number, (begins, ends)


def _entries(days: ColumnElement[bool], *columns: Any) -> Select[Any]:
    """These columns of one entry a person and day, of the days that `days` names.

    Of several lists that count the one that landed last says how. Hardly anybody is two rows made one: they are ranked
    by themselves, so that fifty thousand need not be.
    """
    query = select(*columns).select_from(RosterEntry).join(Roster, Roster.id == RosterEntry.roster_id)
    merged = Person.merged_into > ""  # is not null, said so that an index answers it
    both: CompoundSelect[Any] = union(select(Person.id).where(merged), select(Person.merged_into).where(merged))
    alone = and_(RosterEntry.person_id.not_in(both), ~_said_later())
    return query.where(counting(), days, or_(alone, RosterEntry.id.in_(_first_of_two(days, both))))


def _said_later() -> ColumnElement[bool]:
    """Another list that counts landed later and expects the same row on the same day."""
    entry, roster = aliased(RosterEntry), aliased(Roster)
    same = and_(entry.on == RosterEntry.on, entry.person_id == RosterEntry.person_id, entry.roster_id == roster.id)
    counts = and_(roster.landed_at.is_not(None), roster.withdrawn_at.is_(None))
    # Lists are few: those that landed later come first, the entry is then looked up.
    later = exists().where(same).select_from(entry).correlate(RosterEntry, roster)
    return (
        exists()
        .where(counts, roster.landed_seq > Roster.landed_seq, later)
        .select_from(roster)
        .correlate(RosterEntry, Roster)
    )


def _first_of_two(days: ColumnElement[bool], both: CompoundSelect[Any]) -> Select[str]:
    """Of those who are two rows made one: the entry that says how, by day."""
    nth = func.row_number().over(
        partition_by=(RosterEntry.on, STANDS), order_by=(Roster.landed_seq.desc(), RosterEntry.id)
    )
    query = select(RosterEntry.id, nth.label("nth")).join(Roster, Roster.id == RosterEntry.roster_id)
    query = query.join(Person, Person.id == RosterEntry.person_id).where(counting(), days)
    ranked = query.where(RosterEntry.person_id.in_(both)).subquery()
    return select(ranked.c.id).where(ranked.c.nth == 1)


def _with_people() -> Select[Person, RosterEntry]:
    """Entries with the person who stands for them."""
    listed = aliased(Person)
    query = select(Person, RosterEntry).select_from(RosterEntry).join(listed, listed.id == RosterEntry.person_id)
    return query.join(Person, Person.id == func.coalesce(listed.merged_into, listed.id))


def _stays(on: date) -> dict[str, Stay]:
    """What became of everybody who came that day; of a morning and an afternoon the dose counts, else the later."""
    query = (
        select(STANDS, Visit.id, Visit.state, Dose.given_at, Lot.vaccine, Lot.number, Dose.dose_number,
               Screening.conclusion)
        .select_from(Visit)
        .join(ClinicDay, ClinicDay.id == Visit.clinic_day_id)
        .join(Person, Person.id == Visit.person_id)
        .outerjoin(Dose, and_(Dose.visit_id == Visit.id, standing()))
        .outerjoin(Lot, Lot.id == Dose.lot_id)
        .outerjoin(Screening, and_(Screening.visit_id == Visit.id, Screening.superseded_at.is_(None)))
        .where(ClinicDay.on == on)
        .order_by(Visit.seq)
    )  # fmt: skip
    skips = select(Skip.visit_id, Skip.reason).join(Visit, Visit.id == Skip.visit_id)
    skips = skips.where(Skip.superseded_at.is_(None))
    skips = skips.join(ClinicDay, ClinicDay.id == Visit.clinic_day_id).where(ClinicDay.on == on).order_by(Skip.seq)
    reasons = dict(db.session.execute(skips).all())
    stays: dict[str, Stay] = {}
    for person_id, visit_id, state, given_at, vaccine, lot, number, conclusion in db.session.execute(query):
        if person_id in stays and stays[person_id].given_at and not given_at:
            continue
        stays[person_id] = Stay(
            gone=state == VisitState.LEFT, given_at=given_at, vaccine=vaccine or "", lot=lot or "",
            dose_number=number or 0, conclusion=conclusion or "", skipped=reasons.get(visit_id, ""),
        )  # fmt: skip
    return stays

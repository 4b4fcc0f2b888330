"""Appointments: who of a day's list has which slot. Of several lists that expect a person the newest counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from kiosk.store.database import db
from kiosk.store.people import STANDS, Person
from kiosk.store.rosters import Roster, RosterEntry, counting


class Wanting(NamedTuple):
    """An entry without a slot, and what decides its place. `family`: the same for whoever comes together."""

    family: str
    entry: str
    born_on: date | None
    born_year: int | None
    group: str
    special: str
    line: int


class Count(NamedTuple):
    """How many people of a list: with a slot, waiting for one, and not approved (they wait for that first)."""

    given: int
    wanting: int
    unapproved: int


def _of_day(on: date) -> Select[tuple[str]]:
    """Ids of the entries that count: one a person, also where two rows were found to be one person."""
    newest = func.row_number().over(partition_by=STANDS, order_by=(Roster.landed_seq.desc(), RosterEntry.id))
    ranked = select(RosterEntry.id.label("id"), newest.label("rank")).join(Roster)
    ranked = ranked.join(Person, Person.id == RosterEntry.person_id)
    of_day = ranked.where(counting(), RosterEntry.on == on).subquery()
    return select(of_day.c.id).where(of_day.c.rank == 1)


def _stands(person: type[Person]) -> ColumnElement[str]:
    return func.coalesce(person.merged_into, person.id)


# An entry's person as it stands for itself, and the guardian: two rows that were found to be one person are one here.
_STANDING, _GUARDIAN = aliased(Person), aliased(Person)


def _of_families(*columns: Any) -> Select[Any]:
    """These columns of entries and their people (`Person`), behind what names their family: the guardian's id, for
    whoever has none their own."""
    query = select(func.coalesce(_stands(_GUARDIAN), STANDS), *columns)
    query = query.join_from(RosterEntry, Person, Person.id == RosterEntry.person_id)
    query = query.join(_STANDING, _STANDING.id == STANDS)
    named = func.coalesce(_STANDING.guardian_id, Person.guardian_id)
    return query.outerjoin(_GUARDIAN, _GUARDIAN.id == named)


def list_wanting(on: date) -> list[Wanting]:
    """Whoever is approved and has no slot."""
    columns = (
        RosterEntry.id, Person.born_on, Person.born_year, RosterEntry.priority_group, RosterEntry.special,
        RosterEntry.line,
    )  # fmt: skip
    query = _of_families(*columns)
    query = query.where(RosterEntry.id.in_(_of_day(on)), RosterEntry.slot_from.is_(None), RosterEntry.approved)
    return [Wanting(*row) for row in db.session.execute(query)]


def family_slots(on: date) -> dict[str, time]:
    """When those come who have a slot and belong to a family, by the guardian's id."""
    child, guardian = aliased(Person), aliased(Person)
    guardians = select(_stands(guardian)).join(child, child.guardian_id == guardian.id)
    query = _of_families(RosterEntry.slot_from).where(
        RosterEntry.id.in_(_of_day(on)), RosterEntry.slot_from.is_not(None),
        or_(_GUARDIAN.id.is_not(None), STANDS.in_(guardians)),
    )  # fmt: skip
    return {family: begins for family, begins in db.session.execute(query) if begins}


def count_given(on: date) -> dict[time, int]:
    """How many people come when, by the beginning of their slot."""
    query = select(RosterEntry.slot_from, func.count()).where(RosterEntry.id.in_(_of_day(on)))
    rows = db.session.execute(query.where(RosterEntry.slot_from.is_not(None)).group_by(RosterEntry.slot_from))
    return {begins: n for begins, n in rows if begins}


def count_taken(on: date) -> dict[time, int]:
    """As `count_given`, but whoever stands on two lists counts twice: quick enough while everybody else waits."""
    query = select(RosterEntry.slot_from, func.count()).join(Roster).where(counting(), RosterEntry.on == on)
    rows = db.session.execute(query.where(RosterEntry.slot_from.is_not(None)).group_by(RosterEntry.slot_from))
    return {begins: n for begins, n in rows if begins}


def count_twice(on: date) -> dict[time, int]:
    """How many more `count_taken` counts than there are people."""
    people = count_given(on)
    return {begins: n - people.get(begins, 0) for begins, n in count_taken(on).items()}


def count(on: date) -> Count:
    """How many of the day's list have a slot, wait for one, or are not approved."""
    free, approved = RosterEntry.slot_from.is_(None), RosterEntry.approved
    query = select(free, approved, func.count()).where(RosterEntry.id.in_(_of_day(on))).group_by(free, approved)
    of = {(bool(no_slot), bool(ok)): n for no_slot, ok, n in db.session.execute(query)}
    unapproved = of.get((True, False), 0) + of.get((False, False), 0)
    return Count(of.get((False, True), 0) + of.get((False, False), 0), of.get((True, True), 0), unapproved)


def give(slots: Mapping[str, tuple[time, time]]) -> int:
    """Entry ids to the slots that they get; returns how many had none and have one now."""
    table = cast(Table, RosterEntry.__table__)
    free = update(table).where(table.c.id == bindparam("entry"), table.c.slot_from.is_(None))
    free = free.values(slot_from=bindparam("begins"), slot_until=bindparam("ends"))
    rows = [{"entry": id, "begins": begins, "ends": ends} for id, (begins, ends) in slots.items()]
    return db.session.connection().execute(free, rows).rowcount if rows else 0


def list_spread(on: date) -> list[str]:
    """Entries whose slot was given here: neither their own list names it, nor one before it from which it was kept.

    Entries without a line came before lists were kept row by row: nobody knows who gave their slots.
    """
    other = aliased(RosterEntry)
    told = exists().where(
        other.person_id == RosterEntry.person_id, other.on == on, other.slot_from == RosterEntry.slot_from,
        or_(other.line == 0, func.coalesce(other.cells["slot"].as_string(), "") != ""),
    )  # fmt: skip
    query = select(RosterEntry.id).where(RosterEntry.on == on, RosterEntry.slot_from.is_not(None), ~told)
    return list(db.session.scalars(query.order_by(RosterEntry.id)))


def take_back(entries: Sequence[str]) -> int:
    """These entries have no slot any more; returns how many had one."""
    having = update(RosterEntry).where(RosterEntry.id.in_(entries), RosterEntry.slot_from.is_not(None))
    done = db.session.execute(
        having.values(slot_from=None, slot_until=None).execution_options(synchronize_session=False)
    )  # fmt: skip
    return int(done.rowcount)  # type: ignore[attr-defined]

"""The list planned before the day. A file is staged in small pieces, then landed by one short transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    String,
    Time,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.person import name_key
from kiosk.rules.roster import Planned
from kiosk.store.columns import At, Id, Instant, new_id
from kiosk.store.database import Base, db
from kiosk.store.people import Person


class Roster(Base):
    """One imported file."""

    __tablename__ = "roster"

    id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(120))
    staged_at: Mapped[At]
    landed_at: Mapped[datetime | None] = mapped_column(Instant)


class StagedRow(Base):
    """A read row that nobody sees yet. `person_id` and `entry_id` are made while staging, so landing only copies."""

    __tablename__ = "staged_row"
    __table_args__ = (Index("ix_staged_row_roster_id_number", "roster_id", "number"),)

    entry_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    roster_id: Mapped[str] = mapped_column(ForeignKey("roster.id"))
    line: Mapped[int]
    person_id: Mapped[str] = mapped_column(String(36))
    who: Mapped[str] = mapped_column(String(300))
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60))
    number: Mapped[str | None] = mapped_column(String(12))
    born_on: Mapped[date | None] = mapped_column(Date)
    born_year: Mapped[int | None]
    sex: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(String(200))
    on: Mapped[date] = mapped_column(Date)
    slot_from: Mapped[time | None] = mapped_column(Time)
    slot_until: Mapped[time | None] = mapped_column(Time)
    priority_group: Mapped[str] = mapped_column(String(10))


class RosterEntry(Base):
    """This person is expected on this day."""

    __tablename__ = "roster_entry"
    __table_args__ = (UniqueConstraint("on", "person_id"),)

    id: Mapped[Id]
    roster_id: Mapped[str] = mapped_column(ForeignKey("roster.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    on: Mapped[date] = mapped_column(Date)
    slot_from: Mapped[time | None] = mapped_column(Time)
    slot_until: Mapped[time | None] = mapped_column(Time)
    priority_group: Mapped[str] = mapped_column(String(10))


def find_entry(person_id: str, on: date) -> RosterEntry | None:
    """Is this person expected that day?"""
    return db.session.scalar(select(RosterEntry).where(RosterEntry.person_id == person_id, RosterEntry.on == on))


def count_expected(on: date) -> int:
    """How many people are expected that day."""
    return db.session.scalar(select(func.count()).select_from(RosterEntry).where(RosterEntry.on == on)) or 0


def add(roster: Roster) -> None:
    """Adds a file."""
    db.session.add(roster)
    db.session.flush()


def get(id: str) -> Roster:
    """An imported file by its id."""
    return db.session.get_one(Roster, id)


def stage(roster_id: str, rows: Iterable[tuple[int, Planned]]) -> None:
    """Puts read rows (with their line numbers) aside."""
    values = [
        {
            "entry_id": new_id(),
            "person_id": new_id(),
            "roster_id": roster_id,
            "line": line,
            "who": _who(row),
            "name": row.identity.name,
            "name_key": name_key(row.identity.name),
            "number": row.identity.number or None,
            "born_on": row.identity.born_on,
            "born_year": row.identity.born_year,
            "sex": row.identity.sex,
            "address": row.identity.address,
            "on": row.on,
            "slot_from": row.slot[0] if row.slot else None,
            "slot_until": row.slot[1] if row.slot else None,
            "priority_group": row.group,
        }
        for line, row in rows
    ]
    if values:
        db.session.execute(insert(StagedRow), values)


def match_people(roster_id: str) -> None:
    """Gives staged rows the id of the person they are.

    The same number; without one the same name, marks included, and the same full birth date. Where only the year is
    known the address must be the same too: two people of one name and year are common.
    """
    mine = StagedRow.roster_id == roster_id
    by_number = Person.number == StagedRow.number
    same = and_(
        Person.name_key == StagedRow.name_key,
        Person.name == StagedRow.name,
        Person.born_year == StagedRow.born_year,
        Person.born_on.is_not_distinct_from(StagedRow.born_on),
        or_(StagedRow.born_on.is_not(None), Person.address == StagedRow.address),
    )
    numbered, numberless = StagedRow.number.is_not(None), StagedRow.number.is_(None)
    for only, rule in ((numbered, by_number), (numberless, same)):
        who = select(Person.id).where(rule).order_by(Person.id).limit(1).correlate(StagedRow).scalar_subquery()
        found = exists(select(Person.id).where(rule).correlate(StagedRow))
        matched = update(StagedRow).where(mine, only, found).values(person_id=who)
        db.session.execute(matched.execution_options(synchronize_session=False))


def land(roster_id: str) -> int:
    """Copies the staged rows to people and entries, first line first; returns how many are newly expected.

    Somebody who was expected on that day already gets the new slot and group.
    """
    mine = StagedRow.roster_id == roster_id
    people = ("name", "name_key", "number", "born_on", "born_year", "sex", "address")
    first = select(func.min(StagedRow.line)).where(mine).group_by(StagedRow.who)
    known = exists(select(Person.id).where(Person.id == StagedRow.person_id).correlate(StagedRow))
    new = select(StagedRow.person_id, *[getattr(StagedRow, name) for name in people], literal(""))
    new = new.where(mine, StagedRow.line.in_(first), ~known)
    db.session.execute(insert(Person).from_select(["id", *people, "old_number"], new))
    match_people(roster_id)
    expected = select(func.min(StagedRow.line)).where(mine).group_by(StagedRow.person_id, StagedRow.on)
    same_day = and_(RosterEntry.person_id == StagedRow.person_id, RosterEntry.on == StagedRow.on)
    plan = ("slot_from", "slot_until", "priority_group")
    changed = update(RosterEntry).where(mine, StagedRow.line.in_(expected), same_day)
    changed = changed.values({name: getattr(StagedRow, name) for name in plan})
    db.session.execute(changed.execution_options(synchronize_session=False))
    columns = ("roster_id", "person_id", "on", *plan)
    planned = exists(select(RosterEntry.id).where(same_day).correlate(StagedRow))
    entries = select(StagedRow.entry_id, *[getattr(StagedRow, name) for name in columns])
    entries = entries.where(mine, StagedRow.line.in_(expected), ~planned)
    landed = db.session.execute(insert(RosterEntry).from_select(["id", *columns], entries))
    return int(landed.rowcount)  # type: ignore[attr-defined]


def _who(row: Planned) -> str:
    """What makes two lines of a file the same person; the rule of `match_people`."""
    identity = row.identity
    birth = f"{identity.born_on}" if identity.born_on else f"{identity.born_year}|{identity.address}"
    return identity.number or f"{identity.name}|{birth}"


def forget_staged(roster_id: str) -> None:
    """Drops what was put aside."""
    db.session.execute(delete(StagedRow).where(StagedRow.roster_id == roster_id))

"""The list planned before the day. It is written in small pieces that do not count, then counts at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Time,
    UniqueConstraint,
    and_,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.person import Identity, name_key
from kiosk.rules.roster import Planned
from kiosk.rules.words import RosterKind, RosterState
from kiosk.store.columns import At, Id, Instant, new_id
from kiosk.store.database import Base, db
from kiosk.store.people import Person


class Roster(Base):
    """A list on its way in: a file, the people due a next dose, or who is entered at the desk; reviewed, then landed.

    Its entries count only once it has landed and while it is not withdrawn; where two lists expect the same person on
    the same day, the one that landed later counts (`landed_seq`, a counter of the box). `on`: the day that rows
    without a date are for. `done` of `total` rows are read, or landed. `counts`: how many rows stand in each RowState.
    `refusal`: why the whole file cannot be taken (code, facts).
    """

    __tablename__ = "roster"

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10), default=RosterKind.FILE)
    file_name: Mapped[str] = mapped_column(String(120))
    on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default=RosterState.LANDED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    staged_at: Mapped[At]
    staged_by: Mapped[str] = mapped_column(String(40), default="")
    landed_at: Mapped[datetime | None] = mapped_column(Instant)
    landed_by: Mapped[str] = mapped_column(String(40), default="")
    landed_seq: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


class StagedRow(Base):
    """A read row that nobody sees yet. `cells`: what stood in the row, by column code; it is read again when it lands.

    `reasons`: [{column, code, facts}], what is wrong or was mended. `who`: what makes two rows of a file the same
    person. `person_id`: whom we know already.
    """

    __tablename__ = "staged_row"
    __table_args__ = (
        Index("ix_staged_row_roster_id_who", "roster_id", "who"),
        Index("ix_staged_row_roster_id_state", "roster_id", "state"),
    )

    roster_id: Mapped[str] = mapped_column(ForeignKey("roster.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    cells: Mapped[dict[str, str]] = mapped_column(JSON)
    who: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[str | None] = mapped_column(String(36))


class RosterEntry(Base):
    """This person is expected on this day. `cells`: the row it came from, for the export in the same layout.

    `approved`: False for a row that its list does not approve of, until somebody does (`approved_by`). `special`: a
    special group of `protocols/priority.toml`, or "".
    """

    __tablename__ = "roster_entry"
    __table_args__ = (
        UniqueConstraint("on", "person_id", "roster_id"),
        Index("ix_roster_entry_roster_id_line", "roster_id", "line"),
    )

    id: Mapped[Id]
    roster_id: Mapped[str] = mapped_column(ForeignKey("roster.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    on: Mapped[date] = mapped_column(Date)
    slot_from: Mapped[time | None] = mapped_column(Time)
    slot_until: Mapped[time | None] = mapped_column(Time)
    priority_group: Mapped[str] = mapped_column(String(10))
    special: Mapped[str] = mapped_column(String(20), default="")
    approved: Mapped[bool] = mapped_column(default=True)
    approved_by: Mapped[str] = mapped_column(String(40), default="")
    line: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(200), default="")
    cells: Mapped[dict[str, str] | None] = mapped_column(JSON)


def _counts() -> ColumnElement[bool]:
    """Only what landed and was not withdrawn is the list."""
    return and_(Roster.landed_at.is_not(None), Roster.withdrawn_at.is_(None))


def find_entry(person_id: str, on: date) -> RosterEntry | None:
    """Is this person expected that day? Of several lists the one that landed last says how."""
    query = select(RosterEntry).join(Roster).where(RosterEntry.person_id == person_id, RosterEntry.on == on, _counts())
    return db.session.scalar(query.order_by(Roster.landed_seq.desc(), RosterEntry.id).limit(1))


def count_expected(on: date) -> int:
    """How many people are expected that day."""
    expected = select(func.count(RosterEntry.person_id.distinct())).join(Roster)
    return db.session.scalar(expected.where(RosterEntry.on == on, _counts())) or 0


def add(roster: Roster) -> None:
    """Adds a list."""
    db.session.add(roster)
    db.session.flush()


def get(id: str) -> Roster:
    """A list by its id."""
    return db.session.get_one(Roster, id)


def find_known(identities: Sequence[Identity]) -> list[Person | None]:
    """Whom we know already, one answer for each.

    The same number; without one the same name, marks included, and the same full birth date. Where only the year is
    known the address must be the same too: two people of one name and year are common.
    """
    numbers = {each.number for each in identities if each.number}
    names = {name_key(each.name) for each in identities if not each.number}
    numbered = {row.number: row for row in db.session.scalars(select(Person).where(Person.number.in_(numbers)))}
    alike: dict[tuple[object, ...], Person] = {}
    for row in db.session.scalars(select(Person).where(Person.name_key.in_(names)).order_by(Person.id.desc())):
        alike[_same(row.identity)] = row
    return [numbered.get(each.number) if each.number else alike.get(_same(each)) for each in identities]


def _same(one: Identity) -> tuple[object, ...]:
    return one.name, one.born_year, one.born_on, "" if one.born_on else one.address


def put(roster_id: str, rows: Sequence[tuple[int, Planned]]) -> int:
    """Writes rows (with their line numbers) as people and entries of a list that does not count yet.

    Returns how many of them were not expected so far. Of two rows that are one person on one day the first is taken.
    """
    known = find_known([row.identity for _, row in rows])
    made: dict[tuple[object, ...], Person] = {}
    new = 0
    for (line, row), there in zip(rows, known, strict=True):
        who = (row.identity.number,) if row.identity.number else _same(row.identity)
        person = there or made.get(who) or _person(row.identity)
        made[who] = person
        mine = (RosterEntry.roster_id == roster_id, RosterEntry.person_id == person.id, RosterEntry.on == row.on)
        if db.session.scalar(select(RosterEntry.id).where(*mine)):
            continue
        new += find_entry(person.id, row.on) is None
        db.session.add(
            RosterEntry(
                roster_id=roster_id, person_id=person.id, on=row.on, line=line, priority_group=row.group,
                slot_from=row.slot[0] if row.slot else None, slot_until=row.slot[1] if row.slot else None,
            )
        )  # fmt: skip
        db.session.flush()
    return new


def _person(identity: Identity) -> Person:
    row = Person(
        id=new_id(), name=identity.name, name_key=name_key(identity.name), number=identity.number or None,
        born_on=identity.born_on, born_year=identity.born_year, sex=identity.sex, address=identity.address,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row

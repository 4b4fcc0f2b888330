"""The list planned before the day. It is written in small pieces that do not count, then counts at once."""

from __future__ import annotations

from collections.abc import Collection
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
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.words import RosterKind, RosterState
from kiosk.store.columns import At, Id, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.people import STANDS, Person, ids_of, whose


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


def counting() -> ColumnElement[bool]:
    """Only what landed and was not withdrawn is the list."""
    return and_(Roster.landed_at.is_not(None), Roster.withdrawn_at.is_(None))


def find_entry(person_id: str, on: date) -> RosterEntry | None:
    """Is this person expected that day? Of several lists, and of several rows of theirs, what landed last says how."""
    return db.session.scalar(_ENTRY, {"ids": ids_of(person_id), "on": on})


_THEIRS = (
    select(RosterEntry).join(Roster).where(RosterEntry.person_id.in_(bindparam("ids", expanding=True)), counting())
)
_ENTRY = _THEIRS.where(RosterEntry.on == bindparam("on")).order_by(Roster.landed_seq.desc(), RosterEntry.id).limit(1)
_LAST = _THEIRS.order_by(Roster.landed_seq.desc(), RosterEntry.on.desc(), RosterEntry.id).limit(1)


def find_last_entry(person_id: str) -> RosterEntry | None:
    """What the list that landed last says of this person, for whichever day."""
    return db.session.scalar(_LAST, {"ids": ids_of(person_id)})


def count_expected(on: date) -> int:
    """How many people are expected that day; whoever was merged is one."""
    stands = select(STANDS).where(Person.id == RosterEntry.person_id).scalar_subquery()
    expected = select(func.count(stands.distinct())).select_from(RosterEntry).join(Roster)
    return db.session.scalar(expected.where(RosterEntry.on == on, counting())) or 0


def expected_among(person_ids: Collection[str], on: date) -> set[str]:
    """Which of these people (ids of those who stand for themselves) are expected that day.

    Whoever asks for some people's entries asks by the people and picks the day or the list from what comes: asked for
    both, SQLite begins with everybody of that day or list.
    """
    stands = whose(person_ids)
    query = select(RosterEntry.person_id, RosterEntry.on).join(Roster).where(counting())
    return {stands[id] for id, day in db.session.execute(query.where(RosterEntry.person_id.in_(stands))) if day == on}


def add(roster: Roster) -> None:
    """Adds a list."""
    db.session.add(roster)
    db.session.flush()


def find(id: str) -> Roster | None:
    """A list by its id."""
    return by_key(Roster, id)


def get(id: str) -> Roster:
    """A list by its id. Raises NotFound."""
    roster = find(id)
    if roster is None:
        raise NotFound("roster")
    return roster


def find_in_work(last: Collection[str] = ()) -> Roster | None:
    """The list that is to be read or landed next: what was begun is brought to its end first, then by age.

    `last`: ids of those that come after all others.
    """
    order = case({RosterState.LANDING: 0, RosterState.READING: 1}, value=Roster.state, else_=2)
    work = (RosterState.LANDING, RosterState.READING, RosterState.WAITING)
    query = select(Roster).where(Roster.state.in_(work))
    return db.session.scalar(query.order_by(Roster.id.in_(last), order, Roster.staged_at).limit(1))


def list_unread() -> list[str]:
    """Ids of the lists whose file is still needed."""
    return list(
        db.session.scalars(select(Roster.id).where(Roster.state.in_((RosterState.WAITING, RosterState.READING))))
    )


def require_entries(ids: Collection[str], on: date) -> list[RosterEntry]:
    """These rows of that day's lists. Raises NotFound when one of them is none."""
    found = list(db.session.scalars(select(RosterEntry).where(RosterEntry.id.in_(ids), RosterEntry.on == on)))
    if len(found) != len(set(ids)):
        raise NotFound("roster_entry")
    return found

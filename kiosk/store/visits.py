"""Visits: this person, this clinic day; numbers, calls, and the state within a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.queueing import label
from kiosk.rules.visit import MOVES
from kiosk.rules.words import VisitState
from kiosk.store import people
from kiosk.store.columns import At, Code, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.people import Person


class Visit(Fact, Base):
    """`queue_seq` orders the waiting, `called_seq` the called: counters of the box, not clock times."""

    __tablename__ = "visit"
    _also = (
        UniqueConstraint("clinic_day_id", "person_id"),
        UniqueConstraint("clinic_day_id", "series", "n"),
        Index("ix_visit_clinic_day_id_state_step", "clinic_day_id", "state", "step", "queue_seq"),
    )

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    roster_entry_id: Mapped[str | None] = mapped_column(ForeignKey("roster_entry.id"))
    origin: Mapped[str] = mapped_column(String(10))
    approval: Mapped[str] = mapped_column(String(200), default="")
    approved_by: Mapped[Code] = mapped_column(default="")
    series: Mapped[str] = mapped_column(String(1))
    n: Mapped[int]
    token: Mapped[str] = mapped_column(String(10), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(1))
    attention: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    station: Mapped[Code] = mapped_column(default="")
    checked_in_at: Mapped[At]
    waiting_since: Mapped[At]
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    queue_seq: Mapped[int]
    called_seq: Mapped[int] = mapped_column(default=0)
    recalls: Mapped[int] = mapped_column(default=0)
    no_shows: Mapped[int] = mapped_column(default=0)

    came_as: Mapped[Person] = relationship(lazy="joined", innerjoin=True)

    @property
    def person(self) -> Person:
        """Whose visit it is: the row that stands for who came, where two were found to be one."""
        return people.standing(self.came_as)

    @property
    def label(self) -> str:
        """The number as everybody says it: `A 007`."""
        return label(self.series, self.n)

    @property
    def stands(self) -> VisitState:
        """The state as the rules know it."""
        return VisitState(self.state)


class Declaration(Fact, Base):
    """The health declaration of a visit, in the words of its version: group code to the ticked items."""

    __tablename__ = "declaration"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    version: Mapped[str] = mapped_column(String(40))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[At]


def get(id: str) -> Visit:
    """Raises NotFound."""
    visit = by_key(Visit, id)
    if visit is None:
        raise NotFound("visit")
    return visit


def find(clinic_day_id: str, person_id: str) -> Visit | None:
    """This person's visit on this clinic day, under whichever of their ids they came."""
    mine = (Visit.clinic_day_id == clinic_day_id) & Visit.person_id.in_(people.ids_of(person_id))
    return db.session.scalar(select(Visit).where(mine))


def find_by_token(token: str) -> Visit | None:
    """The visit that a ticket's code leads to."""
    return db.session.scalar(select(Visit).where(Visit.token == token))


def find_declaration(visit_id: str) -> Declaration | None:
    """What was declared on arrival."""
    return db.session.scalar(select(Declaration).where(Declaration.visit_id == visit_id))


def find_at(clinic_day_id: str, station: str) -> Visit | None:
    """Whom this station has called or is serving on this clinic day."""
    return db.session.scalar(_AT, {"day": clinic_day_id, "station": station})


_AT = select(Visit).where(
    Visit.clinic_day_id == bindparam("day"), Visit.station == bindparam("station"),
    Visit.state.in_((VisitState.CALLED, VisitState.AT_TABLE)),
)  # fmt: skip
_AT = _AT.order_by(Visit.called_seq.desc()).limit(1)


def list_waiting(clinic_day_id: str, steps: Sequence[str], limit: int) -> list[Visit]:
    """The first of those who wait for these steps, first come first."""
    query = select(Visit).where(_waiting(clinic_day_id, steps)).order_by(Visit.queue_seq).limit(limit)
    return list(db.session.scalars(query))


def count_waiting(clinic_day_id: str, steps: Sequence[str]) -> int:
    """How many wait for these steps."""
    return db.session.scalar(select(func.count()).select_from(Visit).where(_waiting(clinic_day_id, steps))) or 0


def _waiting(clinic_day_id: str, steps: Sequence[str]) -> ColumnElement[bool]:
    return and_(Visit.clinic_day_id == clinic_day_id, Visit.state == VisitState.WAITING, Visit.step.in_(steps))


def list_called(clinic_day_id: str, limit: int) -> list[Visit]:
    """Who was called to a table: those on the way first, then those who are there; newest call first."""
    busy = Visit.state.in_((VisitState.CALLED, VisitState.AT_TABLE))
    query = select(Visit).where(Visit.clinic_day_id == clinic_day_id, busy)
    on_the_way = (Visit.state == VisitState.CALLED).desc()
    return list(db.session.scalars(query.order_by(on_the_way, Visit.called_seq.desc()).limit(limit)))


def list_present(clinic_day_id: str) -> list[Visit]:
    """Everybody who has not left."""
    query = select(Visit).where(Visit.clinic_day_id == clinic_day_id, Visit.state != VisitState.LEFT)
    return list(db.session.scalars(query.order_by(Visit.queue_seq)))


def list_newest(clinic_day_id: str, limit: int) -> list[Visit]:
    """The last people who got a number, newest first."""
    query = select(Visit).where(Visit.clinic_day_id == clinic_day_id)
    return list(db.session.scalars(query.order_by(Visit.seq.desc()).limit(limit)))


def list_approved(clinic_day_id: str, limit: int) -> list[Visit]:
    """Who was let in by somebody's word (`approval`: why, `approved_by`: whose), the newest first."""
    mine = (Visit.clinic_day_id == clinic_day_id, Visit.approved_by != "")
    return list(db.session.scalars(select(Visit).where(*mine).order_by(Visit.seq.desc()).limit(limit)))


def count_approved(clinic_day_id: str) -> int:
    """How many were let in by somebody's word: not on the list, or on it and not approved."""
    mine = (Visit.clinic_day_id == clinic_day_id, Visit.approved_by != "")
    return db.session.scalar(select(func.count()).select_from(Visit).where(*mine)) or 0


def count_ahead(visit: Visit) -> int:
    """How many wait for the same step before this visit."""
    query = select(func.count()).where(
        Visit.clinic_day_id == visit.clinic_day_id,
        Visit.state == VisitState.WAITING,
        Visit.step == visit.step,
        Visit.queue_seq < visit.queue_seq,
    )
    return db.session.scalar(query) or 0


def first_place(clinic_day_id: str, step: str) -> int:
    """A `queue_seq` before everybody who waits for this step."""
    first = db.session.scalar(select(func.min(Visit.queue_seq)).where(_waiting(clinic_day_id, [step])))
    return first - 1 if first is not None else 0


def count_states(clinic_day_id: str) -> dict[tuple[str, str], int]:
    """How many visits stand in each (step, state)."""
    query = select(Visit.step, Visit.state, func.count()).where(Visit.clinic_day_id == clinic_day_id)
    return {(step, state): n for step, state, n in db.session.execute(query.group_by(Visit.step, Visit.state))}


def take_back(clinic_day_id: str, left_at: datetime | None, rooms: Sequence[str]) -> int:
    """Whoever left at that very instant (a day was closed) is back; returns how many.

    They wait again for the step they were at, or sit again in its room where it is one of `rooms`.
    """
    gone = (Visit.clinic_day_id == clinic_day_id) & (Visit.state == VisitState.LEFT) & (Visit.left_at == left_at)
    again = (
        update(Visit).where(gone, Visit.step.in_(rooms)).values(state=VisitState.SEATED, left_at=None),
        update(Visit).where(gone).values(state=VisitState.WAITING, left_at=None, station=""),
    )
    found = [db.session.execute(step.execution_options(synchronize_session=False)) for step in again]
    return sum(each.rowcount for each in found)  # type: ignore[attr-defined]


def call_next(clinic_day_id: str, steps: Sequence[str], station: str, seq: int, at: datetime) -> Visit | None:
    """Calls whoever waits longest for these steps to this station: one statement, so nobody is called twice."""
    facts = {"day": clinic_day_id, "steps": steps, "to": station, "called_as": seq, "now": at}
    db.session.flush()
    id = db.session.connection().scalar(_CALL, facts)
    return db.session.get(Visit, id, populate_existing=True) if id else None


_VISITS = cast(Table, Visit.__table__)
_FIRST = (
    select(Visit.id)
    .where(
        Visit.clinic_day_id == bindparam("day"), Visit.state == VisitState.WAITING,
        Visit.step.in_(bindparam("steps", expanding=True)),
    )
    .order_by(Visit.queue_seq).limit(1).scalar_subquery()
)  # fmt: skip
_CALL = update(_VISITS).where(_VISITS.c.id == _FIRST).returning(_VISITS.c.id)
_CALL = _CALL.values(state=MOVES["call"][1], station=bindparam("to"), called_seq=bindparam("called_as"),
                     called_at=bindparam("now"), recalls=0)  # fmt: skip

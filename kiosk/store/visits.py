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
    or_,
    select,
    text,
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

SPOT = text("spot IS NOT NULL")


class Visit(Fact, Base):
    """`queue_seq` orders the waiting, and `after` those who came back behind the same one (`FIRST`: before the lanes);
    `called_seq` the called;
    `waits_from`: since when they wait for this step. Counters of the box, not clock times.

    `zone`: where they are to wait; `inside`: the zone in which they have the spot `spot` (None: they wait there for a
    step that needs none), "" while they stand outside;
    `entered_at`: when they came through its door, None while the spot is only kept for them. `bound_for`: the one table
    that may call them, "" for any. `held_for`: why they are out of the line. `told_low`, `told_high`: the minutes until
    the first call that their ticket said.
    """

    __tablename__ = "visit"
    _also = (
        UniqueConstraint("clinic_day_id", "person_id"),
        UniqueConstraint("clinic_day_id", "series", "n"),
        Index("ix_visit_clinic_day_id_state_step", "clinic_day_id", "state", "step", "queue_seq"),
        Index(
            "uq_visit_spot", "clinic_day_id", "inside", "spot", unique=True, sqlite_where=SPOT, postgresql_where=SPOT
        ),
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
    lane: Mapped[str] = mapped_column(String(10))
    zone: Mapped[str] = mapped_column(String(1))
    inside: Mapped[str] = mapped_column(String(1), default="")
    spot: Mapped[int | None]
    entered_at: Mapped[datetime | None] = mapped_column(Instant)
    attention: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    station: Mapped[Code] = mapped_column(default="")
    checked_in_at: Mapped[At]
    waiting_since: Mapped[At]
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    queue_seq: Mapped[int]
    after: Mapped[int] = mapped_column(default=0)
    waits_from: Mapped[int]
    bound_for: Mapped[Code] = mapped_column(default="")
    held_for: Mapped[str] = mapped_column(String(20), default="")
    told_low: Mapped[int | None]
    told_high: Mapped[int | None]
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
    query = select(Visit).where(_waiting(clinic_day_id, steps)).order_by(*ORDER).limit(limit)
    return list(db.session.scalars(query))


ORDER = (Visit.queue_seq, Visit.after)
# In `after`: put before everybody, whatever the lanes' turn is. Their `queue_seq` counts on from `FIRST_FROM`: before
# every place that was counted from 1, and among themselves as they were put there.
FIRST, FIRST_FROM = -1, -(2**30)
# In `held_for`: they did not come when they were called, as often as the protocol says.
ABSENT = "absent"


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
    return list(db.session.scalars(query.order_by(*ORDER)))


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


def count_before(visit: Visit) -> int:
    """How many of its lane wait for the same step before this visit."""
    mine = _waiting(visit.clinic_day_id, [visit.step])
    before = or_(Visit.queue_seq < visit.queue_seq, and_(Visit.queue_seq == visit.queue_seq, Visit.after < visit.after))
    return db.session.scalar(select(func.count()).where(mine, Visit.lane == visit.lane, before)) or 0


def count_lanes(clinic_day_id: str, steps: Sequence[str]) -> dict[str, int]:
    """How many wait for these steps in each lane."""
    query = select(Visit.lane, func.count()).where(_waiting(clinic_day_id, steps)).group_by(Visit.lane)
    return {lane: int(n) for lane, n in db.session.execute(query)}


def find_number(clinic_day_id: str, series: str, n: int) -> Visit | None:
    """The visit with this number."""
    mine = (Visit.clinic_day_id == clinic_day_id, Visit.series == series, Visit.n == n)
    return db.session.scalar(select(Visit).where(*mine))


def place_behind(visit: Visit, people: int) -> tuple[int, int] | None:
    """The place (`queue_seq`, `after`) of the last of the first `people` others of its lane who wait for its step; None
    for nobody."""
    others = (_waiting(visit.clinic_day_id, [visit.step]), Visit.lane == visit.lane, Visit.id != visit.id)
    query = select(Visit.queue_seq, Visit.after).where(*others)
    rows = db.session.execute(query.order_by(*ORDER).limit(people)).all()
    return (rows[-1][0], rows[-1][1]) if rows else None


def change_lanes(clinic_day_id: str, known: Sequence[str], to: str) -> None:
    """Whoever is in a lane that is not known (any more) is in the lane `to`."""
    lost = update(Visit).where(Visit.clinic_day_id == clinic_day_id, Visit.lane.not_in(known))
    db.session.execute(lost.values(lane=to))


def count_states(clinic_day_id: str) -> dict[tuple[str, str], int]:
    """How many visits stand in each (step, state)."""
    query = select(Visit.step, Visit.state, func.count()).where(Visit.clinic_day_id == clinic_day_id)
    return {(step, state): n for step, state, n in db.session.execute(query.group_by(Visit.step, Visit.state))}


def take_back(clinic_day_id: str, left_at: datetime | None, rooms: Sequence[str]) -> int:
    """Whoever left at that very instant (a day was closed) is back; returns how many.

    They wait again for the step they were at, or sit again in its room where it is one of `rooms`; whoever was out of
    the line still is.
    """
    gone = (Visit.clinic_day_id == clinic_day_id) & (Visit.state == VisitState.LEFT) & (Visit.left_at == left_at)
    again = (
        update(Visit).where(gone, Visit.step.in_(rooms)).values(state=VisitState.SEATED, left_at=None),
        update(Visit).where(gone, Visit.held_for != "").values(state=VisitState.HELD, left_at=None, station=""),
        update(Visit).where(gone).values(state=VisitState.WAITING, left_at=None, station=""),
    )
    found = [db.session.execute(step.execution_options(synchronize_session=False)) for step in again]
    return sum(each.rowcount for each in found)  # type: ignore[attr-defined]


def call(id: str, station: str, seq: int, at: datetime) -> Visit | None:
    """Calls this person to this station: one statement, nobody is called twice. None when they wait no more.

    Only somebody who is inside a zone, and who is not bound for another table.
    """
    db.session.flush()
    facts = {"whom": id, "to": station, "called_as": seq, "now": at}
    called = db.session.connection().scalar(_CALL, facts)
    return db.session.get(Visit, id, populate_existing=True) if called else None


_VISITS = cast(Table, Visit.__table__)
_READY = and_(
    Visit.state == VisitState.WAITING, Visit.inside != "", Visit.bound_for.in_(("", bindparam("to")))
)  # fmt: skip
_CALL = update(_VISITS).where(_VISITS.c.id == bindparam("whom"), _READY).returning(_VISITS.c.id)
_CALL = _CALL.values(state=MOVES["call"][1], station=bindparam("to"), called_seq=bindparam("called_as"),
                     called_at=bindparam("now"), recalls=0)  # fmt: skip

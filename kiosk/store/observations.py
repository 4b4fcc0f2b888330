"""Who sits in the observation room, since when, on which seat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.store.columns import At, Code, Fact, Instant
from kiosk.store.database import Base, db
from kiosk.store.visits import Visit

_OPEN = text("ended_at IS NULL")


class Observation(Fact, Base):
    """From the injection on (`begun_at` is the dose's own time), for `minutes` by the protocol of that day.

    `ended_at` None: they still sit there. `reason`: why they were let go before the time was over.
    """

    __tablename__ = "observation"
    _also = (
        Index("uq_observation_open_seat", "clinic_day_id", "station", "seat", unique=True,
              sqlite_where=_OPEN, postgresql_where=_OPEN),
    )  # fmt: skip

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    dose_id: Mapped[str] = mapped_column(ForeignKey("dose.id"), unique=True)
    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    station: Mapped[Code]
    seat: Mapped[int]
    minutes: Mapped[int]
    begun_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")

    visit: Mapped[Visit] = relationship(lazy="joined", innerjoin=True)


def get(visit_id: str) -> Observation:
    """The visit's observation. Raises NotFound."""
    row = find(visit_id)
    if row is None:
        raise NotFound("observation")
    return row


def find(visit_id: str) -> Observation | None:
    """The visit's observation, if it has begun."""
    return db.session.scalar(_OF_VISIT, {"visit": visit_id})


_OF_VISIT = select(Observation).where(Observation.visit_id == bindparam("visit"))


def begin_again(row: Observation, **facts: Any) -> None:
    """A seat of a dose that was taken back is another dose's from now on; what was said of the first one is over."""
    for name, value in facts.items():
        setattr(row, name, value)
    row.ended_at, row.ended_by, row.reason = None, "", ""
    db.session.flush()


def taken_seats(clinic_day_id: str, station: str) -> set[int]:
    """The seats of this room that somebody sits on, on this clinic day."""
    return set(db.session.scalars(_TAKEN, {"day": clinic_day_id, "room": station}))


_TAKEN = select(Observation.seat).where(
    Observation.clinic_day_id == bindparam("day"), Observation.station == bindparam("room"),
    Observation.ended_at.is_(None),
)  # fmt: skip


def list_open(clinic_day_id: str, station: str) -> list[Observation]:
    """Who sits in this room on this clinic day; whoever sits longest comes first."""
    mine = (Observation.clinic_day_id == clinic_day_id) & (Observation.station == station)
    query = select(Observation).where(mine, Observation.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(Observation.begun_at, Observation.seq)))

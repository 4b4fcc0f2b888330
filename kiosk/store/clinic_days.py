"""Clinic days, and the counters of their number series."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from sqlalchemy import Date, ForeignKey, String, Table, UniqueConstraint, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.words import DayHalf
from kiosk.store.columns import At, Id, Instant
from kiosk.store.database import Base, by_key, db


class ClinicDay(Base):
    """A morning or an afternoon; open until somebody closes it."""

    __tablename__ = "clinic_day"
    __table_args__ = (UniqueConstraint("on", "half"),)

    id: Mapped[Id]
    on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(10))
    opened_at: Mapped[At]
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("day_plan.id"))


class Series(Base):
    """The last number given in a series of a clinic day; it moves in the check-in's own transaction."""

    __tablename__ = "series"

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"), primary_key=True)
    letter: Mapped[str] = mapped_column(String(1), primary_key=True)
    last_n: Mapped[int]


def find_open() -> ClinicDay | None:
    """The clinic day that is open now; there is never more than one."""
    return db.session.scalar(_OPEN)


_OPEN = select(ClinicDay).where(ClinicDay.closed_at.is_(None))


def find(on: date, half: DayHalf) -> ClinicDay | None:
    """The clinic day of that date and half."""
    return db.session.scalar(select(ClinicDay).where(ClinicDay.on == on, ClinicDay.half == half))


def get(id: str) -> ClinicDay:
    """Raises NotFound."""
    day = by_key(ClinicDay, id)
    if day is None:
        raise NotFound("clinic day")
    return day


def find_last_closed() -> ClinicDay | None:
    """The clinic day that was closed last."""
    closed = select(ClinicDay).where(ClinicDay.closed_at.is_not(None))
    return db.session.scalar(closed.order_by(ClinicDay.closed_at.desc()).limit(1))


def find_last() -> ClinicDay | None:
    """The clinic day opened last, closed or not."""
    return db.session.scalar(select(ClinicDay).order_by(ClinicDay.opened_at.desc()).limit(1))


def add(day: ClinicDay) -> None:
    """Adds a clinic day."""
    db.session.add(day)
    db.session.flush()


def next_number(clinic_day_id: str, letter: str) -> int:
    """The series' next number, from 1, without gaps: the counter moves only if the transaction commits."""
    line, mine = db.session.connection(), {"day": clinic_day_id, "of": letter}
    n: int | None = line.scalar(_NEXT, mine)
    if n is None:
        n = 1
        line.execute(insert(_SERIES), {"clinic_day_id": clinic_day_id, "letter": letter, "last_n": n})
    return n


_SERIES = cast(Table, Series.__table__)
_NEXT = update(_SERIES).where(_SERIES.c.clinic_day_id == bindparam("day"), _SERIES.c.letter == bindparam("of"))
_NEXT = _NEXT.values(last_n=_SERIES.c.last_n + 1).returning(_SERIES.c.last_n)

"""Tomorrow's clinic day as it is prepared today, and who works where."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Time, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.words import DayHalf
from kiosk.store.columns import At, Code, Id, Instant
from kiosk.store.database import Base, db


class DayPlan(Base):
    """What a clinic day shall be. Prepared, changed and copied until it is opened; kept as it was from then on.

    `stations`: station code to the steps that it serves (a station that is not named is not used). `lots`: lot id to
    the doses of it that are there. `slots`: [from, until, quota], times as `HH:MM`. `zones`: letter to area_m2,
    distance_m, capacity. `protocols`: the version of each protocol that was in force when it was prepared.
    """

    __tablename__ = "day_plan"
    __table_args__ = (UniqueConstraint("on", "half"),)

    id: Mapped[Id]
    on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(10))
    opens: Mapped[time] = mapped_column(Time)
    closes: Mapped[time] = mapped_column(Time)
    slot_minutes: Mapped[int]
    pace_minutes: Mapped[int]
    vaccine: Mapped[str] = mapped_column(String(20), default="")
    stations: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    lots: Mapped[dict[str, int]] = mapped_column(JSON)
    slots: Mapped[list[list[Any]]] = mapped_column(JSON)
    zones: Mapped[dict[str, dict[str, Any]]] = mapped_column(JSON)
    protocols: Mapped[dict[str, str]] = mapped_column(JSON)
    made_at: Mapped[At]
    made_by: Mapped[str] = mapped_column(String(40))
    changed_at: Mapped[datetime | None] = mapped_column(Instant)


class Posting(Base):
    """This member of staff works at this station on this clinic day."""

    __tablename__ = "posting"
    __table_args__ = (UniqueConstraint("on", "half", "staff_id"),)

    id: Mapped[Id]
    on: Mapped[date] = mapped_column(Date)
    half: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    station: Mapped[Code]
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))


def find(on: date, half: DayHalf) -> DayPlan | None:
    """What is prepared for that date and half."""
    return db.session.scalar(select(DayPlan).where(DayPlan.on == on, DayPlan.half == half))


def add(row: DayPlan | Posting) -> None:
    """Adds a plan or a posting."""
    db.session.add(row)
    db.session.flush()

"""Tomorrow's clinic day as it is prepared today, and who works where."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, String, Time, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.plan import Hours, Slot
from kiosk.rules.words import DayHalf
from kiosk.store.columns import At, Code, Id, Instant
from kiosk.store.database import Base, by_key, db


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

    @property
    def hours(self) -> Hours:
        """From when until when, and in which steps, as the rules take it."""
        return Hours(self.opens, self.closes, self.slot_minutes, self.pace_minutes)

    @property
    def timetable(self) -> list[Slot]:
        """The slots with their quotas, in the order of the day."""
        return [Slot.stored(row) for row in self.slots]

    @property
    def seen(self) -> str:
        """Changes with every change: a form that was made before one says so."""
        return (self.changed_at or self.made_at).isoformat()


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


def get(id: str) -> DayPlan:
    """A plan by its id. Raises NotFound."""
    plan = by_key(DayPlan, id)
    if plan is None:
        raise NotFound("day plan")
    return plan


def find(on: date, half: DayHalf) -> DayPlan | None:
    """What is prepared for that date and half."""
    return db.session.scalar(select(DayPlan).where(DayPlan.on == on, DayPlan.half == half))


def list_on(on: date) -> list[DayPlan]:
    """What is prepared for that date, the morning first."""
    return sorted(db.session.scalars(select(DayPlan).where(DayPlan.on == on)), key=lambda plan: plan.opens)


def list_newest(limit: int) -> list[DayPlan]:
    """The plans of the latest days, to copy from; the latest first."""
    return list(db.session.scalars(select(DayPlan).order_by(DayPlan.on.desc(), DayPlan.opens.desc()).limit(limit)))


def list_postings(on: date) -> list[Posting]:
    """Who works where on that date, in both halves, by station."""
    return list(db.session.scalars(select(Posting).where(Posting.on == on).order_by(Posting.station, Posting.staff_id)))


def find_posting(on: date, half: DayHalf, staff_id: str) -> Posting | None:
    """Where this member of staff works in that half of that date."""
    mine = (Posting.on == on, Posting.half == half, Posting.staff_id == staff_id)
    return db.session.scalar(select(Posting).where(*mine))


def forget_postings(on: date, half: DayHalf) -> None:
    """Nobody is posted in that half of that date any more."""
    db.session.execute(delete(Posting).where(Posting.on == on, Posting.half == half))


def add(row: DayPlan | Posting) -> None:
    """Adds a plan or a posting."""
    db.session.add(row)
    db.session.flush()

"""How people left: after the last step, or out of one that was left out with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact
from kiosk.store.database import Base, db


class Departure(Fact, Base):
    """Discharged at the finish desk. `seen`: whether they saw their dose in the app."""

    __tablename__ = "departure"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    seen: Mapped[str] = mapped_column(String(10))
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))


class Skip(Fact, Base):
    """A step that was left out, by whom and why (`reason`: a code of the steps' protocol)."""

    __tablename__ = "skip"
    _also = (UniqueConstraint("visit_id", "step"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    step: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))


def find(visit_id: str) -> Departure | None:
    """How the visit's person left the finish desk, if they did."""
    return db.session.scalar(select(Departure).where(Departure.visit_id == visit_id))


def find_skip(visit_id: str) -> Skip | None:
    """The last step that this visit left out, if any."""
    return db.session.scalar(_SKIPPED, {"visit": visit_id})


_SKIPPED = select(Skip).where(Skip.visit_id == bindparam("visit")).order_by(Skip.seq.desc()).limit(1)


def skipped_since(by: str, at: datetime) -> bool:
    """Has this member of staff left a step out since then?"""
    return bool(db.session.scalar(select(select(Skip.id).where(Skip.by == by, Skip.at >= at).exists())))

"""How people left: after the last step, or out of one that was left out with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, bindparam, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, db

STANDS = text("superseded_at IS NULL")


class Departure(Fact, Base):
    """Discharged at the finish desk. `seen`: whether they saw their dose in the app."""

    __tablename__ = "departure"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    seen: Mapped[str] = mapped_column(String(10))
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))


class Skip(Fact, Base):
    """A step that was left out, by whom and why (`reason`: a code of the steps' protocol). `superseded_at`: when the
    person was sent to that step or before it again; it is kept, and no longer counts."""

    __tablename__ = "skip"
    _also = (
        Index("uq_skip_visit_id_step", "visit_id", "step", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
    )

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    step: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)


def find(visit_id: str) -> Departure | None:
    """How the visit's person left the finish desk, if they did."""
    return db.session.scalar(select(Departure).where(Departure.visit_id == visit_id))


def find_skip(visit_id: str) -> Skip | None:
    """The last step that this visit left out, if any that counts."""
    return db.session.scalar(_SKIPPED, {"visit": visit_id})


_SKIPPED = select(Skip).where(Skip.visit_id == bindparam("visit"), Skip.superseded_at.is_(None))
_SKIPPED = _SKIPPED.order_by(Skip.seq.desc()).limit(1)


def supersede_skips(visit_id: str, at: datetime) -> None:
    """What this visit has left out counts no more from that instant on: it goes through those steps again."""
    mine = update(Skip).where(Skip.visit_id == visit_id, Skip.superseded_at.is_(None))
    db.session.execute(mine.values(superseded_at=at))


def skipped_since(by: str, at: datetime) -> bool:
    """Has this member of staff left a step out since then?"""
    return bool(db.session.scalar(select(select(Skip.id).where(Skip.by == by, Skip.at >= at).exists())))

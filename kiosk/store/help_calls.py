"""Calls for a volunteer: they ring until somebody takes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, db


class HelpCall(Fact, Base):
    """Somebody at a station wants help. `scan_id` or `visit_id` says about what, where that is known."""

    __tablename__ = "help_call"

    station: Mapped[str] = mapped_column(ForeignKey("station.code"))
    reason: Mapped[str] = mapped_column(String(20))
    scan_id: Mapped[str | None] = mapped_column(ForeignKey("scan.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    at: Mapped[At]
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(String(40), default="")


def get(id: str) -> HelpCall:
    """Raises NotFound."""
    call = db.session.get(HelpCall, id)
    if call is None:
        raise NotFound("help call")
    return call


def find_open(station: str) -> HelpCall | None:
    """The call of this station that nobody has taken."""
    return db.session.scalar(select(HelpCall).where(HelpCall.station == station, HelpCall.taken_at.is_(None)))


def list_open() -> list[HelpCall]:
    """Calls that nobody has taken, oldest first."""
    return list(db.session.scalars(select(HelpCall).where(HelpCall.taken_at.is_(None)).order_by(HelpCall.seq)))

"""Calls for a volunteer: they ring until somebody takes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.words import HelpReason
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db


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
    call = by_key(HelpCall, id)
    if call is None:
        raise NotFound("help call")
    return call


def find_open(station: str) -> HelpCall | None:
    """The oldest call of this station that nobody has taken."""
    query = select(HelpCall).where(HelpCall.station == station, HelpCall.taken_at.is_(None))
    return db.session.scalar(query.order_by(HelpCall.seq).limit(1))


def find_like(station: str, reason: str, scan_id: str | None, visit_id: str | None) -> HelpCall | None:
    """An open call of this station for the same reason and about the same person."""
    query = select(HelpCall).where(
        HelpCall.station == station, HelpCall.taken_at.is_(None), HelpCall.reason == reason,
        HelpCall.scan_id.is_not_distinct_from(scan_id), HelpCall.visit_id.is_not_distinct_from(visit_id),
    )  # fmt: skip
    return db.session.scalar(query.limit(1))


def list_open() -> list[HelpCall]:
    """Calls that nobody has taken: whoever is unwell first, then the oldest."""
    unwell = (HelpCall.reason == HelpReason.UNWELL).desc()
    query = select(HelpCall).where(HelpCall.taken_at.is_(None)).order_by(unwell, HelpCall.seq)
    return list(db.session.scalars(query))


def list_made(station: str, reason: HelpReason, since: datetime) -> list[HelpCall]:
    """Calls of this station for this reason since then, taken or not; oldest first."""
    mine = (HelpCall.station == station) & (HelpCall.reason == reason) & (HelpCall.at >= since)
    return list(db.session.scalars(select(HelpCall).where(mine).order_by(HelpCall.seq)))

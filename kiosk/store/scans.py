"""What was held to a camera, for as long as a screen needs it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, db


class Scan(Fact, Base):
    """One read code; its id was made by the agent, so that sending it twice is sending it once."""

    __tablename__ = "scan"
    _also = (Index("ix_scan_station_seq", "station", "seq"),)

    station: Mapped[str] = mapped_column(ForeignKey("station.code"))
    at: Mapped[At]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    symbology: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


def get(id: str) -> Scan:
    """Raises NotFound."""
    scan = db.session.get(Scan, id)
    if scan is None:
        raise NotFound("scan")
    return scan


def find(id: str) -> Scan | None:
    """The scan with this id, if it came before."""
    return db.session.get(Scan, id)


def find_open(station: str, since: datetime) -> Scan | None:
    """The newest scan of this station that no screen has finished with, not older than `since`."""
    query = select(Scan).where(Scan.station == station, Scan.closed_at.is_(None), Scan.at >= since)
    return db.session.scalar(query.order_by(Scan.seq.desc()).limit(1))


def list_open(station: str) -> list[Scan]:
    """Every scan of this station that is not closed."""
    return list(db.session.scalars(select(Scan).where(Scan.station == station, Scan.closed_at.is_(None))))


def find_visit(station: str, visit_id: str, since: datetime) -> Scan | None:
    """The newest scan at this station that led to the visit, not older than `since`."""
    mine = (Scan.station == station) & (Scan.visit_id == visit_id) & (Scan.at >= since)
    return db.session.scalar(select(Scan).where(mine).order_by(Scan.seq.desc()).limit(1))

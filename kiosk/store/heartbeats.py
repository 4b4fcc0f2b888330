"""What each agent last said of itself, its camera and its printer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At
from kiosk.store.database import Base, db


class Heartbeat(Base):
    """One row a station. Whether it is late is computed, never stored."""

    __tablename__ = "heartbeat"

    station: Mapped[str] = mapped_column(ForeignKey("station.code"), primary_key=True)
    run: Mapped[str] = mapped_column(String(36))
    at: Mapped[At]
    live_port: Mapped[int] = mapped_column(default=0)
    camera: Mapped[str] = mapped_column(String(20), default="none")
    printer: Mapped[str] = mapped_column(String(20), default="none")
    near_end: Mapped[bool] = mapped_column(default=False)


def find(station: str) -> Heartbeat | None:
    """The agent's last word, if it ever spoke."""
    return db.session.get(Heartbeat, station)


def list_() -> list[Heartbeat]:
    """Every agent's last word, by station."""
    return list(db.session.scalars(select(Heartbeat).order_by(Heartbeat.station)))


def put(station: str, run: str, at: datetime) -> Heartbeat:
    """The station's row, now of this run and instant; made when it was not there."""
    row = find(station)
    if row is None:
        row = Heartbeat(station=station, run=run, at=at, live_port=0, camera="none", printer="none", near_end=False)
        db.session.add(row)
    row.run, row.at = run, at
    return row

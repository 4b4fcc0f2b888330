"""The roll of paper in each printer: since when it is there, and how much of it is used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At
from kiosk.store.database import Base, by_key, db


class Roll(Base):
    """One row a printer's station; `mm`: what has come out of this roll."""

    __tablename__ = "roll"

    station: Mapped[str] = mapped_column(ForeignKey("station.code"), primary_key=True)
    begun_at: Mapped[At]
    mm: Mapped[int] = mapped_column(default=0)


def find(station: str) -> Roll | None:
    """The roll in this station's printer, if it ever printed."""
    return by_key(Roll, station)


def put(station: str, at: datetime) -> Roll:
    """The station's roll; a new one where none was known."""
    row = find(station)
    if row is None:
        row = Roll(station=station, begun_at=at, mm=0)
        db.session.add(row)
    return row


def end(station: str) -> None:
    """The roll is used up or taken out: what comes out next comes from a new one."""
    row = find(station)
    if row is not None:
        db.session.delete(row)
        db.session.flush()

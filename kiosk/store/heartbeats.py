"""What each agent last said of itself, its camera, its hand scanner and its printer; and the forwarder of its line."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At
from kiosk.store.database import Base, by_key, db

# From when on an agent or the forwarder is taken to be silent: they speak every few seconds.
LATE = timedelta(seconds=10)
FORWARDER_LATE = timedelta(seconds=30)


class Heartbeat(Base):
    """One row a station. Whether it is late is computed, never stored.

    `paper_dots`: how wide its printer prints; `roll_m`: how long a new roll of its paper is, 0 when nobody has said.
    """

    __tablename__ = "heartbeat"

    station: Mapped[str] = mapped_column(ForeignKey("station.code"), primary_key=True)
    run: Mapped[str] = mapped_column(String(36))
    at: Mapped[At]
    live_port: Mapped[int] = mapped_column(default=0)
    camera: Mapped[str] = mapped_column(String(20), default="none")
    printer: Mapped[str] = mapped_column(String(20), default="none")
    near_end: Mapped[bool] = mapped_column(default=False)
    scanner: Mapped[str] = mapped_column(String(20), default="")
    paper_dots: Mapped[int] = mapped_column(default=0)
    roll_m: Mapped[int] = mapped_column(default=0)


class ForwarderBeat(Base):
    """What a box's forwarder last said: `trouble` is "" or the code of what keeps its messages, `since` when."""

    __tablename__ = "forwarder_beat"

    box: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[At]
    trouble: Mapped[str] = mapped_column(String(20), default="")
    since: Mapped[At]


def find_forwarder(box: str) -> ForwarderBeat | None:
    """The forwarder's last word, if it ever spoke."""
    return by_key(ForwarderBeat, box)


def put_forwarder(box: str, at: datetime, trouble: str) -> bool:
    """Notes the forwarder's word; did its trouble change?"""
    row = find_forwarder(box)
    if row is None:
        db.session.add(ForwarderBeat(box=box, at=at, trouble=trouble, since=at))
        return bool(trouble)
    changed = row.trouble != trouble
    row.at, row.trouble, row.since = at, trouble, at if changed else row.since
    return changed


def find(station: str) -> Heartbeat | None:
    """The agent's last word, if it ever spoke."""
    return by_key(Heartbeat, station)


def list_() -> list[Heartbeat]:
    """Every agent's last word, by station."""
    return list(db.session.scalars(select(Heartbeat).order_by(Heartbeat.station)))


def put(station: str, run: str, at: datetime) -> Heartbeat:
    """The station's row, now of this run and instant; made when it was not there."""
    row = find(station)
    if row is None:
        row = Heartbeat(station=station, run=run, at=at, live_port=0, camera="none", printer="none", near_end=False,
                        scanner="", paper_dots=0, roll_m=0)  # fmt: skip
        db.session.add(row)
    row.run, row.at = run, at
    return row

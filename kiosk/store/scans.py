"""What was held to a camera, for as long as a screen needs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, String, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules import codes
from kiosk.rules.words import ScanOutcome
from kiosk.store import people
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.visits import Visit

# The symbology of a scanner that types (`kiosk/agent/hand_scanner.py`), and of what a person pastes at the desk.
KEYED = "Keyboard"
COMPARED = (ScanOutcome.COMPARED, ScanOutcome.DIFFERED)


class Scan(Fact, Base):
    """One read code; its id was made by the agent, so that sending it twice is sending it once.

    `kind`: a `CodeKind`, kept when `raw` is gone. `begun_at`: the person said "that is me". `raw` holds who they are,
    so it is emptied when it is of no more use.
    """

    __tablename__ = "scan"
    _also = (Index("ix_scan_station_at", "station", "at"),)

    station: Mapped[str] = mapped_column(ForeignKey("station.code"))
    at: Mapped[At]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    symbology: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20), default="")
    outcome: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"), index=True)
    begun_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def keyed(self) -> bool:
        """Was it typed, by a scanner that has no keys for Vietnamese letters?"""
        return self.symbology == KEYED

    @property
    def compared(self) -> bool:
        """Was it compared with whoever was at the table?"""
        return self.outcome in COMPARED

    def read(self, own: Collection[str] = ()) -> codes.Parsed:
        """What the text says, while it is kept; `own`: the addresses of this box, whose `/t/TOKEN` is a ticket."""
        return (codes.read_keyed if self.keyed else codes.read)(self.raw, own)


def get(id: str) -> Scan:
    """Raises NotFound."""
    scan = by_key(Scan, id)
    if scan is None:
        raise NotFound("scan")
    return scan


def find(id: str) -> Scan | None:
    """The scan with this id, if it came before."""
    return by_key(Scan, id)


def find_offered(station: str, since: datetime) -> Scan | None:
    """The newest scan of this station, not older than `since`, that nobody has answered to yet."""
    return next(iter(list_offered(station, since)), None)


def list_offered(station: str, since: datetime) -> list[Scan]:
    """Scans of this station, not older than `since`, that nobody has answered to yet; newest first."""
    query = _of(station, since).where(Scan.closed_at.is_(None), Scan.begun_at.is_(None))
    return list(db.session.scalars(query.order_by(Scan.seq.desc())))


def find_begun(station: str, since: datetime) -> Scan | None:
    """Whoever last said "that is me" at this station, not before `since`, and is not finished with."""
    query = select(Scan).where(Scan.station == station, Scan.begun_at >= since, Scan.closed_at.is_(None))
    return db.session.scalar(query.order_by(Scan.seq.desc()).limit(1))


def find_newest(station: str, since: datetime) -> Scan | None:
    """The last code read at this station, not before `since`."""
    found: Scan | None = db.session.scalar(_of(station, since).order_by(Scan.seq.desc()).limit(1))
    return found


def list_open_of(station: str, person_id: str, since: datetime) -> list[Scan]:
    """Every scan of this person at this station, not older than `since`, that no screen has finished with."""
    query = _of(station, since).where(Scan.closed_at.is_(None), Scan.person_id.in_(people.ids_of(person_id)))
    return list(db.session.scalars(query))


def _of(station: str, since: datetime) -> Select[Any]:
    return select(Scan).where(Scan.station == station, Scan.at >= since)


def forget_raw(stations: Sequence[str], since: datetime | None, before: datetime | None = None) -> None:
    """Empties what these stations read from `since` until `before`; None: without that end."""
    old = Scan.station.in_(stations) & (Scan.raw != b"")
    if since is not None:
        old &= Scan.at >= since
    if before is not None:
        old &= Scan.at < before
    db.session.execute(update(Scan).where(old).values(raw=b"").execution_options(synchronize_session=False))


def find_read(station: str, raw: bytes, since: datetime) -> Scan | None:
    """The newest scan of this very code at this station, not older than `since`."""
    found: Scan | None = db.session.scalar(
        _of(station, since).where(Scan.raw == raw).order_by(Scan.seq.desc()).limit(1)
    )
    return found


def find_taken(id: str, station: str, raw: bytes, since: datetime) -> Scan:
    """The scan that an act with this id has made, or the one that it only read again. Raises NotFound."""
    scan = find(id) or find_read(station, raw, since)
    if scan is None:
        raise NotFound("scan")
    return scan


def find_visit(station: str, visit_id: str, since: datetime) -> Scan | None:
    """The newest scan at this station that led to the visit, not older than `since`."""
    query = _of(station, since).where(Scan.visit_id == visit_id)
    found: Scan | None = db.session.scalar(query.order_by(Scan.seq.desc()).limit(1))
    return found


def list_since_call(visit: Visit) -> list[Scan]:
    """The scans at the visit's station that led to it since the person was called there, newest first."""
    if visit.called_seq is None:
        return []
    return list(db.session.scalars(_SINCE, {"station": visit.station, "visit": visit.id, "seq": visit.called_seq}))


def find_since_call(visit: Visit) -> Scan | None:
    """The newest of these."""
    return next(iter(list_since_call(visit)), None)


def list_compared(visit: Visit, since: int) -> list[Scan]:
    """What was compared with the visit's person at any table after `since`, a `seq`; newest first."""
    return list(db.session.scalars(_COMPARED, {"visit": visit.id, "seq": since}))


_OF_VISIT = select(Scan).where(Scan.visit_id == bindparam("visit"), Scan.seq > bindparam("seq"))
_OF_VISIT = _OF_VISIT.order_by(Scan.seq.desc())
_SINCE = _OF_VISIT.where(Scan.station == bindparam("station"))
_COMPARED = _OF_VISIT.where(Scan.outcome.in_(COMPARED))

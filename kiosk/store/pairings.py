"""Which agents, screens and tablets are trusted, each for one station."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import At, Id, Instant
from kiosk.store.database import Base, by_key, db


class Pairing(Base):
    """One device; only the hash of its token is stored.

    `code_until`: the token is still a printed code, good until then, for the one device that joins with it and gets a
    token of its own. `kind`: what joined, `agent` or `screen`; "" for a token made at the machine itself.
    """

    __tablename__ = "pairing"

    id: Mapped[Id]
    station: Mapped[str] = mapped_column(ForeignKey("station.code"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[At]
    kind: Mapped[str] = mapped_column(String(10), default="")
    name: Mapped[str] = mapped_column(String(60), default="")
    code_until: Mapped[datetime | None] = mapped_column(Instant)
    joined_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


def find(token_hash: str) -> Pairing | None:
    """The pairing with this token, unless it was revoked; a code that nobody has joined with is no token."""
    return db.session.scalar(select(Pairing).where(Pairing.token_hash == token_hash, *_TRUSTED))


def list_with(token_hashes: Collection[str]) -> list[Pairing]:
    """Those of these tokens that are trusted."""
    return list(db.session.scalars(select(Pairing).where(Pairing.token_hash.in_(token_hashes), *_TRUSTED)))


def find_code(code_hash: str) -> Pairing | None:
    """The pairing that waits for a device with this code, old or not."""
    return db.session.scalar(select(Pairing).where(Pairing.token_hash == code_hash, *_WAITING))


def list_codes() -> list[Pairing]:
    """Every pairing that waits for a device, newest first; the codes of some may be too old."""
    return list(db.session.scalars(select(Pairing).where(*_WAITING).order_by(Pairing.made_at.desc())))


def list_trusted() -> list[Pairing]:
    """Every device that is trusted, by station, the newest first."""
    return list(db.session.scalars(select(Pairing).where(*_TRUSTED).order_by(Pairing.station, Pairing.made_at.desc())))


def get(id: str) -> Pairing:
    """The pairing. Raises NotFound."""
    pairing = by_key(Pairing, id)
    if pairing is None:
        raise NotFound("pairing")
    return pairing


def revoke_code(id: str, at: datetime) -> None:
    """Nobody joins with this pairing's code any more; nothing happens where somebody has, or there is no such code."""
    pairing = by_key(Pairing, id)
    if pairing is not None and pairing.code_until and pairing.joined_at is None:
        pairing.revoked_at = pairing.revoked_at or at


def add(pairing: Pairing) -> None:
    """Adds a pairing."""
    db.session.add(pairing)
    db.session.flush()


_TRUSTED = (Pairing.revoked_at.is_(None), Pairing.code_until.is_(None) | Pairing.joined_at.is_not(None))
_WAITING = (Pairing.revoked_at.is_(None), Pairing.code_until.is_not(None), Pairing.joined_at.is_(None))

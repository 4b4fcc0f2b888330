"""Which agents, screens and tablets are trusted, each for one station."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

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
    """The pairing with this token, unless it was revoked."""
    return db.session.scalar(select(Pairing).where(Pairing.token_hash == token_hash, Pairing.revoked_at.is_(None)))


def revoke(id: str, at: datetime) -> None:
    """Whoever holds this pairing's token is trusted no more; nothing happens where there is no such pairing."""
    pairing = by_key(Pairing, id)
    if pairing is not None:
        pairing.revoked_at = pairing.revoked_at or at


def add(pairing: Pairing) -> None:
    """Adds a pairing."""
    db.session.add(pairing)
    db.session.flush()

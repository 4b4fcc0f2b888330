"""Lots of vaccine."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import At, Id
from kiosk.store.database import Base, by_key, db


class Lot(Base):
    """A batch of one vaccine; `expires_on` is its last usable day.

    `doses_per_vial`: as its label says, None until somebody has read it. `open_minutes`: how long an opened vial of it
    may be used where its leaflet says otherwise than `protocols/vaccines.toml`. `gtin`: the product on its packs, "".
    """

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("vaccine", "number"),)

    id: Mapped[Id]
    vaccine: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(20))
    expires_on: Mapped[date] = mapped_column(Date)
    added_at: Mapped[At]
    doses_per_vial: Mapped[int | None]
    open_minutes: Mapped[int | None]
    gtin: Mapped[str] = mapped_column(String(14), default="")


def get(id: str) -> Lot:
    """Raises NotFound."""
    lot = by_key(Lot, id)
    if lot is None:
        raise NotFound("lot")
    return lot


def find(vaccine: str, number: str) -> Lot | None:
    """The lot of this vaccine with this number."""
    return db.session.scalar(select(Lot).where(Lot.vaccine == vaccine, Lot.number == number))


def list_numbered(number: str) -> list[Lot]:
    """Lots of any vaccine with this number."""
    return list(db.session.scalars(select(Lot).where(Lot.number == number).order_by(Lot.vaccine)))


def list_of_product(gtin: str) -> list[Lot]:
    """Lots whose packs carry this product's number, the newest first."""
    return list(db.session.scalars(select(Lot).where(Lot.gtin == gtin).order_by(Lot.added_at.desc())))


def list_usable(on: date) -> list[Lot]:
    """Lots that may still be given that day; the one that expires first comes first."""
    query = select(Lot).where(Lot.expires_on >= on).order_by(Lot.expires_on, Lot.vaccine, Lot.number)
    return list(db.session.scalars(query))


def add(lot: Lot) -> Lot:
    """Adds a lot."""
    db.session.add(lot)
    db.session.flush()
    return lot

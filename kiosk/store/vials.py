"""Opened vials: where each stands, what it still holds, until when it may be used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.store.columns import At, Code, Fact, Instant
from kiosk.store.database import Base, db
from kiosk.store.lots import Lot


class Vial(Fact, Base):
    """One opened vial. `doses`: what its label promises; `extra`: what it gave beyond; `given`, `wasted`: what left it.

    `token`: the code on our label. `use_by`: None where no open life is established. The counters are changed in one
    statement with what they count; what a vial does not hold cannot be drawn from it.
    """

    __tablename__ = "vial"
    _also = (
        CheckConstraint("given >= 0 AND wasted >= 0 AND extra >= 0", name="counted"),
        CheckConstraint("given + wasted <= doses + extra", name="held"),
    )

    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"))
    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"), index=True)
    station: Mapped[Code]
    token: Mapped[str] = mapped_column(String(10), unique=True)
    doses: Mapped[int]
    extra: Mapped[int] = mapped_column(default=0)
    given: Mapped[int] = mapped_column(default=0)
    wasted: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[At]
    opened_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    use_by: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def left(self) -> int:
        """Doses still in it."""
        return self.doses + self.extra - self.given - self.wasted


def get(id: str) -> Vial:
    """Raises NotFound."""
    vial = db.session.get(Vial, id)
    if vial is None:
        raise NotFound("vial")
    return vial


def find_by_token(token: str) -> Vial | None:
    """The vial that our label leads to."""
    return db.session.scalar(select(Vial).where(Vial.token == token))


def list_open(clinic_day_id: str, station: str | None = None) -> list[Vial]:
    """Vials of a clinic day that nobody has closed, at one table or at all; the one opened first comes first."""
    mine = [Vial.clinic_day_id == clinic_day_id, Vial.closed_at.is_(None)]
    if station is not None:
        mine.append(Vial.station == station)
    return list(db.session.scalars(select(Vial).where(*mine).order_by(Vial.seq)))


def draw(vial_id: str, doses: int = 1) -> bool:
    """Takes doses out of an open vial; False when it does not hold them (any more). Below zero puts them back."""
    mine = (Vial.id == vial_id) & Vial.closed_at.is_(None) if doses > 0 else Vial.id == vial_id
    fits = (Vial.given + doses >= 0) & (Vial.given + doses + Vial.wasted <= Vial.doses + Vial.extra)
    taken = update(Vial).where(mine, fits).values(given=Vial.given + doses).returning(Vial.id)
    return db.session.scalar(taken) is not None

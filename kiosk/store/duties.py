"""Who answers for what a volunteer types at a table: the doctor or nurse who signed on there with their badge."""

from __future__ import annotations

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.store.columns import At, Code, Fact
from kiosk.store.database import Base, db
from kiosk.store.staff import Staff


class Duty(Fact, Base):
    """From this moment on they are on duty at the table, until somebody else is or the clinic day ends."""

    __tablename__ = "duty"

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"), index=True)
    station: Mapped[Code]
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[At]

    staff: Mapped[Staff] = relationship(lazy="joined", innerjoin=True)


def list_at(clinic_day_id: str, station: str) -> list[Staff]:
    """Everybody who was on duty at this table on this clinic day."""
    mine = (Duty.clinic_day_id == clinic_day_id) & (Duty.station == station)
    rows = db.session.scalars(select(Duty).where(mine).order_by(Duty.seq))
    return list({row.staff_id: row.staff for row in rows}.values())


def find_at(clinic_day_id: str, station: str) -> Staff | None:
    """Who is on duty at this table on this clinic day; nobody once they work here no more."""
    mine = (Duty.clinic_day_id == clinic_day_id) & (Duty.station == station)
    row = db.session.scalar(select(Duty).where(mine).order_by(Duty.seq.desc()).limit(1))
    return row.staff if row and row.staff.active else None

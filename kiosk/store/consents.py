"""Who agreed to a child's injection."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact
from kiosk.store.database import Base, db


class Consent(Fact, Base):
    """The signed form of a visit, as somebody saw it. `guardian_id`: the guardian, where we know them."""

    __tablename__ = "consent"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    version: Mapped[str] = mapped_column(String(40))
    guardian_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    guardian_name: Mapped[str] = mapped_column(String(60))
    guardian_phone: Mapped[str] = mapped_column(String(15), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))


def find(visit_id: str) -> Consent | None:
    """The visit's consent, if it has been seen."""
    return db.session.scalar(select(Consent).where(Consent.visit_id == visit_id))

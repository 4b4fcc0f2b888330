"""Who was called for a dose that would be left over, and what they said."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact
from kiosk.store.database import Base


class StandbyCall(Fact, Base):
    """One call; the newest of a person on a clinic day counts."""

    __tablename__ = "standby_call"
    _also = (Index("ix_standby_call_clinic_day_id", "clinic_day_id", "person_id"),)

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12))
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))

"""What the doctor asked, measured and concluded before the injection."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.words import Conclusion
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, db

STANDS = text("superseded_at IS NULL")


class Screening(Fact, Base):
    """One form of one version. `ticked`: items answered with yes. `suggested`: what the form led to by itself.
    `superseded_at`: when the person was sent to the doctor again; it is kept, and no longer counts.

    `entered_by` typed it, `screener` concluded: staff ids.
    """

    __tablename__ = "screening"
    # A dose points at its own visit's screening: both columns together.
    _also = (
        UniqueConstraint("id", "visit_id"),
        Index("uq_screening_visit_id", "visit_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
    )

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    version: Mapped[str] = mapped_column(String(40))
    ticked: Mapped[list[str]] = mapped_column(JSON)
    vitals: Mapped[dict[str, Any]] = mapped_column(JSON)
    suggested: Mapped[str] = mapped_column(String(20))
    conclusion: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    entered_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    screener: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def concluded(self) -> Conclusion:
        """The conclusion as the rules know it."""
        return Conclusion(self.conclusion)


def find(visit_id: str) -> Screening | None:
    """The visit's screening that counts, if there is one."""
    return db.session.scalar(_OF_VISIT, {"visit": visit_id})


_OF_VISIT = select(Screening).where(
    Screening.visit_id == bindparam("visit"), Screening.superseded_at.is_(None)
)  # fmt: skip

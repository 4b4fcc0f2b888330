"""What is still to be put right about somebody, after they have gone home."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base

_OPEN = text("closed_at IS NULL")


class FollowUp(Fact, Base):
    """One thing to do about one person, until somebody closes it. `reason`: a code of `protocols/identity.toml`."""

    __tablename__ = "follow_up"
    _also = (Index("uq_follow_up_open", "person_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    kind: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(40), default="")
    closed_note: Mapped[str] = mapped_column(String(200), default="")

"""Two rows that were found to be one person, and pairs that were found not to be. Nothing is moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base


class Merge(Fact, Base):
    """`gone_id` is the same person as `kept_id` from `at` on, until it is undone."""

    __tablename__ = "merge"

    kept_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    gone_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str] = mapped_column(String(40), default="")


class Apart(Base):
    """Somebody has looked: these are two people. `one_id` < `other_id`."""

    __tablename__ = "apart"

    one_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))

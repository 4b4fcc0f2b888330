"""What was known of somebody wrongly or in part, and what an official card says instead."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At, Fact
from kiosk.store.database import Base


class Correction(Fact, Base):
    """One correction, kept for ever. `fields`: a field's name to [what it was, what it is]. `document`: a CodeKind."""

    __tablename__ = "correction"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    document: Mapped[str] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))

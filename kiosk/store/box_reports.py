"""What each box last said of itself: its card, heat, clock, network, memory, versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.columns import At
from kiosk.store.database import Base, by_key, db

# The box that the hub runs on; every other is named by its station.
HUB = "hub"


class BoxReport(Base):
    """One row a box: the hub's is called `hub`, an agent's machine by its station. `facts` name nobody."""

    __tablename__ = "box_report"

    box: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[At]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


def find(box: str) -> BoxReport | None:
    """The box's last word, if it ever spoke."""
    return by_key(BoxReport, box)


def list_() -> list[BoxReport]:
    """Every box's last word, by name."""
    return list(db.session.scalars(select(BoxReport).order_by(BoxReport.box)))


def put(box: str, at: datetime, facts: dict[str, Any]) -> None:
    """The box's word in the place of its last one."""
    row = find(box)
    if row is None:
        db.session.add(BoxReport(box=box, at=at, facts=facts))
    else:
        row.at, row.facts = at, facts

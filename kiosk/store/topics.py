"""What has changed, never how: a counter a topic, moved in the same transaction as the change.

The event stream watches these; a page that hears its topic asks for its partial again.
"""

from __future__ import annotations

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.store.database import Base, db

BOARD, DESK, TABLES, DAY, ROSTERS = "board", "desk", "tables", "day", "rosters"


class Topic(Base):
    """One thing that pages listen to."""

    __tablename__ = "topic"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)


def kiosk(station: str) -> str:
    """The topic of one kiosk screen."""
    return f"kiosk:{station}"


def touch(*names: str) -> None:
    """Says that these topics changed."""
    step = update(Topic).where(Topic.name.in_(names)).values(version=Topic.version + 1).returning(Topic.name)
    known = set(db.session.scalars(step.execution_options(synchronize_session=False)))
    for name in sorted(set(names) - known):
        db.session.add(Topic(name=name))
        db.session.flush()


def versions() -> dict[str, int]:
    """Every topic with its counter."""
    return {topic.name: topic.version for topic in db.session.scalars(select(Topic))}

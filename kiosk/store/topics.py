"""What has changed, never how: a counter a topic, moved in the same transaction as the change.

The event stream watches these; a page that hears its topic asks for its partial again.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import String, Table, bindparam, event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.store.columns import held, in_transaction
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
    """Says that these topics changed, once the transaction commits."""
    in_transaction("topics").update(dict.fromkeys(names, True))


@event.listens_for(Session, "before_commit")
def _move(session: Session) -> None:
    names = sorted(held(session, "topics"))
    if names:
        known = set(session.connection().scalars(_STEP, {"names": names}))
        session.add_all(Topic(name=name) for name in names if name not in known)


_TOPICS = cast(Table, Topic.__table__).c
_STEP = update(_TOPICS.name.table).where(_TOPICS.name.in_(bindparam("names", expanding=True)))
_STEP = _STEP.values(version=_TOPICS.version + 1).returning(_TOPICS.name)


def versions() -> dict[str, int]:
    """Every topic with its counter."""
    return {topic.name: topic.version for topic in db.session.scalars(select(Topic))}

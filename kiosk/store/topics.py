"""What has changed, never how: a counter a topic, moved in the same transaction as the change.

The event stream watches these; a page that hears its topic asks for its partial again.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import String, Table, bindparam, event, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.store.columns import held, in_transaction
from kiosk.store.database import Base, db

BOARD, DESK, DAY, ROSTERS = "board", "desk", "day", "rosters"
# The queue has moved: who waits, where there is room. What any table may have to show. One table: `table`.
LINE, TABLES = "line", "tables"


class Topic(Base):
    """One thing that pages listen to."""

    __tablename__ = "topic"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)


def kiosk(station: str) -> str:
    """The topic of one kiosk screen."""
    return f"kiosk:{station}"


def table(station: str) -> str:
    """The topic of one station's table: only its own pages show what has changed there."""
    return f"table:{station}"


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


def count_moves(*names: str) -> int:
    """How often any of these topics has changed: the same number means that nothing did."""
    return int(db.session.scalar(_COUNT, {"names": names}) or 0)


def count_all() -> int:
    """How often anything has changed."""
    return int(db.session.scalar(_COUNT_ALL) or 0)


_COUNT_ALL = select(func.sum(Topic.version))
_COUNT = select(func.sum(Topic.version)).where(Topic.name.in_(bindparam("names", expanding=True)))

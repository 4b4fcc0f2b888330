"""Moves in the queue: who was called, sent, kept waiting, let in, by whom and why. Nothing of them is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.words import MoveKind
from kiosk.store.columns import At, Code, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.visits import Visit

CALLS = (MoveKind.CALL, MoveKind.JUMP)


class QueueMove(Fact, Base):
    """One move of one visit. `station`: where it was made, of a call where to; `zone`, `spot`: of a move into or out of
    a zone, else where the person has their spot.

    `since`, `waits_from`: since when they had waited for the step. `before`: what the move changed, as it was.
    """

    __tablename__ = "queue_move"
    _also = (
        Index("ix_queue_move_clinic_day_id", "clinic_day_id", "kind", "seq"),
        Index("ix_queue_move_station", "clinic_day_id", "station", "seq"),
        Index("ix_queue_move_visit_id", "visit_id", "seq"),
    )

    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    kind: Mapped[str] = mapped_column(String(10))
    step: Mapped[str] = mapped_column(String(20))
    lane: Mapped[str] = mapped_column(String(10))
    station: Mapped[Code] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(String(1), default="")
    spot: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    since: Mapped[At]
    waits_from: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str] = mapped_column(String(40), default="")

    visit: Mapped[Visit] = relationship(lazy="joined", innerjoin=True)

    @property
    def stands(self) -> MoveKind:
        """The kind as the rules know it."""
        return MoveKind(self.kind)


def get(id: str) -> QueueMove:
    """Raises NotFound."""
    move = by_key(QueueMove, id)
    if move is None:
        raise NotFound("queue move")
    return move


def recent_lanes(clinic_day_id: str, steps: Sequence[str], limit: int) -> list[str]:
    """The lanes of the last turns for these steps, newest first; who was called for a reason took nobody's turn."""
    facts = {"day": clinic_day_id, "steps": steps, "most": limit}
    return list(db.session.scalars(_TURNS, facts))


_TURNS = select(QueueMove.lane).where(
    QueueMove.clinic_day_id == bindparam("day"), QueueMove.kind == MoveKind.CALL,
    QueueMove.step.in_(bindparam("steps", expanding=True)), QueueMove.undone_at.is_(None),
)  # fmt: skip
_TURNS = _TURNS.order_by(QueueMove.seq.desc()).limit(bindparam("most"))


def find_turn(clinic_day_id: str, steps: Sequence[str]) -> QueueMove | None:
    """The last turn for these steps."""
    return db.session.scalar(_TURN, {"day": clinic_day_id, "steps": steps})


_TURN = select(QueueMove).where(_TURNS.whereclause).order_by(QueueMove.seq.desc()).limit(1)  # type: ignore[arg-type]


def find_last(visit_id: str) -> QueueMove | None:
    """The last move of a visit that was not undone; what only says where they sit does not count."""
    query = select(QueueMove).where(QueueMove.visit_id == visit_id, QueueMove.undone_at.is_(None))
    query = query.where(QueueMove.kind.not_in((MoveKind.ENTER, MoveKind.EXIT, MoveKind.ASK_IN, MoveKind.UNDONE)))
    return db.session.scalar(query.order_by(QueueMove.seq.desc()).limit(1))


def has_lost_spot_since(move: QueueMove) -> bool:
    """Was the spot of the move's visit given back after the move, and not by the act that made it?"""
    gone = (QueueMove.visit_id == move.visit_id, QueueMove.kind == MoveKind.EXIT, QueueMove.seq > move.seq)
    return bool(db.session.scalar(select(select(QueueMove.id).where(*gone, QueueMove.at != move.at).exists())))


def find_last_at(clinic_day_id: str, station: str) -> QueueMove | None:
    """The last move that was made at a table and not undone."""
    return db.session.scalar(_LAST_AT, {"day": clinic_day_id, "at_table": station})


_LAST_AT = select(QueueMove).where(
    QueueMove.clinic_day_id == bindparam("day"), QueueMove.station == bindparam("at_table"),
    QueueMove.undone_at.is_(None), QueueMove.kind != MoveKind.UNDONE,
)  # fmt: skip
_LAST_AT = _LAST_AT.order_by(QueueMove.seq.desc()).limit(1)


def list_holds(visit_ids: Sequence[str]) -> list[QueueMove]:
    """The moves by which these visits were taken out of the line, in their order."""
    mine = (QueueMove.visit_id.in_(visit_ids), QueueMove.kind.in_((MoveKind.HOLD, MoveKind.NO_SHOW)))
    query = select(QueueMove).where(*mine, QueueMove.undone_at.is_(None))
    return list(db.session.scalars(query.order_by(QueueMove.seq)))


def list_of(clinic_day_id: str, kinds: Sequence[MoveKind], since: int = 0) -> list[QueueMove]:
    """The day's moves of these kinds in their order, those with a `seq` above `since`; undone ones too."""
    query = select(QueueMove).where(QueueMove.clinic_day_id == clinic_day_id, QueueMove.kind.in_(kinds))
    return list(db.session.scalars(query.where(QueueMove.seq > since).order_by(QueueMove.seq)))


def recent_entries(clinic_day_id: str, zone: str, limit: int) -> list[str]:
    """The lanes of those who were last let into a zone, newest first."""
    query = select(QueueMove.lane).where(QueueMove.clinic_day_id == clinic_day_id, QueueMove.zone == zone)
    query = query.where(QueueMove.kind.in_((MoveKind.ENTER, MoveKind.ASK_IN)))
    return list(db.session.scalars(query.order_by(QueueMove.seq.desc()).limit(limit)))

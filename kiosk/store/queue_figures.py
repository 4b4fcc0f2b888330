"""The queue of a clinic day as its report counts it: every move, everybody who came, zones, who answers for what."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from kiosk.rules.line_history import Came, Moved
from kiosk.rules.words import MoveKind, StandbyState
from kiosk.store.database import db
from kiosk.store.queue_moves import QueueMove
from kiosk.store.standby import StandbyCall
from kiosk.store.visits import Visit

# Neither begins, ends nor breaks a wait.
ASIDE = (MoveKind.ARRIVE, MoveKind.RECALL)
# What somebody answers for with a reason.
NAMED = (MoveKind.JUMP, MoveKind.LANE, MoveKind.EARLY)


def list_moves(clinic_day_id: str) -> list[Moved]:
    """The moves of the day that a wait consists of, in their order; undone ones too."""
    before = QueueMove.before
    query = select(
        QueueMove.visit_id, QueueMove.kind, QueueMove.step, QueueMove.lane, QueueMove.zone, QueueMove.reason,
        QueueMove.since, QueueMove.waits_from, QueueMove.at, QueueMove.seq, QueueMove.clock_trusted,
        QueueMove.undone_at.is_not(None), before["queue_seq"].as_integer(), before["after"].as_integer(),
    )  # fmt: skip
    query = query.where(QueueMove.clinic_day_id == clinic_day_id, QueueMove.kind.not_in(ASIDE))
    return [Moved._make(row) for row in db.session.execute(query.order_by(QueueMove.seq))]


def list_came(clinic_day_id: str) -> list[Came]:
    """Everybody who has a number of this day, in the order in which they came."""
    query = select(
        Visit.id, Visit.lane, Visit.step, Visit.state, Visit.waiting_since, Visit.waits_from, Visit.queue_seq,
        Visit.after, Visit.seq, Visit.checked_in_at, Visit.left_at, Visit.told_low, Visit.told_high,
    )  # fmt: skip
    query = query.where(Visit.clinic_day_id == clinic_day_id).order_by(Visit.seq)
    return [Came._make(row) for row in db.session.execute(query)]


def list_named(clinic_day_id: str) -> list[QueueMove]:
    """Every move that somebody answers for: called out of turn, put in another lane, let in early or into a full zone;
    in their order, without those that were undone."""
    let_in = (QueueMove.kind == MoveKind.ENTER) & (QueueMove.reason != "")
    query = select(QueueMove).where(QueueMove.clinic_day_id == clinic_day_id, QueueMove.undone_at.is_(None))
    return list(db.session.scalars(query.where(or_(QueueMove.kind.in_(NAMED), let_in)).order_by(QueueMove.seq)))


def count_without_dose(clinic_day_id: str) -> int:
    """How many people found every dose spoken for and waited at the site for one that would be left over."""
    query = select(func.count(StandbyCall.person_id.distinct())).where(StandbyCall.clinic_day_id == clinic_day_id)
    return db.session.scalar(query.where(StandbyCall.state == StandbyState.HERE)) or 0

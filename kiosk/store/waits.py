"""What a wait is reckoned from: who waits for a step now, its last calls, and which tables are busy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, select

from kiosk.rules.words import MoveKind, VisitState
from kiosk.store.database import db
from kiosk.store.queue_moves import CALLS, QueueMove
from kiosk.store.visits import Visit


@dataclass(frozen=True)
class Line:
    """Who waits in one lane for a step: how many, since when the first of them, how many of them came of late."""

    lane: str
    people: int
    first: datetime
    came: int


@dataclass(frozen=True)
class Call:
    """One call of a step, and what the called person's ticket had said: (None, None) where it said nothing."""

    seq: int
    kind: str
    visit_id: str
    lane: str
    station: str
    at: datetime
    since: datetime
    trusted: bool
    checked_in_at: datetime
    told_low: int | None
    told_high: int | None


def list_lines(clinic_day_id: str, step: str, since: datetime) -> list[Line]:
    """Who waits for this step, a row to a lane that somebody waits in; `since`: from when on somebody came of late."""
    rows = db.session.execute(_LINES, {"day": clinic_day_id, "step": step, "since": since})
    return [Line(lane, int(people), first, int(came)) for lane, people, first, came in rows]


_CAME = func.sum(case((Visit.waiting_since >= bindparam("since"), 1), else_=0))
_LINES = select(Visit.lane, func.count(), func.min(Visit.waiting_since), _CAME).where(
    Visit.clinic_day_id == bindparam("day"), Visit.state == VisitState.WAITING, Visit.step == bindparam("step")
)  # fmt: skip
_LINES = _LINES.group_by(Visit.lane)


def list_calls(clinic_day_id: str, step: str, limit: int) -> list[Call]:
    """The last calls of this step, in their order; what was undone was none."""
    facts = {"day": clinic_day_id, "step": step, "most": limit}
    found = [Call(*row) for kind in CALLS for row in db.session.execute(_CALLS_OF, facts | {"kind": kind})]
    return sorted(found, key=lambda call: call.seq)[-limit:]


# One kind at a time: so the index gives the last ones without looking at the day's others.
_CALLS_OF = select(
    QueueMove.seq, QueueMove.kind, QueueMove.visit_id, QueueMove.lane, QueueMove.station, QueueMove.at,
    QueueMove.since, QueueMove.clock_trusted, Visit.checked_in_at, Visit.told_low, Visit.told_high,
).join(Visit, Visit.id == QueueMove.visit_id)  # fmt: skip
_CALLS_OF = _CALLS_OF.where(
    QueueMove.clinic_day_id == bindparam("day"), QueueMove.kind == bindparam("kind"),
    QueueMove.step == bindparam("step"), QueueMove.undone_at.is_(None),
)  # fmt: skip
_CALLS_OF = _CALLS_OF.order_by(QueueMove.seq.desc()).limit(bindparam("most"))


def last_move(clinic_day_id: str) -> tuple[int, ...]:
    """What changes whenever somebody was called on this day, or a call was undone."""
    return tuple(db.session.execute(_LAST, {"day": clinic_day_id}).one())


_LAST = select(*(
    select(func.max(QueueMove.seq)).where(QueueMove.clinic_day_id == bindparam("day"), QueueMove.kind == kind)
    .scalar_subquery() for kind in (*CALLS, MoveKind.UNDONE)
))  # fmt: skip


def list_busy(clinic_day_id: str) -> set[str]:
    """The stations that have called or are serving somebody."""
    return set(db.session.scalars(_BUSY, {"day": clinic_day_id}))


_BUSY = select(Visit.station).where(
    Visit.clinic_day_id == bindparam("day"), Visit.state.in_((VisitState.CALLED, VisitState.AT_TABLE))
)  # fmt: skip

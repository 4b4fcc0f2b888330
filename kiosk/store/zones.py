"""Waiting zones: how many they take, which spots are taken, who stands outside, whose spot is only kept for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select

from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import day_plans
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import db
from kiosk.store.departures import Skip
from kiosk.store.queue_moves import QueueMove
from kiosk.store.visits import FIRST, ORDER, Visit


class Kept(NamedTuple):
    """A spot that is kept for somebody who has not come through the zone's door. `since`: when it was given to them."""

    visit: Visit
    since: datetime


def planned(day: ClinicDay) -> dict[str, int]:
    """How many people each zone takes by the day's plan; a zone that it says nothing of is not in the answer."""
    plan = day_plans.get(day.plan_id) if day.plan_id else None
    return {letter: int(zone["capacity"]) for letter, zone in plan.zones.items()} if plan else {}


def list_taken(clinic_day_id: str, letter: str) -> list[int]:
    """The spots of a zone that somebody has, or that are kept for somebody."""
    return list(db.session.scalars(_TAKEN, {"day": clinic_day_id, "letter": letter}))


_TAKEN = select(Visit.spot).where(
    Visit.clinic_day_id == bindparam("day"), Visit.inside == bindparam("letter"), Visit.spot.is_not(None)
)  # fmt: skip


def count_outside(clinic_day_id: str, letter: str) -> int:
    """How many belong in this zone and have no spot in it; who is held out of the line does not count."""
    return db.session.scalar(_COUNT, {"day": clinic_day_id, "letter": letter}) or 0


_OUTSIDE = and_(
    Visit.clinic_day_id == bindparam("day"), Visit.zone == bindparam("letter"), Visit.inside != bindparam("letter"),
    Visit.state == VisitState.WAITING,
)  # fmt: skip
_COUNT = select(func.count()).select_from(Visit).where(_OUTSIDE)


def list_outside(
    clinic_day_id: str, letter: str, lane: str, limit: int, steps: Sequence[str], but: Collection[str] = ()
) -> list[Visit]:  # fmt: skip
    """Who of a lane stands outside, in the order in which they are let in; `but`: ids of visits that are passed over.

    Whoever was put before everybody comes first, then whoever is further along in `steps`, then who came first.
    """
    facts = {"day": clinic_day_id, "letter": letter, "of_lane": lane, "most": limit, "but": list(but)}
    order = ((Visit.after == FIRST).desc(), _along(steps).desc(), *ORDER)
    return list(db.session.scalars(_FIRST.order_by(*order).limit(bindparam("most")), facts))


def _along(steps: Sequence[str]) -> ColumnElement[int]:
    return case({step: nth for nth, step in enumerate(steps)}, value=Visit.step, else_=0)


_FIRST = select(Visit).where(
    _OUTSIDE, Visit.lane == bindparam("of_lane"), Visit.id.not_in(bindparam("but", expanding=True))
)  # fmt: skip


def list_spotless(clinic_day_id: str, letter: str, steps: Sequence[str]) -> list[Visit]:
    """Who stands outside though they wait for one of `steps`, for which nobody needs a spot."""
    return list(db.session.scalars(_SPOTLESS, {"day": clinic_day_id, "letter": letter, "steps": steps}))


_SPOTLESS = select(Visit).where(_OUTSIDE, Visit.step.in_(bindparam("steps", expanding=True)))


def list_elsewhere(clinic_day_id: str, letter: str, steps: Sequence[str], limit: int) -> list[Visit]:
    """Who stands outside of another zone, waits for one of `steps` and for no table in particular, first come first."""
    facts = {"day": clinic_day_id, "letter": letter, "steps": steps, "most": limit}
    return list(db.session.scalars(_ELSEWHERE, facts))


_ELSEWHERE = select(Visit).where(
    Visit.clinic_day_id == bindparam("day"), Visit.zone != bindparam("letter"), Visit.inside == "",
    Visit.state == VisitState.WAITING, Visit.step.in_(bindparam("steps", expanding=True)), Visit.bound_for == "",
)  # fmt: skip
_ELSEWHERE = _ELSEWHERE.order_by(*ORDER).limit(bindparam("most"))


def list_inside(clinic_day_id: str, letter: str) -> list[Visit]:
    """Who has a spot in this zone, by spot."""
    query = select(Visit).where(Visit.clinic_day_id == clinic_day_id, Visit.inside == letter, Visit.spot.is_not(None))
    return list(db.session.scalars(query.order_by(Visit.spot)))


def list_kept(clinic_day_id: str, letter: str) -> list[Kept]:
    """Who has a spot in this zone and has not come through its door yet, whose spot has been kept longest first."""
    found = db.session.execute(_KEPT, {"day": clinic_day_id, "letter": letter})
    return [Kept(visit, since) for visit, since in found]


def find_entered(clinic_day_id: str, letter: str, since: datetime) -> Visit | None:
    """Whoever waits in this zone and came through its door last, not before `since`."""
    query = select(Visit).where(
        Visit.clinic_day_id == clinic_day_id, Visit.inside == letter, Visit.state == VisitState.WAITING,
        Visit.entered_at >= since,
    )  # fmt: skip
    return db.session.scalar(query.order_by(Visit.entered_at.desc(), Visit.queue_seq.desc()).limit(1))


def find_left(clinic_day_id: str, letter: str, reason: str, since: datetime) -> Visit | None:
    """Whoever belonged to this zone and last left for this reason at the step they waited for, not before `since`."""
    query = select(Visit).join(Skip, and_(Skip.visit_id == Visit.id, Skip.step == Visit.step, Skip.reason == reason))
    query = query.where(
        Visit.clinic_day_id == clinic_day_id, Visit.zone == letter, Visit.state == VisitState.LEFT,
        Visit.left_at >= since,
    )  # fmt: skip
    return db.session.scalar(query.order_by(Visit.left_at.desc()).limit(1))


_GIVEN = (
    select(QueueMove.visit_id, func.max(QueueMove.at).label("at"), func.max(QueueMove.seq).label("seq"))
    .where(
        QueueMove.clinic_day_id == bindparam("day"), QueueMove.zone == bindparam("letter"),
        QueueMove.kind.in_((MoveKind.ENTER, MoveKind.ASK_IN)),
    )
    .group_by(QueueMove.visit_id)
    .subquery()
)  # fmt: skip
_KEPT = select(Visit, _GIVEN.c.at).join(_GIVEN, _GIVEN.c.visit_id == Visit.id).where(
    Visit.clinic_day_id == bindparam("day"), Visit.inside == bindparam("letter"), Visit.entered_at.is_(None),
    Visit.spot.is_not(None),
)  # fmt: skip
_KEPT = _KEPT.order_by(_GIVEN.c.seq)


def is_kept_door(clinic_day_id: str, letter: str, since: datetime) -> bool:
    """Has somebody who sits in this zone come through its door since then, and been seen to?

    Whoever was only seen at a table has come too, but nobody knows when.
    """
    return db.session.scalar(_THROUGH, {"day": clinic_day_id, "letter": letter, "since": since}) is not None


_AT_TABLE = select(QueueMove.id).where(
    QueueMove.visit_id == Visit.id, QueueMove.at == Visit.entered_at,
    QueueMove.kind.in_((MoveKind.ARRIVE, MoveKind.UNDONE)),
)  # fmt: skip
_THROUGH = select(Visit.id).where(
    Visit.clinic_day_id == bindparam("day"), Visit.inside == bindparam("letter"),
    Visit.entered_at >= bindparam("since"), ~_AT_TABLE.exists(),
)  # fmt: skip
_THROUGH = _THROUGH.limit(1)


def list_exits(clinic_day_id: str, letter: str, since: datetime) -> list[datetime]:
    """When spots of this zone were given back, not before `since`."""
    query = select(QueueMove.at).where(
        QueueMove.clinic_day_id == clinic_day_id, QueueMove.kind == MoveKind.EXIT, QueueMove.zone == letter,
        QueueMove.at >= since,
    )  # fmt: skip
    return list(db.session.scalars(query))

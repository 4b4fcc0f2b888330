"""Who stands in line for a table: inside a zone and callable, still outside, or held out of the line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import lazyload

from kiosk.rules.queueing import label
from kiosk.rules.words import VisitState
from kiosk.store import queue_moves
from kiosk.store.database import db
from kiosk.store.visits import FIRST, ORDER, Visit


class InLine(NamedTuple):
    """Somebody who waits. `inside`: the zone they are in, "" outside; `first`: put before everybody."""

    id: str
    label: str
    lane: str
    step: str
    attention: bool
    waiting_since: datetime
    bound_for: str
    inside: str
    first: bool

    def waits_for(self, station: str) -> bool:
        """May this station call them, once they are inside?"""
        return self.bound_for in ("", station)


class Line(NamedTuple):
    """Who waits for some steps, in their order; the lanes of the last turns, newest first; the last turn's visit and
    step."""

    rows: tuple[InLine, ...]
    recent: tuple[str, ...]
    last: tuple[str, str] | None

    def inside(self, station: str) -> list[InLine]:
        """Whom this station may call: inside a zone, and not bound for another table."""
        return [row for row in self.rows if row.inside and row.waits_for(station)]

    def outside(self, station: str) -> list[InLine]:
        """Who waits for this station outside: nobody calls them before they have a spot."""
        return [row for row in self.rows if not row.inside and row.waits_for(station)]

    def sent(self, station: str) -> list[InLine]:
        """Who waits inside for another table, and for no other."""
        return [row for row in self.rows if row.inside and not row.waits_for(station)]


def read(clinic_day_id: str, steps: Sequence[str], turns: int) -> Line:
    """The line for these steps, with so many of the last turns."""
    facts = {"day": clinic_day_id, "steps": steps}
    rows = tuple(
        InLine(id, label(series, n), lane, step, attention, since, bound_for, inside, after == FIRST)
        for id, series, n, lane, step, attention, since, bound_for, inside, after in db.session.execute(_LINE, facts)
    )
    if not rows:
        return Line((), (), None)
    last = queue_moves.find_turn(clinic_day_id, steps)
    recent = queue_moves.recent_lanes(clinic_day_id, steps, turns) if last else []
    return Line(rows, tuple(recent), (last.visit_id, last.step) if last else None)


def list_zones(clinic_day_id: str, steps: Sequence[str]) -> list[str]:
    """The zones outside which somebody waits for these steps."""
    return list(db.session.scalars(_ZONES, {"day": clinic_day_id, "steps": steps}))


def list_held(clinic_day_id: str, steps: Sequence[str], limit: int) -> list[Visit]:
    """Who is out of the line for these steps until they are back, who waits longest first."""
    facts = {"day": clinic_day_id, "steps": steps, "most": limit}
    return list(db.session.scalars(_HELD, facts))


_WAITS = and_(
    Visit.clinic_day_id == bindparam("day"), Visit.step.in_(bindparam("steps", expanding=True)),
    Visit.state == VisitState.WAITING,
)  # fmt: skip
_LINE = select(
    Visit.id, Visit.series, Visit.n, Visit.lane, Visit.step, Visit.attention, Visit.waiting_since, Visit.bound_for,
    Visit.inside, Visit.after,
).where(_WAITS).order_by(*ORDER)  # fmt: skip
_ZONES = select(Visit.zone).distinct().where(_WAITS, Visit.inside == "").order_by(Visit.zone)
# A line is numbers: who somebody is is read when it is asked for.
_HELD = select(Visit).options(lazyload(Visit.came_as)).where(
    Visit.clinic_day_id == bindparam("day"), Visit.step.in_(bindparam("steps", expanding=True)),
    Visit.state == VisitState.HELD,
)  # fmt: skip
_HELD = _HELD.order_by(Visit.waiting_since).limit(bindparam("most"))

"""A table serves a step no more while people are called to it, sit at it, or were sent to it."""

from __future__ import annotations

from kiosk.actions import moves, zones
from kiosk.actions.table import forget_cards
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.visit import require_move
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import audit, clinic_days, stations, topics, visits


def put_back(by: Actor, now: Moment, day: clinic_days.ClinicDay) -> int:
    """Within the act that gave the stations other steps: whoever was called to a table that does not serve their step
    any more, or sits there, is first in line again; whoever was sent to it may be called by any. Returns how many.

    What was recorded of them is kept, and they go on from there.
    """
    serving = {row.code: set(row.steps) for row in stations.list_()}  # none that is retired
    moved = [visit for visit in visits.list_present(day.id) if _is_left_behind(visit, serving)]
    for visit in moved:
        before, table = moves.standing(visit), visit.station or visit.bound_for
        if visit.stands in (VisitState.CALLED, VisitState.AT_TABLE):
            visit.state, visit.station = require_move(visit.stands, "close"), ""
            moves.place_first(visit)
        visit.bound_for = ""
        moves.note(by, now, visit, MoveKind.CLOSED, before, station=table)
        zones.settle(by, now, visit)
        forget_cards(Actor(by.id, by.role, table), now)
        audit.add(by, now, "visit.table_closed", visit.id, step=visit.step, table=table)
    if moved:
        topics.touch(topics.BOARD, topics.DESK, topics.TABLES, topics.DAY)
    return len(moved)


def _is_left_behind(visit: visits.Visit, serving: dict[str, set[str]]) -> bool:
    if visit.stands in (VisitState.CALLED, VisitState.AT_TABLE):
        return visit.step not in serving.get(visit.station, ())
    return bool(visit.bound_for) and visit.step not in serving.get(visit.bound_for, ())

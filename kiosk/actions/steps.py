"""A visit goes on to its next step, within the act that recorded the last of this one."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions import moves, zones
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.visit import require_move
from kiosk.rules.words import VisitState
from kiosk.store import audit, stations, topics, visits
from kiosk.store.columns import box_name, next_seq


def go_on(by: Actor, now: Moment, visit: visits.Visit, leads_to: str | None = None) -> str:
    """Moves a visit to its next step, for acts that have recorded the last of this one; returns the visit's id.

    `leads_to`: another step than the next one. Where the same table serves it too the person stays; a room seats them
    at once; after the last step they leave.
    """
    steps = protocols.steps()
    following = steps.after(visit.step) if leads_to is None else leads_to
    done = visit.step
    if not following:
        visit.state, visit.left_at = require_move(visit.stands, "leave"), now.at
    elif steps.get(following).room:
        visit.state, visit.station = require_move(visit.stands, "seat"), _room_for(following, visit)
    elif visit.stands is VisitState.AT_TABLE and following in stations.get(visit.station).steps:
        visit.state = require_move(visit.stands, "stay")
    else:
        visit.state, visit.station = require_move(visit.stands, "finish"), ""
        moves.place_last(visit)
    visit.step, visit.waiting_since = following or done, now.at
    visit.waits_from, visit.bound_for = next_seq(box_name()), ""
    zones.settle(by, now, visit)
    audit.add(by, now, "visit.step_finished", visit.id, step=visit.step)
    topics.touch(topics.BOARD, topics.LINE, topics.DAY, topics.table(by.station))
    return visit.id


def _room_for(step: str, visit: visits.Visit) -> str:
    """The room of the visit's zone where there is one, else any; "" at a site that has none."""
    rooms = stations.list_serving(step)
    near = [room for room in rooms if room.zone == visit.zone]
    return next((room.code for room in near + rooms), "")

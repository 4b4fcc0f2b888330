"""A table or a room serves a step no more while people are called to it, sit there, or were sent to it."""

from __future__ import annotations

from datetime import timedelta

from kiosk import protocols
from kiosk.actions import moves, zones
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.observation import next_seat
from kiosk.rules.visit import require_move
from kiosk.rules.words import HelpReason, MoveKind, VisitState
from kiosk.store import audit, clinic_days, help_calls, observations, scans, stations, topics, visits


def put_back(by: Actor, now: Moment, day: clinic_days.ClinicDay) -> None:
    """Within the act that gave the stations other steps: whoever was called to a table that does not serve their step
    any more, or sits there, is first in line again; whoever was sent to it may be called by any; whoever sits in a room
    that is none any more has a seat in another.

    What was recorded of them is kept, and they go on from there. Raises Refusal `room_in_use` where no room is left.
    """
    seatless = _put_back(by, now, day)
    if seatless:
        raise Refusal("room_in_use", n=seatless)


def catch_up(by: Actor, now: Moment, day: clinic_days.ClinicDay) -> None:
    """Within an act after which lanes and stations may be others than when the people of this day came: as `put_back`,
    and whoever is in a lane that is gone is in the last one. Where no room is left people stay where they sit."""
    known = [lane.code for lane in protocols.lanes().lanes]
    visits.change_lanes(day.id, known, known[-1])
    _put_back(by, now, day)


def _put_back(by: Actor, now: Moment, day: clinic_days.ClinicDay) -> int:
    """How many sit in a room that is none any more, and there is no other."""
    serving = {row.code: set(row.steps) for row in stations.list_()}  # none that is retired
    moved = [visit for visit in visits.list_present(day.id) if _is_left_behind(visit, serving)]
    seatless = 0
    for visit in moved:
        if visit.stands is VisitState.SEATED:
            seatless += not _seat_elsewhere(by, now, day, visit)
        else:
            _free(by, now, visit)
    if moved:
        topics.touch(topics.BOARD, topics.DESK, topics.TABLES, topics.DAY)
    return seatless


def _is_left_behind(visit: visits.Visit, serving: dict[str, set[str]]) -> bool:
    if visit.stands in (VisitState.CALLED, VisitState.AT_TABLE, VisitState.SEATED):
        return visit.step not in serving.get(visit.station, ())
    return bool(visit.bound_for) and visit.step not in serving.get(visit.bound_for, ())


def _free(by: Actor, now: Moment, visit: visits.Visit) -> None:
    before, table = moves.standing(visit), visit.station or visit.bound_for
    if visit.stands in (VisitState.CALLED, VisitState.AT_TABLE):
        visit.state, visit.station = require_move(visit.stands, "close"), ""
        moves.place_first(visit)
    visit.bound_for = ""
    moves.note(by, now, visit, MoveKind.CLOSED, before, station=table)
    zones.settle(by, now, visit)
    scans.forget_raw([table], since=now.at - timedelta(days=1))
    audit.add(by, now, "visit.table_closed", visit.id, step=visit.step, table=table)


def _seat_elsewhere(by: Actor, now: Moment, day: clinic_days.ClinicDay, visit: visits.Visit) -> bool:
    """The next free seat of another room, of the same zone where there is one; their time goes on, and a call for help
    goes with them."""
    room, rooms = stations.find(visit.station), stations.list_serving(visit.step)
    to = next((each for each in rooms if room and each.zone == room.zone), next(iter(rooms), None))
    if to is None:
        return False
    for call in help_calls.list_made(visit.station, HelpReason.UNWELL, day.opened_at):
        if call.visit_id == visit.id:
            call.station = to.code
    audit.add(by, now, "visit.room_closed", visit.id, step=visit.step, room=visit.station, to=to.code)
    visit.station, seat = to.code, observations.find(visit.id)
    if seat is not None:
        seat.station, seat.seat = to.code, next_seat(observations.taken_seats(day.id, to.code))
    return True

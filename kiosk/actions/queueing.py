"""Moves in the queue besides calling: letting others go first, holding, sending elsewhere; and undoing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kiosk import protocols
from kiosk.actions import moves, table, zones
from kiosk.actions.act import act
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text
from kiosk.rules.visit import require_move
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import audit, clinic_days, departures, queue_moves, records, screenings, stations, topics, visits
from kiosk.store import zones as spots

# What can be taken back, with how the visit then stands while nothing else has happened to it; and by when: whoever
# notices their slip of the finger notices it soon.
LEADS_TO = {
    MoveKind.CALL: {VisitState.CALLED},
    MoveKind.JUMP: {VisitState.CALLED},
    MoveKind.PASSED: {VisitState.WAITING},
    MoveKind.NO_SHOW: {VisitState.WAITING, VisitState.HELD},
    MoveKind.HOLD: {VisitState.HELD},
    MoveKind.RESUME: {VisitState.WAITING},
    MoveKind.TRANSFER: {VisitState.WAITING},
    MoveKind.LANE: {VisitState.WAITING, VisitState.HELD},
}
UNDO_MINUTES = 10
BUSY = (VisitState.CALLED, VisitState.AT_TABLE)


def count_ahead(visit: visits.Visit) -> int:
    """How many are called before this visit, by the lanes' rule."""
    day, steps, lanes = visit.clinic_day_id, [visit.step], protocols.lanes()
    recent = queue_moves.recent_lanes(day, steps, max(lane.in_a_row for lane in lanes.lanes))
    return lanes.ahead(visit.lane, visits.count_before(visit), visits.count_lanes(day, steps), recent)


@act
def let_pass(by: Actor, now: Moment, visit_id: str) -> str:
    """The called person is not ready: others go first, they come back near the front; returns the visit's id."""
    visit = _require_mine(by, visit_id)
    before, was = moves.standing(visit), visit.state
    visit.state = require_move(visit.stands, "pass")
    visit.station = ""
    moves.place_behind(visit, protocols.queue().returns_behind)
    return _moved(by, now, visit, MoveKind.PASSED, was, before, "visit.passed")


@act
def hold(by: Actor, now: Moment, visit_id: str, reason: str, note: str = "") -> str:
    """Out of the line until they are back: nobody calls them, their number and their spot stay; the visit's id.

    Raises NotFound, Refusal `queue_reason_missing`, `visit_moved_on` (another table has them, too).
    """
    visit = _require_mine(by, visit_id)
    reason = protocols.queue().require_reason("hold", reason)
    before, was = moves.standing(visit), visit.state
    visit.state, visit.held_for = require_move(visit.stands, "hold"), reason
    visit.station = ""
    return _moved(by, now, visit, MoveKind.HOLD, was, before, "visit.held", reason, note)


@act
def resume(by: Actor, now: Moment, visit_id: str) -> str:
    """They are back, and wait near the front; returns the visit's id. Raises Refusal `visit_moved_on`."""
    return bring_back(by, now, visits.get(visit_id))


def bring_back(by: Actor, now: Moment, visit: visits.Visit) -> str:
    """As `resume`, within another act."""
    before, was = moves.standing(visit), visit.state
    visit.state, visit.held_for = require_move(visit.stands, "resume"), ""
    visit.bound_for, visit.no_shows = "", 0  # the table that they were sent to may stand empty by now
    moves.place_behind(visit, protocols.queue().returns_behind)
    return _moved(by, now, visit, MoveKind.RESUME, was, before, "visit.resumed")


@act
def transfer(by: Actor, now: Moment, visit_id: str, station: str, reason: str, note: str = "") -> str:
    """To that table and no other, before whoever waits for it; returns the visit's id.

    Raises NotFound, Refusal `queue_reason_missing`, `visit_moved_on`, `table_unfit` (none that serves their step).
    """
    visit, to = _require_mine(by, visit_id), stations.find(station)
    reason = protocols.queue().require_reason("transfer", reason)
    before, was = moves.standing(visit), visit.state
    served = to is not None and not to.retired and visit.step in protocols.steps().at_table(to.steps)
    if to is None or not served or to.code == visit.station:
        raise Refusal("table_unfit", field="station")
    visit.state = require_move(visit.stands, "transfer")
    visit.station, visit.bound_for = "", to.code
    moves.place_first(visit)
    return _moved(by, now, visit, MoveKind.TRANSFER, was, before, "visit.transferred", reason, note)


@act
def send_back(by: Actor, now: Moment, visit_id: str, reason: str, note: str = "") -> str:
    """To the doctor again, near the front; what the doctor had concluded is kept, and counts no more. The visit's id.

    Raises Refusal `queue_reason_missing`, `visit_moved_on`, `dose_given` (after the needle it is for the observer).
    """
    visit = _require_mine(by, visit_id)
    reason = protocols.queue().require_reason("back", reason)
    before, was = moves.standing(visit), visit.state
    former = screenings.find(visit.id)
    if former is None:
        raise Refusal("visit_moved_on", state=visit.state, move="back")
    if "dose" in records.recorded(visit):
        raise Refusal("dose_given")
    visit.state = require_move(visit.stands, "back")
    former.superseded_at = now.at
    departures.supersede_skips(visit.id, now.at)
    visit.step, visit.station, visit.bound_for = next(iter(protocols.steps().recording("screening"))), "", ""
    visit.waiting_since = now.at
    moves.place_behind(visit, protocols.queue().returns_behind)
    visit.waits_from = max(visit.queue_seq, visit.after)
    return _moved(by, now, visit, MoveKind.BACK, was, before, "visit.sent_back", reason, note)


@act
def change_lane(by: Actor, now: Moment, visit_id: str, lane: str, reason: str, note: str = "") -> str:
    """To another lane, at the place that their arrival has there; the number stays. Returns the visit's id.

    Raises Refusal `queue_reason_missing`, `lane_unknown`, `visit_moved_on` (nobody who waits).
    """
    visit = visits.get(visit_id)
    reason = protocols.queue().require_reason("lane", reason)
    before, was = moves.standing(visit), visit.state
    if lane not in {each.code for each in protocols.lanes().lanes} - {visit.lane}:
        raise Refusal("lane_unknown", field="lane")
    if visit.stands not in (VisitState.WAITING, VisitState.HELD):
        raise Refusal("visit_moved_on", state=visit.state, move="lane")
    visit.lane = lane
    return _moved(by, now, visit, MoveKind.LANE, was, before, "visit.lane_changed", reason, note)


def may_send_back(visit: visits.Visit) -> bool:
    """Is there a screening to be made anew, of somebody who has left that step and has no dose yet?"""
    screened = visit.step not in protocols.steps().recording("screening") and screenings.find(visit.id) is not None
    return screened and "dose" not in records.recorded(visit)


@act
def undo(by: Actor, now: Moment, move_id: str) -> str:
    """The last move of a visit was a mistake: it stands again as before, with a trace; returns the visit's id.

    A spot that the move had cost them is theirs again where nobody has it by now. Raises NotFound for another
    station's, Refusal `undo_too_late`, `table_busy`.
    """
    move = queue_moves.get(move_id)
    if move.station != by.station:
        raise NotFound("queue move")
    if not may_undo(move, now):
        raise Refusal("undo_too_late", minutes=UNDO_MINUTES)
    visit = move.visit
    if move.before["state"] in BUSY and _busy(move.before["station"], visit):
        raise Refusal("table_busy")
    was = visit.state
    moves.restore(visit, move.before)
    move.undone_at, move.undone_by = now.at, by.id
    _sit_again(by, now, visit, move.before)
    return _moved(by, now, visit, MoveKind.UNDONE, was, None, "visit.move_undone", move.kind)


def _sit_again(by: Actor, now: Moment, visit: visits.Visit, before: Mapping[str, Any]) -> None:
    letter, spot = before["inside"], before["spot"]
    if spot is None or visit.spot is not None or spot in spots.list_taken(visit.clinic_day_id, letter):
        return
    if zones.occupancy(clinic_days.get(visit.clinic_day_id), letter).full:  # it has shrunk since
        return
    visit.inside, visit.spot, visit.entered_at = letter, spot, moves.entered_at(before)
    moves.note(by, now, visit, MoveKind.ENTER, zone=letter, spot=spot)


def may_undo(move: queue_moves.QueueMove, now: Moment) -> bool:
    """Can this move still be taken back? It is the last of its visit, of a kind that can, not long ago, the visit still
    stands as it left it, with the spot that it left them, and the table still serves the step that they go back to."""
    visit, since = move.visit, now.at - timedelta(minutes=UNDO_MINUTES)
    if move.undone_at or move.at < since or visit.state not in LEADS_TO.get(move.stands, ()):
        return False
    last = queue_moves.find_last(move.visit_id)
    if last is None or last.id != move.id or visit.step != move.step or queue_moves.has_lost_spot_since(move):
        return False
    tables = {move.before["station"] if move.before["state"] in BUSY else "", move.before["bound_for"]} - {""}
    return tables <= {row.code for row in stations.list_serving(move.before["step"])}


def _busy(station: str, visit: visits.Visit) -> bool:
    there = visits.find_at(visit.clinic_day_id, station)
    return there is not None and there.id != visit.id


def _require_mine(by: Actor, visit_id: str) -> visits.Visit:
    """Somebody who waits, or whom this very station has called or serves. Raises NotFound, Refusal `visit_moved_on`."""
    visit = visits.get(visit_id)
    if visit.state in BUSY and visit.station != by.station:
        raise Refusal("visit_moved_on", state=visit.state, move="stay")
    return visit


def _moved(
    by: Actor, now: Moment, visit: visits.Visit, kind: MoveKind, was: str, before: dict[str, object] | None, event: str,
    reason: str = "", said: str = "",
) -> str:  # fmt: skip
    """`was`: the state that it had before."""
    moves.note(by, now, visit, kind, before, reason=reason, said=clean_text(said)[:200])
    zones.settle(by, now, visit)
    if was in BUSY and visit.state not in BUSY:
        table.forget_cards(by, now)
    audit.add(by, now, event, visit.id, step=visit.step, reason=reason)
    topics.touch(topics.BOARD, topics.DESK, topics.LINE, topics.DAY, topics.table(by.station))
    return visit.id

"""A table calls, and the people it called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kiosk import protocols
from kiosk.actions import follow_up, moves, zones
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.second_source import is_contradicted
from kiosk.actions.steps import go_on
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text
from kiosk.rules.visit import require_move
from kiosk.rules.words import FollowUpKind, MoveKind, VisitState
from kiosk.store import (
    audit,
    clinic_days,
    departures,
    families,
    line,
    openings,
    records,
    scans,
    stations,
    topics,
    visits,
)
from kiosk.store.columns import box_name, next_seq, record


def read_line(day: clinic_days.ClinicDay, steps: Sequence[str]) -> line.Line:
    """Who waits for these steps, and what decides whose turn it is."""
    return line.read(day.id, steps, max(lane.in_a_row for lane in protocols.lanes().lanes))


def find_next(waiting: line.Line, station: str) -> line.InLine | None:
    """Whose turn it is at this table, by the lanes' rule; None when nobody waits whom it may call.

    Before that whoever was sent here by another table, or was at one that closed. Whoever was called last and let
    others go first, or did not come, is not called again while another lane waits.
    """
    rows, lanes = waiting.inside(station), protocols.lanes()
    first_of: dict[str, line.InLine] = {}
    for row in rows:
        if row.first:
            return row
        first_of.setdefault(row.lane, row)
    lane = lanes.next(list(first_of), waiting.recent)
    if lane is None:
        return None
    if (first_of[lane].id, first_of[lane].step) == waiting.last:
        others = lanes.next([other for other in first_of if other != lane], waiting.recent)
        return first_of[others or lane]
    return first_of[lane]


@act
def call_next(by: Actor, now: Moment) -> str | None:
    """Calls whoever waits longest for what this station does; returns the visit's id, None when nobody waits.

    Raises Refusal `table_busy` while somebody is called or served here, `no_clinic_day`.
    """
    day = require_open_day(now)
    station = stations.get(by.station)
    if visits.find_at(day.id, station.code):
        raise Refusal("table_busy")
    visit = _next(by, now, day, station)
    if visit is None:
        audit.add(by, now, "queue.empty", day.id)
        return None
    _open(by, now, visit)
    return visit.id


def _next(by: Actor, now: Moment, day: clinic_days.ClinicDay, station: stations.Station) -> visits.Visit | None:
    """Whose turn it is; called to this station from now on."""
    steps = protocols.steps().at_table(station.steps)
    first = find_next(read_line(day, steps), station.code)
    if first is None:
        for letter in line.list_zones(day.id, steps):
            zones.fill(by, now, letter)  # a day that began before there were spots
        first = find_next(read_line(day, steps), station.code)
    if first is None:
        return None
    before = moves.standing(visits.get(first.id))
    visit = visits.call(first.id, station.code, next_seq(box_name()), now.at)
    if visit is not None:
        moves.note(by, now, visit, MoveKind.CALL, before)
    return visit


def _open(by: Actor, now: Moment, visit: visits.Visit) -> None:
    """The person, and their guardian, are before this session from now on."""
    openings.put(by.session, visit.person_id, now)
    guardian = families.find_guardian(visit.person_id)
    if guardian is not None:  # they come to the table with them, and sign
        openings.put(by.session, guardian.id, now)
    audit.add(by, now, "visit.called", visit.id, person=visit.person_id, guardian=guardian.id if guardian else "")
    topics.touch(topics.BOARD, topics.LINE, topics.DAY, topics.table(by.station))


@act
def call_out_of_turn(by: Actor, now: Moment, visit_id: str, reason: str, note: str = "") -> str:
    """Calls this person though it is not their turn, for a reason that is kept; returns the visit's id.

    Whoever was sent to another table is taken over from it: that one may stand empty.
    Raises Refusal `table_busy`, `queue_reason_missing`, `visit_moved_on`, `not_for_this_table` (they wait for another
    step), `not_inside` (they stand outside: a spot comes first).
    """
    day, visit, station = require_open_day(now), visits.get(visit_id), stations.get(by.station)
    if visits.find_at(day.id, station.code):
        raise Refusal("table_busy")
    reason = protocols.queue().require_reason("jump", reason)
    before, state = moves.standing(visit), require_move(visit.stands, "call")
    if visit.clinic_day_id != day.id or visit.step not in protocols.steps().at_table(station.steps):
        raise Refusal("not_for_this_table")
    if not visit.inside:
        raise Refusal("not_inside")
    visit.state, visit.station, visit.bound_for, visit.recalls = state, station.code, "", 0
    visit.called_seq, visit.called_at = next_seq(box_name()), now.at
    moves.note(by, now, visit, MoveKind.JUMP, before, reason=reason, said=clean_text(note)[:200])
    _open(by, now, visit)
    return visit.id


@act
def recall(by: Actor, now: Moment, visit_id: str) -> str:
    """Calls the same number again."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "recall")
    visit.recalls += 1
    visit.called_seq, visit.called_at = next_seq(box_name()), now.at
    moves.note(by, now, visit, MoveKind.RECALL)
    return _moved(by, now, visit, "visit.recalled")


@act
def receive(by: Actor, now: Moment, visit_id: str) -> str:
    """The called person has come to the table."""
    return welcome(by, now, _require_here(by, visit_id))


def welcome(by: Actor, now: Moment, visit: visits.Visit) -> str:
    """As `receive`, within another act."""
    visit.state = require_move(visit.stands, "arrive")
    visit.entered_at, visit.bound_for, visit.no_shows = visit.entered_at or now.at, "", 0
    visit.after = max(visit.after, 0)
    moves.note(by, now, visit, MoveKind.ARRIVE)
    return _moved(by, now, visit, "visit.at_table")


@act
def no_show(by: Actor, now: Moment, visit_id: str) -> str:
    """The called person did not come, or is not at the table after all: they wait again, near the front.

    Called in vain as often as `protocols/queue.toml` says, they are out of the line until they show themselves. Whoever
    had come and is put back was not called in vain.
    """
    visit = _require_here(by, visit_id)
    if visit.stands is VisitState.AT_TABLE:
        _put_back(by, now, visit)
        return _moved(by, now, visit, "visit.put_back")
    _miss(by, now, visit)
    return _moved(by, now, visit, "visit.missed_call")


@act
def call_instead(by: Actor, now: Moment, visit_id: str) -> str | None:
    """The called person did not come: the next one is called at once; returns that visit's id, None for nobody.

    Raises Refusal `answer_time` while they may still be on their way, `visit_moved_on` when they have come.
    """
    visit, queue = _require_here(by, visit_id), protocols.queue()
    require_move(visit.stands, "recall")
    if not queue.may_give_up(visit.called_at, now.at):
        raise Refusal("answer_time", seconds=queue.answer_seconds)
    _miss(by, now, visit)
    _moved(by, now, visit, "visit.missed_call")
    following = _next(by, now, require_open_day(now), stations.get(by.station))
    if following is None:
        return None
    _open(by, now, following)
    return following.id


def _miss(by: Actor, now: Moment, visit: visits.Visit) -> None:
    before, queue = moves.standing(visit), protocols.queue()
    visit.state = require_move(visit.stands, "no_show")
    visit.no_shows += 1
    visit.station = ""
    if visit.no_shows >= queue.attempts:
        visit.state, visit.held_for = require_move(visit.stands, "hold"), moves.ABSENT
    moves.place_behind(visit, queue.returns_behind)
    moves.note(by, now, visit, MoveKind.NO_SHOW, before)
    zones.settle(by, now, visit)
    forget_cards(by, now)


def _put_back(by: Actor, now: Moment, visit: visits.Visit) -> None:
    before = moves.standing(visit)
    visit.state, visit.station = require_move(visit.stands, "no_show"), ""
    moves.place_behind(visit, protocols.queue().returns_behind)
    moves.note(by, now, visit, MoveKind.PASSED, before)
    zones.settle(by, now, visit)
    forget_cards(by, now)


@act
def finish(by: Actor, now: Moment, visit_id: str) -> str:
    """This table is done with the person. Raises Refusal `step_not_recorded` while something must still be recorded."""
    visit = require_at_table(by, visit_id)
    if not protocols.steps().get(visit.step).is_over(records.recorded(visit)):
        raise Refusal("step_not_recorded")
    return go_on(by, now, visit)


@act
def skip(by: Actor, now: Moment, visit_id: str, reason: str, note: str) -> str:
    """Leaves the rest of this step out, with a reason. A card that says otherwise is left to be put right.

    Raises Refusal `step_not_skippable`, `skip_reason_odd`.
    """
    visit = require_at_table(by, visit_id)
    way = protocols.steps().require_may_skip(visit.step, by.role, reason)
    row = departures.Skip(visit_id=visit.id, step=visit.step, reason=reason, note=clean_text(note)[:200],
                          at=now.at, by=by.id)  # fmt: skip
    record(row, now)
    audit.add(by, now, "step.skipped", visit.id, step=visit.step, reason=reason)
    if is_contradicted(visit):
        follow_up.note(by, now, visit.person.id, visit.id, FollowUpKind.MISMATCH, reason, note)
    forget_cards(by, now)
    return go_on(by, now, visit, way.leads_to)


def forget_cards(by: Actor, now: Moment) -> None:
    """Empties what was read at this table: nobody has to look at it any more."""
    scans.forget_raw([by.station], since=now.at - timedelta(days=1))


def require_at_table(by: Actor, visit_id: str, record: str = "") -> visits.Visit:
    """The visit that is being served at this station, in a step that records `record` where one is named.

    Raises NotFound, Refusal `visit_moved_on`.
    """
    visit = _require_here(by, visit_id)
    require_move(visit.stands, "stay")
    if record and record not in protocols.steps().get(visit.step).must_record:
        raise Refusal("visit_moved_on", state=visit.state, move=record)
    return visit


def _require_here(by: Actor, visit_id: str) -> visits.Visit:
    visit = visits.get(visit_id)
    if visit.station != by.station:
        raise Refusal("visit_moved_on", state=visit.state, move="stay")
    return visit


def _moved(by: Actor, now: Moment, visit: visits.Visit, event: str) -> str:
    audit.add(by, now, event, visit.id, step=visit.step)
    topics.touch(topics.BOARD, topics.LINE, topics.DAY, topics.table(by.station))
    return visit.id

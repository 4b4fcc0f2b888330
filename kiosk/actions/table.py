"""A table calls, and the people it called."""

from __future__ import annotations

from datetime import timedelta

from kiosk import protocols
from kiosk.actions import follow_up
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.second_source import is_contradicted
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text
from kiosk.rules.visit import require_move
from kiosk.rules.words import FollowUpKind, VisitState
from kiosk.store import audit, departures, families, openings, records, scans, stations, topics, visits
from kiosk.store.columns import box_name, next_seq, record


@act
def call_next(by: Actor, now: Moment) -> str | None:
    """Calls whoever waits longest for what this station does; returns the visit's id, None when nobody waits.

    Raises Refusal `table_busy` while somebody is called or served here, `no_clinic_day`.
    """
    day = require_open_day(now)
    station = stations.get(by.station)
    if visits.find_at(day.id, station.code):
        raise Refusal("table_busy")
    steps = protocols.steps().at_table(station.steps)
    visit = visits.call_next(day.id, steps, station.code, next_seq(box_name()), now.at)
    if visit is None:
        audit.add(by, now, "queue.empty", day.id)
        return None
    openings.put(by.session, visit.person_id, now)
    guardian = families.find_guardian(visit.person_id)
    if guardian is not None:  # they come to the table with them, and sign
        openings.put(by.session, guardian.id, now)
    audit.add(by, now, "visit.called", visit.id, person=visit.person_id, guardian=guardian.id if guardian else "")
    topics.touch(topics.BOARD, topics.TABLES, topics.DAY)
    return visit.id


@act
def recall(by: Actor, now: Moment, visit_id: str) -> str:
    """Calls the same number again."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "recall")
    visit.recalls += 1
    visit.called_seq, visit.called_at = next_seq(box_name()), now.at
    return _moved(by, now, visit, "visit.recalled")


@act
def receive(by: Actor, now: Moment, visit_id: str) -> str:
    """The called person has come to the table."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "arrive")
    return _moved(by, now, visit, "visit.at_table")


@act
def no_show(by: Actor, now: Moment, visit_id: str) -> str:
    """The called person did not come, or has left the table: they wait again, behind those who wait now."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "no_show")
    visit.no_shows += 1
    visit.station, visit.queue_seq = "", next_seq(box_name())
    forget_cards(by, now)
    return _moved(by, now, visit, "visit.missed_call")


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
        visit.queue_seq = next_seq(box_name())
    visit.step, visit.waiting_since = following or done, now.at
    return _moved(by, now, visit, "visit.step_finished")


def forget_cards(by: Actor, now: Moment) -> None:
    """Empties what was read at this table: nobody has to look at it any more."""
    scans.forget_raw([by.station], since=now.at - timedelta(days=1))


def _room_for(step: str, visit: visits.Visit) -> str:
    """The room of the visit's zone where there is one, else any; "" at a site that has none."""
    rooms = stations.list_serving(step)
    near = [room for room in rooms if room.zone == visit.zone]
    return next((room.code for room in near + rooms), "")


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
        if visit.state in (VisitState.CALLED, VisitState.AT_TABLE):
            raise NotFound("visit")
        raise Refusal("visit_moved_on", state=visit.state, move="stay")
    return visit


def _moved(by: Actor, now: Moment, visit: visits.Visit, event: str) -> str:
    audit.add(by, now, event, visit.id, step=visit.step)
    topics.touch(topics.BOARD, topics.TABLES, topics.DAY)
    return visit.id

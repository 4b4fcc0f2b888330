"""A table calls, and the people it called."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.visit import require_move
from kiosk.rules.words import VisitState
from kiosk.store import audit, openings, stations, topics, visits
from kiosk.store.columns import box_name, next_seq


@act
def call_next(by: Actor, now: Moment) -> str | None:
    """Calls whoever waits longest for what this station does; returns the visit's id, None when nobody waits.

    Raises Refusal `table_busy` while somebody is called or served here, `no_clinic_day`.
    """
    day = require_open_day(now)
    station = stations.get(by.station)
    if visits.find_at(day.id, station.code):
        raise Refusal("table_busy")
    steps = protocols.steps().served_by(station.kind)
    visit = visits.call_next(day.id, steps, station.code, next_seq(box_name()), now.at)
    if visit is None:
        audit.add(by, now, "queue.empty", day.id)
        return None
    openings.put(by.session, visit.person_id, now)
    audit.add(by, now, "visit.called", visit.id, person=visit.person_id)
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
    """The called person did not come: they wait again, behind those who wait now."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "no_show")
    visit.no_shows += 1
    visit.station, visit.queue_seq = "", next_seq(box_name())
    return _moved(by, now, visit, "visit.missed_call")


@act
def finish(by: Actor, now: Moment, visit_id: str) -> str:
    """This table is done with the person: they wait for the next step, or leave after the last."""
    visit = _require_here(by, visit_id)
    visit.state = require_move(visit.stands, "finish")
    following = protocols.steps().after(visit.step)
    if following is None:
        visit.state, visit.left_at = VisitState.LEFT, now.at
    else:
        visit.step, visit.queue_seq, visit.waiting_since = following, next_seq(box_name()), now.at
    visit.station = ""
    return _moved(by, now, visit, "visit.step_finished")


def _require_here(by: Actor, visit_id: str) -> visits.Visit:
    visit = visits.get(visit_id)
    if visit.station != by.station:
        if visit.state in (VisitState.CALLED, VisitState.AT_TABLE):
            raise NotFound("visit")
        raise Refusal("visit_moved_on", state=visit.state)
    return visit


def _moved(by: Actor, now: Moment, visit: visits.Visit, event: str) -> str:
    audit.add(by, now, event, visit.id, step=visit.step)
    topics.touch(topics.BOARD, topics.TABLES, topics.DAY)
    return visit.id

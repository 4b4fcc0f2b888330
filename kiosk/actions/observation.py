"""The observation room: nobody goes before their time without a reason."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.actions.help_calls import ring
from kiosk.actions.steps import go_on
from kiosk.errors import NotFound, Refusal
from kiosk.rules import observation as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text
from kiosk.rules.words import HelpReason
from kiosk.store import audit, observations, visits


@act
def release(by: Actor, now: Moment, visit_id: str, reason: str) -> str:
    """The person is well and goes on to the next step; returns the visit's id.

    Raises Refusal `observation_not_over` before the time, unless with a `reason`; `visit_moved_on`.
    """
    row = _require_here(by, visit_id)
    reason = clean_text(reason)[:200]
    rules.require_over(row.begun_at, now.at, row.minutes, reason)
    row.ended_at, row.ended_by = now.at, by.id
    early = not rules.is_over(row.begun_at, now.at, row.minutes)
    row.reason = reason if early else ""
    audit.add(by, now, "observation.ended", visit_id, early=early)
    return go_on(by, now, visits.get(visit_id))


@act
def call_doctor(by: Actor, now: Moment, visit_id: str) -> str:
    """Somebody in the room is unwell: help is called at once; returns the call's id."""
    _require_here(by, visit_id)
    return ring(by, now, HelpReason.UNWELL, visit_id=visit_id)


def _require_here(by: Actor, visit_id: str) -> observations.Observation:
    row = observations.get(visit_id)
    if row.station != by.station:
        raise NotFound("observation")
    if row.ended_at is not None:
        raise Refusal("visit_moved_on", state=visits.get(visit_id).state, move="release")
    return row

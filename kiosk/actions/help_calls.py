"""Calling a volunteer, and coming."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import HelpReason
from kiosk.store import audit, help_calls, topics
from kiosk.store.columns import record


@act
def call_help(by: Actor, now: Moment, reason: str, scan_id: str | None = None, visit_id: str | None = None) -> str:
    """Rings at the desk until somebody takes it; a second tap is the same call. Returns its id."""
    return ring(by, now, HelpReason(reason), scan_id, visit_id)


def ring(by: Actor, now: Moment, reason: HelpReason, scan_id: str | None = None, visit_id: str | None = None) -> str:
    """What `call_help` does, for acts that ring on the way."""
    call = help_calls.find_like(by.station, reason, scan_id, visit_id)
    if call is None:
        call = help_calls.HelpCall(station=by.station, reason=reason, scan_id=scan_id, visit_id=visit_id, at=now.at)
        record(call, now)
    audit.add(by, now, "help.called", call.id, reason=call.reason)
    topics.touch(topics.DESK, topics.kiosk(by.station))
    return call.id


@act
def take_help(by: Actor, now: Moment, id: str) -> str:
    """A volunteer is on the way. Taking a taken call changes nothing."""
    call = help_calls.get(id)
    if call.taken_at is None:
        call.taken_at, call.taken_by = now.at, by.id
    audit.add(by, now, "help.taken", call.id)
    topics.touch(topics.DESK, topics.kiosk(call.station))
    return call.id

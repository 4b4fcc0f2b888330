"""Opening and closing the clinic day."""

from __future__ import annotations

from datetime import datetime

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.printing import CLAIMABLE
from kiosk.rules.visit import require_move
from kiosk.rules.words import DayHalf, PrintState
from kiosk.store import audit, clinic_days, help_calls, print_jobs, topics, visits


def require_open_day() -> clinic_days.ClinicDay:
    """The open clinic day. Raises Refusal `no_clinic_day`."""
    day = clinic_days.find_open()
    if day is None:
        raise Refusal("no_clinic_day")
    return day


@act
def open_day(by: Actor, now: Moment, half: str) -> str:
    """Opens this morning or this afternoon; returns its id.

    Raises Refusal `day_already_open`, `day_already_held` (it was closed before), `clock_untrusted` (a box that does
    not know the date must not decide which day it is).
    """
    if not now.trusted:
        raise Refusal("clock_untrusted")
    if clinic_days.find_open():
        raise Refusal("day_already_open")
    if clinic_days.find(now.on, DayHalf(half)):
        raise Refusal("day_already_held")
    day = clinic_days.ClinicDay(on=now.on, half=DayHalf(half), opened_at=now.at)
    clinic_days.add(day)
    audit.add(by, now, "day.opened", day.id, half=half)
    topics.touch(topics.DAY, topics.BOARD, topics.DESK, topics.TABLES)
    return day.id


@act
def close_day(by: Actor, now: Moment, let_go: bool) -> int:
    """Closes the open day; returns how many visits it ended. Help calls end, slips not yet printed are void.

    Raises Refusal `people_still_here` with their number unless `let_go` says that they have left the site.
    """
    day = require_open_day()
    present = visits.list_present(day.id)
    if present and not let_go:
        raise Refusal("people_still_here", n=len(present))
    for visit in present:
        visit.state, visit.left_at = require_move(visit.stands, "leave"), now.at
    for call in help_calls.list_open():
        call.taken_at, call.taken_by = now.at, by.id
    for job in print_jobs.list_in(CLAIMABLE):
        job.state, job.reason, job.settled_at = PrintState.VOID, "day_closed", now.at
    day.closed_at = now.at
    audit.add(by, now, "day.closed", day.id, let_go=len(present))
    topics.touch(topics.DAY, topics.BOARD, topics.DESK, topics.TABLES)
    return len(present)


def half_of(local: datetime) -> DayHalf:
    """Which half a local time belongs to: noon begins the afternoon."""
    return DayHalf.MORNING if local.hour < 12 else DayHalf.AFTERNOON

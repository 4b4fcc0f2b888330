"""Opening and closing the clinic day."""

from __future__ import annotations

from datetime import datetime

from kiosk import protocols
from kiosk.actions import closed_tables, zones
from kiosk.actions.act import act
from kiosk.actions.stock import carry_vials, put_away_vials
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.printing import CLAIMABLE
from kiosk.rules.visit import require_move
from kiosk.rules.words import DayHalf, PrintState
from kiosk.store import audit, clinic_days, day_plans, help_calls, outbox, print_jobs, scans, stations, topics, visits


def find_day(now: Moment) -> clinic_days.ClinicDay | None:
    """The open clinic day, if it is today's. A box that does not know the date goes on with the day it has."""
    day = clinic_days.find_open()
    return day if day is not None and (day.on == now.on or not now.trusted) else None


def require_open_day(now: Moment) -> clinic_days.ClinicDay:
    """Today's open clinic day. Raises Refusal `no_clinic_day`, or `day_left_open` when another day's is still open."""
    day = find_day(now)
    if day is not None:
        return day
    left_open = clinic_days.find_open()
    if left_open is not None:
        raise Refusal("day_left_open", on=f"{left_open.on:%d/%m/%Y}")
    raise Refusal("no_clinic_day")


@act
def open_day(by: Actor, now: Moment, half: str) -> str:
    """Opens this morning or this afternoon; returns its id. One that was closed goes on where it stopped.

    What was planned for it holds from now on: which station serves which steps.
    Raises Refusal `day_already_open`, `clock_untrusted` (a box that does not know the date must not decide which day
    it is).
    """
    if not now.trusted:
        raise Refusal("clock_untrusted")
    if clinic_days.find_open():
        raise Refusal("day_already_open")
    day = clinic_days.find(now.on, DayHalf(half))
    if day is None:
        plan = day_plans.find(now.on, DayHalf(half))
        day = clinic_days.ClinicDay(on=now.on, half=DayHalf(half), opened_at=now.at, plan_id=plan.id if plan else None)
        clinic_days.add(day)
        audit.add(by, now, "day.opened", day.id, half=half, planned=plan is not None)
    else:
        rooms = protocols.steps().in_room([step.code for step in protocols.steps().steps])
        back = visits.take_back(day.id, day.closed_at, rooms)
        day.closed_at = None
        audit.add(by, now, "day.reopened", day.id, half=half, back=back)
    carry_vials(by, now, day)
    follow_plan(day)
    closed_tables.catch_up(by, now, day)
    for letter in sorted({station.zone for station in stations.list_()}):
        zones.fill(by, now, letter)  # whoever was here when it was closed
    topics.touch(topics.DAY, topics.BOARD, topics.DESK, topics.TABLES)
    return day.id


@act
def close_day(by: Actor, now: Moment, let_go: int, *, keep_vials: bool = False) -> int:
    """Closes the open day; returns how many visits it ended. Help calls end, slips not yet printed are void, and the
    stations serve again what `site.toml` says. What open vials still hold is wasted, unless `keep_vials`: the next half
    of the same date may go on with those that may still be used then.

    Raises Refusal `no_clinic_day`; `doses_unsettled` while a dose is neither acknowledged by the platform nor signed
    for by name and reason; and `people_still_here` with their number unless `let_go` is that number: whoever closes
    says how many have left the site without finishing.
    """
    day = clinic_days.find_open()
    if day is None:
        raise Refusal("no_clinic_day")
    unsettled = outbox.list_unsettled(day.id)
    if unsettled:
        raise Refusal("doses_unsettled", n=len(unsettled))
    present = visits.list_present(day.id)
    if len(present) != let_go:
        raise Refusal("people_still_here", n=len(present))
    for visit in present:
        visit.state, visit.left_at = require_move(visit.stands, "leave"), now.at
        zones.give_back(by, now, visit)
    for call in help_calls.list_open():
        call.taken_at, call.taken_by = now.at, by.id
    for job in print_jobs.list_in(CLAIMABLE, day.id):
        job.state, job.reason, job.settled_at = PrintState.VOID, "day_closed", now.at
    put_away_vials(by, now, day, keep=keep_vials)
    everywhere = [station.code for station in stations.list_()]
    scans.forget_raw(everywhere, since=None, before=now.at)
    day.closed_at = now.at
    follow_plan(None)
    audit.add(by, now, "day.closed", day.id, let_go=len(present))
    topics.touch(topics.DAY, topics.BOARD, topics.DESK, topics.TABLES)
    return len(present)


def follow_plan(day: clinic_days.ClinicDay | None) -> None:
    """Lets the stations serve what the plan of this open day says, or their own steps; within an act."""
    plan = day_plans.get(day.plan_id) if day and day.plan_id else None
    known = [step.code for step in protocols.steps().steps]
    planned = (
        {code: [step for step in known if step in steps] for code, steps in plan.stations.items()} if plan else None
    )
    stations.mark_serving(planned)


def half_of(local: datetime) -> DayHalf:
    """Which half a local time belongs to: noon begins the afternoon."""
    return DayHalf.MORNING if local.hour < 12 else DayHalf.AFTERNOON

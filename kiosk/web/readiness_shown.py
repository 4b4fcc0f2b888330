"""What the site lead sees before a half is opened: what is prepared, and what is missing, with the way to mend it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, url_for

from kiosk.actions import day as acts
from kiosk.rules import plan as rules
from kiosk.rules.permissions import may
from kiosk.rules.words import DayHalf
from kiosk.store import clinic_days, day_plans, rosters, slots, staff, stations
from kiosk.store.day_plans import DayPlan
from kiosk.web import health, lead_shown, plan_lacks, shown

# A half that is prepared can be opened with one tap from so long before its hours on.
EARLY = timedelta(hours=2)
Missing = tuple[str, str, str | None]


def readiness() -> dict[str, Any]:
    """Who is expected today, and what is not ready yet: (kind, sentence, address where to mend it, or none)."""
    expected = rosters.count_expected(g.now.on)
    mend = url_for("boxes.page", _anchor="clock")
    missing: list[Missing] = [] if g.now.trusted else [("stop", shown.say("lead.clock_untrusted"), mend)]
    missing += [(each.kind, each.sentence, None) for one in health.list_(shown.clock()) for each in one.troubles]
    missing += _of_list(expected) + _of_plan(planned()) + _of_staff()
    if not may(g.actor.role, "day.open"):
        missing = [(kind, sentence, None) for kind, sentence, _ in missing]
    return {
        "today": g.now.on,
        "expected_today": expected,
        "missing": missing,
        "readiness_url": url_for("lead.page", stamp=shown.stamp(g.now.on, expected, missing)),
    }


def _of_list(expected: int) -> list[Missing]:
    if not expected:
        return [("look", shown.say("lead.roster_empty"), url_for("roster.page"))]
    unapproved = slots.count(g.now.on).unapproved
    return [("look", shown.say("lead.unapproved", n=unapproved), url_for("roster.page"))] if unapproved else []


def _of_plan(plan: DayPlan | None) -> list[Missing]:
    if plan is not None:
        return [*plan_lacks.lacking(plan)]
    unserved = rules.unserved(lead_shown.steps_of_visit(), [row.steps for row in stations.list_()])
    found: list[Missing] = [("stop", shown.say("lead.step_unserved", step=shown.step(each)), None) for each in unserved]
    return [*found, ("look", shown.say("lead.plan.none"), url_for("plan.page", on=g.now.on, half=_next_half()))]


def _of_staff() -> list[Missing]:
    """One doctor to examine and somebody else to vaccinate: are they signed in?"""
    since = g.now.at - timedelta(minutes=current_app.config["SETTINGS"].hub.idle_minutes)
    roles = [staff.get(id).works_as for id in {row.staff_id for row in staff.list_sessions_since(since)}]
    doctors = sum(may(role, "screening.conclude") for role in roles)
    vaccinators = sum(may(role, "dose.confirm") for role in roles) - min(doctors, 1)
    found: list[Missing] = [] if doctors else [("look", shown.say("lead.no_doctor"), None)]
    return found if vaccinators > 0 else [*found, ("look", shown.say("lead.no_vaccinator"), None)]


def opening() -> dict[str, Any]:
    """The form that opens the next half: one button where it is prepared."""
    last, plan = clinic_days.find_last(), planned()
    return {
        "half": DayHalf(plan.half) if plan else _next_half(),
        "planned": _as_planned(plan) if plan else None,
        "halves": list(DayHalf),
        "may_open": may(g.actor.role, "day.open"),
        "last": lead_shown.figures(last) if last and last.closed_at else None,
        "open_url": url_for("lead.open_day"),
    }


def _as_planned(plan: DayPlan) -> str:
    quota = sum(slot.quota for slot in plan.timetable)
    return shown.say("lead.open.as_planned", opens=f"{plan.opens:%H:%M}", closes=f"{plan.closes:%H:%M}", n=quota)


def planned() -> DayPlan | None:
    """The prepared half that is to be opened now: by its hours, else the present half's."""
    local = shown.clock().local(g.now.at)
    waiting = [plan for plan in day_plans.list_on(g.now.on) if clinic_days.find(plan.on, DayHalf(plan.half)) is None]
    in_time = [plan for plan in waiting if local.time() < plan.closes and local >= _opens(plan, local) - EARLY]
    return next(iter(in_time), None) or next((plan for plan in waiting if plan.half == _next_half()), None)


def _opens(plan: DayPlan, local: datetime) -> datetime:
    return datetime.combine(plan.on, plan.opens, local.tzinfo)


def _next_half() -> DayHalf:
    """The present half of today, or the other one when that has been held."""
    half = acts.half_of(shown.clock().local(g.now.at))
    return DayHalf.AFTERNOON if clinic_days.find(g.now.on, half) else half

"""The site lead: open the clinic day, see it live, close it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import day as acts
from kiosk.actions.check_in import FIRST_STEP
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.rules.words import DayHalf, PrintState, VisitState
from kiosk.store import clinic_days, help_calls, print_jobs, rosters, stations, topics, visits
from kiosk.web import health, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.sign_in import table_kinds

lead = Blueprint("lead", __name__, url_prefix="/lead")
PENDING = (PrintState.QUEUED, PrintState.HELD, PrintState.SENDING)


def _figures(day: clinic_days.ClinicDay) -> dict[str, Any]:
    """The day in numbers: arrived, expected, where everybody is, step by step."""
    states = visits.count_states(day.id)

    def at(state: VisitState, step: str | None = None) -> int:
        return sum(n for (where, stands), n in states.items() if stands == state and step in (None, where))

    return {
        "day": day,
        "arrived": sum(states.values()),
        "expected": rosters.count_expected(day.on),
        "waiting": at(VisitState.WAITING),
        "at_tables": at(VisitState.CALLED) + at(VisitState.AT_TABLE),
        "left": at(VisitState.LEFT),
        "steps": [
            (shown.step(code), at(VisitState.WAITING, code), at(VisitState.CALLED, code), at(VisitState.AT_TABLE, code))
            for code in _steps()
        ],
        "help_calls": len(help_calls.list_open()),
        "papers_doubtful": print_jobs.count_in([PrintState.DOUBTFUL], day.id),
        "papers_waiting": print_jobs.count_in(PENDING, day.id),
        "left_open": day.closed_at is None and day.on != g.now.on,
    }


def _steps() -> list[str]:
    codes, code = [], protocols.steps().after(FIRST_STEP)
    while code:
        codes.append(code)
        code = protocols.steps().after(code)
    return codes


def _stations() -> dict[str, Any]:
    machines = {each.station.code: each for each in health.list_(shown.clock())}
    pages = {"kiosk": "kiosk.home", "desk": "desk.page"} | dict.fromkeys(table_kinds(), "table.page")
    rows = [
        (row.name(g.language), row.code, url_for(pages[row.kind], station=row.code), machines.get(row.code))
        for row in stations.list_()
    ]
    seen = [(code, each and (each.camera, each.printer, each.waiting, each.kind)) for _, code, _, each in rows]
    return {"stations": rows, "stations_url": url_for("lead.page", stamp=shown.stamp(seen))}


def _next_half() -> DayHalf:
    """The present half of today, or the other one when that has been held."""
    half = acts.half_of(shown.clock().local(g.now.at))
    return DayHalf.AFTERNOON if clinic_days.find(g.now.on, half) else half


def _readiness() -> dict[str, Any]:
    """Who is expected today, and what is not ready yet."""
    expected = rosters.count_expected(g.now.on)
    missing = [(trouble.kind, trouble.sentence) for each in health.list_(shown.clock()) for trouble in each.troubles]
    if not expected:
        missing.append(("look", shown.say("lead.roster_empty")))
    if not g.now.trusted:
        missing.append(("stop", shown.say("lead.clock_untrusted")))
    return {
        "today": g.now.on,
        "expected_today": expected,
        "missing": missing,
        "readiness_url": url_for("lead.page", stamp=shown.stamp(g.now.on, expected, missing)),
    }


def _opening() -> dict[str, Any]:
    """The form that opens the next half."""
    last = clinic_days.find_last()
    return {
        "half": _next_half(),
        "halves": list(DayHalf),
        "may_open": may(g.actor.role, "day.open"),
        "last": _figures(last) if last and last.closed_at else None,
        "open_url": url_for("lead.open_day"),
        "open_key": str(uuid4()),
    }


def _live(day: clinic_days.ClinicDay) -> dict[str, Any]:
    figures = _figures(day)
    shows = [(name, worth) for name, worth in figures.items() if name != "day"]
    return figures | {"live_url": url_for("lead.page", stamp=shown.stamp(day.id, shows))}


def _alone(partial: str, day: clinic_days.ClinicDay | None) -> ResponseReturnValue:
    """One of partials/lead, or nothing when the page shows just that."""
    if partial != "stations" and (partial == "live") != (day is not None):
        # Somebody opened or closed the day: the whole page is another one.
        response = make_response("", 204)
        response.headers["HX-Refresh"] = "true"
        return response
    needs = _stations() if partial == "stations" else _live(day) if day else _readiness()
    if shown.unchanged(needs[f"{partial}_url"]):
        return "", 204
    return render_template(f"partials/lead/{partial}.html", **needs)


def _page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    day = clinic_days.find_open()
    needs = {"refusal": None, "present": None} | needs
    needs |= _live(day) if day else _opening() | _readiness()
    return (
        render_template(
            "pages/lead/lead.html", screen="live" if day else "opening", home_url=url_for("lead.page"),
            events_url=url_for("events.stream", topic=[topics.DAY, topics.DESK]),
            close_url=url_for("lead.close_day"), close_key=str(uuid4()), may_close=may(g.actor.role, "day.close"),
            **(_stations() | needs | health.strip(shown.clock(), url_for("lead.strip"))),
        ),
        status,
    )  # fmt: skip


@lead.get("")
@requires("day.view")
def page() -> ResponseReturnValue:
    """The open day live; without one, the form that opens it."""
    alone = shown.asks_for("live", "readiness", "stations")
    return _alone(alone, clinic_days.find_open()) if alone else _page()


@lead.get("/strip")
@requires("day.view")
def strip() -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url_for("lead.strip")))


@lead.post("/open")
@requires("day.open")
def open_day() -> ResponseReturnValue:
    """Opens this morning or this afternoon."""
    half = request.form.get("half", "")
    if half not in set(DayHalf):
        abort(400)
    try:
        acts.open_day(g.actor, g.now, form_key(), half)
    except Refusal as refusal:
        return _page(422, refusal=refusals.sentence(refusal))
    return redirect(url_for("lead.page"), 303)


@lead.post("/close")
@requires("day.close")
def close_day() -> ResponseReturnValue:
    """Closes the day; asks once more while people are still here."""
    try:
        acts.close_day(g.actor, g.now, form_key(), request.form.get("let_go", 0, int))
    except Refusal as refusal:
        return _page(422, refusal=refusals.sentence(refusal), present=refusal.facts.get("n"))
    return redirect(url_for("lead.page"), 303)

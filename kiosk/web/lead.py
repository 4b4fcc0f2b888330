"""The site lead: open the clinic day, see it live, answer for what the platform does not have, close it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import day as acts
from kiosk.actions import forwarding
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.rules.words import DayHalf
from kiosk.store import clinic_days, topics
from kiosk.web import health, lead_shown, refusals, shown
from kiosk.web.gate import form_key, requires

lead = Blueprint("lead", __name__, url_prefix="/lead")


def _alone(partial: str, day: clinic_days.ClinicDay | None) -> ResponseReturnValue:
    """One of partials/lead, or nothing when the page shows just that."""
    if partial in ("live", "readiness") and (partial == "live") != (day is not None):
        # Somebody opened or closed the day: the whole page is another one.
        response = make_response("", 204)
        response.headers["HX-Refresh"] = "true"
        return response
    needs = _needs(partial, day)
    if shown.unchanged(needs[f"{partial}_url"]):
        return "", 204
    return render_template(f"partials/lead/{partial}.html", **needs)


def _needs(partial: str, day: clinic_days.ClinicDay | None) -> dict[str, Any]:
    if partial == "stations":
        return lead_shown.stations_and_machines()
    if partial == "undelivered":
        return lead_shown.undelivered()
    return lead_shown.live(day) if day else lead_shown.readiness()


def _page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    day = clinic_days.find_open()
    needs = {"refusal": None, "present": None, "sign_refusal": None, "sign_reason": "", "sign_which": ""} | needs
    needs |= lead_shown.live(day) | lead_shown.closing(day) if day else lead_shown.opening() | lead_shown.readiness()
    return (
        render_template(
            "pages/lead/lead.html", screen="live" if day else "opening", home_url=url_for("lead.page"),
            events_url=url_for("events.stream", topic=[topics.DAY, topics.DESK]), open_key=str(uuid4()),
            close_url=url_for("lead.close_day"), close_key=str(uuid4()), may_close=may(g.actor.role, "day.close"),
            **(lead_shown.stations_and_machines() | lead_shown.undelivered() | needs
               | health.strip(shown.clock(), url_for("lead.strip"))),
        ),
        status,
    )  # fmt: skip


@lead.get("")
@requires("day.view")
def page() -> ResponseReturnValue:
    """The open day live; without one, the form that opens it."""
    alone = shown.asks_for("live", "readiness", "stations", "undelivered")
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
        present = refusal.facts.get("n") if refusal.code == "people_still_here" else None
        day = clinic_days.find_open()
        here = lead_shown.still_here(day) if present and day else {}
        return _page(422, refusal=refusals.sentence(refusal), present=present, **here)
    return redirect(url_for("lead.page"), 303)


@lead.post("/messages/<id>/again")
@requires("message.settle")
def send_again(id: str) -> ResponseReturnValue:
    """A parked message goes out once more."""
    try:
        forwarding.send_again(g.actor, g.now, form_key(), id)
    except Refusal as refusal:
        return _page(422, **lead_shown.undelivered(refusals.sentence(refusal)))
    return redirect(url_for("lead.page"), 303)


@lead.post("/sign")
@requires("message.settle")
def sign() -> ResponseReturnValue:
    """Signs, with a reason, for one message or for all that the page showed."""
    one, reason = request.form.get("which", ""), request.form.get("reason", "")
    ids = [one] if one else request.form.getlist("message")
    try:
        forwarding.sign_for(g.actor, g.now, form_key(), ids, reason)
    except Refusal as refusal:
        return _page(422, sign_refusal=refusals.sentence(refusal), sign_reason=reason, sign_which=one)
    return redirect(url_for("lead.page"), 303)

"""Preparing a clinic day: hours, vaccine, stations, posts, slots, zones; anew, or as a former day was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import plan as acts
from kiosk.actions import posts, slots, stock
from kiosk.errors import Refusal
from kiosk.rules.stock import read_count
from kiosk.rules.words import DayHalf
from kiosk.store import day_plans, stations, topics
from kiosk.web import health, plan_shown, refusals, shown
from kiosk.web.gate import form_key, requires

plan = Blueprint("plan", __name__, url_prefix="/plan")
# Nobody prepares further ahead; a slip of the finger in a date is not a clinic day.
AHEAD = timedelta(days=400)


def _day() -> date:
    """The day that is asked for; tomorrow unless it is one that can be prepared or looked back at."""
    try:
        on = date.fromisoformat(request.values.get("on", ""))
    except ValueError:
        on = g.now.on + timedelta(days=1)
    return on if abs(on - g.now.on) < AHEAD else g.now.on + timedelta(days=1)


def _half(otherwise: DayHalf) -> DayHalf:
    half = request.values.get("half", "")
    return DayHalf(half) if half in set(DayHalf) else otherwise


def _named() -> tuple[date, DayHalf]:
    """The day and half that a form is for: an act never guesses which."""
    on, half = _day(), request.form.get("half", "")
    if half not in set(DayHalf) or str(on) != request.form.get("on"):
        abort(400)
    return on, DayHalf(half)


def _page(on: date, half: DayHalf, refused: plan_shown.Refused = plan_shown.NOTHING) -> ResponseReturnValue:
    needs = plan_shown.page(on, half, refused) | health.strip(shown.clock(), url_for("plan.strip"))
    events = url_for("events.stream", topic=[topics.DESK])
    body = render_template("pages/plan/plan.html", home_url=needs["page_url"], events_url=events, **needs)
    return body, 422 if refused.section else 200


def _after(on: date, half: DayHalf, section: str, act: Callable[[], object]) -> ResponseReturnValue:
    """Does it; the page again at this section, or the form with what was typed and the sentence beside its field."""
    try:
        act()
    except Refusal as refusal:
        sentence = refusals.sentence(refusal)
        return _page(on, half, plan_shown.Refused(section, refusal.field or "", sentence, request.form))
    return redirect(url_for("plan.page", on=on, half=half, _anchor=section), 303)


def _change(id: str, section: str, act: Callable[[str], object]) -> ResponseReturnValue:
    """A change of one plan, told as what it was seen. Raises NotFound."""
    row = day_plans.get(id)
    return _after(row.on, DayHalf(row.half), section, lambda: act(request.form.get("seen", "")))


@plan.get("")
@requires("day.plan")
def page() -> ResponseReturnValue:
    """One half of a day: what is prepared, or the way to begin."""
    on = _day()
    return _page(on, _half(plan_shown.first_half(on)))


@plan.get("/strip")
@requires("day.plan")
def strip() -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url_for("plan.strip")))


@plan.post("/make")
@requires("day.plan")
def make() -> ResponseReturnValue:
    """Begins a plan with the usual hours and every station."""
    on, half = _named()
    return _after(on, half, "begin", lambda: acts.make_plan(g.actor, g.now, form_key(), on, half))


@plan.post("/copy")
@requires("day.plan")
def copy() -> ResponseReturnValue:
    """As a former day was. Raises NotFound."""
    (on, half), source = _named(), request.form.get("source", "")
    return _after(on, half, "begin", lambda: acts.copy_plan(g.actor, g.now, form_key(), on, half, source))


@plan.post("/<id>/hours")
@requires("day.plan")
def set_hours(id: str) -> ResponseReturnValue:
    """Hours, minutes to a slot and to an injection. Raises NotFound."""
    typed = [request.form.get(name, "") for name in ("opens", "closes", "slot_minutes", "pace_minutes")]
    return _change(id, "hours", lambda seen: acts.set_hours(g.actor, g.now, form_key(), id, seen, *typed))


@plan.post("/<id>/vaccine")
@requires("day.plan")
def set_vaccine(id: str) -> ResponseReturnValue:
    """The vaccine, and the doses of each lot. Raises NotFound."""
    doses = {name.removeprefix("lot-"): typed for name, typed in request.form.items() if name.startswith("lot-")}
    vaccine = request.form.get("vaccine", "")
    return _change(id, "lots", lambda seen: acts.set_vaccine(g.actor, g.now, form_key(), id, seen, vaccine, doses))


@plan.post("/<id>/lots")
@requires("day.plan")
def receive_lot(id: str) -> ResponseReturnValue:
    """A lot that has come to the site. Raises NotFound."""
    vaccine, number, expires = (request.form.get(name, "") for name in ("new_vaccine", "number", "expires"))
    vials, each = (read_count(request.form.get(name, "")) for name in ("vials", "doses_per_vial"))
    return _change(
        id, "lots", lambda _: stock.receive_lot(g.actor, g.now, form_key(), vaccine, number, expires, vials, each)
    )


@plan.post("/<id>/stations")
@requires("day.plan")
def set_stations(id: str) -> ResponseReturnValue:
    """Which steps each station serves. Raises NotFound."""
    steps = {row.code: request.form.getlist(f"steps-{row.code}") for row in stations.list_()}
    return _change(id, "tables", lambda seen: acts.set_stations(g.actor, g.now, form_key(), id, seen, steps))


@plan.post("/<id>/posts")
@requires("day.plan")
def post_staff(id: str) -> ResponseReturnValue:
    """Who works where. Raises NotFound."""
    where = {name.removeprefix("post-"): code for name, code in request.form.items() if name.startswith("post-")}
    return _change(id, "posts", lambda seen: posts.post_staff(g.actor, g.now, form_key(), id, seen, where))


@plan.post("/<id>/quotas")
@requires("day.plan")
def set_quotas(id: str) -> ResponseReturnValue:
    """How many people are asked to come in each slot. Raises NotFound."""
    typed = {name.removeprefix("quota-"): n for name, n in request.form.items() if name.startswith("quota-")}
    return _change(id, "slots", lambda seen: acts.set_quotas(g.actor, g.now, form_key(), id, seen, typed))


@plan.post("/<id>/quotas/proposed")
@requires("day.plan")
def propose_quotas(id: str) -> ResponseReturnValue:
    """Every quota as tables and pace propose it. Raises NotFound."""
    return _change(id, "slots", lambda seen: acts.propose_quotas(g.actor, g.now, form_key(), id, seen))


@plan.post("/<id>/zones")
@requires("day.plan")
def set_zones(id: str) -> ResponseReturnValue:
    """Size, distance and capacity of the waiting zones. Raises NotFound."""
    letters = sorted({row.zone for row in stations.list_()})
    typed = {
        letter: acts.Zone(*(request.form.get(f"{part}-{letter}", "") for part in ("area", "distance", "capacity")))
        for letter in letters
    }
    return _change(id, "zones", lambda seen: acts.set_zones(g.actor, g.now, form_key(), id, seen, typed))


@plan.post("/<id>/protocols")
@requires("day.plan")
def take_protocols(id: str) -> ResponseReturnValue:
    """The plan is for the protocols in force. Raises NotFound."""
    return _change(id, "protocols", lambda seen: acts.take_protocols(g.actor, g.now, form_key(), id, seen))


@plan.post("/slots")
@requires("day.plan")
def spread_slots() -> ResponseReturnValue:
    """Gives slots to whoever of the day's list has none."""
    return _slots(slots.spread_slots)


@plan.post("/slots/undo")
@requires("day.plan")
def take_back_slots() -> ResponseReturnValue:
    """Takes back the slots that were given here."""
    return _slots(slots.take_back_slots)


def _slots(act: Callable[..., object]) -> ResponseReturnValue:
    on, half = _named()
    return _after(on, half, "slots", lambda: act(g.actor, g.now, form_key(), on))

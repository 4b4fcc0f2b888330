"""The site lead: open the clinic day, see it live, answer for what the platform does not have, close it, print it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import day as acts
from kiosk.actions import forwarding, printing, slips
from kiosk.documents.report import report
from kiosk.errors import NotFound, Refusal
from kiosk.rules.permissions import may
from kiosk.rules.words import DayHalf, SlipKind
from kiosk.store import clinic_days, topics
from kiosk.web import health, lead_queue_shown, lead_shown, readiness_shown, refusals, shown, standby_shown
from kiosk.web.gate import form_key, requires

lead = Blueprint("lead", __name__, url_prefix="/lead")
# The page's forms while none of them was refused.
NOTHING_SENT: dict[str, Any] = {
    "refusal": None, "present": None, "keep_vials": True, "sign_refusal": None, "sign_reason": "", "sign_which": "",
}  # fmt: skip


def _alone(partial: str, day: clinic_days.ClinicDay | None) -> ResponseReturnValue:
    """One of partials/lead by its root's id, or nothing when the page shows just that."""
    if partial in ("live", "readiness") and (partial == "live") != (day is not None):
        # Somebody opened or closed the day: the whole page is another one. It is asked for, not loaded again: what is
        # shown may be the answer to a form, which would be sent a second time.
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url_for("lead.page")
        return response
    if partial == "queue" and (day is None or shown.unchanged(lead_queue_shown.address(day)["queue_url"])):
        return "", 204
    part = partial.replace("-", "_")
    needs = _needs(part, day)
    if shown.unchanged(needs[f"{part}_url"]):
        return "", 204
    room = "standby" if part == "leftover" else "lead"
    return render_template(f"partials/{room}/{part}.html", **needs)


def _needs(part: str, day: clinic_days.ClinicDay | None) -> dict[str, Any]:
    if part == "stations":
        return lead_shown.stations_and_machines()
    if part == "undelivered":
        return lead_shown.undelivered()
    if part == "closing_slip":
        return lead_shown.closing_slip()
    if part == "leftover":
        return standby_shown.leftover("lead.page")
    if part == "queue" and day:
        return lead_queue_shown.card(day)
    return lead_shown.live(day) if day else readiness_shown.readiness()


def _page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    day = clinic_days.find_open()
    needs = NOTHING_SENT | needs
    if day:
        needs |= lead_shown.live(day) | lead_shown.closing(day) | lead_queue_shown.card(day)
    else:
        needs |= readiness_shown.opening() | readiness_shown.readiness()
    return (
        render_template(
            "pages/lead/lead.html", screen="live" if day else "opening", home_url=url_for("lead.page"),
            events_url=url_for("events.stream", topic=[topics.DAY, topics.DESK]), open_key=str(uuid4()),
            close_url=url_for("lead.close_day"), close_key=str(uuid4()), may_close=may(g.actor.role, "day.close"),
            links=lead_shown.links(),
            **(lead_shown.stations_and_machines() | lead_shown.undelivered() | lead_shown.closing_slip() | needs
               | standby_shown.leftover("lead.page") | health.strip(shown.clock(), url_for("lead.strip"))),
        ),
        status,
    )  # fmt: skip


@lead.get("")
@requires("day.view")
def page() -> ResponseReturnValue:
    """The open day live; without one, the form that opens it."""
    alone = shown.asks_for("live", "readiness", "stations", "undelivered", "closing-slip", "leftover", "queue")
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
    keep = "keep_vials" in request.form
    try:
        acts.close_day(g.actor, g.now, form_key(), request.form.get("let_go", 0, int), keep_vials=keep)
    except Refusal as refusal:
        present = refusal.facts.get("n") if refusal.code == "people_still_here" else None
        day = clinic_days.find_open()
        here = lead_shown.still_here(day) if present and day else {}
        return _page(422, refusal=refusals.sentence(refusal), present=present, keep_vials=keep, **here)
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


@lead.post("/days/<id>/slip")
@requires("day.view")
def print_closing(id: str) -> ResponseReturnValue:
    """Prints the closing slip of a closed day, at the printer that the form names. Raises NotFound."""
    day, clock = clinic_days.get(id), shown.clock()
    local, printer = clock.local(g.now.at), request.form.get("printer", "")
    closed = clock.local(day.closed_at) if day.closed_at else local
    return _after_slip(lambda: slips.print_closing(g.actor, g.now, form_key(), id, printer, closed, local, g.language))


@lead.post("/days/<id>/slip/reprint")
@requires("day.view")
def reprint_closing(id: str) -> ResponseReturnValue:
    """Prints that slip again. Raises NotFound."""
    job = slips.find_closing(clinic_days.get(id))
    if job is None:
        raise NotFound("print job")
    return _after_slip(lambda: printing.reprint(g.actor, g.now, form_key(), job.about, SlipKind.CLOSING))


def _after_slip(act: Callable[[], str]) -> ResponseReturnValue:
    try:
        act()
    except Refusal as refusal:
        needs = lead_shown.closing_slip(refusals.sentence(refusal))
        if shown.asks_for("closing-slip"):
            return render_template("partials/lead/closing_slip.html", **needs), 422
        return _page(422, **needs)
    return redirect(url_for("lead.page"), 303)


@lead.get("/days/<id>/queue")
@requires("day.view")
def queue(id: str) -> ResponseReturnValue:
    """A day's queue: every figure, and who answers for what; of a closed day too. Raises NotFound."""
    return render_template(
        "pages/lead/queue.html", home_url=url_for("lead.page"), **lead_queue_shown.page(clinic_days.get(id))
    )


@lead.get("/days/<id>/report.pdf")
@requires("day.view")
def see_report(id: str) -> ResponseReturnValue:
    """A closed day's figures on A4, as they stand now. Raises NotFound, also for a day that is still open."""
    day, clock = clinic_days.get(id), shown.clock()
    if day.closed_at is None:
        raise NotFound("report")
    facts = slips.closing_facts(day, clock.local(day.closed_at), clock.local(g.now.at), g.language)
    named = f'attachment; filename="{facts.site_code}-{day.on}-{day.half}.pdf"'
    body = report(facts, shown.say)
    return Response(body, mimetype="application/pdf", headers={"Content-Disposition": named})

"""The observation room: who sits there, who may go, and calling a doctor to a seat."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import looking
from kiosk.actions import observation as acts
from kiosk.errors import NotFound, Refusal
from kiosk.store import observations, stations, topics
from kiosk.web import health, places, refusals, shown
from kiosk.web.gate import form_key, requires, watched
from kiosk.web.observation_shown import early, room, url

observation = Blueprint("observation", __name__, url_prefix="/observation/<station>")


@observation.before_request
def only_rooms() -> None:
    """These pages are for stations where people sit together; also for one that the plan gave nothing to do, and for
    one that is gone as long as anybody sits there: they are let go and helped from here. Raises NotFound."""
    station = stations.find(str((request.view_args or {})["station"]))
    if station is None or not (places.is_room(station) or places.holds_anybody(station)):
        raise NotFound("room")


def _page(status: int = 200, refusal: str | None = None, early: dict[str, Any] | None = None) -> ResponseReturnValue:
    needs = room(request.args.get("call"), refusal)
    if shown.asks_for("room"):
        if shown.unchanged(needs["room_url"]):
            return "", 204
        return render_template("partials/observation/room.html", **needs), status
    return (
        render_template(
            "pages/observation/observation.html", station=stations.find(g.actor.station), home_url=url("page"),
            early=early,
            events_url=url_for("events.stream", topic=[topics.TABLES, topics.LINE, topics.DESK]),
            **(needs | health.strip(shown.clock(), url("strip"))),
        ),
        status,
    )  # fmt: skip


@observation.get("")
@requires("observation.watch")
@watched
def page(station: str) -> ResponseReturnValue:
    """The room; with the form for letting one person go before their time where `early` names their visit."""
    visit = request.args.get("early")
    return _page(early=early(visit) if visit else None)


@observation.get("/strip")
@requires("observation.watch")
@watched
def strip(station: str) -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url("strip")))


@observation.post("/visit/<visit>/look")
@requires("observation.watch")
def look(station: str, visit: str) -> ResponseReturnValue:
    """Opens whoever sits here. Raises NotFound for anybody else."""
    row = observations.get(visit)
    if row.station != station:
        raise NotFound("observation")
    looking.open_person(g.actor, g.now, form_key(), row.visit.person_id)
    return redirect(url("page"), 303)


@observation.post("/visit/<visit>/release")
@requires("observation.watch")
def release(station: str, visit: str) -> ResponseReturnValue:
    """The person goes on; before their time only with a reason."""
    reason = request.form.get("reason", "")
    try:
        acts.release(g.actor, g.now, form_key(), visit, reason)
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        return _page(422, early=early(visit, reason, said)) if refusal.field else _page(422, said)
    return redirect(url("page"), 303)


@observation.post("/visit/<visit>/unwell")
@requires("observation.watch")
@watched
def call_doctor(station: str, visit: str) -> ResponseReturnValue:
    """Somebody is unwell: help is called, and the page says so until it comes."""
    try:
        return redirect(url("page", call=acts.call_doctor(g.actor, g.now, form_key(), visit)), 303)
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))

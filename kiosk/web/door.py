"""A zone's door: how full it is, who comes and goes, and who is let in although it is full."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import doors as acts
from kiosk.actions import scanning, tickets
from kiosk.actions.day import require_open_day
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes
from kiosk.rules.codes import Unknown
from kiosk.store import scans, stations, topics
from kiosk.web import door_shown, health, refusals, shown
from kiosk.web.door_shown import NOTHING, Refused, url
from kiosk.web.gate import form_key, requires, watched

door = Blueprint("door", __name__, url_prefix="/door/<station>")
LONGEST_TYPED = 2000


@door.before_request
def only_doors() -> None:
    """These pages are for stations of that kind. Raises NotFound."""
    if stations.get(str((request.view_args or {})["station"])).kind != "door":
        raise NotFound("door")


def _page(status: int = 200, refused: Refused = NOTHING) -> ResponseReturnValue:
    needs = door_shown.door(request.args.get("done"), refused)
    if shown.asks_for("door"):
        if shown.unchanged(needs["door_url"]):
            return "", 204
        return render_template("partials/door/door.html", **needs), status
    return (
        render_template(
            "pages/door/door.html", station=stations.get(g.actor.station), home_url=url("page"),
            events_url=url_for("events.stream", topic=[topics.TABLES, topics.LINE, topics.DESK]),
            **(needs | door_shown.forms(refused) | health.strip(shown.clock(), url("strip"))),
        ),
        status,
    )  # fmt: skip


@door.get("")
@requires("zone.keep")
@watched
def page(station: str) -> ResponseReturnValue:
    """The door; with what has just been done where `done` names its act."""
    return _page()


@door.get("/strip")
@requires("zone.keep")
@watched
def strip(station: str) -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url("strip")))


def _after(form: str, act: Callable[[str], object]) -> ResponseReturnValue:
    """Does it; the page again with what came of it, or with the sentence in the form that was sent."""
    key = form_key()
    try:
        act(key)
    except Refusal as refusal:
        return _page(422, Refused(form, refusal.field or "", refusals.sentence(refusal), request.form))
    return redirect(url("page", done=key), 303)


@door.post("/show")
@requires("zone.keep")
def show(station: str) -> ResponseReturnValue:
    """A number is typed, or a ticket scanned into the field: as if it had been held to this door's camera."""
    typed, own = request.form.get("number", "")[:LONGEST_TYPED], current_app.config["SETTINGS"].hub.addresses

    def read(key: str) -> None:
        raw = typed.encode()
        if isinstance(codes.read_keyed(raw, own), Unknown):
            raw = codes.ticket.write(tickets.require_typed(require_open_day(g.now), typed).token).encode()
        scanning.scan_code(g.actor, g.now, key, key, raw, scans.KEYED, own)

    return _after("show", read)


@door.post("/visit/<visit>/enter")
@requires("zone.keep")
def enter(station: str, visit: str) -> ResponseReturnValue:
    """Somebody who was asked in has come."""
    return _after("", lambda key: acts.enter(g.actor, g.now, key, visit))


@door.post("/visit/<visit>/undo")
@requires("zone.keep")
def undo_enter(station: str, visit: str) -> ResponseReturnValue:
    """Another row was meant: they have not come yet."""
    return _after("", lambda key: acts.undo_enter(g.actor, g.now, key, visit))


@door.post("/visit/<visit>/back")
@requires("zone.keep")
def come_back(station: str, visit: str) -> ResponseReturnValue:
    """Whoever was said to have gone is here after all."""
    return _after("", lambda key: acts.come_back(g.actor, g.now, key, visit))


@door.post("/next")
@requires("zone.keep")
def give_away(station: str) -> ResponseReturnValue:
    """Whoever was asked in too long ago makes room for the next."""
    return _after("", lambda key: acts.give_away(g.actor, g.now, key))


@door.post("/out")
@requires("zone.keep")
def go_out(station: str) -> ResponseReturnValue:
    """Somebody goes out, and comes back or not."""
    number, reason = request.form.get("out_number", "")[:LONGEST_TYPED], request.form.get("reason", "")

    def out(key: str) -> None:
        visit = tickets.require_typed(require_open_day(g.now), number)
        if not reason:
            raise Refusal("out_missing", field="reason")
        acts.go_out(g.actor, g.now, key, visit.id, reason, comes_back=reason != acts.LEFT)

    return _after("out", out)


@door.post("/over")
@requires("zone.keep")
def let_in(station: str) -> ResponseReturnValue:
    """Somebody is let into the full zone, by word of whoever may."""
    given, hub = request.form, current_app.config["SETTINGS"].hub
    second = given.get("second", "")[:80], given.get("second_pin", "")[:20]

    def let(key: str) -> None:
        visit = tickets.require_typed(require_open_day(g.now), given.get("over_number", "")[:LONGEST_TYPED])
        acts.let_in(
            g.actor, g.now, key, visit.id, given.get("reason", ""), given.get("note", ""), second,
            hub.sign_in_attempts, hub.sign_in_lock_minutes,
        )  # fmt: skip

    return _after("over", let)

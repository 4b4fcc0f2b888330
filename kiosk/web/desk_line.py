"""At the volunteer desk: somebody's place in the line. Another lane, out of the line for a while, and back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kiosk.actions import doors, queueing
from kiosk.errors import Refusal
from kiosk.store import visits
from kiosk.web import desk, desk_line_shown, desk_shown, refusals, shown
from kiosk.web.gate import form_key, requires

line = Blueprint("line", __name__, url_prefix="/desk/<station>/line/<visit>")
line.before_request(desk.only_desks)


@line.post("/lane")
@requires("queue.lane")
def change_lane(station: str, visit: str) -> ResponseReturnValue:
    """To another lane, for a reason."""
    lane, reason, key = request.form.get("lane", "")[:10], request.form.get("reason", "")[:20], form_key()
    return _moved(visit, "lane", lambda: queueing.change_lane(g.actor, g.now, key, visit, lane, reason))


@line.post("/hold")
@requires("person.view")
def hold(station: str, visit: str) -> ResponseReturnValue:
    """Out of the line until they are back."""
    reason, key = request.form.get("reason", "")[:20], form_key()
    return _moved(visit, "hold", lambda: queueing.hold(g.actor, g.now, key, visit, reason))


@line.post("/resume")
@requires("person.view")
def resume(station: str, visit: str) -> ResponseReturnValue:
    """They are back, on their own page."""
    key = form_key()
    return _moved(visit, "held", lambda: queueing.resume(g.actor, g.now, key, visit))


@line.post("/here")
@requires("person.view")
def come_back(station: str, visit: str) -> ResponseReturnValue:
    """They had gone, as somebody at a door said, and are here after all."""
    key = form_key()
    return _moved(visit, "gone", lambda: doors.come_back(g.actor, g.now, key, visit))


def _moved(visit_id: str, form: str, move: Callable[[], str]) -> ResponseReturnValue:
    """The page of whoever this session has opened: moved, or with the sentence beside the form that was refused."""
    person = desk_shown.require_opened(visits.get(visit_id).person.id)
    try:
        move()
    except Refusal as refusal:
        wrong = {form: refusals.sentence(refusal)}
        return desk.person_page(person.id, 422, **desk_line_shown.acts(visits.get(visit_id), wrong))
    return redirect(desk_shown.url("person", id=person.id), 303)


@line.post("/back")
@requires("desk.use")
def back(station: str, visit: str) -> ResponseReturnValue:
    """They are back, by the list of those who are out of the line: a number, and nobody's name."""
    try:
        queueing.resume(g.actor, g.now, form_key(), visit)
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        if shown.asks_for("held"):
            return render_template("partials/desk/held.html", **desk_line_shown.held(said)), 422
        return desk.find_page(422, **desk_line_shown.held(said))
    return redirect(desk_shown.url("page"), 303)

"""Calling people for doses that would be left over: in rule order, masked until somebody calls them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import standby as acts
from kiosk.actions import standby_here
from kiosk.errors import Refusal
from kiosk.store import topics
from kiosk.web import refusals, shown, standby_shown
from kiosk.web.gate import form_key, requires

standby = Blueprint("standby", __name__, url_prefix="/standby")


@standby.get("")
@requires("standby.call")
def page() -> ResponseReturnValue:
    """What is left in open vials, who was called, and whom to call next."""
    alone = shown.asks_for("leftover", "here", "called")
    if alone == "leftover":
        return _alone("leftover", standby_shown.leftover("standby.page"))
    if alone == "here":
        return _alone("here", standby_shown.here())
    if alone == "called":
        return _alone("called", standby_shown.called())
    return _page(request.args.get("vaccine", ""), request.args.get("page", 1, int))


def _alone(partial: str, needs: dict[str, Any]) -> ResponseReturnValue:
    """One of partials/standby, or nothing when the page shows just that."""
    if shown.unchanged(needs[f"{partial}_url"]):
        return "", 204
    return render_template(f"partials/standby/{partial}.html", **needs)


def _page(vaccine: str, nth: int, status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    needs = standby_shown.leftover("standby.page") | standby_shown.here() | standby_shown.called()
    needs |= standby_shown.choice(vaccine, nth, refusal)
    home, events = (
        url_for("standby.page"),
        url_for("events.stream", topic=[topics.DAY, topics.TABLES, topics.LINE, topics.DESK]),
    )
    return render_template("pages/standby/standby.html", home_url=home, events_url=events, **needs), status


@standby.post("/<id>/call")
@requires("standby.call")
def call(id: str) -> ResponseReturnValue:
    """This colleague calls this person: their phone stands on the page then."""
    vaccine, nth = request.form.get("vaccine", "")[:20], request.form.get("page", 1, int)
    try:
        acts.call_standby(g.actor, g.now, form_key(), id)
    except Refusal as refusal:
        return _page(vaccine, nth, 422, refusals.sentence(refusal))
    return redirect(url_for("standby.page", vaccine=vaccine or None, page=nth if nth > 1 else None), 303)


@standby.post("/<id>/answer")
@requires("standby.call")
def answer(id: str) -> ResponseReturnValue:
    """What they said."""
    try:
        acts.answer_standby(g.actor, g.now, form_key(), id, request.form.get("said", ""))
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        if shown.asks_for("called"):
            return render_template("partials/standby/called.html", **standby_shown.called(said)), 422
        return _page("", 1, 422, said)
    return redirect(url_for("standby.page"), 303)


@standby.post("/<id>/call-in")
@requires("standby.call")
def call_in(id: str) -> ResponseReturnValue:
    """A dose is free for somebody who waits at the site: they may take a number."""
    try:
        standby_here.call_in(g.actor, g.now, form_key(), id, shown.clock().local(g.now.at))
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        if shown.asks_for("here"):
            return render_template("partials/standby/here.html", **standby_shown.here(said)), 422
        return _page("", 1, 422, said)
    return redirect(url_for("standby.page"), 303)

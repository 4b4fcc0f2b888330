"""A table that calls people: who is called or served, what to do next, who waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import looking
from kiosk.actions import table as acts
from kiosk.errors import NotFound, Refusal
from kiosk.rules.person import masked_number
from kiosk.rules.words import Origin, VisitState
from kiosk.store import clinic_days, openings, stations, topics, visits
from kiosk.web import health, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.sign_in import table_kinds

table = Blueprint("table", __name__, url_prefix="/table/<station>")
LISTED = 20
MINUTE = timedelta(minutes=1)
MOVES: dict[str, Callable[..., str]] = {
    "receive": acts.receive, "recall": acts.recall, "no-show": acts.no_show, "finish": acts.finish,
}  # fmt: skip


@table.before_request
def only_tables() -> None:
    """These pages are for stations that serve a step. Raises NotFound."""
    if stations.get(str((request.view_args or {})["station"])).kind not in table_kinds():
        raise NotFound("table")


def _url(name: str, **facts: Any) -> str:
    return url_for(f"table.{name}", station=g.actor.station, **facts)


def _served() -> tuple[str, ...]:
    return protocols.steps().served_by(stations.get(g.actor.station).kind)


def _here(refusal: str | None = None) -> dict[str, Any]:
    """Who is at this table, and what can be done. `stamp` changes when that does."""
    day = clinic_days.find_open()
    visit = visits.find_at(day.id, g.actor.station) if day else None
    known = visit is not None and openings.may_read(g.actor.session, visit.person_id)
    following = protocols.steps().after(visit.step) if visit else None
    somebody_waits = bool(day and visits.list_waiting(day.id, _served(), 1))
    stamp = f"{visit.id} {visit.state} {visit.recalls} {known}" if visit else f"{day is not None} {somebody_waits}"
    return {
        "day": day,
        "visit": visit,
        "known": known,
        "called": visit is not None and visit.stands is VisitState.CALLED,
        "walk_in": visit is not None and visit.origin == Origin.WALK_IN,
        "who": shown.who(visit.person.identity) if visit and known else "",
        "number": masked_number(visit.person.number or "") if visit and known else "",
        "declared": shown.declared(visit.id) if visit and known else [],
        "step": shown.step(visit.step if visit else _served()[0]),
        "following": shown.step(following) if following else None,
        "somebody_waits": somebody_waits,
        "refusal": refusal,
        "here_url": _url("page", stamp=stamp),
        "call_url": _url("call_next"),
        "look_url": _url("look", visit=visit.id) if visit else "",
        "move_urls": {move: _url("move", visit=visit.id, move=move) for move in MOVES} if visit else {},
        "stamp": stamp,
    }


def _waiting() -> dict[str, Any]:
    day = clinic_days.find_open()
    waiting = visits.list_waiting(day.id, _served(), LISTED) if day else []
    count = visits.count_waiting(day.id, _served()) if day else 0
    since = [(visit.id, visit.attention, (g.now.at - visit.waiting_since) // MINUTE) for visit in waiting]
    return {
        "waiting": waiting, "more": count - len(waiting), "count": count,
        "waiting_url": _url("page", stamp=shown.stamp(since, count)),
    }  # fmt: skip


def _page(status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    alone = shown.asks_for("here", "waiting-list")
    if alone == "waiting-list":
        waiting = _waiting()
        if shown.unchanged(waiting["waiting_url"]):
            return "", 204
        return render_template("partials/table/waiting_list.html", **waiting), status
    needs = _here(refusal)
    if alone == "here":
        if request.args.get("stamp") == needs["stamp"] and request.method == "GET":
            return "", 204
        return render_template("partials/table/here.html", **needs), status
    return (
        render_template(
            "pages/table/table.html", station=stations.get(g.actor.station), home_url=_url("page"),
            events_url=url_for("events.stream", topic=[topics.TABLES, topics.DESK]),
            **(needs | _waiting() | health.strip(shown.clock(), _url("strip"))),
        ),
        status,
    )  # fmt: skip


@table.get("")
@requires("table.call")
def page(station: str) -> ResponseReturnValue:
    """The table."""
    return _page()


@table.get("/strip")
@requires("table.call")
def strip(station: str) -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), _url("strip")))


@table.post("/call")
@requires("table.call")
def call_next(station: str) -> ResponseReturnValue:
    """Calls whoever waits longest."""
    try:
        acts.call_next(g.actor, g.now, form_key())
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(_url("page"), 303)


@table.post("/visit/<visit>/look")
@requires("table.call")
def look(station: str, visit: str) -> ResponseReturnValue:
    """Opens whoever a colleague called to this table. Raises NotFound for anybody else."""
    row = visits.get(visit)
    if row.station != station:
        raise NotFound("visit")
    looking.open_person(g.actor, g.now, form_key(), row.person_id)
    return redirect(_url("page"), 303)


@table.post("/visit/<visit>/<move>")
@requires("table.call")
def move(station: str, visit: str, move: str) -> ResponseReturnValue:
    """The person came, is called again, did not come, or is done here."""
    if move not in MOVES:
        raise NotFound("move")
    try:
        MOVES[move](g.actor, g.now, form_key(), visit)
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(_url("page"), 303)

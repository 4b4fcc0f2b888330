"""A table that calls people: who is called or served, the form that is due for them, who waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import looking, queueing
from kiosk.actions import table as acts
from kiosk.errors import NotFound, Refusal
from kiosk.store import stations, topics, visits
from kiosk.web import (
    doses_shown,
    duty_shown,
    health,
    places,
    queueing_shown,
    refusals,
    shown,
    table_shown,
    vials_shown,
)
from kiosk.web.gate import form_key, requires
from kiosk.web.table_shown import NOTHING, Refused, url

table = Blueprint("table", __name__, url_prefix="/table/<station>")
MOVES: dict[str, Callable[..., str | None]] = dict(
    zip(
        table_shown.MOVES,
        (acts.receive, acts.recall, acts.no_show, acts.finish, queueing.let_pass, acts.call_instead),
        strict=True,
    )
)
# Each part of the page that is asked for alone: (template, what it shows, which of that is its address).
PARTS: dict[str, tuple[str, Callable[[Refused], dict[str, Any]], str]] = {
    "here": ("here", table_shown.here, "here_url"),
    "waiting-list": ("waiting_list", lambda sent: queueing_shown.waiting(sent.given, sent.wrong), "waiting_url"),
    "moves": ("moves", lambda sent: queueing_shown.elsewhere(sent.given, sent.wrong), "moves_url"),
    "out-of-turn": ("out_of_turn", lambda sent: queueing_shown.out_of_turn(sent.given, sent.wrong), ""),
}
# What stands beside the person: a part that listens, and a form of its own that nothing takes from under a finger.
PANELS: dict[str, Callable[[Refused], dict[str, Any]]] = {
    "duty": lambda sent: duty_shown.panel(sent.given, sent.wrong),
    "vial": lambda sent: vials_shown.panel(sent.given, sent.wrong),
    "doses": lambda _: doses_shown.panel(),
}
FOLDERS = {"duty": "table", "vial": "vials", "doses": "injection"}
ALONE = {part: name for name in PANELS for part in (name, f"{name}-form")}


@table.before_request
def only_tables() -> None:
    """These pages are for stations that call people, one at a time; also for one that the plan gave nothing to do, so
    that whoever sits there reads why. Raises NotFound."""
    station = stations.get(str((request.view_args or {})["station"]))
    if not places.has_table(station) and not protocols.steps().at_table(station.own_steps):
        raise NotFound("table")


def refused(refusal: Refusal, others: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """The same page or partial again, with what was given and the sentence beside its field; `others`: more of them."""
    first = {refusal.field or "": refusals.sentence(refusal)}
    visit = str((request.view_args or {}).get("visit", ""))
    return _page(422, Refused(request.form, first | dict(others or {}) | first, visit))


def acted(act: Callable[[], object]) -> ResponseReturnValue:
    """Does it, and shows the table as it is then; refused: as `refused` says."""
    try:
        act()
    except Refusal as refusal:
        return refused(refusal)
    return redirect(url("page"), 303)


def _page(status: int = 200, sent: Refused = NOTHING) -> ResponseReturnValue:
    alone = shown.asks_for(*PARTS, *ALONE)
    if alone in ALONE:
        return _panel(alone, status, sent)
    if alone is not None:
        return _part(alone, status, sent)
    needs: dict[str, Any] = {}
    for _, show, _ in PARTS.values():
        needs |= show(sent)
    heard = [topics.TABLES, topics.table(g.actor.station), topics.LINE, topics.DESK]
    return (
        render_template(
            "pages/table/table.html", station=stations.get(g.actor.station), home_url=url("page"),
            events_url=url_for("events.stream", topic=heard),
            panels={name: panel(sent) for name, panel in PANELS.items()},
            **(needs | health.strip(shown.clock(), url("strip"))),
        ),
        status,
    )  # fmt: skip


def _part(part: str, status: int, sent: Refused) -> ResponseReturnValue:
    template, show, address = PARTS[part]
    needs = show(sent)
    if address and shown.unchanged(needs[address]):
        return "", 204
    return render_template(f"partials/table/{template}.html", **needs), status


def _panel(part: str, status: int, sent: Refused) -> ResponseReturnValue:
    panel = PANELS[ALONE[part]](sent)
    if shown.unchanged(panel["url"]):
        return "", 204
    folder = FOLDERS[ALONE[part]]
    return render_template(f"partials/{folder}/{part.replace('-', '_')}.html", panel=panel), status


@table.get("")
@requires("table.call")
def page(station: str) -> ResponseReturnValue:
    """The table."""
    return _page()


@table.get("/strip")
@requires("table.call")
def strip(station: str) -> ResponseReturnValue:
    """What is wrong with the machines."""
    return render_template("partials/strip/strip.html", **health.strip(shown.clock(), url("strip")))


@table.post("/call")
@requires("table.call")
def call_next(station: str) -> ResponseReturnValue:
    """Calls whoever waits longest."""
    return acted(lambda: acts.call_next(g.actor, g.now, form_key()))


@table.post("/visit/<visit>/look")
@requires("table.call")
def look(station: str, visit: str) -> ResponseReturnValue:
    """Opens whoever a colleague called to this table. Raises NotFound for anybody else."""
    row = visits.get(visit)
    if row.station != station:
        raise NotFound("visit")
    looking.open_person(g.actor, g.now, form_key(), row.person_id)
    return redirect(url("page"), 303)


@table.post("/visit/<visit>/skip")
@requires("table.call")
def skip(station: str, visit: str) -> ResponseReturnValue:
    """Leaves the rest of this step out, with a reason."""
    return acted(
        lambda: acts.skip(
            g.actor, g.now, form_key(), visit, request.form.get("reason", ""), request.form.get("note", "")
        )
    )


@table.post("/visit/<visit>/<move>")
@requires("table.call")
def move(station: str, visit: str, move: str) -> ResponseReturnValue:
    """The person came, is called again, lets others go first, did not come, or is done here."""
    if move not in MOVES:
        raise NotFound("move")
    return acted(lambda: MOVES[move](g.actor, g.now, form_key(), visit))

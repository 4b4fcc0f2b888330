"""The lot at a table: placed from those that the site has, or read off its box; the labels of its vials."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import lots as acts
from kiosk.errors import Refusal
from kiosk.web import shown, table
from kiosk.web.gate import form_key, requires

lots = Blueprint("lots", __name__, url_prefix="/table/<station>/lot")
lots.before_request(table.only_tables)


@lots.post("")
@requires("lot.place")
def place_lot(station: str) -> ResponseReturnValue:
    """From now on this table gives this lot."""
    try:
        acts.place_lot(g.actor, g.now, form_key(), request.form.get("lot", ""))
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station), 303)


@lots.post("/label")
@requires("lot.place")
def print_vial(station: str) -> ResponseReturnValue:
    """Prints the label of a vial that is being opened; the page then shows where the label is."""
    local = shown.clock().local(g.now.at)
    try:
        job = acts.print_vial(g.actor, g.now, form_key(), request.form.get("lot", ""), local, g.language)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station, label=job), 303)


@lots.post("/new")
@requires("lot.place")
def add_lot(station: str) -> ResponseReturnValue:
    """A lot read off its box."""
    vaccine, number, expires = (request.form.get(name, "")[:40] for name in ("vaccine", "number", "expires"))
    try:
        acts.add_lot(g.actor, g.now, form_key(), vaccine, number, expires)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station), 303)

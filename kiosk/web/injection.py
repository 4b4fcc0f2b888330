"""The injection table: this is the right person, and: the dose has been given."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import identity
from kiosk.actions import injection as acts
from kiosk.errors import Refusal
from kiosk.web import table
from kiosk.web.gate import form_key, requires

injection = Blueprint("injection", __name__, url_prefix="/table/<station>/visit/<visit>")
injection.before_request(table.only_tables)


@injection.post("/identity/alike")
@requires("dose.record")
def confirm_alike(station: str, visit: str) -> ResponseReturnValue:
    """A name that differs only in its marks: it is the right person."""
    try:
        identity.confirm_alike(g.actor, g.now, form_key(), visit)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station), 303)


@injection.post("/identity/spoken")
@requires("dose.record")
def confirm_spoken(station: str, visit: str) -> ResponseReturnValue:
    """The person has said who they are."""
    said, reason = request.form.getlist("spoken"), request.form.get("reason", "")
    try:
        identity.confirm_spoken(g.actor, g.now, form_key(), visit, said, reason)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station), 303)


@injection.post("/dose")
@requires("dose.record")
def give_dose(station: str, visit: str) -> ResponseReturnValue:
    """The dose has been given, as it was shown."""
    lot, shown, arm = (request.form.get(name, "") for name in ("lot_id", "dose_number", "arm"))
    number = int(shown) if shown.isascii() and shown.isdecimal() and len(shown) < 4 else 0
    try:
        acts.give_dose(g.actor, g.now, form_key(), visit, lot, number, arm)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station), 303)

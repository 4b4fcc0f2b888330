"""The injection table: the dose has been given."""

from __future__ import annotations

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue

from kiosk.actions import injection as acts
from kiosk.rules.stock import read_count
from kiosk.web import table
from kiosk.web.gate import form_key, requires

injection = Blueprint("injection", __name__, url_prefix="/table/<station>/visit/<visit>")
injection.before_request(table.only_tables)


@injection.post("/dose")
@requires("dose.record")
def give_dose(station: str, visit: str) -> ResponseReturnValue:
    """The dose has been given, as it was shown."""
    vial, number, arm = (request.form.get(name, "") for name in ("vial_id", "dose_number", "arm"))
    hub = current_app.config["SETTINGS"].hub
    accepted = acts.Accepted(
        reason=request.form.get("accept_reason", ""), note=request.form.get("accept_note", ""),
        who=request.form.get("doctor", "")[:80], pin=request.form.get("doctor_pin", "")[:20],
        attempts=hub.sign_in_attempts, lock_minutes=hub.sign_in_lock_minutes,
    )  # fmt: skip
    return table.acted(
        lambda: acts.give_dose(g.actor, g.now, form_key(), visit, vial, read_count(number), arm, accepted)
    )

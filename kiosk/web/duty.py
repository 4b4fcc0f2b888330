"""Signing on at a table with badge and PIN, for what a volunteer types there."""

from __future__ import annotations

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue

from kiosk.actions import duty as acts
from kiosk.web import table
from kiosk.web.gate import form_key, requires

duty = Blueprint("duty", __name__, url_prefix="/table/<station>/duty")
duty.before_request(table.only_tables)


@duty.post("")
@requires("duty.take")
def take_duty(station: str) -> ResponseReturnValue:
    """A nurse or a doctor answers here from now on."""
    who, pin, hub = request.form.get("who", ""), request.form.get("pin", ""), current_app.config["SETTINGS"].hub
    return table.acted(
        lambda: acts.take_duty(
            g.actor, g.now, form_key(), who[:80], pin[:20], hub.sign_in_attempts, hub.sign_in_lock_minutes
        )
    )

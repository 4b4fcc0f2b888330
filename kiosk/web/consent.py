"""The signed consent, seen at the table that injects."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kiosk.actions import consent as acts
from kiosk.web import consent_shown, table
from kiosk.web.gate import form_key, requires

consent = Blueprint("consent", __name__, url_prefix="/table/<station>/visit/<visit>/consent")
consent.before_request(table.only_tables)


@consent.post("")
@requires("dose.record")
def note(station: str, visit: str) -> ResponseReturnValue:
    """Somebody has seen the signed form."""
    said = consent_shown.read(request.form)
    return table.acted(
        lambda: acts.note_consent(g.actor, g.now, form_key(), visit, said.seen, said.guardian, said.name, said.phone)
    )

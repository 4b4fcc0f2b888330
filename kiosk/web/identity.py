"""Who is this, at the table: confirmed by a second source, by what they say, or by two members of staff."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import follow_up
from kiosk.actions import identity as acts
from kiosk.errors import NotFound
from kiosk.store import visits
from kiosk.web import number_shown, table
from kiosk.web.gate import form_key, requires

identity = Blueprint("identity", __name__, url_prefix="/table/<station>/visit/<visit>/identity")
identity.before_request(table.only_tables)


@identity.post("/alike")
@requires("dose.record")
def confirm_alike(station: str, visit: str) -> ResponseReturnValue:
    """A card that the list writes a little otherwise, or that says no number: it is the right person."""
    return table.acted(lambda: acts.confirm_alike(g.actor, g.now, form_key(), visit, number_shown.read(request.form)))


@identity.post("/spoken")
@requires("dose.record")
def confirm_spoken(station: str, visit: str) -> ResponseReturnValue:
    """The person has said who they are."""
    said = request.form.getlist("spoken")
    return table.acted(
        lambda: acts.confirm_spoken(g.actor, g.now, form_key(), visit, said, number_shown.read(request.form))
    )


@identity.post("/override")
@requires("dose.record")
def override(station: str, visit: str) -> ResponseReturnValue:
    """Two members of staff answer for it, against what a card said; the second shows badge and PIN."""
    given, hub = request.form, current_app.config["SETTINGS"].hub
    second = given.get("second", "")[:80], given.get("second_pin", "")[:20]
    return table.acted(lambda: acts.override(
        g.actor, g.now, form_key(), visit, given.get("override_reason", ""), given.get("override_note", ""), second,
        hub.sign_in_attempts, hub.sign_in_lock_minutes, number_shown.read(given),
    ))  # fmt: skip


@identity.post("/recovered")
@requires("recovered.mark")
def mark_recovered(station: str, visit: str) -> ResponseReturnValue:
    """The person has recovered: the commune's health station enters their doses, none is given here."""
    row = _require_here(station, visit)
    follow_up.mark_recovered(g.actor, g.now, form_key(), row.person.id, row.id)
    return redirect(url_for("table.page", station=station), 303)


@identity.post("/not-recovered")
@requires("recovered.unmark")
def unmark_recovered(station: str, visit: str) -> ResponseReturnValue:
    """A doctor takes that back, with a reason."""
    row = _require_here(station, visit)
    return table.acted(
        lambda: follow_up.unmark_recovered(
            g.actor, g.now, form_key(), row.person.id, request.form.get("unmark_reason", "")
        )
    )


def _require_here(station: str, visit: str) -> visits.Visit:
    row = visits.get(visit)
    if row.station != station:
        raise NotFound("visit")
    return row

"""The doctor's table: the screening form is sent."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import screening as acts
from kiosk.errors import NotFound, Refusal
from kiosk.store import openings, visits
from kiosk.web import consent_shown, screening_shown, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.screening_shown import EARLIER_ROWS, wrong
from kiosk.web.table import acted, only_tables, refused

screening = Blueprint("screening", __name__, url_prefix="/table/<station>/visit/<visit>/screening")
screening.before_request(only_tables)


@screening.post("")
@requires("screening.record")
def conclude(station: str, visit: str) -> ResponseReturnValue:
    """What was asked, measured and concluded."""
    sent = request.form
    earlier = [
        (sent.get(f"earlier-vaccine-{n}", ""), sent.get(f"earlier-on-{n}", "")) for n in range(1, EARLIER_ROWS + 1)
    ]
    try:
        acts.conclude(
            g.actor, g.now, form_key(), visit, sent.getlist("items"), "none" in sent, sent.to_dict(), earlier,
            sent.get("conclusion", ""), sent.get("note", ""), consent=consent_shown.read(sent),
            version=sent.get("version", ""),
        )  # fmt: skip
    except Refusal as refusal:
        return refused(refusal, wrong(visits.get(visit), sent))
    return redirect(url_for("table.page", station=station), 303)


@screening.get("/known")
@requires("table.call")
def see_known(station: str, visit: str) -> ResponseReturnValue:
    """The doses that we know of now. Raises NotFound for somebody whom this session has not opened."""
    row = visits.get(visit)
    if not openings.may_read(g.actor.session, row.person_id):
        raise NotFound("visit")
    known = screening_shown.known(row)
    if row.station != station or shown.unchanged(known["url"]):
        return "", 204  # they have just gone, and the page around this is about to hear it; or it shows just that
    return render_template("partials/screening/known.html", known=known)


@screening.post("/birth")
@requires("screening.record")
def note_birth(station: str, visit: str) -> ResponseReturnValue:
    """The birth date, as a paper says it."""
    return acted(lambda: acts.note_birth(g.actor, g.now, form_key(), visit, request.form.get("birth", "")[:20]))

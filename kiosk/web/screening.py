"""The doctor's table: the screening form is sent."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import screening as acts
from kiosk.errors import Refusal
from kiosk.store import visits
from kiosk.web.gate import form_key, requires
from kiosk.web.screening_shown import EARLIER_ROWS, wrong
from kiosk.web.table import only_tables, refused

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
            sent.get("conclusion", ""), sent.get("note", ""),
        )  # fmt: skip
    except Refusal as refusal:
        return refused(refusal, wrong(visits.get(visit), sent))
    return redirect(url_for("table.page", station=station), 303)

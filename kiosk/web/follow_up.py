"""What is still to be put right about people: the list, one of them, closing it, and the sheet for the commune."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import wording
from kiosk.actions import follow_up as acts
from kiosk.actions import looking
from kiosk.documents import follow_up_sheet
from kiosk.errors import NotFound, Refusal
from kiosk.store import follow_ups, openings
from kiosk.web import follow_up_shown, number_shown, refusals
from kiosk.web.gate import form_key, requires

follow_up = Blueprint("follow_up", __name__, url_prefix="/follow-up")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@follow_up.get("")
@requires("follow_up.tend")
def page() -> ResponseReturnValue:
    """What is open of one kind: masked, the oldest first."""
    needs = follow_up_shown.listed(request.args.get("kind", ""), request.args.get("page", 1, int))
    return render_template("pages/follow_up/follow_up.html", home_url=url_for("follow_up.page"), **needs)


@follow_up.post("/<id>/open")
@requires("follow_up.tend")
def open_person(id: str) -> ResponseReturnValue:
    """Opens the person for this session, who is then named."""
    looking.open_person(g.actor, g.now, form_key(), follow_ups.get(id).person_id)
    return redirect(url_for("follow_up.one", id=id), 303)


@follow_up.get("/<id>")
@requires("follow_up.tend")
def one(id: str) -> ResponseReturnValue:
    """One of them, named, and the form that closes it. Raises NotFound for whom this session has not opened."""
    return _one(id)


def _one(id: str, status: int = 200, wrong: Mapping[str, str] = MappingProxyType({})) -> ResponseReturnValue:
    row = follow_ups.get(id)
    if not openings.may_read(g.actor.session, row.person_id):
        raise NotFound("follow-up")
    needs = follow_up_shown.one(row, request.form, wrong)
    return render_template("pages/follow_up/one.html", home_url=url_for("follow_up.page"), **needs), status


@follow_up.post("/<id>/close")
@requires("follow_up.tend")
def close(id: str) -> ResponseReturnValue:
    """It has been put right, or the number is here."""
    if not openings.may_read(g.actor.session, follow_ups.get(id).person_id):
        raise NotFound("follow-up")
    kind = follow_ups.get(id).kind
    try:
        acts.close(g.actor, g.now, form_key(), id, request.form.get("note", ""), number_shown.read(request.form))
    except Refusal as refusal:
        return _one(id, 422, {refusal.field or "": refusals.sentence(refusal)})
    return redirect(url_for("follow_up.page", kind=kind), 303)


@follow_up.post("/sheet")
@requires("roster.manage")
def export() -> ResponseReturnValue:
    """Whoever has no number or has recovered, as a sheet for the commune's health station."""
    key, kinds = form_key(), follow_up_shown.EXPORTED
    rows = follow_up_shown.sheet_rows()
    body = follow_up_sheet.write(rows, wording.speaker(g.language))
    acts.export(g.actor, g.now, key, [str(kind) for kind in kinds], len(rows))
    name = f"can-bo-sung-{g.now.on}.xlsx"
    return Response(body, mimetype=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

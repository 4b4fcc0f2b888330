"""Typing paper survey forms: one row, Enter, the next name."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kiosk.actions import survey as acts
from kiosk.errors import Refusal
from kiosk.store import stations
from kiosk.web import desk, desk_shown, health, refusals, shown, survey_shown
from kiosk.web.gate import form_key, requires

survey = Blueprint("survey", __name__, url_prefix="/desk/<station>/survey")
survey.before_request(desk.only_desks)


@survey.get("")
@requires("subject.add")
def page(station: str) -> ResponseReturnValue:
    """A row to type into, and what this session typed before."""
    return _show(survey_shown.page(survey_shown.empty(), {}))


def _show(needs: dict[str, Any], status: int = 200) -> ResponseReturnValue:
    if shown.asks_for("survey"):
        return render_template("partials/survey/survey.html", **needs), status
    needs |= health.strip(shown.clock(), desk_shown.url("strip"))
    return (
        render_template(
            "pages/survey/survey.html", station=stations.get(g.actor.station), home_url=survey_shown.url("page"),
            desk_url=desk_shown.url("page"), **needs,
        ),
        status,
    )  # fmt: skip


@survey.post("")
@requires("subject.add")
def add(station: str) -> ResponseReturnValue:
    """Puts the row on the list; a mistake keeps what was typed."""
    key = form_key()
    given = {name: request.form.get(name, "")[:200] for name in survey_shown.FIELDS}
    planned, wrong = survey_shown.read(given)
    refused: Refusal | None = None
    if planned is not None:
        try:
            acts.add_subject(g.actor, g.now, key, planned, request.form.get("same_as", "")[:36])
            return redirect(survey_shown.url("page"), 303)
        except Refusal as refusal:
            refused = refusal
            field = "guardian_reach" if refusal.field == "guardian" else refusal.field
            if field in survey_shown.FIELDS:
                wrong = {field: refusals.sentence(refusal)}
    return _show(survey_shown.page(given, wrong, refused, key), 422)


@survey.post("/undo")
@requires("subject.add")
def undo(station: str) -> ResponseReturnValue:
    """Takes back the last row of this session."""
    try:
        acts.undo_subject(g.actor, g.now, form_key(), request.form.get("entry", "")[:36])
    except Refusal as refusal:
        return _show(survey_shown.page(survey_shown.empty(), {}, refusal), 422)
    return redirect(survey_shown.url("page"), 303)

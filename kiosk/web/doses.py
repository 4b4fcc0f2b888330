"""Doses that were recorded: a table's last ones, all of a day for the lead; putting right, taking back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import voiding as acts
from kiosk.errors import Refusal
from kiosk.rules.stock import read_count
from kiosk.web import doses_shown, refusals, table
from kiosk.web.gate import form_key, requires

doses = Blueprint("doses", __name__)


@doses.before_request
def only_tables() -> None:
    """At a station these pages are those of a table. Raises NotFound."""
    if "station" in (request.view_args or {}):
        table.only_tables()


@doses.get("/doses")
@requires("dose.review")
def page() -> ResponseReturnValue:
    """Every dose of the newest clinic day, void ones too, masked."""
    needs = doses_shown.of_day(request.args.get("page", 1, int))
    return render_template("pages/doses/doses.html", home_url=url_for("doses.page"), **needs)


@doses.get("/table/<station>/doses/<dose>", endpoint="see_at_table")
@doses.get("/doses/<dose>")
@requires("dose.void")
def see(dose: str, station: str = "") -> ResponseReturnValue:
    """One dose, and the forms that put it right or take it back. Raises NotFound for another table's."""
    return _page(dose)


@doses.post("/table/<station>/doses/<dose>/void", endpoint="void_at_table")
@doses.post("/doses/<dose>/void")
@requires("dose.void")
def void(dose: str, station: str = "") -> ResponseReturnValue:
    """The dose does not stand."""
    reason, note = request.form.get("reason", ""), request.form.get("note", "")
    return _after(dose, "void", lambda: acts.void_dose(g.actor, g.now, form_key(), dose, reason, note))


@doses.post("/table/<station>/doses/<dose>/correct", endpoint="correct_at_table")
@doses.post("/doses/<dose>/correct")
@requires("dose.void")
def correct(dose: str, station: str = "") -> ResponseReturnValue:
    """Another stands in its place."""
    form = request.form
    return _after(dose, "correct", lambda: acts.correct_dose(
        g.actor, g.now, form_key(), dose, vial_id=form.get("vial_id", ""), arm=form.get("arm", ""),
        dose_number=read_count(form.get("dose_number", "")), vaccinator=form.get("vaccinator", ""),
        reason=form.get("reason", ""), note=form.get("note", ""),
    ))  # fmt: skip


def _after(dose: str, what: str, act: Callable[[], str]) -> ResponseReturnValue:
    try:
        act()
    except Refusal as refusal:
        return _page(
            dose, 422, doses_shown.Tried(what, request.form, {refusal.field or "": refusals.sentence(refusal)})
        )
    if g.actor.station:
        return redirect(url_for("table.page", station=g.actor.station), 303)
    return redirect(url_for("doses.page"), 303)


def _page(dose: str, status: int = 200, tried: doses_shown.Tried = doses_shown.NOTHING) -> ResponseReturnValue:
    needs = doses_shown.one(dose, tried)
    home = doses_shown.url("see", dose=dose)
    return render_template("pages/doses/dose.html", home_url=home, **needs), status

"""Vials at a table: opened, taken up, drawn beyond the label, wasted, closed; and a lot that only its box tells of."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import stock
from kiosk.actions import vials as acts
from kiosk.errors import NotFound, Refusal
from kiosk.rules.stock import read_count, read_degrees
from kiosk.store import stations
from kiosk.store import vials as rows
from kiosk.web import refusals, shown, table, vials_shown
from kiosk.web.gate import form_key, requires

vials = Blueprint("vials", __name__, url_prefix="/table/<station>/vial")
vials.before_request(table.only_tables)

# What one tap does to a vial of this table.
TAPS: dict[str, Callable[..., str]] = {
    "choose": acts.choose_vial, "move": acts.move_vial, "extra": acts.draw_extra, "unopen": acts.unopen_vial,
}  # fmt: skip


@vials.post("")
@requires("vial.tend")
def open_vial(station: str) -> ResponseReturnValue:
    """A vial of this lot is opened here."""
    return table.acted(lambda: acts.open_vial(g.actor, g.now, form_key(), request.form.get("lot", "")))


@vials.post("/lot")
@requires("stock.keep")
def receive_lot(station: str) -> ResponseReturnValue:
    """A lot read off its box, into the site's store."""
    vaccine, number, expires, gtin = (
        request.form.get(name, "")[:40] for name in ("vaccine", "number", "expires", "gtin")
    )
    count, doses = (read_count(request.form.get(name, "")) for name in ("vials", "doses_per_vial"))
    open_hours = request.form.get("open_hours", "")

    def act() -> str:
        arrived = read_degrees(request.form.get("temperature_end", ""), "temperature_end")
        return stock.receive_lot(
            g.actor, g.now, form_key(), vaccine, number, expires, count, doses, temperature_end=arrived, gtin=gtin,
            open_hours=open_hours, note=request.form.get("note", ""),
        )  # fmt: skip

    return table.acted(act)


@vials.get("/<id>")
@requires("vial.tend")
def page(station: str, id: str) -> ResponseReturnValue:
    """One open vial of this table. Raises NotFound."""
    return _page(id)


@vials.post("/<id>/label")
@requires("vial.tend")
def print_label(station: str, id: str) -> ResponseReturnValue:
    """Prints the vial's label; the table then shows where the label is."""
    local = shown.clock().local(g.now.at)
    try:
        job = acts.print_label(g.actor, g.now, form_key(), id, local, g.language)
    except Refusal as refusal:
        return table.refused(refusal)
    return redirect(url_for("table.page", station=station, label=job), 303)


@vials.post("/<id>/waste")
@requires("vial.tend")
def waste(station: str, id: str) -> ResponseReturnValue:
    """Some doses of it, or all that are left, are wasted."""
    doses, reason, note = (request.form.get(name, "") for name in ("doses", "reason", "note"))
    try:
        acts.waste(g.actor, g.now, form_key(), id, read_count(doses), reason, note)
    except Refusal as refusal:
        return _page(id, refusal)
    return redirect(url_for("table.page", station=station), 303)


@vials.post("/<id>/close")
@requires("vial.tend")
def close_vial(station: str, id: str) -> ResponseReturnValue:
    """It is put away; what is left in it is wasted for the reason that the form names."""
    return table.acted(lambda: acts.close_vial(g.actor, g.now, form_key(), id, request.form.get("reason", "")))


@vials.post("/<id>/<move>")
@requires("vial.tend")
def move(station: str, id: str, move: str) -> ResponseReturnValue:
    """Taken up, brought here from another table, one dose more, or not opened after all. Raises NotFound."""
    if move not in TAPS:
        raise NotFound("act")
    return table.acted(lambda: TAPS[move](g.actor, g.now, form_key(), id))


def _page(id: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    one = rows.get(id)
    if one.station != g.actor.station:
        raise NotFound("vial")
    if one.closed_at is not None and refusal is None:
        return redirect(url_for("table.page", station=g.actor.station), 303)
    wrong = {refusal.field or "": refusals.sentence(refusal)} if refusal else {}
    return render_template(
        "pages/vials/vial.html", station=stations.get(g.actor.station),
        home_url=url_for("table.page", station=g.actor.station),
        **vials_shown.page(one, request.form if refusal else None, wrong),
    ), 422 if refusal else 200  # fmt: skip

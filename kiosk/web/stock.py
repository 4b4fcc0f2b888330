"""The site's vaccine: its books, where it is, what moved; and the forms that move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import wording
from kiosk.actions import stock as acts
from kiosk.actions import stock_export
from kiosk.documents import ledger_sheet
from kiosk.errors import Refusal
from kiosk.rules.stock import read_count, read_degrees
from kiosk.store import stations, topics
from kiosk.web import refusals, shown, standby_shown, stock_shown
from kiosk.web.gate import form_key, requires

stock = Blueprint("stock", __name__, url_prefix="/stock")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What may be filled in beforehand, read off the pack that was scanned at a table.
OFF_PACK = ("vaccine", "number", "expires", "gtin")


@stock.get("")
@requires("stock.keep")
def page() -> ResponseReturnValue:
    """The books of every lot, vials unopened and open, what moved today. A pack's facts open the form that receives."""
    alone = shown.asks_for("leftover", "books", "places", "open-vials", "moves")
    if alone:
        return _alone(alone)
    given = {name: request.args.get(name, "")[:40] for name in OFF_PACK}
    return _page(opened="receive" if any(given.values()) else "", given=given)


def _alone(root: str) -> ResponseReturnValue:
    """One of the partials, or nothing when the page shows just that."""
    part = root.replace("-", "_")
    needs = _needs(part)
    if shown.unchanged(needs[f"{part}_url"]):
        return "", 204
    folder = "standby" if part == "leftover" else "stock"
    return render_template(f"partials/{folder}/{part}.html", **needs)


def _needs(part: str) -> dict[str, Any]:
    if part == "leftover":
        return standby_shown.leftover("stock.page")
    if part == "books":
        return stock_shown.books(request.args.get("lots", 1, int))
    if part == "moves":
        return stock_shown.moves(request.args.get("moves", 1, int))
    return stock_shown.places() if part == "places" else stock_shown.open_vials()


def _page(
    status: int = 200, opened: str = "", given: Mapping[str, str] = stock_shown.NOTHING,
    wrong: Mapping[str, str] = stock_shown.NOTHING,
) -> ResponseReturnValue:  # fmt: skip
    needs = stock_shown.forms(opened, given, wrong)
    for part in ("leftover", "books", "places", "open_vials", "moves"):
        needs |= _needs(part)
    home, events = url_for("stock.page"), url_for("events.stream", topic=[topics.DAY, topics.TABLES, topics.LINE])
    return render_template("pages/stock/stock.html", home_url=home, events_url=events, **needs), status


def _given(form: str) -> dict[str, str]:
    """The fields of one of the page's forms, by their own names."""
    head = f"{form}-"
    return {name.removeprefix(head): worth[:200] for name, worth in request.form.items() if name.startswith(head)}


def _after(form: str, act: Callable[[dict[str, str]], object]) -> ResponseReturnValue:
    """The page anew; or, refused, with that form as it was filled in and the sentence beside its field."""
    given = _given(form)
    try:
        act(given)
    except Refusal as refusal:
        return _page(422, form, given, {refusal.field or "": refusals.sentence(refusal)})
    return redirect(url_for("stock.page"), 303)


@stock.post("/receive")
@requires("stock.keep")
def receive() -> ResponseReturnValue:
    """Vials came, from the ministry's store or from another site."""
    key = form_key()

    def act(given: dict[str, str]) -> None:
        start, end = (read_degrees(given.get(name, ""), name) for name in ("temperature_start", "temperature_end"))
        acts.receive_lot(
            g.actor, g.now, key, given.get("vaccine", ""), given.get("number", ""), given.get("expires", ""),
            read_count(given.get("vials", "")), read_count(given.get("doses_per_vial", "")),
            temperature_start=start, temperature_end=end, came_from=given.get("came_from", ""),
            open_hours=given.get("open_hours", ""), gtin=given.get("gtin", ""), note=given.get("note", ""),
        )  # fmt: skip

    return _after("receive", act)


@stock.post("/put-right")
@requires("stock.keep")
def put_right() -> ResponseReturnValue:
    """What was typed of a lot was wrong; none of its vials has been opened."""
    key = form_key()

    def act(given: dict[str, str]) -> None:
        if not given.get("lot"):
            raise Refusal("lot_missing", field="lot")
        doses = given.get("doses_per_vial", "").strip()
        acts.put_lot_right(
            g.actor, g.now, key, given["lot"], given.get("note", ""), expires=given.get("expires", ""),
            doses_per_vial=read_count(doses) if doses else None, open_hours=given.get("open_hours", ""),
        )  # fmt: skip

    return _after("put_right", act)


@stock.post("/transfer")
@requires("stock.keep")
def transfer() -> ResponseReturnValue:
    """Unopened vials go from the store to a table, back, or between tables."""
    key = form_key()

    def act(given: dict[str, str]) -> None:
        lot_id, place = _there(given)
        n = read_count(given.get("vials", ""))
        acts.transfer(g.actor, g.now, key, lot_id, place, given.get("to_place", "")[:40], n)

    return _after("transfer", act)


@stock.post("/send")
@requires("stock.keep")
def send() -> ResponseReturnValue:
    """Unopened vials leave for another site."""
    key = form_key()

    def act(given: dict[str, str]) -> None:
        lot_id, place = _there(given)
        degrees = read_degrees(given.get("temperature_start", ""), "temperature_start")
        acts.ship(
            g.actor, g.now, key, lot_id, read_count(given.get("vials", "")), given.get("other_site", ""), place=place,
            temperature_start=degrees, note=given.get("note", ""),
        )  # fmt: skip

    return _after("send", act)


@stock.post("/waste")
@requires("stock.keep")
def waste() -> ResponseReturnValue:
    """Unopened vials may no longer be given to anybody."""
    key = form_key()

    def act(given: dict[str, str]) -> None:
        lot_id, place = _there(given)
        n, why = read_count(given.get("vials", "")), given.get("reason", "")
        acts.waste_unopened(g.actor, g.now, key, lot_id, place, n, why, given.get("note", ""))

    return _after("waste", act)


def _there(given: Mapping[str, str]) -> tuple[str, str]:
    """Which lot, and where: as the form's first choice says both. Raises Refusal `stock_gone`."""
    lot_id, _, place = given.get("there", "").partition("/")
    if not lot_id or not place:
        raise Refusal("stock_gone", field="there")
    return lot_id, place


@stock.post("/ledger")
@requires("stock.keep")
def export() -> ResponseReturnValue:
    """The whole ledger as a sheet."""
    key = form_key()
    language = current_app.config["SETTINGS"].site.language
    rows = list(stock_export.ledger_rows(language, shown.clock().local))
    body = ledger_sheet.write(rows, wording.speaker(language))
    stock_export.export_ledger(g.actor, g.now, key, len(rows))
    named = f'attachment; filename="{stations.site().code}-so-vac-xin-{g.now.on}.xlsx"'
    return Response(body, mimetype=XLSX, headers={"Content-Disposition": named})

"""The list of who is expected: bring a file in, look at its rows, take it or drop it; the days, and their sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from kiosk import protocols, wording
from kiosk.actions import roster as acts
from kiosk.actions import roster_export
from kiosk.actions.site import token_hash
from kiosk.config import Settings
from kiosk.documents import roster_sheet
from kiosk.documents.workbook_program import MOST_ROWS
from kiosk.errors import NotFound, Refusal
from kiosk.rules.permissions import may
from kiosk.rules.person import read_date
from kiosk.rules.words import RowState
from kiosk.store import expected, rosters, staff, stations, topics
from kiosk.web import refusals, roster_shown, shown
from kiosk.web.gate import STAFF_COOKIE, form_key, requires

roster = Blueprint("roster", __name__, url_prefix="/rosters")
REQUEST_BYTES = roster_sheet.MOST_BYTES + 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@roster.url_value_preprocessor
def take_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A list is larger than anything else that people send, and we take it of nobody else than of our staff.

    Said before anybody reads the form, which happens before the gate.
    """
    token = request.cookies.get(STAFF_COOKIE)
    session = staff.find_session(token_hash(token)) if endpoint == "roster.bring" and token else None
    if session is not None and may(staff.get(session.staff_id).works_as, "roster.manage"):
        request.max_content_length = REQUEST_BYTES


@roster.errorhandler(413)
def too_big(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A file that does not even fit its form gets the sentence of one that is too long."""
    too_long = refusals.sentence(Refusal("roster_too_big", rows=MOST_ROWS))
    return refusals.page(413, "413", sentence=too_long if request.endpoint == "roster.bring" else "")


@roster.get("")
@requires("roster.manage")
def page() -> ResponseReturnValue:
    """Which lists there are, who is expected on which day, and the form that brings a list in."""
    if shown.asks_for("lists"):
        return _alone("lists", roster_shown.lists())
    return _page()


def _page(status: int = 200, **needs: Any) -> ResponseReturnValue:
    return (
        render_template(
            "pages/roster/lists.html", home_url=url_for("roster.page"), events_url=_events(),
            **(roster_shown.lists() | roster_shown.bringing() | needs),
        ),
        status,
    )  # fmt: skip


def _events() -> str:
    return url_for("events.stream", topic=[topics.ROSTERS])


def _alone(partial: str, needs: dict[str, Any]) -> ResponseReturnValue:
    """One of partials/roster, or nothing when the page shows just that."""
    if shown.unchanged(needs[f"{partial}_url"]):
        return "", 204
    return render_template(f"partials/roster/{partial}.html", **needs)


@roster.post("")
@requires("roster.manage")
def bring() -> ResponseReturnValue:
    """A file comes in; its rows are read meanwhile, and nothing of it counts before somebody has looked."""
    key, file, typed = form_key(), request.files.get("file"), request.form.get("on", "").strip()[:20]
    try:
        content = file.read(roster_sheet.MOST_BYTES + 1) if file else b""
        on = _day_of(typed)
        if not file or not content:
            raise Refusal("roster_file_missing", field="file")
        if len(content) > roster_sheet.MOST_BYTES:
            raise Refusal("roster_too_big", field="file", rows=MOST_ROWS)
        id = acts.begin_import(g.actor, g.now, key, file.filename or "", on, content)
    except Refusal as refusal:
        return _page(422, on=typed, refusal=refusals.sentence(refusal), field=refusal.field or "file")
    return redirect(url_for("roster.one", id=id), 303)


def _day_of(typed: str) -> date | None:
    """The day of rows that name none; None where the list says it itself."""
    on = read_date(typed)
    if typed and (on is None or on < g.now.on):
        raise Refusal("roster_day_odd", field="on")
    return on


@roster.get("/blank.xlsx")
@requires("roster.manage")
def blank() -> ResponseReturnValue:
    """The sheet as the ministry's, with no row in it: to be filled in."""
    return _sheet(_written([]), "mau-danh-sach")


@roster.get("/<id>")
@requires("roster.manage")
def one(id: str) -> ResponseReturnValue:
    """One list: how far it is read, its rows to look at, what became of it. Raises NotFound."""
    if shown.asks_for("roster"):
        return _alone("roster", _one(id))
    return _one_page(id)


def _one(id: str) -> dict[str, Any]:
    row = rosters.find(id)
    if row is None:
        raise NotFound("roster")
    return roster_shown.one(row, request.args.get("show", ""), request.args.get("page", 1, int))


def _one_page(id: str, status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    return (
        render_template(
            "pages/roster/one.html", home_url=url_for("roster.one", id=id), events_url=_events(),
            **(_one(id) | {"refusal": refusal}),
        ),
        status,
    )  # fmt: skip


@roster.post("/<id>/land")
@requires("roster.manage")
def land(id: str) -> ResponseReturnValue:
    """The good rows become the list; their numbers must still be those that the page showed. Raises NotFound."""
    seen = {state: request.form.get(state, -1, int) for state in (RowState.NEW, RowState.CHANGED)}
    return _after(id, lambda: acts.land(g.actor, g.now, form_key(), id, {f"{state}": n for state, n in seen.items()}))


@roster.post("/<id>/drop")
@requires("roster.manage")
def drop(id: str) -> ResponseReturnValue:
    """This list is not wanted: nothing of it stays. Raises NotFound."""
    try:
        acts.drop(g.actor, g.now, form_key(), id)
    except Refusal as refusal:
        return _one_page(id, 422, refusals.sentence(refusal))
    return redirect(url_for("roster.page"), 303)


@roster.post("/<id>/withdraw")
@requires("roster.manage")
def withdraw(id: str) -> ResponseReturnValue:
    """A list that was taken counts no more. Raises NotFound."""
    return _after(id, lambda: acts.withdraw(g.actor, g.now, form_key(), id))


def _after(id: str, act: Callable[[], object]) -> ResponseReturnValue:
    try:
        act()
    except Refusal as refusal:
        return _one_page(id, 422, refusals.sentence(refusal))
    return redirect(url_for("roster.one", id=id), 303)


@roster.post("/<id>/wrong")
@requires("roster.manage")
def export_wrong(id: str) -> ResponseReturnValue:
    """The rows that cannot be taken as the same sheet, each with its reasons. Raises NotFound."""
    key, rows = form_key(), roster_export.wrong_rows(id, wording.speaker(_language()))
    body = _written(rows, roster_export.own_columns(id))
    roster_export.export_wrong(g.actor, g.now, key, id)
    return _sheet(body, f"dong-sai-{g.now.on}")


@roster.get("/days/<on>")
@requires("roster.manage")
def day(on: str) -> ResponseReturnValue:
    """Who is expected on that day: masked, by slot. Raises NotFound for no date."""
    return _day_page(_date(on))


def _day_page(on: date, status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    chosen = {name: request.args.get(name, "") for name in ("show", "slot")}
    needs = roster_shown.day(on, chosen["show"], chosen["slot"], request.args.get("page", 1, int))
    home = url_for("roster.day", on=on)
    return render_template("pages/roster/day.html", home_url=home, refusal=refusal, **needs), status


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound("day") from None


@roster.post("/days/<on>/approve")
@requires("roster.manage")
def approve(on: str) -> ResponseReturnValue:
    """Approves of one entry, or of the next that nobody has; the page says how many those are."""
    that_day, entry = _date(on), request.form.get("entry", "")
    ids = [entry] if entry else expected.list_unapproved(that_day, roster_shown.AT_ONCE)
    try:
        if not entry and len(ids) != request.form.get("n", -1, int):
            raise Refusal("roster_moved_on")
        acts.approve_entries(g.actor, g.now, form_key(), that_day, ids)
    except Refusal as refusal:
        return _day_page(that_day, 422, refusals.sentence(refusal))
    show, slot, nth = (request.args.get(name) or None for name in ("show", "slot", "page"))
    return redirect(url_for("roster.day", on=on, show=show, slot=slot, page=nth), 303)


@roster.post("/days/<on>/sheet")
@requires("roster.manage")
def export_sheet(on: str) -> ResponseReturnValue:
    """That day's list in the ministry's layout, with what each was given, or why not."""
    key, that_day, n = form_key(), _date(on), 0

    def counted() -> Iterable[tuple[roster_export.Cells, str]]:
        nonlocal n
        for row in roster_export.sheet_rows(g.now, that_day, _language(), shown.clock().local):
            n += 1
            yield row

    body = _written(counted())
    roster_export.export_sheet(g.actor, g.now, key, that_day, n)
    return _sheet(body, f"danh-sach-{that_day}")


@roster.post("/days/<on>/phones")
@requires("roster.manage")
def export_phones(on: str) -> ResponseReturnValue:
    """The phones of that day's people who have no app, by slot: for the platform's messages."""
    key, that_day = form_key(), _date(on)
    rows = list(roster_export.phone_rows(that_day))
    body = roster_sheet.write_phones(rows, wording.speaker(_language()))
    roster_export.export_phones(g.actor, g.now, key, that_day, len(rows))
    return _sheet(body, f"so-dien-thoai-{that_day}")


def _written(rows: Iterable[tuple[roster_export.Cells, str]], extra: Iterable[str] = ()) -> bytes:
    return roster_sheet.write(rows, protocols.roster(), wording.speaker(_language()), extra)


def _language() -> str:
    """A sheet speaks the site's language, as those do who read it, whoever takes it out."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.site.language


def _sheet(body: bytes, name: str) -> ResponseReturnValue:
    named = f'attachment; filename="{stations.site().code}-{name}.xlsx"'
    return Response(body, mimetype=XLSX, headers={"Content-Disposition": named})

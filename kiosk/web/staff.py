"""Who works here: the list, somebody new, and everything that is done about one colleague."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import printers
from kiosk.actions import staff as acts
from kiosk.documents.badge import badge_picture
from kiosk.errors import Refusal
from kiosk.rules.staff import require_last_day, require_role
from kiosk.rules.words import Role
from kiosk.store import staff as known
from kiosk.web import refusals, shown, staff_shown
from kiosk.web.gate import form_key, requires

staff = Blueprint("staff", __name__, url_prefix="/staff")


@staff.get("")
@requires("staff.manage")
def page() -> ResponseReturnValue:
    """Who works here, or those whom a search found."""
    needs = staff_shown.colleagues()
    if shown.asks_for("colleagues"):
        if shown.unchanged(needs["colleagues_url"]):
            return "", 204
        return render_template("partials/staff/colleagues.html", **needs)
    return render_template("pages/staff/staff.html", home_url=url_for("staff.page"), **needs)


@staff.post("/find")
@requires("staff.manage")
def find() -> ResponseReturnValue:
    """Goes to whoever has this badge or name; the name itself stands in no address."""
    found = known.search(request.form.get("words", "")[:80], staff_shown.FOUND)
    if len(found) == 1:
        return redirect(url_for("staff.colleague", id=found[0].id), 303)
    return redirect(url_for("staff.page", found=[row.id for row in found] or [""]), 303)


@staff.get("/new")
@requires("staff.manage")
def form() -> ResponseReturnValue:
    """Somebody new: a volunteer for today, unless the form is told otherwise."""
    return _form()


def _form(status: int = 200, **needs: Any) -> ResponseReturnValue:
    empty: dict[str, Any] = {"name": "", "role": Role.VOLUNTEER.value, "licence": "", "day": True, "others": False}
    needs = empty | {"wrong": {}} | needs
    return (
        render_template("pages/staff/new.html", home_url=url_for("staff.form"),
                        roles=staff_shown.roles(needs["role"]), **needs),
        status,
    )  # fmt: skip


@staff.post("")
@requires("staff.manage")
def add() -> ResponseReturnValue:
    """Adds somebody; then their badge is shown."""
    name, role = request.form.get("name", "")[:80], request.form.get("role", "")
    licence, day, others = request.form.get("licence", "")[:80], "day" in request.form, "others" in request.form
    only_today = day if role in protocols.staff().for_a_day else others
    key = form_key()
    try:
        require_role(role)
        id = acts.add_staff(
            g.actor, g.now, key, name, role, "", _pin(), licence, g.now.on if only_today else None
        )  # fmt: skip
    except Refusal as refusal:
        wrong = {refusal.field or "name": refusals.sentence(refusal)}
        return _form(422, name=name, role=role, licence=licence, day=day, others=others, wrong=wrong)
    return redirect(url_for("staff.colleague", id=id, new="yes"), 303)


def _pin() -> str:
    """The PIN that was typed twice. Raises Refusal `pin_differs`."""
    pin = request.form.get("pin", "")[:20]
    if pin != request.form.get("again", "")[:20]:
        raise Refusal("pin_differs", field="again")
    return pin


@staff.get("/<id>")
@requires("staff.manage")
def colleague(id: str) -> ResponseReturnValue:
    """One colleague: badge, how they stand, and what can be done. Raises NotFound."""
    if shown.asks_for("badge"):
        needs = staff_shown.badge(known.get(id), request.args.get("paper", ""))
        if needs["badge_url"] and shown.unchanged(needs["badge_url"]):
            return "", 204
        return render_template("partials/staff/badge.html", **needs)
    return _colleague(id)


def _colleague(id: str, status: int = 200, **needs: Any) -> ResponseReturnValue:
    row = known.get(id)
    role = needs.pop("role", row.role)
    needs = {
        "name": row.name,
        "licence": row.licence,
        "until": _typed(row.valid_until),
        "wrong": {},
        "refusal": None,
    } | needs
    return (
        render_template(
            "pages/staff/colleague.html", id=id, home_url=url_for("staff.colleague", id=id), new="new" in request.args,
            roles=staff_shown.roles(role),
            **(staff_shown.one(row) | staff_shown.badge(row, request.args.get("paper", "")) | needs),
        ),
        status,
    )  # fmt: skip


@staff.get("/<id>/badge.svg")
@requires("staff.manage")
def picture(id: str) -> ResponseReturnValue:
    """The badge's code, to be shown on a screen. Raises NotFound."""
    return Response(badge_picture(known.get(id).badge), mimetype="image/svg+xml")


@staff.post("/<id>/badge")
@requires("staff.manage")
def print_badge(id: str) -> ResponseReturnValue:
    """Prints the badge. Raises NotFound."""
    job = printers.print_badge(g.actor, g.now, form_key(), request.form.get("printer", ""), id, g.language)
    return redirect(url_for("staff.colleague", id=id, paper=job), 303)


def _after(id: str, act: Callable[[str], object], **typed: Any) -> ResponseReturnValue:
    """Does it and shows the colleague; a refusal stands beside its field, or at the top. Raises NotFound."""
    key = form_key()
    try:
        act(key)
    except Refusal as refusal:
        said, field = refusals.sentence(refusal), refusal.field
        return _colleague(id, 422, **typed, **({"wrong": {field: said}} if field else {"refusal": said}))
    return redirect(url_for("staff.colleague", id=id), 303)


@staff.post("/<id>/change")
@requires("staff.manage")
def change(id: str) -> ResponseReturnValue:
    """Corrects name, role, licence or last day. Raises NotFound."""
    typed = {name: request.form.get(name, "")[:80] for name in ("name", "role", "licence", "until")}

    def correct(key: str) -> object:
        until = _last_day(typed["until"], known.get(id).valid_until)
        return acts.change_staff(g.actor, g.now, key, id, typed["name"], typed["role"], typed["licence"], until)

    return _after(id, correct, **typed)


def _last_day(text: str, before: date | None) -> date | None:
    """The last day that was typed; one that has passed may stay as it is."""
    return before if before and text == _typed(before) else require_last_day(text, g.now.on)


def _typed(until: date | None) -> str:
    return f"{until:%d/%m/%Y}" if until else ""


@staff.post("/<id>/lost-badge")
@requires("staff.manage")
def replace_badge(id: str) -> ResponseReturnValue:
    """A new badge; the old code stops at once. Raises NotFound."""
    return _after(id, lambda key: acts.replace_badge(g.actor, g.now, key, id))


@staff.post("/<id>/pin")
@requires("staff.manage")
def reset_pin(id: str) -> ResponseReturnValue:
    """The colleague has typed a new PIN. Raises NotFound."""
    return _after(id, lambda key: acts.reset_pin(g.actor, g.now, key, id, _pin()))


@staff.post("/<id>/unlock")
@requires("staff.manage")
def unlock(id: str) -> ResponseReturnValue:
    """Lets them try their PIN again at once. Raises NotFound."""
    return _after(id, lambda key: acts.unlock(g.actor, g.now, key, id))


@staff.post("/<id>/sign-out")
@requires("staff.manage")
def end_sessions(id: str) -> ResponseReturnValue:
    """Signs them out wherever they are signed in. Raises NotFound."""
    return _after(id, lambda key: acts.end_sessions(g.actor, g.now, key, id))


@staff.post("/<id>/out")
@requires("staff.manage")
def take_out(id: str) -> ResponseReturnValue:
    """They no longer work here. Raises NotFound."""
    return _after(id, lambda key: acts.take_out(g.actor, g.now, key, id))


@staff.post("/<id>/back")
@requires("staff.manage")
def take_back(id: str) -> ResponseReturnValue:
    """They work here again. Raises NotFound."""
    only_today = request.form.get("until") == "today"
    return _after(id, lambda key: acts.take_back(g.actor, g.now, key, id, only_today))

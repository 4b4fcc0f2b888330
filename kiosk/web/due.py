"""Whose next dose is due on a day, by vaccine; and the button that makes a list of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import protocols
from kiosk.actions import due as acts
from kiosk.errors import Refusal
from kiosk.rules.due import windows
from kiosk.store import due as store
from kiosk.web import due_shown, refusals
from kiosk.web.gate import form_key, requires

due = Blueprint("due", __name__, url_prefix="/due")


@due.get("")
@requires("roster.manage")
def page() -> ResponseReturnValue:
    """How many are due by vaccine and day, and who they are: masked, whoever waits longest first."""
    asked = due_shown.asked(request.args)
    if asked.on is None and request.args.get("on"):
        return _page(asked, 422, wrong={"on": refusals.sentence(Refusal("due_day", field="on"))})
    return _page(asked)


@due.post("")
@requires("roster.manage")
def stage() -> ResponseReturnValue:
    """Whoever waits longest goes on a list for that day, which is then looked at as every list is."""
    asked, typed = due_shown.asked(request.form), request.form.get("most", "").strip()[:10]
    try:
        most = int(typed) if typed.isascii() and typed.isdigit() else 0
        if asked.on is None:
            raise Refusal("due_day", field="on")
        if not 0 < most <= acts.MOST:
            raise Refusal("due_too_many", field="most", most=acts.MOST)
        due_now = windows(protocols.vaccines(), asked.vaccine, asked.on, early=asked.early)
        people = store.list_due(due_now, g.now.on, 0, most)
        id = acts.stage_due(g.actor, g.now, form_key(), asked.on, people)
    except Refusal as refusal:
        wrong = {"most" if refusal.field == "most" else "on": refusals.sentence(refusal)}
        return _page(asked, 422, typed, wrong)
    return redirect(url_for("roster.one", id=id), 303)


def _page(
    asked: due_shown.Asked, status: int = 200, most: str = "", wrong: Mapping[str, str] = MappingProxyType({})
) -> ResponseReturnValue:
    needs: dict[str, Any] = due_shown.needs(asked, request.args.get("page", 1, int))
    needs |= {"most": most or needs["most"], "wrong": {"on": None, "most": None, **wrong}}
    return render_template("pages/due/due.html", home_url=url_for("due.page"), **needs), status

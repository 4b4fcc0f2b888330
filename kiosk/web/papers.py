"""The papers at the volunteer desk: did it come out, is it wanted still, print it again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from kiosk.actions import certificates, printing
from kiosk.errors import Refusal
from kiosk.rules.words import SlipKind
from kiosk.store import doses
from kiosk.web import desk, desk_shown, refusals, shown
from kiosk.web.gate import form_key, requires

papers = Blueprint("papers", __name__, url_prefix="/desk/<station>/papers/<id>")
papers.before_request(desk.only_desks)


@papers.post("/seen")
@requires("desk.use")
def confirm(station: str, id: str) -> ResponseReturnValue:
    """The paper did come out."""
    return _after(lambda: printing.confirm_paper(g.actor, g.now, form_key(), id))


@papers.post("/void")
@requires("desk.use")
def void(station: str, id: str) -> ResponseReturnValue:
    """The paper is needed no more."""
    return _after(lambda: printing.void_slip(g.actor, g.now, form_key(), id))


@papers.post("/anyway")
@requires("desk.use")
def print_anyway(station: str, id: str) -> ResponseReturnValue:
    """The paper is wanted although its time has passed."""
    return _after(lambda: printing.print_anyway(g.actor, g.now, form_key(), id))


@papers.post("/reprint")
@requires("desk.use")
def reprint(station: str, id: str) -> ResponseReturnValue:
    """Prints the slip of this kind about this (a visit, a vial …) again."""
    slip = request.form.get("slip", "")

    def again() -> str:
        if slip == SlipKind.CERTIFICATE:
            certificates.require_own(doses.get(id).visit_id)
        return printing.reprint(g.actor, g.now, form_key(), id, slip)

    return _after(again)


def _after(act: Callable[[], str]) -> ResponseReturnValue:
    """Does it, and shows again what it was asked from: the person whom the form names, or the list of papers."""
    person_id, alone = request.form.get("person"), shown.asks_for("papers", "slips")
    try:
        act()
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        if alone == "papers":
            return render_template("partials/desk/papers.html", **desk_shown.papers(said)), 422
        if not person_id:
            return desk.find_page(422, papers_refusal=said)
        desk_shown.require_opened(person_id)
        if alone == "slips":
            return render_template("partials/desk/slips.html", **desk_shown.slips(person_id, said)), 422
        return desk.person_page(person_id, 422, slips_refusal=said)
    return redirect(desk_shown.url("person", id=person_id) if person_id else desk_shown.url("page"), 303)

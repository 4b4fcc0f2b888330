"""The same person twice: pairs that may be one, both side by side, and what somebody decided."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.actions import merging
from kiosk.errors import Refusal
from kiosk.store import people
from kiosk.web import alike_shown, refusals
from kiosk.web.gate import form_key, requires

alike = Blueprint("alike", __name__, url_prefix="/people/alike")


@alike.get("")
@requires("person.merge")
def page() -> ResponseReturnValue:
    """The pairs, masked, and the newest decisions."""
    return _page()


def _page(status: int = 200, refusal: str | None = None) -> ResponseReturnValue:
    needs = alike_shown.pairs(request.args.get("page", 1, int))
    needs |= alike_shown.decisions(request.args.get("decided", 1, int))
    return render_template("pages/alike/alike.html", home_url=url_for("alike.page"), refusal=refusal, **needs), status


@alike.post("/<id>/<other>/open")
@requires("person.merge")
def open_pair(id: str, other: str) -> ResponseReturnValue:
    """Opens both for this session. Raises NotFound."""
    try:
        one_id, other_id = merging.open_pair(g.actor, g.now, form_key(), id, other)
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(url_for("alike.pair", id=one_id, other=other_id), 303)


@alike.get("/<id>/<other>")
@requires("person.merge")
def pair(id: str, other: str) -> ResponseReturnValue:
    """Both side by side, once this session has opened them. Raises NotFound for anybody else."""
    return _pair(id, other)


def _pair(id: str, other: str, status: int = 200, **needs: Any) -> ResponseReturnValue:
    beside = alike_shown.pair(id, other)
    if beside is None:
        return redirect(url_for("alike.page"), 303)
    needs = {"refusal": None, "kept_refusal": None} | beside | needs
    return render_template("pages/alike/pair.html", home_url=url_for("alike.page"), **needs), status


@alike.post("/<id>/<other>/merge")
@requires("person.merge")
def merge(id: str, other: str) -> ResponseReturnValue:
    """They are one person; the form says which row stays. Raises NotFound."""
    alike_shown.require_opened(id, other)
    kept, key = request.form.get("kept", ""), form_key()
    rows = [people.get(each).id for each in (id, other)]
    try:
        if kept not in rows:
            raise Refusal("kept_missing", field="kept")
        merging.merge(g.actor, g.now, key, kept, rows[1 - rows.index(kept)])
    except Refusal as refusal:
        said = refusals.sentence(refusal)
        wrong = {"kept_refusal": said} if refusal.field == "kept" else {"refusal": said}
        return _pair(id, other, 422, **wrong, kept=kept)
    return redirect(url_for("alike.page"), 303)


@alike.post("/<id>/<other>/apart")
@requires("person.merge")
def keep_apart(id: str, other: str) -> ResponseReturnValue:
    """They are two people. Raises NotFound."""
    alike_shown.require_opened(id, other)
    try:
        merging.keep_apart(g.actor, g.now, form_key(), id, other)
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(url_for("alike.page"), 303)


@alike.post("/undo/<id>")
@requires("person.merge")
def undo(id: str) -> ResponseReturnValue:
    """They are two people after all. Raises NotFound."""
    try:
        merging.undo_merge(g.actor, g.now, form_key(), id)
    except Refusal as refusal:
        return _page(422, refusals.sentence(refusal))
    return redirect(url_for("alike.page"), 303)


@alike.post("/<id>/<other>/again")
@requires("person.merge")
def look_again(id: str, other: str) -> ResponseReturnValue:
    """That they are two was said too soon. Raises NotFound."""
    merging.look_again(g.actor, g.now, form_key(), id, other)
    return redirect(url_for("alike.page"), 303)

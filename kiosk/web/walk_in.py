"""Somebody who is on no list: the form that takes them, filled in from a code where one was read."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Blueprint, current_app, g, redirect, request
from flask.typing import ResponseReturnValue

from kiosk.actions import check_in, looking, standby_here
from kiosk.errors import Refusal
from kiosk.rules.document import Document, zero_restored
from kiosk.rules.person import Identity
from kiosk.store import clinic_days, scans, visits
from kiosk.web import approval_shown, desk, desk_shown, refusals, shown, walk_in_shown
from kiosk.web.gate import form_key, requires

walk_in = Blueprint("walk_in", __name__, url_prefix="/desk/<station>")
walk_in.before_request(desk.only_desks)


@walk_in.get("/walk-in")
@requires("visit.walk_in")
def page(station: str) -> ResponseReturnValue:
    """The form for somebody who is on no list; filled in from a code that was read here or at a kiosk."""
    scan = desk_shown.result_of(request.args.get("scan"), "looking.open_scan")
    given, said = walk_in_shown.from_scan(scans.get(scan)) if scan else ({}, [])
    return _form(given=given, said=said)


def _form(status: int = 200, **needs: Any) -> ResponseReturnValue:
    needs = {
        "given": {},
        "said": [],
        "wrong": {},
        "refusal": None,
        "spoken_for": False,
        "paste_refusal": None,
        "approval": approval_shown.asked(),
        "groups": shown.declaration_groups(),
        "add_key": str(uuid4()),
    } | needs
    return desk.show(
        "walk_in", shown.say("desk.walk_in.title"), status, add_url=walk_in_shown.url("add"),
        paste_url=walk_in_shown.url("paste"), documents=walk_in_shown.documents(), day=clinic_days.find_open(),
        padded=zero_restored(needs["given"].get("number", "")), **needs,
    )  # fmt: skip


@walk_in.post("/paste")
@requires("visit.walk_in")
def paste(station: str) -> ResponseReturnValue:
    """What a scanner typed, or somebody copied: it is a scan of this desk, and leads where a scan leads."""
    key, typed = form_key(), request.form.get("typed", "").strip()[: desk.LONGEST_TYPED]
    return (desk.follow_typed(key, typed) if typed else None) or _form(422, paste_refusal=desk.unfollowed(typed))


@walk_in.post("/walk-in")
@requires("visit.walk_in")
def add(station: str) -> ResponseReturnValue:
    """Takes somebody who is on no list, with the reason they were let in, and opens their page.

    Where no dose is left: they wait at the site for one.
    """
    key, waits = form_key(), "wait" in request.form
    answers, wrong = ({}, {}) if waits else shown.read_declaration(request.form)
    given = {name: request.form.get(name, "")[:200] for name in walk_in_shown.FIELDS}
    word, refused = approval_shown.read(), None
    taken, odd = walk_in_shown.read(given, restored="padded" in request.form)
    wrong |= odd
    if taken is not None and not wrong:
        try:
            person_id = _wait(key, taken, word) if waits else _check_in(key, taken, word, answers)
            person_id = looking.open_person(g.actor, g.now, f"{key}:open", person_id)
            return redirect(desk_shown.url("person", id=person_id), 303)
        except Refusal as refusal:
            refused = refusal
    field = refused.field if refused else None
    about_word = refused if field in approval_shown.FIELDS else None
    if refused and field and not about_word:
        wrong[field] = refusals.sentence(refused)
    return _form(
        422, given=given, wrong=wrong, refusal=refusals.sentence(refused) if refused and not field else None,
        approval=approval_shown.asked(*word, about_word or approval_shown.lacking(*word)),
        groups=shown.declaration_groups(request.form, wrong), add_key=key,
        spoken_for=waits or "anyway" in request.form or bool(refused and refused.code == "doses_spoken_for"),
    )  # fmt: skip


def _check_in(key: str, taken: tuple[Identity, Document], word: tuple[str, str], answers: shown.Said) -> str:
    who, document = taken
    local, language = shown.clock().local(g.now.at), current_app.config["SETTINGS"].site.language
    visit = check_in.check_in_walk_in(
        g.actor, g.now, key, who, word[0], answers, language, local, "somebody_else" in request.form, document,
        word[1], "anyway" in request.form,
    )  # fmt: skip
    return visits.get(visit).person_id


def _wait(key: str, taken: tuple[Identity, Document], word: tuple[str, str]) -> str:
    who, document = taken
    somebody_else = "somebody_else" in request.form
    return standby_here.wait_here_walk_in(g.actor, g.now, key, who, word[0], somebody_else, document, word[1])

"""At the kiosk, between the card and the number: may they have one now, and a few questions, one a screen."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, g, redirect
from flask.typing import ResponseReturnValue
from htmx_flask import request

from kiosk import protocols
from kiosk.actions import arriving, check_in, scanning
from kiosk.errors import Refusal
from kiosk.rules import declaration
from kiosk.rules.words import HelpReason
from kiosk.store import people, rosters, scans
from kiosk.web import kiosk_arrival_shown, kiosk_family, kiosk_shown, refusals, shown
from kiosk.web.gate import form_key, requires
from kiosk.web.kiosk import only_kiosks

Given = dict[str, tuple[str, ...]]
arrival = Blueprint("arrival", __name__, url_prefix="/kiosk/<station>/scan/<id>")
arrival.before_request(only_kiosks)


@arrival.post("/answers")
@requires("kiosk.use")
def answer(station: str, id: str) -> ResponseReturnValue:
    """The next question; after the last, the number. Answers travel in the form: nothing is stored before the end."""
    form = protocols.declaration()
    given, key = _given(form), form_key()
    if "group" not in request.form:
        return _begin(id, form, given, key)
    group = form.group(request.form["group"])
    said, none = request.form.getlist("answer"), "none" in request.form
    if "language" in request.form:
        kiosk_shown.speak(request.form["language"], at_start=False)
        return _question(id, form, group, given, key, ticked=said)
    try:
        given[group.code] = declaration.require_answer(group, said, none)
        following = [each for each in _asked(id, form) if each.code not in given]
        return _question(id, form, following[0], given, key) if following else _give(id, given, key)
    except Refusal as refusal:
        if refusal.field == group.code:
            return _question(id, form, group, given, key, refusals.sentence(refusal), ticked=said)
        scan = scanning.require_usable(id, station, g.now.at)
        return kiosk_arrival_shown.turn_away(refusal, scan, kiosk_family.ticked(), key)


def _begin(id: str, form: declaration.Form, given: Given, key: str) -> ResponseReturnValue:
    """Nobody answers questions for nothing: first, may they have a number now?"""
    scan, ticked = scanning.require_usable(id, g.actor.station, g.now.at), kiosk_family.ticked()
    if "family" in request.form and not ticked:
        return kiosk_shown.scanned_screen(scan, kiosk_shown.say("refusal.nobody_ticked"))
    turned_away = kiosk_arrival_shown.turned_away(scan, ticked, key)
    if turned_away is not None:
        return turned_away
    scanning.confirm_scan(g.actor, g.now, f"{key}:begun", id)
    return _question(id, form, _asked(id, form)[0], given, key)


def _give(id: str, given: Given, key: str) -> ResponseReturnValue:
    answers = {code: list(ticked) for code, ticked in given.items()}
    local = shown.clock().local(g.now.at)
    visit = check_in.check_in_scan(g.actor, g.now, key, id, answers, g.language, local, kiosk_family.ticked())
    return redirect(kiosk_shown.url("number", id=visit), 303)


def _asked(id: str, form: declaration.Form) -> list[declaration.Group]:
    """The questions of this screen's person or family: without those that nobody of them need answer."""
    scan, ticked = scans.get(id), kiosk_family.ticked()
    unasked = [
        arriving.unasked(g.now, one, rosters.find_entry(one.id, g.now.on), brings=len(ticked) > 1)
        for one in map(people.get, ticked or [scan.person_id or ""])
    ]
    return [group for group in form.groups if not all(group.code in each for each in unasked)]


def _given(form: declaration.Form) -> Given:
    """Answers that the form carries from earlier questions."""
    return {
        group.code: tuple(part for part in request.form[f"given-{group.code}"].split(",") if part)
        for group in form.groups
        if f"given-{group.code}" in request.form
    }


def _question(
    id: str, form: declaration.Form, group: declaration.Group, given: Given, key: str,
    refusal: str | None = None, ticked: Sequence[str] = (),
) -> ResponseReturnValue:  # fmt: skip
    facts = {f"given-{code}": ",".join(ticked) for code, ticked in given.items() if code != group.code}
    family, asked = kiosk_family.ticked(), _asked(id, form)
    if group not in asked:
        raise Refusal("declaration_changed")
    facts |= {"group": group.code} | ({"members": ",".join(family)} if family else {})
    return kiosk_shown.show(
        "question", kiosk_shown.say("kiosk.question.title"), None, 422 if refusal else 200,
        group={
            "code": group.code,
            "title": group.question.label(g.language),
            "options": [(item.code, item.label(g.language)) for item in group.items],
        },
        columns=1 if len(group.items) <= 3 else 2 if len(group.items) <= 6 else 3,
        step=[each.code for each in asked].index(group.code) + 1, steps=len(asked),
        ticked=set(ticked),
        refusal=refusal, answer_url=kiosk_arrival_shown.url("answer", id), act_key=key, facts=facts,
        together=len(family), again_url=kiosk_shown.url("scanned", id=id),
        help_facts={"reason": HelpReason.ASKED, "scan": id},
    )  # fmt: skip


@arrival.get("/early")
@requires("kiosk.use")
def early(station: str, id: str) -> ResponseReturnValue:
    """Too early: when to come back."""
    return kiosk_arrival_shown.early_screen(scanning.require_usable(id, station, g.now.at), kiosk_family.in_address())


@arrival.get("/no-dose")
@requires("kiosk.use")
def no_dose(station: str, id: str) -> ResponseReturnValue:
    """Every dose is spoken for."""
    return kiosk_arrival_shown.no_dose_screen(scanning.require_usable(id, station, g.now.at))

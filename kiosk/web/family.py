"""Who comes with whom, at the desk: finding, adding, linking and parting a guardian."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue

from kiosk.actions import family as acts
from kiosk.actions import looking
from kiosk.errors import Refusal
from kiosk.rules import person
from kiosk.rules.roster_cells import Reason, read_phone
from kiosk.rules.words import Sex
from kiosk.web import desk, desk_shown, refusals
from kiosk.web.gate import form_key, requires

FIELDS = ("guardian_name", "guardian_birth", "guardian_phone")
family = Blueprint("family", __name__, url_prefix="/desk/<station>/person/<id>/guardian")
family.before_request(desk.only_desks)


def _back(id: str, **facts: str) -> ResponseReturnValue:
    return redirect(desk_shown.url("person", id=id, **facts), 303)


@family.post("/find")
@requires("family.link")
def find(station: str, id: str) -> ResponseReturnValue:
    """Looks for a guardian; the person's page then shows whom it found, masked."""
    desk_shown.require_opened(id)
    words, key = request.form.get("words", "")[:80], form_key()
    try:
        looking.find_people(g.actor, g.now, key, words, "")
    except Refusal as refusal:
        wrong = {"words": refusals.sentence(refusal)}
        return desk.person_page(id, 422, link_open=True, link_words=words, link_wrong=wrong)
    return _back(id, guardian=key)


@family.post("/link")
@requires("family.link")
def link(station: str, id: str) -> ResponseReturnValue:
    """This is the guardian."""
    desk_shown.require_opened(id)
    try:
        acts.link_guardian(g.actor, g.now, form_key(), id, request.form.get("guardian", "")[:36])
    except Refusal as refusal:
        return desk.person_page(id, 422, link_open=True, link_wrong={"guardian": refusals.sentence(refusal)})
    return _back(id)


@family.post("/add")
@requires("family.link")
def add(station: str, id: str) -> ResponseReturnValue:
    """A guardian whom we do not know: a name, how old they are, and how to call them."""
    desk_shown.require_opened(id)
    key, given = form_key(), {name: request.form.get(name, "")[:200] for name in FIELDS}
    wrong: dict[str, str] = {}
    found: list[Reason] = []
    phone = read_phone(given["guardian_phone"], "guardian_phone", found)
    if any(reason.code == "phone_odd" for reason in found):
        wrong["guardian_phone"] = refusals.sentence(Refusal("phone_odd"))
    try:
        name = person.require_name(given["guardian_name"])
        born_on, born_year = person.require_birth(given["guardian_birth"], g.now.on)
        who = person.Identity(name, born_on=born_on, born_year=born_year, sex=Sex.UNKNOWN)
        if not wrong:
            acts.add_guardian(g.actor, g.now, key, id, who, phone)
            return _back(id)
    except Refusal as refusal:
        field = {"name": "guardian_name"}.get(refusal.field or "", "guardian_birth")
        wrong[field] = refusals.sentence(refusal)
    return desk.person_page(id, 422, link_open=True, link_wrong=wrong, given=given)


@family.post("/unlink")
@requires("family.link")
def unlink(station: str, id: str) -> ResponseReturnValue:
    """They do not come together any more."""
    desk_shown.require_opened(id)
    acts.unlink_guardian(g.actor, g.now, form_key(), id)
    return _back(id)

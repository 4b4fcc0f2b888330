"""The form for somebody who is on no list: filled in from a code where one was read, and how it is read."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from kiosk.errors import Refusal
from kiosk.rules import identity as same
from kiosk.rules import person as rules
from kiosk.rules.codes import Bearing, NationalQr
from kiosk.rules.document import Document, require_document, zero_restored
from kiosk.rules.words import CodeKind, DocumentKind, Sex
from kiosk.store import scans
from kiosk.web import number_shown, refusals, shown

FIELDS = ("name", "birth", "sex", "document", "number", "nationality", "address")


def url(name: str, **facts: Any) -> str:
    """The address of one of this form's pages."""
    return url_for(f"walk_in.{name}", station=g.actor.station, **facts)


def from_scan(scan: scans.Scan) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """What a code fills in, and what is said of that: (colour, sentence). A name without its marks is not taken."""
    code = scan.read()
    if not isinstance(code, Bearing):
        return {}, []
    who, whole_name = code.identity, same.writes_marks(code)
    given = {
        "name": who.name if whole_name else "",
        "birth": rules.birth_text(who),
        "sex": who.sex,
        "address": who.address,
    } | _document(code)
    warning = number_shown.warning(who)
    return given, [_said(scan, code), *([("look", warning)] if warning else [])]


def _document(code: Bearing) -> dict[str, str]:
    who = code.identity
    if who.number:
        return {"document": DocumentKind.NATIONAL, "number": who.number}
    if isinstance(code, NationalQr) and code.passport:
        return {"document": DocumentKind.PASSPORT, "number": code.passport}
    return {"document": DocumentKind.OLD_CARD, "number": who.old_number} if who.old_number else {}


def _said(scan: scans.Scan, code: Bearing) -> tuple[str, str]:
    document = shown.say(f"code.{scan.kind}")
    if scan.keyed and not code.identity.name:
        return "look", shown.say("desk.walk_in.from_keys")
    if scan.kind == CodeKind.CERTIFICATE:
        return "look", shown.say("desk.walk_in.from_certificate")
    if not same.writes_marks(code):
        return "look", shown.say("desk.walk_in.without_marks", document=document, name=code.identity.name)
    return "right", shown.say("desk.walk_in.from_code", document=document)


def documents() -> list[tuple[str, str]]:
    """The kinds of document to choose from."""
    return [(str(kind), shown.say(f"desk.document.{kind}")) for kind in DocumentKind]


def read(given: dict[str, str], *, restored: bool) -> tuple[tuple[rules.Identity, Document] | None, dict[str, str]]:
    """Who the form says this is and what they showed; or a sentence for each field that says it wrongly.

    `restored`: the volunteer has said that the number lost the zero at its front.
    """
    wrong: dict[str, str] = {}
    taken: dict[str, Any] = {}
    number = (zero_restored(given["number"]) if restored else "") or given["number"]
    for field, rule in (
        ("name", lambda: rules.require_name(given["name"])),
        ("birth", lambda: rules.require_birth(given["birth"], g.now.on)),
        ("document", lambda: require_document(given["document"], number, given["nationality"])),
    ):
        try:
            taken[field] = rule()
        except Refusal as refusal:
            wrong[refusal.field or field] = refusals.sentence(refusal)
    if given["sex"] not in (Sex.MALE, Sex.FEMALE):
        wrong["sex"] = refusals.sentence(Refusal("sex_odd"))
    if wrong:
        return None, wrong
    (born_on, born_year), (personal, document) = taken["birth"], taken["document"]
    address = rules.clean_text(given["address"])
    who = rules.Identity(taken["name"], personal, "", born_on, born_year, Sex(given["sex"]), address)
    return (who, document), {}

"""A personal number: what speaks against it, in words; and how it is asked for where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions.follow_up import PAPERS, Numbered
from kiosk.errors import Refusal
from kiosk.rules.person import Identity, NumberFault, check_number
from kiosk.rules.words import DocumentKind, FollowUpKind
from kiosk.store import follow_ups
from kiosk.store.people import Person
from kiosk.web import refusals, shown


def warning(identity: Identity) -> str:
    """What the number says otherwise than the other fields, as one sentence; "" where all is well or there is none.

    Without a personal number: is the old card's one short?
    """
    if not identity.number:
        return shown.say("number.old_short") if len(identity.old_number) == 8 else ""
    faults = [each for each in check_number(identity.number, identity, protocols.provinces(), g.now.on)
              if not each.blocks]  # fmt: skip
    if NumberFault.YEAR_IN_FUTURE in faults:  # it goes without saying that it is not the birth year
        faults = [each for each in faults if each is not NumberFault.YEAR_DIFFERS]
    said = ", ".join(shown.say(f"number.{fault}") for fault in faults)
    return shown.say("number.look", faults=said) if said else ""


def read(given: MultiDict[str, str]) -> Numbered:
    """What a form says of a number that we do not have."""
    typed, paper, reason = (given.get(name, "").strip()[:40] for name in ("number", "paper", "number_reason"))
    return Numbered(typed, paper, "" if typed else reason, sure="number_sure" in given)


def asked(person: Person, given: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, Any] | None:
    """What components/number_asked.html needs; None where the number is known.

    What was shown at the desk, or said the last time, is ticked already.
    """
    if person.number:
        return None
    said = read(given)
    before = follow_ups.find_open(person.id, FollowUpKind.NO_NUMBER)
    usual: dict[str, str] = {DocumentKind.PASSPORT: "foreigner", DocumentKind.OLD_CARD: "old_card"}
    reason = said.reason or ("" if given else before.reason if before else usual.get(person.document, ""))
    paper = said.paper or person.document
    return {
        "typed": said.typed,
        "papers": [(str(kind), shown.say(f"desk.document.{kind}"), kind == paper) for kind in PAPERS],
        "reasons": [(each.code, each.label(g.language), each.code == reason)
                    for each in protocols.identity().no_number],
        "unlikely": wrong.get("number") == refusals.sentence(Refusal("number_unlikely")),
        "sure": said.sure,
        "wrong": {name: wrong.get(name) for name in ("number", "paper")},
    }  # fmt: skip

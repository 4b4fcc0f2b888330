"""What the field that finds people takes, and how those whom it found are shown: masked, and yet told apart."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import current_app, g

from kiosk.actions.looking import SHOWN
from kiosk.errors import Refusal
from kiosk.rules import codes
from kiosk.rules.looking import neighbourhood
from kiosk.rules.person import masked_name, masked_number
from kiosk.store import clinic_days, families, people, rosters, visits
from kiosk.web import desk_shown, shown


def _read(words: str) -> codes.Parsed:
    return codes.read_keyed(words, current_app.config["SETTINGS"].hub.addresses)


def is_code(words: str) -> bool:
    """Is it the text of a code, as a scanner types it, and no name or number?"""
    return "|" in words or not isinstance(_read(words), codes.Unknown)


def require_somebodys(words: str) -> str:
    """The text of a code that belongs to a person. Raises Refusal `search_code_nobodys` for a badge, a vial, a link."""
    if not isinstance(_read(words), codes.Bearing | codes.TicketCode | codes.Unknown):
        raise Refusal("search_code_nobodys", field="words")
    return words


def found_people(key: str | None) -> dict[str, Any] | None:
    """What a search of this member of staff found, masked; None when there was none. `more`: there are others."""
    ids = desk_shown.result_of(key, "looking._note_search")
    return None if ids is None else {"people": [_shown(id) for id in ids[:SHOWN]], "more": len(ids) > SHOWN}


def _shown(id: str) -> dict[str, Any]:
    person, day = people.get(id), clinic_days.find_open()
    visit = visits.find(day.id, person.id) if day else None
    guardian = families.find_guardian(person.id)
    return {
        "name": masked_name(person.name),
        "who": " · ".join(filter(None, [str(person.born_year or ""), shown.say(f"station.sex.{person.sex}")])),
        "number": masked_number(person.number or ""),
        "place": neighbourhood(person.address),
        "guardian": masked_name(guardian.name) if guardian else "",
        "listed": rosters.find_entry(person.id, g.now.on) is not None,
        "label": visit.label if visit else None,
        "open_url": desk_shown.url("open_person", id=person.id),
        "key": str(uuid4()),
    }

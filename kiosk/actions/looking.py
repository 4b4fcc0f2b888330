"""Looking at people. A look is a change: it is in the audit, and it is what lets the page be shown."""

from __future__ import annotations

import re

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.person import name_key, read_document_number
from kiosk.rules.words import DocumentKind
from kiosk.store import audit, openings, people, scans


def find_people(by: Actor, now: Moment, key: str, words: str, born_year: str) -> list[str]:
    """Ids of the people a volunteer may mean: by the number of a document, or by name and birth year (at most 20).

    Raises Refusal `search_too_short`: whoever types one letter would see half the commune. The search itself runs
    before the transaction, so that no check-in waits for it.
    """
    document = read_document_number(words)
    year = int(born_year) if re.fullmatch(r"[0-9]{4}", born_year.strip()) else None
    if document and document.kind is DocumentKind.NATIONAL:
        person = people.find_by_number(document.number)
        found = [person] if person else []
    elif document and re.search("[0-9]{4}", document.number):
        found = people.find_by_other_number(document.number)
    elif len(name_key(words)) < 2:
        raise Refusal("search_too_short", field="words")
    else:
        found = people.search(words, year)
    return _note_search(by, now, key, [person.id for person in found])


@act
def _note_search(by: Actor, now: Moment, found: list[str]) -> list[str]:
    audit.add(by, now, "people.searched", found=found)
    return found


@act
def open_person(by: Actor, now: Moment, person_id: str) -> str:
    """Opens one person for this session; returns the id."""
    person = people.get(person_id)
    openings.put(by.session, person.id, now)
    audit.add(by, now, "person.viewed", person.id)
    return person.id


@act
def open_scan(by: Actor, now: Moment, scan_id: str) -> str:
    """Looks at a scanned card that belongs to nobody we know; returns the scan's id. Raises NotFound."""
    scan = scans.get(scan_id)
    audit.add(by, now, "scan.viewed", scan.id)
    return scan.id

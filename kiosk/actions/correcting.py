"""An official card puts right what a list says of somebody."""

from __future__ import annotations

from datetime import date
from typing import Any

from kiosk.rules.actor import Actor
from kiosk.rules.codes import Bearing
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, clean_text, name_key, plain
from kiosk.rules.words import CodeKind, Sex
from kiosk.store import audit, corrections, people, visits
from kiosk.store.columns import record


def believe_card(by: Actor, now: Moment, visit: visits.Visit, code: Bearing) -> None:
    """Within an act that confirmed the visit's person by this code: our record takes the national card's word.

    Only its front writes marks and is issued by the police: nothing else corrects anybody. What was known is kept.
    """
    if code.kind is not CodeKind.NATIONAL_CARD:
        return
    person = visit.person
    better = _better(person, code.identity)
    if not better:
        return
    fields = {name: [_plain(getattr(person, name)), _plain(value)] for name, value in better.items()}
    for name, value in better.items():
        setattr(person, name, value)
    person.name_key = name_key(person.name)
    row = corrections.Correction(person_id=person.id, visit_id=visit.id, document=code.kind, fields=fields, at=now.at,
                                 by=by.id)  # fmt: skip
    record(row, now)
    audit.add(by, now, "person.corrected", person.id, fields=sorted(fields), document=code.kind)


def _better(person: people.Person, seen: Identity) -> dict[str, Any]:
    """What the card says more or otherwise. A name with marks is never replaced by one that has none."""
    known = person.identity
    said: dict[str, Any] = {
        "name": seen.name[:60], "born_on": seen.born_on, "born_year": seen.born_year, "number": seen.number,
        "old_number": seen.old_number,
    }  # fmt: skip
    if _is_bare(seen.name) and not _is_bare(known.name):
        said["name"] = ""
    # The first of January is what a registry writes where it knows the year only.
    if seen.born_on is None or (known.born_on and (seen.born_on.month, seen.born_on.day) == (1, 1)):
        said["born_on"] = said["born_year"] = None
    if known.number:
        said["number"] = ""
    if seen.sex is not Sex.UNKNOWN:
        said["sex"] = str(seen.sex)
    return {name: value for name, value in said.items() if value and value != getattr(person, name)}


def _is_bare(name: str) -> bool:
    return plain(name) == clean_text(name).lower()


def _plain(value: Any) -> Any:
    """As JSON keeps it; "" where there was nothing."""
    return value.isoformat() if isinstance(value, date) else "" if value is None else value

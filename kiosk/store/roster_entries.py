"""The entries of a list while it lands: what is written, and who comes with whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from kiosk.rules.person import name_key, read_document_number, same_name
from kiosk.store import people
from kiosk.store.database import add_rows, db
from kiosk.store.people import Person
from kiosk.store.rosters import Roster, RosterEntry, counting


def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds entries: a mapping of RosterEntry's columns each."""
    add_rows(RosterEntry, rows)


def list_lines(roster_id: str, person_ids: Collection[str]) -> dict[tuple[str, date], int]:
    """Where these people stand on this list already: the line, by person and day."""
    query = select(RosterEntry.roster_id, RosterEntry.person_id, RosterEntry.on, RosterEntry.line)
    rows = db.session.execute(query.where(RosterEntry.person_id.in_(person_ids)))
    return {(person_id, on): line for of, person_id, on, line in rows if of == roster_id}


def list_approved(person_ids: Collection[str], days: Collection[date]) -> dict[tuple[str, date], str]:
    """Who has answered for these people (ids of those who stand for themselves) on these days already."""
    stands = people.whose(person_ids)
    query = select(RosterEntry.person_id, RosterEntry.on, RosterEntry.approved_by).join(Roster)
    theirs = query.where(RosterEntry.person_id.in_(stands), RosterEntry.approved_by != "", counting())
    return {(stands[id], on): by for id, on, by in db.session.execute(theirs) if on in days}


def list_wards(roster_id: str, after: int, most: int) -> list[tuple[int, str, dict[str, str]]]:
    """The next rows behind that line that name a guardian: line, person, cells."""
    named = [RosterEntry.cells[column].as_string() != "" for column in ("guardian_number", "guardian_name")]
    query = select(RosterEntry.line, RosterEntry.person_id, RosterEntry.cells)
    query = query.where(RosterEntry.roster_id == roster_id, RosterEntry.line > after, or_(*named))
    rows = db.session.execute(query.order_by(RosterEntry.line).limit(most))
    return [(line, person_id, cells or {}) for line, person_id, cells in rows]


def list_guardians(roster_id: str, number: str, name: str) -> list[Person]:
    """Who is meant by that number; without one, or where nobody has it, whoever on this list has that name.

    Nobody where number and name, or two numbers, contradict each other: a wrong guardian would sign for the child.
    """
    document = read_document_number(number)
    owner = people.find_by_number(document.number) if document else None
    if owner is not None:
        return [owner] if not name.strip() or name_key(owner.name) == name_key(name) else []
    named = {one.id: one for one in db.session.scalars(select(Person).where(Person.name_key == name_key(name)))}
    entries = select(RosterEntry.person_id, RosterEntry.roster_id).where(RosterEntry.person_id.in_(named))
    found = [people.standing(named[id]) for id, of in db.session.execute(entries) if of == roster_id]
    free = [one for one in found if document is None or not one.number]
    return [one for one in free if same_name(one.name, name)]

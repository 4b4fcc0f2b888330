"""Typing paper survey forms (phiếu điều tra): somebody is put on the list of a day."""

from __future__ import annotations

from kiosk.actions.act import act
from kiosk.actions.approving import APPROVES
from kiosk.actions.family import give_guardian
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.person import Identity, name_key
from kiosk.rules.roster import Planned
from kiosk.store import audit, people, rosters, surveys, topics

SOMEBODY_ELSE = "somebody_else"
# What a typed form fills in where nothing is known yet; it overwrites nothing.
FILLS = ("number", "old_number", "address", "phone", "insurance", "workplace")
TYPED, TAKEN_BACK = "form.typed", "form.taken_back"


def list_typed(by: Actor, limit: int) -> list[tuple[rosters.RosterEntry, people.Person, list[str]]]:
    """The last forms that this session typed and did not take back, newest first: line, person, ids of who was new."""
    said = audit.list_last(TYPED, by.session, limit * 2)
    lines = [(surveys.find_entry(one.facts["entry"]), one.facts) for one in said]
    return [(entry, people.get(facts["person"]), facts["added"]) for entry, facts in lines if entry is not None][:limit]


def count_typed(by: Actor) -> int:
    """How many forms this session typed and did not take back."""
    return audit.count_of(TYPED, by.session) - audit.count_of(TAKEN_BACK, by.session)


@act
def add_subject(by: Actor, now: Moment, planned: Planned, same_as: str = "") -> str:
    """Puts somebody from a paper form on the list of their day; returns the line's id.

    Whoever is known is not doubled: by number, or `same_as`, the id of somebody alike, or `SOMEBODY_ELSE`. The line of
    a volunteer waits for approval; whoever may approve answers for theirs. Raises Refusal `day_past`,
    `number_of_another`, `survey_alike` (with whom: `ids`), `already_expected`, `guardian_unknown`,
    `guardian_of_another_name`, and as `family.give_guardian`.
    """
    if planned.on < now.on:
        raise Refusal("day_past", field="on")
    known = _find_known(planned.identity, same_as)
    person = known or people.add(planned.identity)
    if known is None:
        audit.add(by, now, "person.added", person.id, numbered=bool(planned.identity.number), alike=bool(same_as))
    elif rosters.find_entry(known.id, planned.on):
        raise Refusal("already_expected", field="name")
    _fill(person, planned)
    added = [person.id] if known is None else []
    guardian = _find_or_add_guardian(by, now, planned, added)
    if guardian is not None:
        give_guardian(by, now, person, guardian)
    file = surveys.take_list(by, now, planned.on)
    entry = surveys.add_entry(file, person, planned, by.id if may(by.role, APPROVES) else "")
    audit.add(by, now, TYPED, by.session, entry=entry.id, person=person.id, list=file.id, added=added,
              approved=entry.approved)  # fmt: skip
    topics.touch(topics.DAY)
    return entry.id


def _find_known(identity: Identity, same_as: str) -> people.Person | None:
    """By number; else somebody of that name and birth year, once the volunteer has said that it is them."""
    numbered = people.find_by_number(identity.number) if identity.number else None
    if numbered is not None:
        if (numbered.name_key, numbered.born_year) != (name_key(identity.name), identity.born_year):
            raise Refusal("number_of_another", field="number")
        return numbered
    # Two numbers are two people.
    alike = [one for one in people.list_alike(identity) if not (one.number and identity.number)]
    if not alike or same_as == SOMEBODY_ELSE:
        return None
    chosen = next((one for one in alike if one.id == same_as), None)
    if chosen is None:
        raise Refusal("survey_alike", field="same_as", n=len(alike), ids=[one.id for one in alike])
    return chosen


def _fill(person: people.Person, planned: Planned) -> None:
    for name in FILLS:
        said = getattr(planned.identity, name, "") or getattr(planned, name, "")
        if said and not getattr(person, name):
            setattr(person, name, said)


def _find_or_add_guardian(by: Actor, now: Moment, planned: Planned, added: list[str]) -> people.Person | None:
    """By number, or by name and phone; somebody whom we do not know needs a name. None: the form names nobody.

    A number that is somebody else's by the name beside it was mistyped: a stranger must not answer for a child.
    """
    name, number, phone = planned.guardian_name, planned.guardian_number, planned.guardian_phone
    if not (name or number or phone):
        return None
    known = people.find_by_number(number) if number else None
    if known is not None and name and known.name_key != name_key(name):
        raise Refusal("guardian_of_another_name", field="guardian_reach")
    if known is None and name:
        known = next(iter(people.list_by_name_and_phone(name, phone)), None)
    if known is not None:
        return known
    if not name:
        raise Refusal("guardian_unknown", field="guardian_name")
    guardian = people.add(Identity(name, number))
    guardian.phone = phone
    added.append(guardian.id)
    audit.add(by, now, "person.added", guardian.id, numbered=bool(number), guardian=True)
    return guardian


@act
def undo_subject(by: Actor, now: Moment, entry_id: str) -> str:
    """Takes back the last form that this session typed; returns the line's id.

    People who came with it go with it, as far as nothing else knows of them. Raises Refusal `not_the_last`,
    `survey_used` when somebody has come with it.
    """
    newest = next(iter(list_typed(by, 1)), None)
    if newest is None or newest[0].id != entry_id:
        raise Refusal("not_the_last")
    entry, _, added = newest
    if surveys.is_used(entry):
        raise Refusal("survey_used")
    surveys.take_back(entry, added)
    audit.add(by, now, TAKEN_BACK, by.session, entry=entry_id)
    topics.touch(topics.DAY)
    return entry_id

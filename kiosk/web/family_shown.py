"""A family at the desk: who comes with whom, who is expected today, and whom a guardian may be found among."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from flask import g, request, url_for

from kiosk import protocols
from kiosk.rules import family as rules
from kiosk.rules import person as persons
from kiosk.store import clinic_days, families, openings, people
from kiosk.web import desk_shown, shown

MOST = 8


def url(name: str, **facts: Any) -> str:
    """The address of one of a family's acts."""
    return url_for(f"family.{name}", station=g.actor.station, **facts)


def members(
    row: people.Person, day: clinic_days.ClinicDay | None, ticked: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Who may be ticked to get a number now: this person, and those of their family who are expected. [] for one alone.

    `ticked`: the ids that were ticked before; None ticks everybody who is expected.
    """
    family = families.find(row.id, day) if day else None
    others = [one for one in family.others if one.awaited] if family else []
    if family is None or not others:
        return []
    mine = [] if family.holder.visit else [family.holder]
    here = sorted((*mine, *others), key=lambda one: one.person.id != family.guardian_id)
    return [
        {
            "id": one.person.id,
            "words": f"{_name(one.person, row)} · {one.person.born_year or '–'}",
            "expected": one.expected,
            "ticked": one.expected if ticked is None else one.person.id in ticked,
        }
        for one in here
    ]


def family(row: people.Person, day: clinic_days.ClinicDay | None) -> dict[str, Any]:
    """Guardian and children, masked, with their numbers; whom to choose a guardian from where there is none."""
    guardian, children = families.find_guardian(row.id), families.list_children(row.id)
    may_link = guardian is None and not children
    candidates = _candidates(row) if may_link else []
    return {
        "guardian": _relative(guardian, day) if guardian else None,
        "children": [_relative(one, day) for one in children],
        "candidates": candidates,
        "may_link": may_link,
        "link_open": "guardian" in request.args,
        "nobody_found": "guardian" in request.args and not candidates,
        "link_words": "",
        "link_wrong": {},
        "given": {},
        "link_url": url("link", id=row.id),
        "find_guardian_url": url("find", id=row.id),
        "add_guardian_url": url("add", id=row.id),
        "unlink_url": url("unlink", id=row.id),
    }


def _relative(person: people.Person, day: clinic_days.ClinicDay | None) -> dict[str, Any]:
    stands = families.member(person, day) if day else None
    return {
        "name": persons.masked_name(person.name),
        "who": " · ".join(filter(None, [str(person.born_year or ""), shown.say(f"station.sex.{person.sex}")])),
        "label": stands.visit.label if stands and stands.visit else None,
        "expected": bool(stands and stands.expected),
        "open_url": desk_shown.url("open_person", id=person.id),
        "key": str(uuid4()),
    }


def _name(person: people.Person, open_one: people.Person) -> str:
    return person.name if person.id == open_one.id else persons.masked_name(person.name)


def _found() -> list[people.Person]:
    """What the last search for a guardian found."""
    ids = desk_shown.result_of(request.args.get("guardian"), "looking._note_search")
    return [people.get(id) for id in ids or ()]


def _candidates(row: people.Person) -> list[dict[str, Any]]:
    """Whom the search found; before any, whom this session has opened lately. Nobody who cannot be a guardian."""
    searched = "guardian" in request.args
    among = _found() if searched else openings.list_newest(g.actor.session, MOST)
    today, protocol = g.now.on, protocols.family()
    return [
        {
            "id": one.id,
            "name": persons.masked_name(one.name),
            "who": " · ".join(filter(None, [str(one.born_year or ""), persons.masked_number(one.number or "")])),
            "key": str(uuid4()),
        }
        for one in among
        if one.id != row.id
        and not rules.is_minor(one.identity, protocol, today)
        and families.find_guardian(one.id) is None
    ][:MOST]

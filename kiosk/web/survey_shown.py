"""The form that paper survey forms are typed into: how a row is read, what it keeps, and what was typed before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import g, url_for

from kiosk import protocols
from kiosk.actions import survey as acts
from kiosk.errors import Refusal
from kiosk.rules import person as persons
from kiosk.rules import roster
from kiosk.rules.words import Sex
from kiosk.store import clinic_days, people, surveys
from kiosk.web import number_shown, refusals, shown

# In the order of the paper.
FIELDS = ("name", "birth", "sex", "number", "phone", "group", "address", "guardian_name", "guardian_reach", "on")
# One key for each answer. N is neither: Nam and Nữ both begin with it.
SEX_KEYS = {"m": "0", "f": "1"}
# What a list may leave out and say so, the typist mends: the paper lies beside the keyboard.
MENDED_HERE = {"phone_odd", "group_unknown", "guardian_odd", "cut"}
NEWEST = 10


def url(name: str, **facts: Any) -> str:
    """The address of one of this station's survey pages."""
    return url_for(f"survey.{name}", station=g.actor.station, **facts)


def read(given: Mapping[str, str]) -> tuple[roster.Planned | None, dict[str, str]]:
    """What a row says, by the rules of the list; or a sentence for each field that says it wrongly."""
    reach = re.sub(r"[\s.-]", "", given["guardian_reach"])
    by_number = re.fullmatch(r"[0-9]{11,12}", reach) and not reach.startswith("84")
    cells = {name: given[name] for name in FIELDS if name != "guardian_reach"}
    cells["sex"] = SEX_KEYS.get(given["sex"].strip().lower(), given["sex"])
    cells["guardian_number" if by_number else "guardian_phone"] = given["guardian_reach"]
    reading = roster.read_row(cells, g.now.on, None, protocols.catalogues())
    wrong: dict[str, str] = {}
    for reason in reading.reasons:
        field = {"guardian_number": "guardian_reach", "guardian_phone": "guardian_reach"}.get(
            reason.column, reason.column
        )
        if reason.stops or reason.code in MENDED_HERE:
            wrong.setdefault(field, shown.say(f"roster.reason.{reason.code}", **reason.facts))
    if "sex" in wrong and given["sex"].strip().lower() == "n":
        wrong["sex"] = shown.say("survey.sex.either")
    return (None, wrong) if wrong else (reading.planned, {})


def empty() -> dict[str, str]:
    """A new row, for the next prepared day; or for the day and village of the form before: a heap is of one hamlet."""
    given = dict.fromkeys(FIELDS, "") | {"on": f"{days()[0]:%Y-%m-%d}"}
    last = next(iter(acts.list_typed(g.actor, 1)), None)
    if last is not None and last[0].on >= g.now.on:
        entry, person, _ = last
        given |= {"address": person.address, "on": f"{entry.on:%Y-%m-%d}"}
    return given


def days() -> list[date]:
    """For which days somebody may be entered: prepared ones after today first, then today, then the next two."""
    today = g.now.on
    prepared = [day for day in surveys.list_days(today) if day > today or clinic_days.find_open() is None]
    return list(dict.fromkeys([*prepared, today, *(today + timedelta(days=n) for n in (1, 2))]))


def alike(refusal: Refusal) -> list[dict[str, str]]:
    """Whom the row may mean, masked."""
    found = [people.get(id) for id in refusal.facts["ids"]] if refusal.field == "same_as" else []  # type: ignore[attr-defined]
    return [
        {
            "id": one.id,
            "words": " · ".join(
                filter(None, [
                    persons.masked_name(one.name), persons.birth_text(one.identity),
                    persons.masked_number(one.number or ""), one.address[:60],
                ])
            ),
        }
        for one in found
    ]  # fmt: skip


def typed() -> dict[str, Any]:
    """The last forms of this session, and how the newest may be taken back."""
    rows = acts.list_typed(g.actor, NEWEST)
    return {
        "typed": [
            {
                "name": persons.masked_name(person.name),
                "who": " · ".join(filter(None, [persons.birth_text(person.identity), _sex(person)])),
                "on": entry.on,
                "line": entry.line,
                "known": person.id not in added,
                "approved": entry.approved,
                "warning": number_shown.warning(person.identity),
            }
            for entry, person, added in rows
        ],
        "count": acts.count_typed(g.actor),
        "undo_url": url("undo"),
        "undo_key": str(uuid4()),
        "last_id": rows[0][0].id if rows else "",
    }


def _sex(person: people.Person) -> str:
    return shown.say(f"station.sex.{Sex(person.sex)}")


def page(given: dict[str, str], wrong: dict[str, str], refusal: Refusal | None = None, key: str = "") -> dict[str, Any]:
    """Everything that the form shows; the cursor stands in the first field that is wrong."""
    first = next((name for name in FIELDS if name in wrong), "" if refusal else "name")
    general = refusal if refusal and refusal.field not in (*FIELDS, "same_as") else None
    return {
        "given": given,
        "wrong": wrong,
        "focus": first,
        "refusal": refusals.sentence(general) if general else None,
        "alike": alike(refusal) if refusal else [],
        "days": [(f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}") for day in days()],
        "groups": [(group.code, group.vi if g.language == "vi" else group.en) for group in protocols.priority().groups],
        "add_url": url("add"),
        "add_key": key or str(uuid4()),
    } | typed()

"""What a ministry can change without us: TOML with `version`, `source` and `valid_from`, loaded once."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.rules import family as family_rules
from kiosk.rules import identity as identity_rules
from kiosk.rules import observation as observation_rules
from kiosk.rules import plan as plan_rules
from kiosk.rules import printing as printing_rules
from kiosk.rules import priority as priority_rules
from kiosk.rules import schedule
from kiosk.rules import screening as screening_rules
from kiosk.rules import staff as staff_rules
from kiosk.rules.declaration import Form, Group, Item
from kiosk.rules.person import Pronoun, Provinces
from kiosk.rules.roster import Catalogues, squeezed
from kiosk.rules.roster_columns import Column, Profile
from kiosk.rules.steps import MaySkip, Step, Steps, Word
from kiosk.rules.words import Conclusion, DayHalf, Role, Sex

FOLDER = Path(__file__).parent
# What decides how people are treated on a day: its plan remembers which versions it was made under.
OF_A_DAY = (
    "steps", "declaration", "screening", "vaccines", "identity", "observation", "priority", "distance", "capacity",
)  # fmt: skip


def _read(name: str) -> dict[str, Any]:
    with (FOLDER / f"{name}.toml").open("rb") as file:
        protocol = tomllib.load(file)
    for key in ("version", "source", "valid_from"):
        if key not in protocol:
            raise ValueError(f"protocols/{name}.toml has no {key}")
    return protocol


@cache
def steps() -> Steps:
    """The steps of a visit, in order."""
    protocol = _read("steps")
    reasons = tuple(Word(**reason) for reason in protocol["skip_reasons"])
    return Steps(protocol["version"], protocol["source"], tuple(_step(step) for step in protocol["steps"]), reasons)


def _step(row: dict[str, Any]) -> Step:
    skip = row.pop("may_skip", None)
    may_skip = MaySkip(frozenset(Role(role) for role in skip["roles"]), skip["leads_to"]) if skip else None
    return Step(**row | {"must_record": tuple(row.get("must_record", ()))}, may_skip=may_skip)


@cache
def declaration() -> Form:
    """The health declaration in force."""
    protocol = _read("declaration")
    groups = tuple(
        Group(
            code=group["code"],
            question=Item(group["code"], group["vi"], group["en"]),
            items=tuple(Item(**item) for item in group["items"]),
            attention=group["attention"],
        )
        for group in protocol["groups"]
    )
    return Form(protocol["version"], protocol["source"], groups)


@cache
def screening() -> screening_rules.Form:
    """The screening form in force."""
    protocol = _read("screening")
    items = tuple(
        screening_rules.Item(
            **row
            | {
                "leads_to": Conclusion(row["leads_to"]),
                "only_sex": Sex(row["only_sex"]) if "only_sex" in row else None,
            }
        )
        for row in protocol["items"]
    )
    vitals = tuple(screening_rules.Vital(**{"low": None, "high": None} | row) for row in protocol["vitals"])
    outcomes = tuple(
        screening_rules.Outcome(**row | {"conclusion": Conclusion(row["conclusion"])}) for row in protocol["outcomes"]
    )
    return screening_rules.Form(protocol["version"], protocol["source"], protocol["min_age"], items, vitals, outcomes)


@cache
def vaccines() -> schedule.Vaccines:
    """The vaccines in use: series, intervals, ages."""
    protocol = _read("vaccines")
    products = tuple(
        schedule.Vaccine(**row | {"ages": tuple(schedule.Ages(**{"max": None} | ages) for ages in row["ages"])})
        for row in protocol["vaccines"]
    )
    return schedule.Vaccines(protocol["version"], protocol["source"], products, protocol["extra_min_days"])


@cache
def identity() -> identity_rules.Protocol:
    """What somebody without a card says themselves."""
    protocol = _read("identity")
    spoken = tuple(identity_rules.Spoken(**row) for row in protocol["spoken"])
    return identity_rules.Protocol(protocol["version"], protocol["source"], spoken)


@cache
def family() -> family_rules.Protocol:
    """Who may be somebody's guardian."""
    protocol = _read("family")
    return family_rules.Protocol(protocol["version"], protocol["source"], protocol["adult_age"])


@cache
def observation() -> observation_rules.Protocol:
    """How long people stay after the injection."""
    protocol = _read("observation")
    return observation_rules.Protocol(protocol["version"], protocol["source"], protocol["minutes"])


@cache
def pronouns() -> tuple[Pronoun, ...]:
    """How to address people, by age and, where it is known, sex."""
    return tuple(
        Pronoun(row["min_age"], row["word"], Sex(row["sex"]) if "sex" in row else None)
        for row in _read("pronouns")["rows"]
    )


@cache
def provinces() -> Provinces:
    """Where births are registered: how the personal number begins."""
    protocol = _read("provinces")
    first, last = protocol["countries"]
    return Provinces(protocol["version"], protocol["source"], protocol["provinces"], range(first, last + 1))


@cache
def slips() -> printing_rules.Protocol:
    """Until when paper is of use, and how a roll of it is counted."""
    protocol = _read("slips")
    ticket, roll = protocol["ticket"], protocol["roll"]
    return printing_rules.Protocol(
        protocol["version"], protocol["source"], timedelta(minutes=ticket["useful_minutes"]),
        timedelta(minutes=ticket["called_minutes"]), roll["feed_mm"], roll["low_percent"],
    )  # fmt: skip


@cache
def distance_m() -> int:
    """How far apart people stand, in metres."""
    return int(_read("distance")["distance_m"])


@cache
def staff() -> staff_rules.Protocol:
    """Which roles practise under a licence, and which mostly help for a day."""
    protocol = _read("staff")
    licensed, for_a_day = (frozenset(map(Role, protocol[key])) for key in ("licensed", "for_a_day"))
    return staff_rules.Protocol(protocol["version"], protocol["source"], protocol["valid_from"], licensed, for_a_day)


@cache
def roster() -> Profile:
    """The layout of the list that the site gets and gives back: the ministry's sheet."""
    protocol = _read("roster")
    columns = tuple(Column(**row | {"also": tuple(row.get("also", ()))}) for row in protocol["columns"])
    groups = {title: tuple(words) for title, words in protocol["groups"].items()}
    return Profile(protocol["version"], protocol["source"], protocol["sheet"], columns, groups)


@cache
def catalogues() -> Catalogues:
    """What the cells of a list may name: vaccines and how they are written, provinces, priority and special groups."""
    spellings = _read("roster")["vaccines"]
    written = {squeezed(each): code for code, words in spellings.items() for each in words}
    named = {squeezed(word): vaccine.code for vaccine in vaccines().vaccines for word in (vaccine.code, vaccine.name)}
    order = priority()
    specials = {
        squeezed(word): special.code
        for special in order.specials
        for word in (special.code, special.vi, special.en, *special.also)
    }
    return Catalogues(written | named, provinces(), frozenset(group.code for group in order.groups), specials)


@cache
def priority() -> priority_rules.Priority:
    """Who comes first: age, groups 1 to 16, special groups."""
    protocol = _read("priority")
    specials = tuple(
        priority_rules.Special(**row | {"also": tuple(row.get("also", ()))}) for row in protocol["specials"]
    )
    groups = tuple(priority_rules.Group(**row) for row in protocol["groups"])
    return priority_rules.Priority(
        protocol["version"], protocol["source"], groups, specials, protocol["age"]["first_from"]
    )


@cache
def distances_m() -> tuple[int, ...]:
    """The distances that a site may set for a zone, in metres."""
    return tuple(_read("distance")["allowed_m"])


@cache
def capacity() -> plan_rules.Capacity:
    """How many people a clinic day is made for, until the site says otherwise."""
    protocol = _read("capacity")
    hours = {
        DayHalf(half): (time.fromisoformat(opens), time.fromisoformat(closes))
        for half, (opens, closes) in protocol["hours"].items()
    }
    return plan_rules.Capacity(
        protocol["version"], protocol["source"], protocol["pace_minutes"], protocol["slot_minutes"],
        protocol["max_per_table_session"], protocol["m2_per_person"], protocol["zone_most"], hours,
    )  # fmt: skip


@cache
def versions() -> tuple[plan_rules.Version, ...]:
    """The protocols that decide how people are treated on a day, as they are in force."""
    read = {name: _read(name) for name in OF_A_DAY}
    return tuple(
        plan_rules.Version(name, each["version"], each["valid_from"], each["source"]) for name, each in read.items()
    )

"""What a ministry can change without us: TOML with `version`, `source` and `valid_from`, loaded once."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.rules import box_judging as box_rules
from kiosk.rules import consent as consent_rules
from kiosk.rules import dose as dose_rules
from kiosk.rules import family as family_rules
from kiosk.rules import identity as identity_rules
from kiosk.rules import observation as observation_rules
from kiosk.rules import plan as plan_rules
from kiosk.rules import printing as printing_rules
from kiosk.rules import priority as priority_rules
from kiosk.rules import queueing as queue_rules
from kiosk.rules import screening as screening_rules
from kiosk.rules import staff as staff_rules
from kiosk.rules import stock as stock_rules
from kiosk.rules import vaccines as vaccine_rules
from kiosk.rules.declaration import Form, Group, Item
from kiosk.rules.person import Pronoun, Provinces
from kiosk.rules.roster import Catalogues, squeezed
from kiosk.rules.roster_columns import Column, Profile
from kiosk.rules.steps import MaySkip, Step, Steps, Word
from kiosk.rules.words import Conclusion, DayHalf, DoseKind, Role, Sex

FOLDER = Path(__file__).parent
# What decides how people are treated on a day: its plan remembers which versions it was made under.
OF_A_DAY = (
    "steps", "declaration", "screening", "screening_child", "consent", "vaccines", "identity", "observation",
    "priority", "distance", "capacity", "lanes", "queue",
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
def screening_forms() -> screening_rules.Forms:
    """The screening forms in force: for adults, for children. One person's is `due`, one that was recorded is `of`."""
    return screening_rules.Forms((_screening(_read("screening")), _screening(_read("screening_child"))))


def _screening(protocol: dict[str, Any]) -> screening_rules.Form:
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
    return screening_rules.Form(
        **protocol["form"], version=protocol["version"], source=protocol["source"], min_age=protocol["min_age"],
        items=items, vitals=vitals, outcomes=outcomes,
    )  # fmt: skip


@cache
def consent() -> consent_rules.Protocol:
    """Whose signed consent is recorded, and on which form it stands."""
    protocol = _read("consent")
    return consent_rules.Protocol(
        protocol["version"], protocol["source"], consent_rules.RecordedFor(protocol["recorded_for"]),
        protocol["childrens_version"],
    )  # fmt: skip


@cache
def vaccines() -> vaccine_rules.Vaccines:
    """The vaccines in use, and what holds between their doses since when."""
    protocol = _read("vaccines")
    ill = protocol["after_covid"]
    return vaccine_rules.Vaccines(
        protocol["version"],
        protocol["source"],
        tuple(_vaccine(row, protocol["shortened"]) for row in protocol["vaccines"]),
        tuple(vaccine_rules.Mix(**row | _sets(row, "after", "give")) for row in protocol["mixes"]),
        tuple(vaccine_rules.Extra(**row | _sets(row, "series", "codes")) for row in protocol["extras"]),
        vaccine_rules.AfterCovid(**ill | _sets(ill, "codes")),
        protocol["other_vaccines"]["days"],
    )


def _sets(row: dict[str, Any], *keys: str) -> dict[str, Any]:
    found: dict[str, Any] = {key: frozenset(row.get(key, ())) for key in keys}
    kinds = {"kinds": frozenset(map(DoseKind, row["kinds"]))} if "kinds" in row else {}
    return found | kinds | ({"kind": DoseKind(row["kind"])} if "kind" in row else {})


def _vaccine(row: dict[str, Any], shortened: list[dict[str, Any]]) -> vaccine_rules.Vaccine:
    intervals = [vaccine_rules.Interval(**interval) for interval in row["intervals"]]
    for local in shortened:
        if local["applies"] and local["vaccine"] == row["code"]:
            days, least = local["recommended_days"], intervals[-1].min_days
            intervals.append(vaccine_rules.Interval(min(days, least), days, local["valid_from"], local["source"]))
    ages = tuple(vaccine_rules.Ages(**{"max": None} | each) for each in row["ages"])
    intervals.sort(key=lambda interval: interval.valid_from)
    return vaccine_rules.Vaccine(**row | {"intervals": tuple(intervals), "ages": ages} | _sets(row, "not_for"))


@cache
def doses() -> dose_rules.Protocol:
    """Why a dose is given against a warning, and why one that was recorded does not stand."""
    protocol = _read("doses")
    return dose_rules.Protocol(
        protocol["version"], protocol["source"],
        accept_reasons=tuple(dose_rules.Reason(**row) for row in protocol["accept_reasons"]),
        void_reasons=tuple(dose_rules.VoidReason(**row) for row in protocol["void_reasons"]),
        correct_reasons=tuple(dose_rules.Reason(**row) for row in protocol["correct_reasons"]),
    )  # fmt: skip


@cache
def identity() -> identity_rules.Protocol:
    """What somebody without a card says themselves, why somebody has no number, why two people overrule a card."""
    protocol = _read("identity")
    spoken = tuple(identity_rules.Spoken(**row) for row in protocol["spoken"])
    no_number, overrides = (
        tuple(identity_rules.Reason(**row) for row in protocol[name]) for name in ("no_number", "override")
    )
    return identity_rules.Protocol(protocol["version"], protocol["source"], spoken, no_number, overrides)


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
def stock() -> stock_rules.Keeping:
    """How vaccine is kept, when to warn, why it may be wasted."""
    protocol = _read("stock")
    reasons = tuple(stock_rules.WasteReason(**row) for row in protocol["waste"])
    return stock_rules.Keeping(
        protocol["version"], protocol["source"], protocol["coldest"], protocol["warmest"], protocol["most_extra"],
        protocol["warn_minutes"], protocol["expiring_days"], protocol["open_least_minutes"],
        protocol["open_most_hours"], reasons,
    )  # fmt: skip


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
def lanes() -> queue_rules.Lanes:
    """The lanes of the queue, and who belongs to which."""
    protocol, elders = _read("lanes"), priority().first_from
    return queue_rules.Lanes(
        protocol["version"], protocol["source"], tuple(_lane(row, elders) for row in protocol["lanes"])
    )  # fmt: skip


def _lane(row: dict[str, Any], elders: int) -> queue_rules.Lane:
    from_age = elders if row.pop("elders", False) else None
    return queue_rules.Lane(**row | {"from_age": from_age} | _sets(row, "groups", "specials", "said"))


@cache
def queue() -> queue_rules.Protocol:
    """How the queue is kept, and why it may not be followed as it stands."""
    protocol = _read("queue")
    jump, hold, back, transfer, lane, admit, early = (
        tuple(queue_rules.Reason(**row) for row in protocol[kind])
        for kind in ("jump", "hold", "back", "transfer", "lane", "admit", "early")
    )
    return queue_rules.Protocol(
        protocol["version"], protocol["source"], protocol["answer_seconds"], protocol["attempts"],
        protocol["returns_behind"], protocol["early_minutes"], protocol["late"], protocol["call_minutes"],
        jump=jump, hold=hold, back=back, transfer=transfer, lane=lane, admit=admit, early=early,
    )  # fmt: skip


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
        protocol["max_per_table_session"], protocol["zone_most"], hours,
    )  # fmt: skip


@cache
def versions() -> tuple[plan_rules.Version, ...]:
    """The protocols that decide how people are treated on a day, as they are in force."""
    read = {name: _read(name) for name in OF_A_DAY}
    return tuple(
        plan_rules.Version(name, each["version"], each["valid_from"], each["source"]) for name, each in read.items()
    )


@cache
def boxes() -> box_rules.Limits:
    """From when on somebody should look after a box."""
    said = _read("boxes")
    return box_rules.Limits(
        heat_look_c=said["heat"]["look_c"], heat_slows_c=said["heat"]["slows_c"], heat_limit_c=said["heat"]["limit_c"],
        disk_look_mb=said["disk"]["look_mb"], disk_full_mb=said["disk"]["full_mb"],
        life_look_percent=said["card"]["life_look_percent"], life_over_percent=said["card"]["life_over_percent"],
        battery_look_mv=said["clock"]["battery_look_mv"], memory_look_mb=said["memory"]["look_mb"],
        load_look=said["load"]["look_per_core"], late_seconds=said["report"]["late_seconds"],
    )  # fmt: skip

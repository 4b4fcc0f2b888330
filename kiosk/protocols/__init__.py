"""What a ministry can change without us: TOML with `version`, `source` and `valid_from`, loaded once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.rules.declaration import Form, Group, Item
from kiosk.rules.person import Pronoun
from kiosk.rules.steps import Step, Steps
from kiosk.rules.words import Sex

FOLDER = Path(__file__).parent


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
    return Steps(protocol["version"], protocol["source"], tuple(Step(**step) for step in protocol["steps"]))


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
def pronouns() -> tuple[Pronoun, ...]:
    """How to address people, by age and, where it is known, sex."""
    return tuple(
        Pronoun(row["min_age"], row["word"], Sex(row["sex"]) if "sex" in row else None)
        for row in _read("pronouns")["rows"]
    )


@cache
def distance_m() -> int:
    """How far apart people stand, in metres."""
    return int(_read("distance")["distance_m"])

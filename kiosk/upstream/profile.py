"""How the platform wants to be told: identifier systems, code systems and the codes of the vaccines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("profile.toml")
OF_A_VACCINE = ("cvx", "atc")


@dataclass(frozen=True)
class Code:
    """A code of one system; `display` may be ""."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True)
class Product:
    """A vaccine as the platform calls it; no codes where none are established."""

    text: str
    codes: tuple[Code, ...] = ()


@dataclass(frozen=True)
class Systems:
    """Who mints which identifier. `person`: of those without a number."""

    dose: str
    session: str
    person: str
    staff: str
    site: str
    number: str
    old_number: str


@dataclass(frozen=True)
class Profile:
    """What `profile.toml` says. `named`: the profile of each resource type that has one.

    `notes`: sentences for what R4 has no element for. `series`: by DoseKind, where it has a name.
    """

    version: str
    source: str
    systems: Systems
    disease: Code
    notes: Mapping[str, str]
    series: Mapping[str, str]
    named: Mapping[str, str]
    vaccines: Mapping[str, Product]

    def product(self, vaccine: str) -> Product:
        """The vaccine of our code; one that the profile does not know is told by that code alone."""
        return self.vaccines.get(vaccine) or Product(vaccine)


@cache
def load() -> Profile:
    """The profile in force. Raises ValueError for a file without version, source or day."""
    with FILE.open("rb") as file:
        content = tomllib.load(file)
    for key in ("version", "source", "valid_from"):
        if key not in content:
            raise ValueError(f"upstream/{FILE.name} has no {key}")
    systems: dict[str, str] = content["systems"]
    return Profile(
        version=content["version"],
        source=content["source"],
        systems=Systems(**{name: uri for name, uri in systems.items() if name not in OF_A_VACCINE}),
        disease=Code(**content["disease"]),
        notes=content["notes"],
        series=content["series"],
        named={name: url for name, url in content["profiles"].items() if url},
        vaccines={code: _product(row, systems) for code, row in content["vaccines"].items()},
    )


def _product(row: Mapping[str, Any], systems: Mapping[str, str]) -> Product:
    return Product(row["text"], tuple(Code(systems[name], row[name]) for name in OF_A_VACCINE if name in row))

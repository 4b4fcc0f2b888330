"""In which order people get their slots: age first, then group, then their place on the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kiosk.rules.person import full_years

# The special group whose doses the commune's health station enters.
RECOVERED = "recovered"


@dataclass(frozen=True)
class Group:
    """A priority group of QĐ 3355/QĐ-BYT. `to_check`: its wording is to be compared with the decision."""

    code: str
    vi: str
    en: str
    to_check: bool = False


@dataclass(frozen=True)
class Special:
    """People whom the site must be ready for. `first`: they come before everybody, where the site has set it so."""

    code: str
    vi: str
    en: str
    source: str
    first: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Priority:
    """Who comes first. `first_from`: full years from which age goes before everything else."""

    version: str
    source: str
    groups: tuple[Group, ...]
    specials: tuple[Special, ...]
    first_from: int

    def group(self, code: str) -> Group | None:
        """The group with this code; None where a list had none or another."""
        return next((group for group in self.groups if group.code == code), None)

    def special(self, code: str) -> Special | None:
        """The special group with this code."""
        return next((special for special in self.specials if special.code == code), None)


@dataclass(frozen=True)
class Expected:
    """Somebody on the list, as far as the order goes. `line`: their place on it."""

    id: str
    born_on: date | None
    born_year: int | None
    group: str
    special: str
    line: int


def order_key(priority: Priority, one: Expected, on: date) -> tuple[bool, bool, int, int, str]:
    """What people are sorted by on this day: the smaller comes first. Without a group they come after the groups."""
    special = priority.special(one.special)
    codes = [group.code for group in priority.groups]
    place = codes.index(one.group) if one.group in codes else len(codes)
    return not (special and special.first), not _elder(priority, one, on), place, one.line, one.id


def order(priority: Priority, people: Iterable[Expected], on: date) -> list[Expected]:
    """Everybody in the order in which they get slots on this day (Bình Phước 3294/UBND-KGVX, point 1)."""
    return sorted(people, key=lambda one: order_key(priority, one, on))


def _elder(priority: Priority, one: Expected, on: date) -> bool:
    """Where only the year is known, whoever reaches the age this year counts as having it."""
    if one.born_on is None:
        return one.born_year is not None and on.year - one.born_year >= priority.first_from

    return full_years(one.born_on, on) >= priority.first_from

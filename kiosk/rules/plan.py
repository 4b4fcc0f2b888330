"""Tomorrow's clinic day: slots from tables and pace, zones from their size, who gets which slot, what it lacks."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from kiosk.errors import Refusal
from kiosk.rules import zones
from kiosk.rules.words import DayHalf

LONGEST_SLOT, LONGEST_PACE = 240, 120
MOST_PEOPLE, MOST_DOSES, LARGEST_ZONE = 9999, 99_999, 9999


@dataclass(frozen=True)
class Capacity:
    """`protocols/capacity.toml`: minutes to an injection and to a slot, people to a table in half a day, hours.

    `zone_most`: the most people that are proposed for one waiting zone.
    """

    version: str
    source: str
    pace_minutes: int
    slot_minutes: int
    max_per_table: int
    zone_most: int
    hours: Mapping[DayHalf, tuple[time, time]]

    def seats(self, area_m2: int, distance_m: int) -> int:
        """People that are proposed for a waiting zone of this size and distance, until the site says otherwise."""
        return min(zones.seats(area_m2, distance_m), self.zone_most)


@dataclass(frozen=True)
class Version:
    """One protocol as it is in force: its file's name, its version, since when, and where it comes from."""

    name: str
    version: str
    valid_from: date
    source: str


@dataclass(frozen=True)
class Hours:
    """From when until when, and how many minutes a slot and an injection take."""

    opens: time
    closes: time
    slot_minutes: int
    pace_minutes: int


@dataclass(frozen=True)
class Slot:
    """People are asked to come within these times; `quota`: how many."""

    begins: time
    ends: time
    quota: int

    @classmethod
    def stored(cls, row: Sequence[Any]) -> Self:
        """From `[from, until, quota]`, times as `HH:MM`."""
        return cls(time.fromisoformat(row[0]), time.fromisoformat(row[1]), int(row[2]))

    def to_store(self) -> list[Any]:
        """As `[from, until, quota]`, times as `HH:MM`."""
        return [f"{self.begins:%H:%M}", f"{self.ends:%H:%M}", self.quota]

    def holds(self, at: time) -> bool:
        """Does an appointment that begins at this time belong here?"""
        return self.begins <= at < self.ends


def require_time(text: str, field: str) -> time:
    """A time of day as people write it: `7:30`, `07h30`, `13`. Raises Refusal `time_odd`."""
    match = re.fullmatch(r"\s*(\d{1,2})(?:\s*[:hg.]\s*(\d{2})?)?\s*", text, re.ASCII | re.IGNORECASE)
    if match is None or int(match[1]) > 23 or int(match[2] or 0) > 59:
        raise Refusal("time_odd", field=field)
    return time(int(match[1]), int(match[2] or 0))


def require_count(text: str, field: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises Refusal `count_odd`."""
    digits = text.strip()
    if not (digits.isdecimal() and digits.isascii() and len(digits) < 7 and least <= int(digits) <= most):
        raise Refusal("count_odd", field=field, least=least, most=most)
    return int(digits)


def require_hours(opens: str, closes: str, slot_minutes: str, pace_minutes: str) -> Hours:
    """What was typed. Raises Refusal `time_odd`, `count_odd`, and `hours_odd` (it ends before it begins)."""
    hours = Hours(
        require_time(opens, "opens"), require_time(closes, "closes"),
        require_count(slot_minutes, "slot_minutes", 5, LONGEST_SLOT),
        require_count(pace_minutes, "pace_minutes", 1, LONGEST_PACE),
    )  # fmt: skip
    if hours.closes <= hours.opens:
        raise Refusal("hours_odd", field="closes")
    return hours


def cut(hours: Hours) -> list[tuple[time, time]]:
    """The slots' times; the last one may be shorter."""
    day = date(2000, 1, 1)
    begins, end = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
    found = []
    while begins < end:
        ends = min(begins + timedelta(minutes=hours.slot_minutes), end)
        found.append((begins.time(), ends.time()))
        begins = ends
    return found


def propose(hours: Hours, tables: int, most_per_table: int) -> list[Slot]:
    """Slots with the quotas that `tables` injecting tables manage, and no more than `most_per_table` each in all.

    What is over the most is taken off evenly, the late slots first.
    """
    times = cut(hours)
    quotas = [tables * _minutes(*each) // hours.pace_minutes for each in times]
    share, more = divmod(tables * most_per_table, len(times))
    if sum(quotas) > tables * most_per_table:
        quotas = [min(quota, share + (nth < more)) for nth, quota in enumerate(quotas)]
    return [Slot(*each, quota) for each, quota in zip(times, quotas, strict=True)]


def renew(slots: Sequence[Slot], before: Sequence[Slot], proposed: Sequence[Slot]) -> list[Slot]:
    """`proposed`, but for slots whose quota a person had changed from what was proposed `before`: theirs stays."""
    was = {(slot.begins, slot.ends): slot.quota for slot in before}
    typed = {
        (slot.begins, slot.ends): slot.quota for slot in slots if slot.quota != was.get((slot.begins, slot.ends))
    }  # fmt: skip
    return [replace(slot, quota=typed.get((slot.begins, slot.ends), slot.quota)) for slot in proposed]


def _minutes(begins: time, ends: time) -> int:
    return (ends.hour - begins.hour) * 60 + ends.minute - begins.minute


def overlap(one: Hours, other: Hours) -> bool:
    """Do the two halves of a date overlap?"""
    return one.opens < other.closes and other.opens < one.closes


def unserved(steps: Iterable[str], stations: Iterable[Collection[str]]) -> list[str]:
    """The steps that no station serves: people would wait for them for ever."""
    served = {code for each in stations for code in each}
    return [code for code in steps if code not in served]


@dataclass(frozen=True)
class Candidate:
    """Somebody expected without a slot. `order`: who comes first; `family`: the same for whoever comes together."""

    entry: str
    order: Any
    family: str


def spread(candidates: Iterable[Candidate], room: Mapping[Slot, int], settled: Mapping[str, time]) -> dict[str, Slot]:
    """Who gets which slot, by entry: whoever comes first in the order gets the earliest that has room.

    `room`: how many more each slot takes, in the order of the day. A family comes where its first member stands in the
    order, together, and where it can to the slot that a member of it has (`settled`: when that begins); a family
    larger than any slot is taken one by one. Whoever finds no room is not in the answer.
    """
    left = dict(room)
    largest = max((slot.quota for slot in left), default=0)
    families: dict[str, list[Candidate]] = {}
    for each in sorted(candidates, key=lambda one: one.order):
        families.setdefault(each.family, []).append(each)
    given: dict[str, Slot] = {}
    for family, members in families.items():
        groups = [members] if len(members) <= largest else [[one] for one in members]
        for group in groups:
            slot = _first(left, len(group), settled.get(family))
            if slot is not None:
                left[slot] -= len(group)
                given |= {one.entry: slot for one in group}
    return given


def _first(left: Mapping[Slot, int], people: int, wanted: time | None) -> Slot | None:
    slots = [slot for slot, n in left.items() if n >= people]
    together = [slot for slot in slots if wanted is not None and slot.holds(wanted)]
    return next(iter(together or slots), None)

"""Appointments for the day's list: given by age, group and place on the list, as the quotas allow; and taken back.

Whoever reads the list holds nobody up; what is written is written in small pieces, so that a check-in comes between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID, uuid5

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.plan import may_change
from kiosk.errors import Refusal
from kiosk.rules import plan as rules
from kiosk.rules import priority
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import DayHalf
from kiosk.store import acts, audit, day_plans, slots, topics

PIECE = 500


@dataclass(frozen=True)
class Room:
    """The slots of a date that can still be filled, how many more each takes, and how many people come outside of all
    slots that are planned."""

    left: Mapping[rules.Slot, int]
    given: Mapping[rules.Slot, int]
    elsewhere: int


def room(on: date) -> Room:
    """How full the slots of that date are, both halves."""
    return _room(on, slots.count_given(on))


def _room(on: date, taken: Mapping[time, int]) -> Room:
    timetable = [slot for plan in day_plans.list_on(on) for slot in plan.timetable]
    given, elsewhere = dict.fromkeys(timetable, 0), 0
    for begins, n in taken.items():
        slot = next((one for one in timetable if one.holds(begins)), None)
        if slot is None:
            elsewhere += n
        else:
            given[slot] += n
    return Room({slot: max(0, slot.quota - n) for slot, n in given.items()}, given, elsewhere)


def spread_slots(by: Actor, now: Moment, key: str, on: date) -> int:
    """Gives slots to those of that date's list who have none, as far as the quotas go.

    Returns how many of the list have one then. Only halves that are planned and not opened are filled. Families come
    together. It can be repeated, and goes on where a power cut stopped it. Raises Refusal `plan_past`, `plan_missing`.
    """
    if acts.find(key) is None:
        given, twice = _choose(now, on), slots.count_twice(on)
        entries = list(given)
        for first in range(0, len(entries), PIECE):
            piece = {entry: given[entry] for entry in entries[first : first + PIECE]}
            _give(by, now, _key(key, entries[first]), on, piece, twice)
    return _spread(by, now, key, on)


def _key(key: str, entry: str) -> str:
    """A piece's own key. It is named by its first entry: after a power cut the rest is cut into other pieces."""
    return str(uuid5(UUID(key), entry))


def _choose(now: Moment, on: date) -> dict[str, rules.Slot]:
    fillable = _fillable(now, on)
    has_room = {slot: n for slot, n in room(on).left.items() if slot in fillable and n}
    wanting = slots.list_wanting(on)
    places = protocols.priority()
    expected = [
        priority.Expected(one.entry, one.born_on, one.born_year, one.group, one.special, one.line) for one in wanting
    ]
    nth = {one.id: place for place, one in enumerate(priority.order(places, expected, on))}
    candidates = [rules.Candidate(one.entry, nth[one.entry], one.family) for one in wanting]
    return rules.spread(candidates, has_room, slots.family_slots(on))


def _fillable(now: Moment, on: date) -> list[rules.Slot]:
    if on < now.on:
        raise Refusal("plan_past")
    plans = [plan for plan in day_plans.list_on(on) if may_change(now, on, DayHalf(plan.half))]
    if not plans:
        raise Refusal("plan_missing")
    return [slot for plan in plans for slot in plan.timetable]


@act
def _give(by: Actor, now: Moment, on: date, chosen: Mapping[str, rules.Slot], twice: Mapping[time, int]) -> int:
    """One piece. What somebody else has given in the meantime stays, and no slot goes over its quota.

    `twice`: who was counted more than once, by the beginning of the slot, when the piece was chosen.
    """
    fillable = _fillable(now, on)
    taken = {begins: n - twice.get(begins, 0) for begins, n in slots.count_taken(on).items()}
    left = {slot: n for slot, n in _room(on, taken).left.items() if slot in fillable}
    fits: dict[str, tuple[time, time]] = {}
    for entry, slot in chosen.items():
        if left.get(slot, 0):
            left[slot] -= 1
            fits[entry] = (slot.begins, slot.ends)
    n = slots.give(fits)
    audit.add(by, now, "slots.given", str(on), n=n)
    return n


@act
def _spread(by: Actor, now: Moment, on: date) -> int:
    """Says that it is done; returns how many of the list have a slot now."""
    _fillable(now, on)
    count = slots.count(on)
    audit.add(by, now, "slots.spread", str(on), given=count.given, wanting=count.wanting)
    topics.touch(topics.DAY)
    return count.given


def take_back_slots(by: Actor, now: Moment, key: str, on: date) -> int:
    """Takes back the slots that were given here, not those that a list named; returns how many of the list still have
    one. Raises Refusal `plan_past`, and `plan_opened` once a half of that date was opened."""
    if acts.find(key) is None:
        _require_before(now, on)
        given = slots.list_spread(on)
        for first in range(0, len(given), PIECE):
            _take_back(by, now, _key(key, given[first]), on, given[first : first + PIECE])
    return _taken_back(by, now, key, on)


def _require_before(now: Moment, on: date) -> None:
    if on < now.on:
        raise Refusal("plan_past")
    if not all(may_change(now, on, half) for half in DayHalf):
        raise Refusal("plan_opened")


@act
def _take_back(by: Actor, now: Moment, on: date, entries: list[str]) -> int:
    _require_before(now, on)
    n = slots.take_back(entries)
    audit.add(by, now, "slots.taken", str(on), n=n)
    return n


@act
def _taken_back(by: Actor, now: Moment, on: date) -> int:
    _require_before(now, on)
    count = slots.count(on)
    audit.add(by, now, "slots.taken_back", str(on), given=count.given)
    topics.touch(topics.DAY)
    return count.given

"""A plan's slots, quotas, zones, and who gets which slot."""

from __future__ import annotations

from datetime import time

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import plan
from kiosk.rules.plan import Candidate, Hours, Slot

MORNING = Hours(time(7, 30), time(11, 30), 30, 6)
FIRST, SECOND = Slot(time(7, 30), time(8), 3), Slot(time(8), time(8, 30), 3)


def refused(act, *typed):
    with pytest.raises(Refusal) as refusal:
        act(*typed)
    return refusal.value.code, refusal.value.field


@pytest.mark.parametrize(
    ("text", "at"),
    [("7:30", time(7, 30)), ("07h30", time(7, 30)), ("13", time(13)), (" 9h ", time(9)), ("7.05", time(7, 5))],
)
def test_a_time_as_people_write_it(text, at):
    assert plan.require_time(text, "opens") == at


@pytest.mark.parametrize("text", ["", "24:00", "7:60", "sáng", "7:3", "-1", "٧:30", "730"])
def test_what_is_no_time(text):
    assert refused(plan.require_time, text, "opens") == ("time_odd", "opens")


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "10000", "٣", "99999999999999999999"])
def test_what_is_no_count(text):
    assert refused(plan.require_count, text, "quota", 0, 9999) == ("count_odd", "quota")


def test_hours_end_after_they_begin():
    assert plan.require_hours("7:30", "11:30", "30", "6") == MORNING
    assert refused(plan.require_hours, "11:30", "7:30", "30", "6") == ("hours_odd", "closes")
    assert refused(plan.require_hours, "7:30", "7:30", "30", "6") == ("hours_odd", "closes")
    assert refused(plan.require_hours, "7:30", "11:30", "4", "6") == ("count_odd", "slot_minutes")
    assert refused(plan.require_hours, "7:30", "11:30", "30", "0") == ("count_odd", "pace_minutes")


def test_two_tables_take_ten_people_in_half_an_hour():
    slots = plan.propose(MORNING, 2, 100)
    assert [slot.quota for slot in slots] == [10] * 8
    assert (slots[0].begins, slots[-1].ends) == (time(7, 30), time(11, 30))


def test_the_last_slot_may_be_shorter_and_then_takes_fewer():
    slots = plan.propose(Hours(time(8), time(8, 50), 30, 6), 1, 100)
    assert [slot.to_store() for slot in slots] == [["08:00", "08:30", 5], ["08:30", "08:50", 3]]
    assert Slot.stored(slots[1].to_store()) == slots[1]


def test_no_table_is_asked_for_more_than_the_most_and_late_slots_lose_first():
    slots = plan.propose(Hours(time(7), time(11), 30, 1), 1, 100)
    assert [slot.quota for slot in slots] == [13, 13, 13, 13, 12, 12, 12, 12]
    assert sum(slot.quota for slot in slots) == 100


def test_without_an_injecting_table_nobody_is_invited():
    assert {slot.quota for slot in plan.propose(MORNING, 0, 100)} == {0}


def test_a_quota_that_was_typed_survives_another_table():
    before = plan.propose(MORNING, 1, 100)
    typed = [before[0], Slot(before[1].begins, before[1].ends, 2), *before[2:]]
    after = plan.renew(typed, before, plan.propose(MORNING, 2, 100))
    assert [slot.quota for slot in after[:3]] == [10, 2, 10]


def test_halves_overlap_or_only_touch():
    assert plan.overlap(MORNING, Hours(time(11), time(16), 30, 6))
    assert not plan.overlap(MORNING, Hours(time(11, 30), time(16), 30, 6))


@pytest.mark.parametrize(
    ("area", "metres", "seats"),
    [(0, 2, 0), (3, 2, 0), (4, 2, 1), (79, 2, 19), (80, 2, 20), (400, 2, 20), (4, 1, 4), (19, 1, 19), (60, 1, 20)],
)
def test_a_zone_is_proposed_a_person_to_the_square_of_its_distance_and_never_more_than_twenty(area, metres, seats):
    assert protocols.capacity().seats(area, metres) == seats


def test_steps_that_nobody_serves():
    assert plan.unserved(["screening", "injection", "finish"], [["screening"], [], ["finish"]]) == ["injection"]


def alone(*ids: str, after: int = 0) -> list[Candidate]:
    return [Candidate(id, nth, id) for nth, id in enumerate(ids, after)]


def begins(given):
    return {entry: f"{slot.begins:%H:%M}" for entry, slot in given.items()}


def test_whoever_comes_first_gets_the_earliest_slot_and_the_rest_none():
    people = alone("a", "b", "c", "d", "e")
    given = plan.spread(reversed(people), {FIRST: 3, SECOND: 1}, {})
    assert begins(given) == {"a": "07:30", "b": "07:30", "c": "07:30", "d": "08:00"}


def test_a_family_comes_together_where_its_first_member_stands():
    people = [*alone("a", "b"), Candidate("mother", 2, "m"), *alone("x", after=3), Candidate("child", 9, "m")]
    given = plan.spread(people, {FIRST: 3, SECOND: 3}, {})
    assert begins(given) == {"a": "07:30", "b": "07:30", "mother": "08:00", "child": "08:00", "x": "07:30"}


def test_a_child_comes_when_its_mother_does_if_there_is_room():
    child = [Candidate("child", 0, "m")]
    assert begins(plan.spread(child, {FIRST: 3, SECOND: 3}, {"m": time(8, 10)})) == {"child": "08:00"}
    assert begins(plan.spread(child, {FIRST: 3, SECOND: 0}, {"m": time(8, 10)})) == {"child": "07:30"}


def test_a_family_without_room_for_all_gets_no_slot_and_takes_nobody_elses():
    family = [Candidate(f"c{nth}", nth, "m") for nth in range(3)]
    assert begins(plan.spread([*family, *alone("x", after=9)], {FIRST: 2, SECOND: 1}, {})) == {"x": "07:30"}


def test_a_family_larger_than_any_slot_is_taken_one_by_one():
    family = [Candidate(f"c{nth}", nth, "m") for nth in range(4)]
    given = plan.spread(family, {FIRST: 3, SECOND: 3}, {})
    assert begins(given) == {"c0": "07:30", "c1": "07:30", "c2": "07:30", "c3": "08:00"}


def test_nobody_gets_what_is_not_there():
    assert plan.spread(alone("a"), {}, {}) == {}
    assert plan.spread([], {FIRST: 3}, {}) == {}

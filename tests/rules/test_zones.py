"""A zone's seats, spots, peak, and when one will be free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules.zones import Occupancy, first_free, minutes_to_spot, peak, seats

NOW = datetime(2021, 11, 20, 2, 0, tzinfo=UTC)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize(
    ("area", "metres", "people"), [(0, 2, 0), (3, 2, 0), (4, 2, 1), (60, 2, 15), (60, 1, 60), (1, 1, 1), (79, 2, 19)]
)
def test_each_person_has_the_square_of_the_distance(area, metres, people):
    assert seats(area, metres) == people


@pytest.mark.parametrize(
    ("taken", "capacity", "spot"),
    [((), 3, 1), ((1, 2), 3, 3), ((2, 3), 3, 1), ((1, 3), 3, 2), ((1, 2, 3), 3, None), ((), 0, None), ((4,), 3, 1)],
)
def test_the_lowest_spot_that_nobody_has(taken, capacity, spot):
    assert first_free(taken, capacity) == spot


@given(st.sets(st.integers(1, 12)), st.integers(0, 10))
def test_a_spot_is_given_as_long_as_there_is_one_and_never_twice(taken, capacity):
    spot = first_free(taken, capacity)
    free = set(range(1, capacity + 1)) - taken
    assert spot == min(free, default=None)


@pytest.mark.parametrize(
    ("taken", "free", "full", "over"), [(0, 5, False, 0), (4, 1, False, 0), (5, 0, True, 0), (7, 0, True, 2)]
)
def test_how_full_a_zone_is(taken, free, full, over):
    zone = Occupancy(5, taken)
    assert (zone.free, zone.full, zone.over) == (free, full, over)


def test_a_zone_without_any_capacity_is_full():
    assert Occupancy(0, 0).full


def test_the_most_people_that_were_there_at_once():
    assert peak([]) == 0
    assert peak([("a", True), ("b", True), ("a", False), ("c", True), ("b", False), ("c", False)]) == 2


def test_a_scan_that_comes_twice_makes_nobody_two():
    assert peak([("a", True), ("a", True), ("x", False), ("a", False), ("b", True)]) == 1


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=40))
def test_the_peak_is_never_more_than_the_people_and_is_reached(moves):
    inside = [
        len([who for who in "abcdef" if ([into for one, into in moves[:nth] if one == who] or [False])[-1]])
        for nth in range(len(moves) + 1)
    ]
    assert peak(moves) == max(inside)


def test_a_spot_is_free_when_as_long_has_passed_as_between_the_last():
    assert minutes_to_spot(ago(9, 5, 1), NOW) == 3
    assert minutes_to_spot(ago(1, 9, 5), NOW) == 3
    assert minutes_to_spot(ago(9, 5, 1), NOW, people=3) == 11


def test_it_may_be_any_moment():
    assert minutes_to_spot(ago(12, 8, 4), NOW) == 1
    assert minutes_to_spot([NOW] * 5, NOW) == 1


def test_when_nobody_has_gone_for_long_it_is_said_to_take_as_long_again():
    assert minutes_to_spot(ago(24, 22, 20), NOW) == 20
    assert minutes_to_spot(ago(24, 22, 20), NOW, people=2) == 40


@pytest.mark.parametrize("exits", [[], ago(1), ago(3, 1), ago(50, 40, 2, 1), ago(-1, -2, -3)])
def test_out_of_too_little_nothing_is_said(exits):
    assert minutes_to_spot(exits, NOW) is None

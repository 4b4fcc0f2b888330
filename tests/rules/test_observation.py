"""The time after the injection: to the second where people go, in whole minutes where they read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import observation

GIVEN = datetime(2021, 11, 20, 1, 30, tzinfo=UTC)
MINUTES = protocols.observation().minutes


def test_people_stay_as_long_as_the_decision_says() -> None:
    assert MINUTES == 30
    assert observation.release_at(GIVEN, MINUTES) == datetime(2021, 11, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0, 30), (1, 30), (59, 30), (60, 29), (1739, 2), (1740, 1), (1799, 1), (1800, 0), (9999, 0), (-1, 31)],
)
def test_a_begun_minute_is_a_minute(seconds: int, left: int) -> None:
    now = GIVEN + timedelta(seconds=seconds)
    assert observation.minutes_left(GIVEN, now, 30) == left
    assert observation.is_over(GIVEN, now, 30) == (left == 0)


@given(st.timedeltas(timedelta(days=-1), timedelta(days=1)), st.integers(1, 120))
def test_no_minutes_are_left_exactly_when_the_time_is_over(since: timedelta, minutes: int) -> None:
    now = GIVEN + since
    left = observation.minutes_left(GIVEN, now, minutes)
    assert (left == 0) == observation.is_over(GIVEN, now, minutes)
    assert observation.is_over(GIVEN, now + timedelta(minutes=left), minutes)


@given(st.sets(st.integers(1, 80)))
def test_the_next_seat_is_the_smallest_free_one(taken: set[int]) -> None:
    seat = observation.next_seat(taken)
    assert seat not in taken
    assert set(range(1, seat)) <= taken


def test_seats_begin_at_one_and_gaps_are_filled() -> None:
    assert observation.next_seat([]) == 1
    assert observation.next_seat([1, 2, 4]) == 3
    assert observation.next_seat(range(1, 61)) == 61


def test_nobody_goes_before_their_time_without_a_reason() -> None:
    early = GIVEN + timedelta(minutes=29, seconds=59)
    for reason in ("", "   "):
        with pytest.raises(Refusal) as refusal:
            observation.require_over(GIVEN, early, 30, reason)
        assert (refusal.value.code, refusal.value.field) == ("observation_not_over", "reason")
        assert refusal.value.facts == {"n": 1}
    observation.require_over(GIVEN, early, 30, "chuyển viện")
    observation.require_over(GIVEN, GIVEN + timedelta(minutes=30), 30, "")

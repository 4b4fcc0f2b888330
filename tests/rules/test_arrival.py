"""Early, on time, late against one's slot."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules.arrival import When, judge

EIGHT, HALF_PAST = time(8), time(8, 30)


@pytest.mark.parametrize(
    ("at", "when"),
    [
        (time(0), When.EARLY),
        (time(7, 29, 59), When.EARLY),
        (time(7, 30), When.ON_TIME),
        (time(8), When.ON_TIME),
        (time(8, 29, 59), When.ON_TIME),
        (time(8, 30), When.LATE),
        (time(23, 59), When.LATE),
    ],
)
def test_half_an_hour_before_the_slot_until_its_end_is_on_time(at, when):
    assert judge(EIGHT, HALF_PAST, at, 30) is when


def test_whoever_was_asked_to_no_hour_is_never_early_or_late():
    assert judge(None, None, time(5), 30) is When.NO_SLOT
    assert judge(None, HALF_PAST, time(23), 30) is When.NO_SLOT


def test_a_slot_without_an_end_is_never_over():
    assert judge(EIGHT, None, time(7), 30) is When.EARLY
    assert judge(EIGHT, None, time(23, 59, 59), 30) is When.ON_TIME


def test_a_slot_just_after_midnight_lets_nobody_in_the_evening_before():
    assert judge(time(0, 10), time(0, 40), time(0), 30) is When.ON_TIME
    assert judge(time(0, 10), time(0, 40), time(0, 40), 30) is When.LATE


@pytest.mark.parametrize("until", [time(0), time(0, 30)])
def test_a_slot_that_ends_at_midnight_or_after_it_lasts_to_the_end_of_the_date(until):
    assert judge(time(23, 30), until, time(23, 59, 59), 30) is When.ON_TIME
    assert judge(time(23, 30), until, time(22, 59), 30) is When.EARLY


def test_without_minutes_before_it_the_slot_itself_decides():
    assert judge(EIGHT, HALF_PAST, time(7, 59, 59), 0) is When.EARLY
    assert judge(EIGHT, HALF_PAST, EIGHT, 0) is When.ON_TIME


@given(st.times(), st.times(), st.times(), st.times(), st.integers(0, 600))
def test_who_comes_later_is_never_earlier(begins, ends, one, other, minutes):
    order = [When.EARLY, When.ON_TIME, When.LATE]
    sooner, later = sorted((one, other))
    judged = [order.index(judge(begins, ends, at, minutes)) for at in (sooner, later)]
    assert judged == sorted(judged)

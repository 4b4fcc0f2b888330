"""Doses that would be left over: how many people more they are enough for, and whom one may call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules.standby import CALL_MINUTES, Leftover, leftovers, may_call
from kiosk.rules.words import StandbyState

AZ, PFIZER = frozenset({"astrazeneca"}), frozenset({"pfizer"})
EITHER, NEITHER = AZ | PFIZER, frozenset()
AT = datetime(2021, 11, 20, 8, 0, tzinfo=UTC)


def test_nine_doses_and_four_people_are_five_to_call():
    assert leftovers({"astrazeneca": 9}, [AZ] * 4, [], []) == [Leftover("astrazeneca", 9, 4, 0, 0)]
    assert leftovers({"astrazeneca": 9}, [AZ] * 4, [], [])[0].to_call == 5


@pytest.mark.parametrize(
    ("waiting", "coming", "expected", "to_call"),
    [(4, 0, 0, 5), (4, 2, 0, 3), (4, 2, 3, 0), (12, 0, 0, 0), (0, 0, 30, 0), (0, 0, 0, 9)],
)
def test_whoever_was_called_or_is_still_to_come_is_counted(waiting, coming, expected, to_call):
    left = leftovers({"astrazeneca": 9}, [AZ] * waiting, [AZ] * coming, [AZ] * expected)
    assert [each.to_call for each in left] == [to_call]


def test_nobody_keeps_a_dose_of_two_products():
    left = {each.vaccine: each for each in leftovers({"astrazeneca": 3, "pfizer": 3}, [EITHER] * 4, [], [])}
    assert (left["astrazeneca"].waiting, left["pfizer"].waiting) == (2, 2)
    left = {each.vaccine: each for each in leftovers({"astrazeneca": 3, "pfizer": 3}, [EITHER, EITHER, AZ, AZ], [], [])}
    assert (left["astrazeneca"].to_call, left["pfizer"].to_call) == (1, 1)


def test_whoever_may_get_none_of_it_is_not_counted():
    assert leftovers({"astrazeneca": 9}, [NEITHER, PFIZER], [NEITHER], [PFIZER])[0].to_call == 9
    assert leftovers({}, [AZ], [], []) == []


WISHES = st.lists(st.sampled_from([AZ, PFIZER, EITHER, NEITHER]), max_size=12)


@given(st.integers(0, 9), st.integers(0, 9), WISHES, WISHES, WISHES)
def test_everybody_is_counted_once_and_never_for_what_they_may_not_get(az, pfizer, waiting, coming, expected):
    left = {each.vaccine: each for each in leftovers({"astrazeneca": az, "pfizer": pfizer}, waiting, coming, expected)}
    for group, people in (("waiting", waiting), ("coming", coming), ("expected", expected)):
        counted = {vaccine: getattr(each, group) for vaccine, each in left.items()}
        assert sum(counted.values()) == sum(bool(one) for one in people)
        for vaccine, n in counted.items():
            assert people.count(frozenset({vaccine})) <= n <= sum(vaccine in one for one in people)
    assert all(0 <= each.to_call <= each.doses for each in left.values())


@pytest.mark.parametrize(
    ("state", "minutes", "may"),
    [
        (None, 0, True),
        (StandbyState.CALLING, 0, False),
        (StandbyState.CALLING, CALL_MINUTES - 1, False),
        (StandbyState.CALLING, CALL_MINUTES, True),
        (StandbyState.NO_ANSWER, 0, True),
        (StandbyState.COMING, 60, False),
        (StandbyState.NOT_TODAY, 60, False),
    ],
)
def test_nobody_is_called_twice_at_once_or_against_what_they_said(state, minutes, may):
    assert may_call(state, AT if state else None, AT + timedelta(minutes=minutes)) is may

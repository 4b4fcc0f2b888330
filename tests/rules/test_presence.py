"""When a session locks because nobody touched it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kiosk.rules.presence import NEVER, locked_since, seconds_left

NINE = datetime(2021, 11, 20, 9, tzinfo=UTC)
LOCK = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("minutes", "since"), [(0, None), (14.99, None), (15, NINE + LOCK), (16, NINE + LOCK), (-5, None)]
)
def test_it_locks_by_itself_after_so_long_without_a_touch(minutes: float, since: datetime | None) -> None:
    assert locked_since(None, NINE, LOCK, NINE + timedelta(minutes=minutes)) == since


def test_by_hand_it_is_locked_from_then_on() -> None:
    assert locked_since(NINE, NINE, LOCK, NINE + timedelta(minutes=1)) == NINE
    assert locked_since(NINE, NINE, NEVER, NINE + timedelta(days=1)) == NINE


def test_where_it_never_locks_by_itself_nothing_is_counted() -> None:
    assert locked_since(None, NINE, NEVER, NINE + timedelta(days=1)) is None
    assert seconds_left(NINE, NEVER, NINE) is None


@pytest.mark.parametrize(("minutes", "left"), [(0, 900), (14.5, 30), (15, 0), (60, 0)])
def test_the_seconds_that_are_left(minutes: float, left: int) -> None:
    assert seconds_left(NINE, LOCK, NINE + timedelta(minutes=minutes)) == left

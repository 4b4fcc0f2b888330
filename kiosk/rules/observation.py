"""The time after the injection: computed from the dose's own time, never stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.errors import Refusal

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Protocol:
    """How long people stay at least, and where that comes from."""

    version: str
    source: str
    minutes: int


def release_at(given_at: datetime, minutes: int) -> datetime:
    """The instant from which they may go."""
    return given_at + minutes * MINUTE


def minutes_left(given_at: datetime, now: datetime, minutes: int) -> int:
    """Whole minutes still to sit, counting a begun one; 0 once the time is over."""
    return max(0, -((now - release_at(given_at, minutes)) // MINUTE))


def is_over(given_at: datetime, now: datetime, minutes: int) -> bool:
    """May they go?"""
    return now >= release_at(given_at, minutes)


def next_seat(taken: Collection[int]) -> int:
    """The smallest free seat, from 1."""
    seat = 1
    while seat in taken:
        seat += 1
    return seat


def require_over(given_at: datetime, now: datetime, minutes: int, reason: str) -> None:
    """Raises Refusal `observation_not_over` with the minutes left, unless there is a reason to let them go before."""
    if not is_over(given_at, now, minutes) and not reason.strip():
        raise Refusal("observation_not_over", field="reason", n=minutes_left(given_at, now, minutes))

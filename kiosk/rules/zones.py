"""A zone and its spots: how many people it takes, which spot is free, when one will be."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Out of fewer exits than these nothing is said; and what was longer ago says nothing of now.
LEAST_EXITS = 3
EXITS_WITHIN = timedelta(minutes=30)


def seats(area_m2: int, distance_m: int) -> int:
    """People that a zone of this size takes when each has the square of the distance: 2 m are 4 m², 1 m is 1 m²."""
    return area_m2 // distance_m**2


def first_free(taken: Collection[int], capacity: int) -> int | None:
    """The lowest spot, from 1 to `capacity`, that nobody has; None when the zone is full."""
    return next((spot for spot in range(1, capacity + 1) if spot not in taken), None)


@dataclass(frozen=True)
class Occupancy:
    """How full a zone is. `taken`: people who have a spot in it, sitting there or on their way."""

    capacity: int
    taken: int

    @property
    def free(self) -> int:
        """Spots that somebody could have now."""
        return max(0, self.capacity - self.taken)

    @property
    def full(self) -> bool:
        """Is nobody to be let in any more, unless somebody answers for it by name?"""
        return self.taken >= self.capacity

    @property
    def over(self) -> int:
        """How many are in it beyond its capacity: let in by name, or its capacity was lowered."""
        return max(0, self.taken - self.capacity)


def peak(moves: Iterable[tuple[str, bool]]) -> int:
    """The most people that were in a zone at once. `moves`: (visit, true on entering) in the order of their counters.

    Whoever enters twice is in it once; whoever goes out without having come in changes nothing.
    """
    inside: set[str] = set()
    most = 0
    for visit, enters in moves:
        (inside.add if enters else inside.discard)(visit)
        most = max(most, len(inside))
    return most


def minutes_to_spot(exits: Sequence[datetime], now: datetime, people: int = 1) -> int | None:
    """Whole minutes until the `people`-th spot from now is given back, from how often one was; None when unknown.

    `exits`: when spots of the zone were given back, in any order; only the last 30 minutes count. Where one has been
    overdue for longer than usual, the time since the last exit is what is usual now.
    """
    recent = sorted(at for at in exits if now - EXITS_WITHIN <= at <= now)
    if len(recent) < LEAST_EXITS:
        return None
    usual = (recent[-1] - recent[0]) / (len(recent) - 1)
    since = now - recent[-1]
    wait = max(usual - since, timedelta(0)) if since <= 2 * usual else since
    return max(1, math.ceil((wait + (people - 1) * max(usual, wait)) / timedelta(minutes=1)))

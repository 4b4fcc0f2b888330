"""Doses that would be left over in opened vials, and how many people more are to be called for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.rules.words import StandbyState

# Whoever has the phone in hand is not called by a second colleague meanwhile. House policy.
CALL_MINUTES = 5


@dataclass(frozen=True)
class Leftover:
    """One product. `doses`: in open vials that may still be used.

    Of those who may get it, each counted for one product only: `waiting` are here, `coming` were called and said so,
    `expected` are on today's list and their time is not over.
    """

    vaccine: str
    doses: int
    waiting: int
    coming: int
    expected: int

    @property
    def to_call(self) -> int:
        """How many people more these doses are enough for."""
        return max(0, self.doses - self.waiting - self.coming - self.expected)


Wishes = Iterable[frozenset[str]]


def leftovers(doses: Mapping[str, int], waiting: Wishes, coming: Wishes, expected: Wishes) -> list[Leftover]:
    """What is left of each product when everybody who is here, called and expected has had theirs.

    `waiting`, `coming`, `expected`: which of these products each person may get. Whoever may get only one takes that;
    everybody else the one of which most is left: nobody keeps a dose of two vials.
    """
    left = dict(doses)
    taken = [_share(left, group) for group in (waiting, coming, expected)]
    return [Leftover(vaccine, n, *(group[vaccine] for group in taken)) for vaccine, n in doses.items()]


def _share(left: dict[str, int], people: Wishes) -> Counter[str]:
    """Who of them takes which product; `left` goes down, also below zero: more people than doses."""
    taken: Counter[str] = Counter()
    for wish in sorted(people, key=len):
        fits = [vaccine for vaccine in left if vaccine in wish]
        if fits:
            vaccine = max(fits, key=lambda one: left[one])
            left[vaccine] -= 1
            taken[vaccine] += 1
    return taken


def may_call(state: StandbyState | None, called_at: datetime | None, at: datetime) -> bool:
    """May this person be called now? `state`: what they said last today, None for whoever was not called."""
    if state is StandbyState.CALLING and called_at is not None:
        return at - called_at >= timedelta(minutes=CALL_MINUTES)
    return state in (None, StandbyState.CALLING, StandbyState.NO_ANSWER)

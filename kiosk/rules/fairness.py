"""How fairly a step's queue was kept on a day: waits by lane, and who was called before somebody who waited longer.

B *overtakes* A when B began to wait for the same step after A and is called while A is in the line: A waits, and is
neither held, nor without a spot, nor bound for another table. Such a call is explained

- by the lanes' stated rule, where A is in another lane, or B stood before A in their own: a place before others is only
  ever given by a rule (back near the front, behind for coming late);
- by a jump, where a member of staff called B for a named reason;

and is else unexplained, which the queue must never do: one such call is a fault of ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from kiosk.rules.words import MoveKind

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Wait:
    """One person's time in the line of a step, up to one call of theirs, or until they waited no more.

    `since`, `waits_from`: when they began to wait for the step, as an instant and as a counter. `at`, `seq`: when it
    ended, or now, where it goes on. `how`: `call` or `jump`; None for whoever was not called. `place`: where they stood
    in their lane's line at the end, the smaller the nearer to its front. `out`: from which counter to which they could
    not be called; of whoever is called again after a call in vain also the time up to their return.
    """

    visit: str
    lane: str
    since: datetime
    waits_from: int
    at: datetime
    seq: int
    place: tuple[int, int]
    how: MoveKind | None = MoveKind.CALL
    out: Sequence[tuple[int, int]] = ()

    @property
    def minutes(self) -> float:
        """How long it was; none where the clock was set back meanwhile."""
        return max(0.0, (self.at - self.since) / MINUTE)

    def in_line(self, seq: int) -> bool:
        """Could they be called when the counter stood there?"""
        return self.waits_from < seq < self.seq and not any(begins <= seq <= ends for begins, ends in self.out)


@dataclass(frozen=True)
class LaneWaits:
    """One lane: people who waited in it, and of all of them the median and the longest wait in whole minutes."""

    people: int
    median_minutes: int
    longest_minutes: int


@dataclass(frozen=True)
class Fairness:
    """A step's day. `calls`, of them those that overtook somebody: `by_rule`, `by_jump`, `unexplained`."""

    calls: int = 0
    by_rule: int = 0
    by_jump: int = 0
    unexplained: int = 0
    lanes: Mapping[str, LaneWaits] = field(default_factory=dict)

    def per_hundred(self, overtakes: int) -> float:
        """So many of these calls to a hundred; 0 without any call."""
        return 100 * overtakes / self.calls if self.calls else 0.0


def fairness(waits: Iterable[Wait]) -> Fairness:
    """What a step's waits of a day come to; counters decide who was first, so a clock that jumps changes nothing.

    Looks at everybody in the line once for every call: calls × the longest line, 2,000 × 2,000 at the worst.
    """
    every = sorted(waits, key=lambda wait: wait.waits_from)
    calls = sorted((wait for wait in every if wait.how), key=lambda wait: wait.seq)
    found: Counter[str] = Counter()
    line: list[Wait] = []
    joined = 0
    for call in calls:
        while joined < len(every) and every[joined].waits_from < call.seq:
            line.append(every[joined])
            joined += 1
        line = [wait for wait in line if wait.seq >= call.seq]
        found[_why(call, [wait for wait in line if wait.waits_from < call.waits_from and wait.in_line(call.seq)])] += 1
    return Fairness(len(calls), found["rule"], found["jump"], found["unexplained"], _lanes(every))


def _why(call: Wait, passed: Sequence[Wait]) -> str:
    if not passed:
        return "in turn"
    if call.how is MoveKind.JUMP:
        return "jump"
    fault = any(wait.lane == call.lane and wait.place < call.place for wait in passed)
    return "unexplained" if fault else "rule"


def _lanes(waits: Iterable[Wait]) -> dict[str, LaneWaits]:
    """By lane; of whoever was called more than once the time until the first call."""
    first: dict[str, Wait] = {}
    for wait in waits:
        if wait.visit not in first or wait.seq < first[wait.visit].seq:
            first[wait.visit] = wait
    minutes: dict[str, list[float]] = {}
    for wait in first.values():
        minutes.setdefault(wait.lane, []).append(wait.minutes)
    return {lane: LaneWaits(len(each), round(median(each)), round(max(each))) for lane, each in sorted(minutes.items())}

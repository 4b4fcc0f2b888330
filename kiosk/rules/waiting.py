"""How long people wait until they are called: an honest band from what the tables do now.

A table's *cycle* is the time from one of its calls to its next, with walking and with people who do not come. Only
cycles count during all of which somebody waited: a table without people is not slow. Of them comes the mean pace, newer
ones before older ones, and nearer to the plan's pace the fewer there are. The calls before somebody's own are so many
gaps between all tables' calls; their sum scatters as the cycles do, as the mean may be wrong, and as people of other
lanes may still come between. The band reaches from the tenth to the ninetieth percentile of a gamma distribution with
this mean and this spread. How many of the day's promises were missed widens or narrows what follows, downwards and
upwards apart (after the adaptive conformal inference of Gibbs and Candès, 2021): where breaks are the custom, the bands
learn it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from kiosk.rules.queueing import Lanes

MINUTE = timedelta(minutes=1)
# Below: what the simulated days of tests/rules/waiting_days.py were best served by; none of it is anybody's rule.
# The plan's pace weighs as much as so many cycles, and may be wrong by this share of it.
PLAN_WEIGHS, PLAN_ERROR = 3.0, 0.45
# Cycles scatter by so much of their mean, until so many of today's say otherwise.
SCATTER, SCATTER_WEIGHS = 0.5, 8.0
# A cycle weighs half after so many minutes.
HALF_LIFE = 25.0
# A cycle so many times as long as the usual one was a break. Beyond so many minutes it was the clock that jumped.
BREAK, ABSURD = 5.0, 120.0
# A table counts in full until it has called nobody for so many cycles while people waited.
PATIENCE = 2.0
# Paces drift: the next hour differs from the last by so much of its mean.
DRIFT = 0.1
# People go on coming as of late for so many minutes, what is after that nobody knows; at most so many times as many.
ARRIVALS_HOLD, MOST_ARRIVALS = 30.0, 1.75
# The standard normal distribution's ninetieth percentile.
TENTH = 1.2816
# Shorter than this nobody is promised, and from this width on a band is said in fives.
LEAST_HIGH, IN_FIVES_FROM = 5, 15
# What a promise that was missed moves the scale by, and between what it stays.
STEP, LEAST_SCALE, MOST_SCALE = 0.06, 0.5, 2.5
# Of the plan's pace alone nobody is told a band that is more times as wide as its low end, and ends later than this.
VAGUE, VAGUE_FROM = 3, 60


@dataclass(frozen=True)
class Called:
    """A call (or jump) of a step. `since`: since when the person had waited for it. `trusted`: the clock was right."""

    at: datetime
    since: datetime
    station: str
    trusted: bool = True


@dataclass(frozen=True)
class Pace:
    """How fast a step goes now: made once, a band for each person out of it.

    `minutes`: of one table for one person. `tables`: how many work; one that has been silent for long counts in part.
    `scatter`: of cycles, `error`: of the mean itself, as shares of it. `stalled`: for so many minutes longer than usual
    nobody was called. `known`: false while it is only the plan's pace.
    """

    minutes: float
    tables: float
    scatter: float
    error: float
    stalled: float
    known: bool

    @property
    def gap(self) -> float:
        """Minutes between two calls of the step."""
        return self.minutes / self.tables


@dataclass(frozen=True)
class Band:
    """Whole minutes until the call: in one of ten cases it comes sooner, in one later (p10–p90).

    `low_minutes` 0: it may be their turn at once; `high_minutes` is at least 5. `known`: as of the pace.
    """

    low_minutes: int
    high_minutes: int
    known: bool


@dataclass(frozen=True)
class Promise:
    """What somebody's ticket said, and how many minutes it was until their first call."""

    low_minutes: int
    high_minutes: int
    actual_minutes: float

    @property
    def inside(self) -> bool:
        """Was it kept?"""
        return self.low_minutes <= self.actual_minutes <= self.high_minutes


@dataclass(frozen=True)
class Scale:
    """How much farther than reckoned the band reaches down and up, learnt from the day's promises; 1: as reckoned."""

    down: float = 1.0
    up: float = 1.0


@dataclass(frozen=True)
class Hits:
    """`inside`: the share of promises that were kept (0–1). Medians of their width and of the wait, in minutes."""

    people: int
    inside: float
    width_minutes: float
    wait_minutes: float


def pace(
    calls: Sequence[Called], tables: Collection[str], first_waiting: datetime | None, now: datetime, pace_minutes: int
) -> Pace | None:
    """How fast the step goes now; None when no table works on it: nobody can say.

    `calls`: the last of the day in their order (by counter); 200 are plenty. `tables`: codes of the stations that work
    on the step now. `first_waiting`: since when the first of those has waited who wait now. `pace_minutes`: the plan's.
    """
    if not tables:
        return None
    cycles = _cycles(calls, first_waiting, now)
    weight = sum(each for each, _ in cycles)
    mean = (PLAN_WEIGHS * pace_minutes + sum(w * minutes for w, minutes in cycles)) / (PLAN_WEIGHS + weight)
    spread = sum(w * (minutes - mean) ** 2 for w, minutes in cycles) / mean**2
    scatter = math.sqrt((SCATTER_WEIGHS * SCATTER**2 + spread) / (SCATTER_WEIGHS + weight))
    error = math.hypot(PLAN_WEIGHS * PLAN_ERROR, scatter * math.sqrt(weight)) / (PLAN_WEIGHS + weight)
    silences = _silences(calls, tables, first_waiting, now)
    working = sum(1.0 if silent <= PATIENCE * mean else PATIENCE * mean / silent for silent in silences)
    stalled = max(0.0, min(silences) - PATIENCE * mean)
    return Pace(mean, working, scatter, error, stalled, known=weight >= 1)


def _cycles(calls: Sequence[Called], first_waiting: datetime | None, now: datetime) -> list[tuple[float, float]]:
    """(weight, minutes) of each table's cycles during all of which somebody waited, but for breaks and clock jumps."""
    found: list[tuple[float, float]] = []
    # Since when the first has waited of those who are called later, or wait now; the next call after which nobody did.
    earliest, idle = first_waiting or now, len(calls)
    next_of: dict[str, int] = {}
    for nth in reversed(range(len(calls))):
        call, later = calls[nth], next_of.get(calls[nth].station, len(calls))
        if earliest > call.at:
            idle = nth
        if later <= idle and later < len(calls) and call.trusted and calls[later].trusted:
            age, minutes = (now - calls[later].at) / MINUTE, (calls[later].at - call.at) / MINUTE
            if age >= 0 and 0 < minutes <= ABSURD:
                found.append((0.5 ** (age / HALF_LIFE), minutes))
        next_of[call.station] = nth
        earliest = min(earliest, call.since)
    usual = median(minutes for _, minutes in found) if found else 0.0
    return [(weight, minutes) for weight, minutes in found if minutes <= BREAK * usual]


def _silences(
    calls: Sequence[Called], tables: Collection[str], first_waiting: datetime | None, now: datetime
) -> list[float]:
    """For how many minutes each table has called nobody while somebody waited; 0 for one that never called yet."""
    if first_waiting is None:
        return [0.0 for _ in tables]
    last = {call.station: call.at for call in calls if call.trusted}
    found = [(now - max(last.get(table, now), first_waiting)) / MINUTE for table in tables]
    return [minutes if 0 < minutes <= ABSURD else 0.0 for minutes in found]


def ahead(
    lanes: Lanes, mine: str, before: int, waiting: Mapping[str, int], recent: Sequence[str],
    arrivals: Mapping[str, float], going: Pace,
) -> tuple[int, int]:  # fmt: skip
    """The least and the most people who are called before somebody of the lane `mine`, `before` of it before them.

    `waiting`: how many wait in each lane. `recent`: the lanes of the last calls, newest first. `arrivals`: how many a
    minute come into each lane of late. The least: nobody else comes any more; the most: more than of late.
    """
    least = most = lanes.ahead(mine, before, waiting, recent)
    for _ in range(2):
        # While those are called who go before, more come; while those are called, more again.
        minutes = min(ARRIVALS_HOLD, (most + 1) * going.gap)
        coming = {lane: int(MOST_ARRIVALS * rate * minutes) for lane, rate in arrivals.items()}
        grown = {lane: waiting.get(lane, 0) + coming.get(lane, 0) for lane in {*waiting, *coming}}
        most = lanes.ahead(mine, before, grown, recent)
    return least, most


def band(going: Pace, least: int, most: int, scale: Scale | None = None) -> Band:
    """How many minutes somebody waits before whom at least `least` and at most `most` people are called."""
    scale = scale or Scale()
    turns = (least + most) / 2 + 1
    between = (most - least) ** 2 / 12  # anywhere from least to most
    # Of a sum of regular cycles of several tables; never more than of chance alone.
    chance = min(turns, turns * going.scatter**2 + going.tables / 6)
    share = (chance + between) / turns**2 + going.error**2 + DRIFT**2
    mean = turns * going.gap
    low, high = _gamma(mean, share, -TENTH * scale.down), _gamma(mean, share, TENTH * scale.up) + going.stalled
    return _readable(low, high, going.known)


def _gamma(mean: float, share: float, normal: float) -> float:
    """The quantile of a gamma distribution (Wilson and Hilferty) whose variance is `share` times its mean squared."""
    return mean * max(0.0, 1 - share / 9 + normal * math.sqrt(share) / 3) ** 3


def _readable(low: float, high: float, known: bool) -> Band:
    unit = 5 if high - low >= IN_FIVES_FROM else 1
    return Band(math.floor(low / unit) * unit, max(LEAST_HIGH, math.ceil(high / unit) * unit), known)


def worth_telling(told: Band, minutes_left: float | None) -> bool:
    """Does the band help whoever reads it? Else how many go before them is enough.

    Not a vague one that nothing but the plan's pace speaks for, nor one that ends later than the half does by its plan:
    in `minutes_left`, None where it has none.
    """
    if minutes_left is not None and told.high_minutes > minutes_left:
        return False
    low, high = told.low_minutes, told.high_minutes
    return told.known or high <= VAGUE_FROM or high - low <= VAGUE * low


def promised(low_minutes: int | None, high_minutes: int | None, came_at: datetime, first: Called) -> Promise | None:
    """What the ticket of somebody who came at `came_at` had said, and how it was at their `first` call; None: nothing.

    Only of the step that they came in for: what follows was promised to nobody. Nor is a wrong clock believed.
    """
    if low_minutes is None or high_minutes is None or not first.trusted or first.since != came_at:
        return None
    return Promise(low_minutes, high_minutes, (first.at - came_at) / MINUTE)


def learn(promises: Iterable[Promise]) -> Scale:
    """How wide bands must be today, from the promises in the order in which their calls came.

    What began at 0 teaches nothing: it could not be missed from below.
    """
    down = up = 1.0
    for each in promises:
        if each.low_minutes:
            sooner, later = each.actual_minutes < each.low_minutes, each.actual_minutes > each.high_minutes
            down = _within(down * math.exp(STEP * (sooner - 0.1)))
            up = _within(up * math.exp(STEP * (later - 0.1)))
    return Scale(down, up)


def _within(scale: float) -> float:
    return min(MOST_SCALE, max(LEAST_SCALE, scale))


def hits(promises: Iterable[Promise]) -> Hits:
    """How honest the promises of a day were; nothing but zeros for none."""
    every = list(promises)
    if not every:
        return Hits(0, 0.0, 0.0, 0.0)
    return Hits(
        len(every),
        sum(each.inside for each in every) / len(every),
        median(each.high_minutes - each.low_minutes for each in every),
        median(each.actual_minutes for each in every),
    )


def worded(told: Band, say: Callable[..., str]) -> str:
    """`khoảng 15–25 phút`, or `dưới 5 phút` where it may be their turn at once; the same on paper and every screen."""
    return say("wait.about" if told.low_minutes else "wait.under", low=told.low_minutes, high=told.high_minutes)

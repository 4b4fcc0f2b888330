"""Simulated days of one step: people of two lanes come, tables call them, and each is promised a band on arrival.

Minutes since the day's beginning, as floats; the same seed gives the same day on every machine.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kiosk import protocols
from kiosk.rules import waiting
from kiosk.rules.waiting import Called, Promise

BEGAN = datetime(2021, 11, 20, 0, 30, tzinfo=UTC)
DAY = 480.0
PRIORITY = 0.3
# Lognormal services of 3 to 8 minutes in eight of ten cases, at the usual length.
SCATTER, USUAL = 0.383, 4.9
LANES = protocols.lanes()
CAME, READY = 1, 2


def slots(rng: random.Random, people: int) -> Iterator[float]:
    """People come to slots of half an hour, most of them about its beginning."""
    for nth in range(people):
        yield max(0.0, nth * 16 // people * 30.0 + rng.triangular(-10, 30, 3))


def at_once(rng: random.Random, people: int) -> Iterator[float]:
    """Everybody is told the same hour."""
    for _ in range(people):
        yield rng.triangular(0, 40, 5)


def evenly(rng: random.Random, people: int) -> Iterator[float]:
    """No slots: at random over the day."""
    for _ in range(people):
        yield rng.uniform(0, DAY)


@dataclass(frozen=True)
class Day:
    """A kind of day. `away(table, minute)`: until when this table does nothing, None while it works.

    `shown`: it is known that an absent table does not work. `slow(table, minute)`: how many times the usual length its
    services take. `load`: people, as a share of whom the tables could serve.
    """

    tables: int
    arrivals: Callable[[random.Random, int], Iterator[float]] = slots
    away: Callable[[int, float], float | None] = lambda table, minute: None
    shown: bool = False
    slow: Callable[[int, float], float] = lambda table, minute: 1.0
    usual: float = USUAL
    load: float = 0.95


@dataclass
class Line:
    """What happens on a day. `kept`: our promises in the order of the calls; `naive`: the peer's (minutes, wait)."""

    waiting: dict[str, deque[tuple[float, int]]] = field(
        default_factory=lambda: {lane.code: deque() for lane in LANES.lanes}
    )
    came: list[tuple[float, str]] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    told: dict[int, tuple[waiting.Band | None, float]] = field(default_factory=dict)
    kept: list[Promise] = field(default_factory=list)
    naive: list[tuple[float, float]] = field(default_factory=list)


def at(minute: float) -> datetime:
    """The instant of a minute."""
    return BEGAN + timedelta(minutes=minute)


def simulate(day: Day, seed: int) -> Line:
    """One day, from its first arrival until the last was called."""
    rng, line = random.Random(seed), Line()
    people = round(day.tables * DAY / (day.usual * 1.07) * day.load)
    events = [(minute, CAME, nth) for nth, minute in enumerate(day.arrivals(rng, people))]
    events += [(0.0, READY, table) for table in range(day.tables)]
    heapq.heapify(events)
    idle: set[int] = set()
    while events:
        minute, what, who = heapq.heappop(events)
        if what == CAME:
            lane = "priority" if rng.random() < PRIORITY else "usual"
            line.told[who] = _promise(day, line, minute, lane)
            line.waiting[lane].append((minute, who))
            line.came.append((minute, lane))
            for table in sorted(idle):
                heapq.heappush(events, (minute, READY, table))
            idle.clear()
        elif (back := day.away(who, minute)) is not None:
            heapq.heappush(events, (back, READY, who))
        elif _call(line, minute, who):
            service = rng.lognormvariate(0, SCATTER) * day.usual * day.slow(who, minute)
            heapq.heappush(events, (minute + service, READY, who))
        else:
            idle.add(who)
    return line


def _call(line: Line, minute: float, table: int) -> bool:
    lane = LANES.next([each for each, people in line.waiting.items() if people], line.turns[:8])
    if lane is None:
        return False
    since, who = line.waiting[lane].popleft()
    line.turns.insert(0, lane)
    line.calls.append(Called(at(minute), at(since), f"table-{table}"))
    band, naive = line.told.pop(who)
    if band is not None:
        line.kept.append(Promise(band.low_minutes, band.high_minutes, minute - since))
        line.naive.append((naive, minute - since))
    return True


def _promise(day: Day, line: Line, minute: float, lane: str) -> tuple[waiting.Band | None, float]:
    working = [f"table-{table}" for table in range(day.tables) if not (day.shown and day.away(table, minute))]
    firsts = [people[0][0] for people in line.waiting.values() if people]
    going = waiting.pace(line.calls[-200:], working, at(min(firsts)) if firsts else None, at(minute), 6)
    if going is None:
        return None, 0.0
    counts = {each: len(people) for each, people in line.waiting.items()}
    lately = [each for when, each in line.came[-400:] if when > minute - 30]
    arrivals = {each: lately.count(each) / max(10.0, min(30.0, minute)) for each in counts}
    least, most = waiting.ahead(LANES, lane, counts[lane], counts, line.turns[:8], arrivals, going)
    band = waiting.band(going, least, most, waiting.learn(line.kept[-200:]))
    return band, _naive(line, least, len(working))


def _naive(line: Line, least: int, tables: int) -> float:
    """What queue programs usually say: who is ahead, times the mean time of a table for one, by the tables."""
    last: dict[str, datetime] = {}
    cycles = []
    for call in line.calls[-200:]:
        if call.station in last:
            cycles.append((call.at - last[call.station]) / timedelta(minutes=1))
        last[call.station] = call.at
    return (least + 1) * (sum(cycles) / len(cycles) if cycles else 6) / tables

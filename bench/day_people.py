"""The people of `bench/day.py`: who comes when and how, and what becomes of them; the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from random import Random

from kiosk.demo import commune
from kiosk.demo.commune import Invented

MINUTE, HOUR = 60.0, 3600.0
# Seconds since midnight. Nobody is asked to come at noon: tables break in turns.
OPENS, NOON, AFTER_NOON, CLOSES = 7.5 * HOUR, 11.5 * HOUR, 13 * HOUR, 16.5 * HOUR
SLOT = 0.5 * HOUR
PEOPLE_A_SLOT = 68
# Shares of all people. What is left comes as asked, by a card at the kiosk.
NO_SHOWS, EARLY, LATE, WALK_INS, AT_THE_DESK, WITHOUT_SLOT = 0.05, 0.06, 0.07, 0.05, 0.35, 0.04
FIFTY_AND_OVER = 0.3
AWAY_WHEN_CALLED, LEAVES, JUMPS, OVER_CAPACITY = 0.05, 0.012, 0.006, 0.003
NOT_TODAY = {"deferred": 0.03, "referred": 0.01}
# Mean minutes of a service by a nurse of usual pace, and how far apart their logarithms are.
SERVICE = {"screening": (1.25, 0.35), "injection": (2.2, 0.35), "finish": (0.5, 0.3)}


@dataclass
class Guest:
    """Somebody of today. Times in seconds since midnight; `visit`: theirs once they have a number.

    `way`: kiosk, desk or walk_in. `away`: from when until when they hear no call; `leaves`: when they give up.
    `minutes`: how long each step takes with them at a table of usual pace.
    """

    person: Invented
    way: str
    comes: float
    minutes: dict[str, float]
    conclusion: str
    leaves: float | None = None
    away_for: float = 0.0
    jumps: bool = False
    let_in: bool = False
    visit: str = ""
    away_until: float = 0.0
    gone: bool = False


def slots(count: int) -> list[float]:
    """When the slots begin that so many people need, the morning's first."""
    first = [OPENS + n * SLOT for n in range(int((NOON - OPENS) / SLOT))]
    later = [AFTER_NOON + n * SLOT for n in range(int((CLOSES - AFTER_NOON) / SLOT))]
    return (first + later)[: max(1, -(-count // PEOPLE_A_SLOT))]


def clock(seconds: float) -> time:
    """The time of day."""
    return time(int(seconds // HOUR), int(seconds % HOUR // MINUTE))


def guests(count: int, on: date, seed: int) -> list[Guest]:
    """`count` people who are expected or just come; whoever never does is among them (`comes` infinite)."""
    chance, times = Random(f"day {seed}"), slots(count)
    known = _of_both_ages(commune.strangers(4 * count, seed=20 + seed), count, on, chance)
    found = []
    for nth, person in enumerate(known):
        begins = times[nth * len(times) // count]
        found.append(_guest(person, begins, chance))
    return found


def _of_both_ages(people: Sequence[Invented], count: int, on: date, chance: Random) -> list[Invented]:
    old = [one for one in people if one.identity.born_year and on.year - one.identity.born_year > 50]
    young = [one for one in people if one.identity.born_year and 18 < on.year - one.identity.born_year < 50]
    elders = round(FIFTY_AND_OVER * count)
    chosen = old[:elders] + young[: count - elders]
    chance.shuffle(chosen)
    return [replace(one, group="10") for one in chosen]


def _guest(person: Invented, begins: float, chance: Random) -> Guest:
    walks_in, asked = chance.random() < WALK_INS, chance.random() >= WITHOUT_SLOT
    slot = None if walks_in or not asked else (clock(begins), clock(begins + SLOT))
    way = "walk_in" if walks_in else "desk" if chance.random() < AT_THE_DESK else "kiosk"
    comes = begins + chance.uniform(0, SLOT) + chance.gauss(-4, 8) * MINUTE
    kind = chance.random()
    if kind < NO_SHOWS:
        comes = float("inf")
    elif kind < NO_SHOWS + EARLY:
        comes = begins - chance.uniform(20, 75) * MINUTE
    elif kind < NO_SHOWS + EARLY + LATE:
        comes = begins + SLOT + chance.uniform(5, 90) * MINUTE
    comes = max(comes, OPENS - 10 * MINUTE)
    minutes = {step: chance.lognormvariate(0, spread) * mean for step, (mean, spread) in SERVICE.items()}
    said = chance.random()
    conclusion = next((each for each, share in NOT_TODAY.items() if (said := said - share) < 0), "cleared")
    return Guest(
        replace(person, slot=slot), way, comes, minutes, conclusion,
        leaves=comes + chance.uniform(6, 30) * MINUTE if chance.random() < LEAVES else None,
        away_for=chance.uniform(2, 9) * MINUTE if chance.random() < AWAY_WHEN_CALLED else 0.0,
        jumps=chance.random() < JUMPS, let_in=chance.random() < OVER_CAPACITY,
    )  # fmt: skip


def one_line(people: Sequence[Guest], tables: dict[str, list[float]]) -> tuple[list[float], int]:
    """The peer: the same people told to come at the same hour, one line, first come first served; no program.

    Half of them for the morning, half for the afternoon. `tables`: the paces of each step's tables. The minutes each
    waited for the doctor, and the most people who were on site and not injected yet. The same service times, the same
    walk, no breaks: it is better off than the site.
    """
    chance = Random("one line")
    here = [one for one in people if one.comes != float("inf")]
    coming = sorted(
        (OPENS if nth % 2 else AFTER_NOON) + abs(chance.gauss(0, 20)) * MINUTE for nth in range(len(here))
    )  # fmt: skip
    waits: list[float] = []
    ready = list(zip(coming, here, strict=True))
    moments = [(at, 1) for at in coming]
    for step in ("screening", "injection"):
        free = [(OPENS, pace) for pace in tables[step]]
        after: list[tuple[float, Guest]] = []
        for at, one in sorted(ready, key=lambda each: each[0]):
            begins, pace = min(free)
            free.remove((begins, pace))
            called = max(begins, at)
            ends = called + (0.5 + one.minutes[step] * pace) * MINUTE
            free.append((ends, pace))
            waits += [(called - at) / MINUTE] if step == "screening" else []
            (after if one.conclusion == "cleared" and step == "screening" else []).append((ends, one))
            if step == "injection" or one.conclusion != "cleared":
                moments.append((ends, -1))
        ready = after
    return waits, most_at_once(moments)


def most_at_once(moments: Sequence[tuple[float, int]]) -> int:
    """The most people at one time, of instants at which one comes (1) or goes (-1)."""
    here = most = 0
    for _, change in sorted(moments):
        here += change
        most = max(most, here)
    return most

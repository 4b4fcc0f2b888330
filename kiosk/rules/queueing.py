"""The queue: numbers and lanes, whose turn it is, how many go before somebody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kiosk.errors import Refusal
from kiosk.rules.person import full_years
from kiosk.rules.steps import Word

_TYPED = re.compile(r"\s*([A-Za-z])\s*0*([0-9]{1,4})\s*")


def read_label(text: str) -> tuple[str, int] | None:
    """(series, n) of a number as somebody types it: `A147`, `u 12`; None for anything else."""
    typed = _TYPED.fullmatch(text)
    return (typed[1].upper(), int(typed[2])) if typed else None


def label(series: str, n: int) -> str:
    """`A 007`: a letter and three digits, four from 1000 on."""
    return f"{series} {n:03d}"


@dataclass(frozen=True)
class Arrived:
    """What decides the lane of somebody who has come. `group`, `special`: as the list has them, "" where it has none.

    `said`: codes ticked on arrival. `brings`: they are checked in with a child.
    """

    born_on: date | None
    born_year: int | None
    group: str
    special: str
    said: frozenset[str]
    brings: bool


@dataclass(frozen=True)
class Lane(Word):
    """One lane. `letter`: its number series. `in_a_row`: so many of it are called while others wait, then another's.

    `rule_vi`, `rule_en`: who belongs here, as board and paper say it. It takes whoever is at least `from_age` years old
    (None: age decides nothing), of one of `groups` or `specials`, whoever said one of `said`, and where `carers` is set
    whoever brings a child. `everybody`: it takes whoever no lane before it took.
    """

    letter: str
    in_a_row: int
    rule_vi: str
    rule_en: str
    from_age: int | None = None
    groups: frozenset[str] = frozenset()
    specials: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    carers: bool = False
    everybody: bool = False

    def rule(self, language: str) -> str:
        """Who belongs here, in words."""
        return self.rule_en if language == "en" else self.rule_vi

    def takes(self, one: Arrived, on: date) -> bool:
        """Does this person belong here on this day? Where only the year is known, this year's birthday counts."""
        if self.everybody or (self.carers and one.brings) or self.said & one.said:
            return True
        if one.group in self.groups or one.special in self.specials:
            return True
        return self.from_age is not None and _age(one, on) >= self.from_age


def _age(one: Arrived, on: date) -> int:
    if one.born_on is not None:
        return full_years(one.born_on, on)
    return on.year - one.born_year if one.born_year is not None else -1


@dataclass(frozen=True)
class Lanes:
    """`protocols/lanes.toml`: the lanes in the order in which they are tried; the last takes everybody."""

    version: str
    source: str
    lanes: tuple[Lane, ...]

    def of(self, one: Arrived, on: date) -> Lane:
        """The lane that this person belongs to."""
        return next(lane for lane in self.lanes if lane.takes(one, on))

    def asks_only(self, codes: Iterable[str]) -> bool:
        """Is a question with these answers asked for the lane's sake alone?"""
        return set(codes) <= frozenset().union(*(lane.said for lane in self.lanes))

    def get(self, code: str) -> Lane:
        """The lane with this code; the last one for a code that the protocol has no more."""
        return next((lane for lane in self.lanes if lane.code == code), self.lanes[-1])

    def next(self, waiting: Collection[str], recent: Sequence[str]) -> str | None:
        """The lane whose turn it is; None when nobody waits. `recent`: the lanes of the last calls, newest first.

        A lane goes on until `in_a_row` of it were called, then the next that waits, round and round: nobody starves.
        One that the protocol has no more, after an update in the middle of a day, takes its turn after the last.
        """
        order = [lane.code for lane in self.lanes]
        order += sorted({*waiting, *recent[:1]} - set(order))
        if not waiting or not recent:
            return next((code for code in order if code in waiting), None)
        last = recent[0]
        run = next((n for n, code in enumerate(recent) if code != last), len(recent))
        if last in waiting and run < self.get(last).in_a_row:
            return last
        after = order.index(last) + 1
        return next(code for code in (*order[after:], *order[:after]) if code in waiting)

    def ahead(self, mine: str, before: int, waiting: Mapping[str, int], recent: Sequence[str] = ()) -> int:
        """How many are called before somebody of the lane `mine`, of whose lane `before` are before them.

        `waiting`: how many wait in each lane, `recent`: as in `next`. As things stand: of the other lanes some of those
        who are still to come may come between too.
        """
        left, turns, called = {**waiting, mine: before + 1}, list(recent), 0
        left = {code: people for code, people in left.items() if people}
        while (lane := str(self.next(left, turns))) != mine or left[mine] > 1:
            # A whole round takes as many of each lane wherever it begins: many at once, then one by one.
            taken = {code: self.get(code).in_a_row for code in left}
            rounds = min((left[code] - (code == mine)) // most for code, most in taken.items())
            if not rounds:
                taken, rounds, turns = {lane: 1}, 1, [lane, *turns]
            left |= {code: left[code] - rounds * most for code, most in taken.items()}
            left = {code: people for code, people in left.items() if people}
            called += rounds * sum(taken.values())
        return called


@dataclass(frozen=True)
class Reason(Word):
    """Why the queue is not followed as it stands. `keeps_spot`: of a hold, whether a spot is kept meanwhile."""

    keeps_spot: bool = True


# What lies further ahead than that was noted before the clock was set back: nobody knows how long ago.
AHEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Protocol:
    """`protocols/queue.toml`. `answer_seconds`: after so long a called person counts as absent; `attempts`: after so
    many calls in vain they are out of the line until they show themselves; `returns_behind`: behind so many of those
    who wait they come back; `early_minutes`: so long before their slot people are let in; `late`: how whoever comes
    after it is fitted in; `call_minutes`: so long a spot is kept for somebody who was asked in and has not come through
    the door.
    """

    version: str
    source: str
    answer_seconds: int
    attempts: int
    returns_behind: int
    early_minutes: int
    late: str
    call_minutes: int
    jump: tuple[Reason, ...]
    hold: tuple[Reason, ...]
    back: tuple[Reason, ...]
    transfer: tuple[Reason, ...]
    lane: tuple[Reason, ...]
    admit: tuple[Reason, ...]
    early: tuple[Reason, ...]

    def may_give_up(self, called_at: datetime | None, at: datetime) -> bool:
        """Was somebody called so long ago that they count as absent?"""
        return called_at is None or _is_over(called_at, at, timedelta(seconds=self.answer_seconds))

    def has_lapsed(self, kept_since: datetime, at: datetime) -> bool:
        """Has a spot been kept so long that it may go to somebody else?"""
        return _is_over(kept_since, at, timedelta(minutes=self.call_minutes))

    def keeps_spot(self, held_for: str) -> bool:
        """Does whoever is out of the line for this reason keep their spot?"""
        return all(reason.keeps_spot for reason in self.hold if reason.code == held_for)

    def require_reason(self, kind: str, code: str) -> str:
        """The code, if it is a reason for this kind of move. Raises Refusal `queue_reason_missing`."""
        reasons: tuple[Reason, ...] = getattr(self, kind)
        if code not in {reason.code for reason in reasons}:
            raise Refusal("queue_reason_missing", field="reason")
        return code


def _is_over(since: datetime, at: datetime, lasts: timedelta) -> bool:
    return not -AHEAD <= at - since < lasts

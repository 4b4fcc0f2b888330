"""What a day's moves say of everybody's waits: since when, up to which call, and when they could not be called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from kiosk.rules.fairness import Wait
from kiosk.rules.waiting import Called, Promise, promised
from kiosk.rules.words import MoveKind, VisitState

CALLS = (MoveKind.CALL, MoveKind.JUMP)
HOW: Mapping[str, MoveKind] = {kind: kind for kind in CALLS}
WAITS = (VisitState.WAITING, VisitState.HELD)
# More than a box ever counts to.
BEFORE_ALL = 2**40
Place = tuple[int, int]


class Moved(NamedTuple):
    """One move of the queue as the history needs it. `queue_seq`, `after`: where they stood before it, None where the
    move keeps no such thing; the rest as `store/queue_moves.QueueMove` has it."""

    visit: str
    kind: str
    step: str
    lane: str
    zone: str
    reason: str
    since: datetime
    waits_from: int
    at: datetime
    seq: int
    trusted: bool
    undone: bool
    queue_seq: int | None
    after: int | None


class Came(NamedTuple):
    """One visit as it stands; `seq`: when it was written down, the rest as `store/visits.Visit` has it."""

    visit: str
    lane: str
    step: str
    state: str
    since: datetime
    waits_from: int
    queue_seq: int
    after: int
    seq: int
    checked_in_at: datetime
    left_at: datetime | None
    told_low: int | None
    told_high: int | None


class Waited(NamedTuple):
    """A wait, or a part of one during which lane and place stayed the same, for this step."""

    step: str
    wait: Wait


class History(NamedTuple):
    """A day's waits: `parts` to compare with each other, `firsts` from check-in to the first call, one to a person.

    `promises`: what tickets said of the first call, in the order of these calls.
    """

    parts: Sequence[Waited]
    firsts: Sequence[Wait]
    promises: Sequence[Promise]


def history(
    came: Iterable[Came], moves: Sequence[Moved], now: datetime, spotless: Collection[str] = ()
) -> History:  # fmt: skip
    """The waits of a day until `now`, of its moves in their order; nothing of a day without any: none were kept then.

    A move that was undone was none, but for the time until it was: nobody could be called twice at once. `spotless`:
    the steps for which people are called without a spot.
    """
    mine: dict[str, list[Moved]] = {}
    for move in moves:
        mine.setdefault(move.visit, []).append(move)
    ends = max((move.seq for move in moves), default=0) + 1
    parts: list[Waited] = []
    firsts: list[tuple[int, Wait]] = []
    promises: list[tuple[int, Promise]] = []
    for one in came if moves else ():
        rows = mine.get(one.visit, [])
        parts += _Way(one, rows, spotless).walked(rows, now, ends)
        call = next((row for row in rows if row.kind in CALLS and not row.undone), None)
        first = _first(one, call, now, ends)
        firsts += [(first.seq, first)] if first else []
        if call:
            heard = Called(call.at, call.since, "", call.trusted)
            told = promised(one.told_low, one.told_high, one.checked_in_at, heard)
            promises += [(call.seq, told)] if told else []
    calls_order = sorted(promises, key=_seq)
    return History(parts, [wait for _, wait in sorted(firsts, key=_seq)], [told for _, told in calls_order])


def _place(queue_seq: int, after: int) -> Place:
    """Where somebody stands: the smaller, the nearer to the front. Below 0 in `after`: put before everybody, also
    before whoever has a smaller `queue_seq` and came back to it."""
    return (queue_seq - BEFORE_ALL, after) if after < 0 else (queue_seq, after)


def _seq(each: tuple[int, object]) -> int:
    return each[0]


def _first(one: Came, call: Moved | None, now: datetime, ends: int) -> Wait | None:
    """From check-in to the first call, or to now or their leaving; None for whoever is at a table without any."""
    gone = one.left_at if one.state == VisitState.LEFT else now if one.state in WAITS else None
    until = call.at if call else gone
    if until is None:
        return None
    lane, seq = (call.lane, call.seq) if call else (one.lane, ends)
    return Wait(one.visit, lane, one.checked_in_at, one.seq, until, seq, _place(one.queue_seq, one.after), how=None)


class _Way:
    """One person's way through the lines, move by move.

    `called`, `held`, `bound`, `spot`: what decides whether any table could call them. `out`: between which counters
    none could, `out_from`: since when none can now. `kept`: how they stood before moves that were undone.
    """

    def __init__(self, one: Came, rows: Sequence[Moved], spotless: Collection[str]) -> None:
        begins = rows[0] if rows else None
        self.one, self.parts, self.spotless = one, list[Waited](), spotless
        self.lane, self.step = (begins.lane, begins.step) if begins else (one.lane, one.step)
        self.since, self.waits_from = one.checked_in_at, begins.waits_from if begins else one.seq
        self.called = self.held = self.bound = self.spot = False
        self.out: list[tuple[int, int]] = []
        self.out_from: int | None = self.waits_from
        self.kept: list[tuple[bool, bool, bool]] = []
        self.last = self.waits_from

    def walked(self, rows: Sequence[Moved], now: datetime, ends: int) -> list[Waited]:
        """Every part of every wait of theirs until now."""
        for row in rows:
            self._goes(row)
        one = self.one
        if one.state in WAITS and one.waits_from != self.waits_from:
            self._begins(one.step, one.since, one.waits_from, ends)
        if one.state in WAITS or (one.state == VisitState.LEFT and not self.called):
            self.lane = one.lane
            self._ends(None, one.left_at or now, ends, _place(one.queue_seq, one.after))
        return self.parts

    def _goes(self, row: Moved) -> None:
        if row.kind != MoveKind.EXIT and row.waits_from != self.waits_from:  # also whoever is seated or leaves exits
            self._begins(row.step, row.since, row.waits_from, row.seq)
        if row.queue_seq is not None and row.after is not None and row.kind != MoveKind.BACK:
            if not (self.called or self.held):
                how = None if row.undone else HOW.get(row.kind)
                self._ends(how, row.at, row.seq, _place(row.queue_seq, row.after))
            self.out = [(self.waits_from, row.seq)]
        self._stands(row)
        self.lane, self.last = row.lane, row.seq
        self._counts(row.seq)

    def _stands(self, row: Moved) -> None:
        if row.undone:
            self.kept.append((self.called, self.held, self.bound))
        if row.kind in CALLS:
            self.called, self.held, self.bound = True, False, False
        elif row.kind in (MoveKind.NO_SHOW, MoveKind.PASSED, MoveKind.RESUME):
            # Who is out of the line after many calls in vain has no spot: that says it.
            self.called = self.held = False
        elif row.kind == MoveKind.HOLD:
            self.called, self.held = False, True
        elif row.kind in (MoveKind.TRANSFER, MoveKind.CLOSED):
            self.called, self.bound = False, row.kind == MoveKind.TRANSFER
        elif row.kind in (MoveKind.ENTER, MoveKind.ASK_IN, MoveKind.EXIT):
            self.spot = row.kind != MoveKind.EXIT
        elif row.kind == MoveKind.UNDONE and self.kept:
            self.called, self.held, self.bound = self.kept.pop()

    def _counts(self, seq: int) -> None:
        can = (self.spot or self.step in self.spotless) and not (self.called or self.held or self.bound)
        if not can and self.out_from is None:
            self.out_from = seq
        elif can and self.out_from is not None:
            self.out.append((self.out_from, seq))
            self.out_from = None

    def _begins(self, step: str, since: datetime, waits_from: int, seq: int) -> None:
        """They wait for another step, or anew for one; it may be seen only with the next move there, at `seq`."""
        if not (self.called or self.held):
            self._ends(None, since, max(waits_from, self.last), _place(self.one.queue_seq, self.one.after))
        self.step, self.since, self.waits_from, self.out = step, since, waits_from, []
        self.called = self.held = self.bound = False
        # Whoever was taken back to a table is put before everybody; no move says when that was.
        self.last = seq if waits_from < self.last else waits_from
        if waits_from < self.last:
            self.out.append((waits_from, self.last))
        self._counts(self.last)

    def _ends(self, how: MoveKind | None, at: datetime, seq: int, place: Place) -> None:
        out = [*self.out, (self.out_from, seq)] if self.out_from is not None else self.out
        wait = Wait(self.one.visit, self.lane, self.since, self.waits_from, at, seq, place, how, tuple(out))
        self.parts.append(Waited(self.step, wait))


def by_step(parts: Iterable[Waited]) -> Mapping[str, list[Wait]]:
    """The waits of each step, as `fairness` compares them."""
    found: dict[str, list[Wait]] = {}
    for step, wait in parts:
        found.setdefault(step, []).append(wait)
    return found

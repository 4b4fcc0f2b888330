"""The queue of a clinic day in figures: how long people waited, who went before whom, how true the told waits were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.rules.fairness import LaneWaits, fairness
from kiosk.rules.line_history import History, Moved, by_step
from kiosk.rules.waiting import Hits, hits
from kiosk.rules.words import MoveKind
from kiosk.rules.zones import peak

# Told waits that come true less often promise too much, more often are too wide to be of use.
HONEST = (75, 90)
SEATS = (MoveKind.ENTER, MoveKind.ASK_IN, MoveKind.EXIT)


@dataclass(frozen=True)
class ZonePeak:
    """How full a zone was. `capacity`: as it is set now; `peak`: the most people with a spot in it at once; `let_in`:
    how many were let in though it was full, by name."""

    zone: str
    capacity: int
    peak: int
    let_in: int


@dataclass(frozen=True)
class QueueDay:
    """A day's queue. `lanes`: waits to the first call. `calls` of all steps, of them those that went before somebody
    who had waited longer: by the lanes' rule, by a named jump, or without any reason that is known.

    `jumps`: by reason, whether or not they overtook anybody; `lane_changes` likewise. `told`: how true the waits were
    that tickets said. People: `absent` were called in vain, `held` were out of the line for a while, `early` were let
    in before their time, `without_dose` waited at the site for one that would be left over.
    """

    lanes: Mapping[str, LaneWaits] = field(default_factory=dict)
    calls: int = 0
    by_rule: int = 0
    by_jump: int = 0
    unexplained: int = 0
    jumps: Mapping[str, int] = field(default_factory=dict)
    lane_changes: Mapping[str, int] = field(default_factory=dict)
    told: Hits = field(default_factory=lambda: hits([]))
    zones: Sequence[ZonePeak] = ()
    absent: int = 0
    held: int = 0
    early: int = 0
    without_dose: int = 0

    def per_hundred(self, calls: int) -> float:
        """So many of the day's calls to a hundred; 0 without any call."""
        return 100 * calls / self.calls if self.calls else 0.0


def compose(of: History, moves: Sequence[Moved], capacity: Mapping[str, int], without_dose: int) -> QueueDay:
    """The figures of a day, of its moves in their order. `capacity`: of each zone, by letter."""
    steps = [fairness(waits) for waits in by_step(of.parts).values()]
    stand = [move for move in moves if not move.undone]

    def people(kind: MoveKind) -> int:
        return len({move.visit for move in stand if move.kind == kind})

    def reasons(kind: MoveKind) -> dict[str, int]:
        return dict(Counter(move.reason for move in stand if move.kind == kind).most_common())

    return QueueDay(
        lanes=fairness(of.firsts).lanes,
        calls=sum(step.calls for step in steps), by_rule=sum(step.by_rule for step in steps),
        by_jump=sum(step.by_jump for step in steps), unexplained=sum(step.unexplained for step in steps),
        jumps=reasons(MoveKind.JUMP), lane_changes=reasons(MoveKind.LANE), told=hits(of.promises),
        zones=_zones(stand, capacity), absent=people(MoveKind.NO_SHOW), held=people(MoveKind.HOLD),
        early=people(MoveKind.EARLY), without_dose=without_dose,
    )  # fmt: skip


def _zones(moves: Sequence[Moved], capacity: Mapping[str, int]) -> tuple[ZonePeak, ...]:
    """Of every zone that somebody was in, by letter."""
    seats: dict[str, list[Moved]] = {}
    for move in moves:
        if move.kind in SEATS:
            seats.setdefault(move.zone, []).append(move)
    return tuple(
        ZonePeak(
            letter, capacity.get(letter, 0), peak((move.visit, move.kind != MoveKind.EXIT) for move in rows),
            sum(move.kind == MoveKind.ENTER and bool(move.reason) for move in rows),
        )
        for letter, rows in sorted(seats.items())
    )  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Words for the codes of the protocols, and figures as they are written, in the language of the report."""

    lanes: Mapping[str, str]
    jumps: Mapping[str, str]
    lane_changes: Mapping[str, str]
    decimal: str


Row = tuple[int, str, str]


def rows(day: QueueDay, say: Callable[..., str], named: Words) -> list[Row]:
    """The queue's part of the report, row by row: how far it is set in, words, figure; none where nobody came."""
    if not day.lanes:
        return []
    return [*_waits(day, say, named), *_overtakes(day, say, named), *_told(day, say), *_others(day, say)]


def _waits(day: QueueDay, say: Callable[..., str], named: Words) -> list[Row]:
    return [
        (0, say("report.queue.lanes"), say("report.queue.lanes.unit")),
        *((1, say("report.queue.lane", lane=named.lanes.get(code, code), n=each.people),
           say("report.queue.minutes", median=each.median_minutes, longest=each.longest_minutes))
          for code, each in day.lanes.items()),
    ]  # fmt: skip


def _overtakes(day: QueueDay, say: Callable[..., str], named: Words) -> list[Row]:
    def share(calls: int) -> str:
        return f"{day.per_hundred(calls):.1f}".replace(".", named.decimal)

    return [
        (0, say("report.queue.calls"), str(day.calls)),
        (0, say("report.queue.overtakes"), say("report.queue.overtakes.unit")),
        (1, say("report.queue.by_rule"), share(day.by_rule)),
        (1, say("report.queue.by_jump"), share(day.by_jump)),
        (1, say("report.queue.unexplained"), share(day.unexplained)),
        *_reasons(say("report.queue.jumps"), day.jumps, named.jumps),
        *_reasons(say("report.queue.lane_changes"), day.lane_changes, named.lane_changes),
    ]  # fmt: skip


def _reasons(words: str, counted: Mapping[str, int], named: Mapping[str, str]) -> list[Row]:
    if not counted:
        return []
    each = [(1, named.get(code, code), str(n)) for code, n in counted.items()]
    return [(0, words, str(sum(counted.values()))), *each]


def _told(day: QueueDay, say: Callable[..., str]) -> list[Row]:
    if not day.told.people:
        return []
    low, high = HONEST
    return [
        (0, say("report.queue.told", low=low, high=high), f"{day.told.inside:.0%}"),
        (1, say("report.queue.told.people"), str(day.told.people)),
        (1, say("report.queue.width"), say("report.queue.width.minutes", n=round(day.told.width_minutes))),
    ]


def _others(day: QueueDay, say: Callable[..., str]) -> list[Row]:
    zones = [
        row for each in day.zones for row in (
            (0, say("report.queue.zone", zone=each.zone), f"{each.peak} / {each.capacity}"),
            *([(1, say("report.queue.let_in"), str(each.let_in))] if each.let_in else []),
        )
    ]  # fmt: skip
    people = {"absent": day.absent, "held": day.held, "early": day.early, "without_dose": day.without_dose}
    return [*zones, *((0, say(f"report.queue.{code}"), str(n)) for code, n in people.items())]

"""A day's moves as waits, and what they come to; in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk import wording
from kiosk.rules.fairness import LaneWaits
from kiosk.rules.line_history import Came, History, Moved, history
from kiosk.rules.queue_report import QueueDay, Words, ZonePeak, compose, rows
from kiosk.rules.waiting import Hits
from kiosk.rules.words import MoveKind, VisitState

BEGAN = datetime(2021, 11, 20, 0, 30, tzinfo=UTC)
WORDS = Words({"usual": "Thường", "priority": "Ưu tiên"}, {"frail": "Người yếu"}, {"disabled": "Khuyết tật"}, ",")


def after(minutes: float) -> datetime:
    """So many minutes after the day began."""
    return BEGAN + timedelta(minutes=minutes)


def moved(visit: str, kind: MoveKind, seq: int, waits_from: int, place: int | None = None, **other: Any) -> Moved:
    """A move when the counter stood at `seq`, so many minutes after the day began."""
    facts = {"step": "screening", "lane": "usual", "zone": "A", "reason": "", "trusted": True, "undone": False}
    return Moved(visit, kind, since=after(waits_from), waits_from=waits_from, at=after(seq), seq=seq, queue_seq=place,
                 after=None if place is None else 0, **(facts | other))  # fmt: skip


def came(visit: str, seq: int, state: VisitState = VisitState.LEFT, **other: Any) -> Came:
    """Somebody who took a number when the counter stood at `seq`."""
    facts = {"lane": "usual", "step": "screening", "left_at": after(200), "told_low": None, "told_high": None}
    return Came(visit, state=state, since=after(seq), waits_from=seq, queue_seq=seq, after=0, seq=seq,
                checked_in_at=after(seq), **(facts | other))  # fmt: skip


def day(people: list[Came], moves: list[Moved]) -> tuple[History, QueueDay]:
    """The waits and the figures of a day that goes on for 300 minutes."""
    found = history(people, sorted(moves, key=lambda move: move.seq), after(300))
    return found, compose(found, sorted(moves, key=lambda move: move.seq), {"A": 20}, 0)


def test_a_day_from_before_moves_were_kept_says_nothing() -> None:
    found, of = day([came("a", 1), came("b", 2, VisitState.WAITING)], [])
    assert (found, of) == (History([], [], []), QueueDay())


def test_whoever_was_taken_back_to_a_table_is_not_overtaken_by_what_was_before() -> None:
    """No move says when that was: until the next one nobody is said to have gone before them."""
    back = [
        moved("a", MoveKind.ENTER, 2, 1), moved("a", MoveKind.CALL, 5, 1, 1, step="injection"),
        moved("a", MoveKind.CALL, 40, -1, -1, step="injection"),
    ]  # fmt: skip
    other = [moved("b", MoveKind.ENTER, 4, 3), moved("b", MoveKind.CALL, 20, 3, 3, step="injection")]
    _, of = day([came("a", 1), came("b", 3)], back + other)
    assert (of.calls, of.unexplained) == (3, 0)


def test_whoever_needs_no_spot_is_overtaken_without_one() -> None:
    moves = [
        moved("a", MoveKind.ENTER, 2, 1), moved("a", MoveKind.CALL, 4, 1, 1), moved("a", MoveKind.EXIT, 9, 1),
        moved("a", MoveKind.CALL, 21, 10, 10, step="finish"),
    ]  # fmt: skip
    for spotless, waits in (((), False), (("finish",), True)):
        found = history([came("a", 1)], moves, after(300), spotless)
        assert [wait.in_line(15) for step, wait in found.parts if step == "finish"] == [waits]


def test_whoever_goes_home_without_a_call_waited_until_then() -> None:
    found, of = day([came("a", 10, left_at=after(50))], [moved("a", MoveKind.ENTER, 11, 10)])
    assert of.lanes == {"usual": LaneWaits(1, 40, 40)}
    assert found.promises == []


@pytest.mark.parametrize("wrong", [{"trusted": False}, {"since": after(7)}, {"undone": True}])
def test_a_promise_is_held_only_against_a_first_call_that_can_be_believed(wrong: dict[str, Any]) -> None:
    call = moved("a", MoveKind.CALL, 21, 1, 1)
    told = came("a", 1, told_low=10, told_high=30)
    kept, _ = day([told], [moved("a", MoveKind.ENTER, 2, 1), call])
    assert [each.actual_minutes for each in kept.promises] == [20]
    lost, _ = day([told], [moved("a", MoveKind.ENTER, 2, 1), call._replace(**wrong)])
    assert lost.promises == []


def test_zones_have_their_peak_and_whom_somebody_let_in() -> None:
    moves = [
        moved("a", MoveKind.ENTER, 1, 1), moved("b", MoveKind.ASK_IN, 2, 1), moved("a", MoveKind.EXIT, 3, 1),
        moved("c", MoveKind.ENTER, 4, 1, reason="frail"), moved("d", MoveKind.ENTER, 5, 1, zone="B"),
    ]  # fmt: skip
    _, of = day([], moves)
    assert of.zones == (ZonePeak("A", 20, 2, 1), ZonePeak("B", 0, 1, 0))


@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_the_report_says_all_of_it_in_words(language: str) -> None:
    of = QueueDay(
        lanes={"priority": LaneWaits(120, 14, 51), "gone": LaneWaits(1, 3, 3)}, calls=400, by_rule=30, by_jump=5,
        unexplained=0, jumps={"frail": 4, "unheard": 1}, lane_changes={"disabled": 2}, told=Hits(300, 0.82, 14.6, 22),
        zones=(ZonePeak("A", 20, 22, 2),), absent=7, held=4, early=3, without_dose=1,
    )  # fmt: skip
    said = rows(of, wording.speaker(language), WORDS)
    assert all(words and not words.startswith("report.") for _, words, _ in said)
    figures = [figure for _, _, figure in said]
    assert figures[1:3] == (["14 · 51 phút", "3 · 3 phút"] if language == "vi" else ["14 · 51 min", "3 · 3 min"])
    assert {"400", "7,5", "1,2", "0,0", "82%", "300", "22 / 20", "5", "4", "2", "7", "3", "1"} <= set(figures)
    assert "unheard" in {words for _, words, _ in said}, "a reason that the protocol no longer knows is not lost"
    assert rows(QueueDay(), wording.speaker(language), WORDS) == []

"""Numbers, lanes, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules.queueing import Arrived, label

ON = date(2026, 11, 23)
LANES = protocols.lanes()


def arrived(**said: object) -> Arrived:
    facts: dict[str, object] = {
        "born_on": date(1990, 2, 3), "born_year": 1990, "group": "", "special": "", "said": frozenset(),
        "brings": False,
    }  # fmt: skip
    return Arrived(**facts | said)  # type: ignore[arg-type]


def test_a_number_is_a_letter_and_three_digits_four_from_a_thousand_on() -> None:
    assert [label("A", n) for n in (1, 47, 999, 1000, 9999)] == ["A 001", "A 047", "A 999", "A 1000", "A 9999"]


@pytest.mark.parametrize(
    ("said", "lane"),
    [
        ({}, "usual"),
        ({"born_on": date(1976, 11, 23), "born_year": 1976}, "priority"),
        ({"born_on": date(1976, 11, 24), "born_year": 1976}, "usual"),
        ({"born_on": None, "born_year": 1976}, "priority"),
        ({"born_on": None, "born_year": None}, "usual"),
        ({"group": "9"}, "priority"),
        ({"group": "13"}, "usual"),
        ({"said": frozenset({"pregnant"})}, "priority"),
        ({"said": frozenset({"fever"})}, "usual"),
        ({"brings": True}, "priority"),
    ],
)
def test_the_lane_of_whoever_comes(said: dict[str, object], lane: str) -> None:
    assert LANES.of(arrived(**said), ON).code == lane


def test_two_of_the_priority_lane_then_one_other() -> None:
    assert _order({"priority": 6, "usual": 4}) == "ppuppuppuu"


def test_whoever_is_alone_is_called_at_once() -> None:
    assert LANES.next(["usual"], ["usual"] * 9) == "usual"
    assert LANES.next(["priority"], ["priority"] * 9) == "priority"
    assert LANES.next(["priority", "usual"], ["priority"] * 9) == "usual", "nobody starves"
    assert LANES.next(["priority", "usual"], ["usual"] * 9) == "priority"
    assert LANES.next([], ["usual"]) is None


def test_a_lane_that_an_update_took_away_is_called_after_the_last() -> None:
    assert LANES.get("gone") is LANES.lanes[-1]
    assert LANES.next(["gone"], ["gone"]) == "gone"
    assert LANES.next(["usual"], ["gone"]) == "usual"
    assert _order({"gone": 2, "priority": 3, "usual": 2}, ["gone"]) == "ppugpug"
    assert LANES.ahead("gone", 1, {"gone": 2, "priority": 3, "usual": 2}, ["gone"]) == 6


@given(
    some.integers(0, 40), some.integers(0, 40), some.sampled_from(["priority", "usual"]), some.integers(0, 39),
    some.lists(some.sampled_from(["priority", "usual"]), max_size=6),
)  # fmt: skip
def test_as_many_go_before_somebody_as_it_says(
    priority: int, usual: int, mine: str, before: int, recent: list[str]
) -> None:
    """Whole rounds at once come to the same as one call after the other."""
    waiting = {"priority": priority, "usual": usual}
    before = min(before, max(0, waiting[mine] - 1))
    order = _order(dict(waiting) | {mine: before + 1}, recent)
    place = [n for n, lane in enumerate(order) if lane == mine[0]][-1]
    assert LANES.ahead(mine, before, waiting, recent) == place


def _order(waiting: dict[str, int], recent: Sequence[str] = ()) -> str:
    called: list[str] = []
    while lane := LANES.next([code for code, n in waiting.items() if n], [*called[::-1], *recent]):
        waiting[lane] -= 1
        called.append(lane)
    return "".join(lane[0] for lane in called)


def test_a_reason_is_one_of_the_protocol() -> None:
    assert protocols.queue().require_reason("jump", "frail") == "frail"
    with pytest.raises(Refusal) as refused:
        protocols.queue().require_reason("jump", "because")
    assert (refused.value.code, refused.value.field) == ("queue_reason_missing", "reason")

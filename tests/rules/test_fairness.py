"""Who was called before somebody who had waited longer, and why; waits by lane."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules.fairness import Fairness, LaneWaits, Wait, fairness
from kiosk.rules.words import MoveKind

BEGAN = datetime(2021, 11, 20, 0, 30, tzinfo=UTC)


def waited(visit: str, came: int, called: int, lane: str = "usual", **other) -> Wait:
    """Somebody who came and was called when the counter stood there; a minute passes with each count."""
    since, until = (BEGAN + timedelta(minutes=each) for each in (came, called))
    return Wait(visit, lane, since, came, until, called, **({"place": (came, 0)} | other))


def counts(*waits: Wait) -> tuple[int, int, int, int]:
    found = fairness(waits)
    return found.calls, found.by_rule, found.by_jump, found.unexplained


def test_whoever_comes_first_is_called_first_and_nobody_is_overtaken():
    assert counts(waited("a", 1, 4), waited("b", 2, 5), waited("c", 3, 6)) == (3, 0, 0, 0)
    assert fairness([]) == Fairness()


def test_a_call_out_of_turn_in_ones_own_lane_is_unexplained():
    assert counts(waited("a", 1, 5), waited("b", 2, 4)) == (2, 0, 0, 1)


def test_one_call_counts_once_however_many_it_passes():
    assert counts(*(waited(str(n), n, 20 + n) for n in range(1, 9)), waited("late", 9, 10)) == (9, 0, 0, 1)


def test_another_lane_goes_before_by_the_lanes_rule():
    assert counts(waited("a", 1, 5), waited("b", 2, 4, "priority")) == (2, 1, 0, 0)


def test_another_lane_does_not_excuse_a_call_out_of_turn_in_ones_own():
    waits = (waited("a", 1, 9), waited("b", 2, 8, "priority"), waited("c", 3, 4, "priority"))
    assert fairness(waits).unexplained == 1


def test_a_named_jump_is_no_fault():
    assert counts(waited("a", 1, 5), waited("b", 2, 4, how=MoveKind.JUMP)) == (2, 0, 1, 0)


def test_a_jump_of_whoever_was_next_anyway_overtakes_nobody():
    assert counts(waited("a", 1, 4, how=MoveKind.JUMP), waited("b", 2, 5)) == (2, 0, 0, 0)


def test_a_place_near_the_front_is_given_by_a_rule():
    back = waited("b", 2, 4, place=(1, -1))
    assert counts(waited("a", 1, 5), back) == (2, 1, 0, 0)


def test_who_is_held_or_has_no_spot_is_not_overtaken():
    assert counts(waited("a", 1, 9, out=((3, 6),)), waited("b", 2, 4)) == (2, 0, 0, 0)
    assert counts(waited("a", 1, 9, out=((3, 6),)), waited("b", 2, 7)) == (2, 0, 0, 1)


def test_who_went_home_before_was_not_overtaken_and_who_waits_still_was():
    assert counts(waited("a", 1, 3, how=None), waited("b", 2, 4)) == (1, 0, 0, 0)
    assert counts(waited("a", 1, 99, how=None), waited("b", 2, 4)) == (1, 0, 0, 1)


def test_whoever_was_called_in_vain_comes_back_behind_others_by_a_rule():
    first, again = waited("a", 1, 3), waited("a", 1, 9, place=(5, 1), out=((1, 5),))
    assert counts(first, again, waited("b", 2, 4), waited("c", 5, 10)) == (4, 0, 0, 0)
    assert counts(first, again, waited("b", 2, 6), waited("c", 5, 10)) == (4, 1, 0, 0)


def test_a_clock_that_jumps_changes_no_order_and_no_wait_is_below_nothing():
    back = Wait("b", "usual", BEGAN, 2, BEGAN - timedelta(hours=9), 5, (2, 0))
    found = fairness([waited("a", 1, 4), back])
    assert (found.unexplained, found.lanes["usual"].median_minutes) == (0, 2)


def test_waits_by_lane_of_whoever_came_also_without_a_call():
    waits = [
        waited("a", 1, 11), waited("b", 2, 22), waited("c", 3, 63, how=None), waited("d", 4, 6, "priority"),
        waited("a", 1, 90, out=((1, 80),)),
    ]  # fmt: skip
    assert fairness(waits).lanes == {"priority": LaneWaits(1, 2, 2), "usual": LaneWaits(3, 20, 60)}


def test_so_many_to_a_hundred():
    found = fairness([waited("a", 1, 5), waited("b", 2, 4, "priority"), waited("c", 6, 7), waited("d", 8, 9)])
    assert found.per_hundred(found.by_rule) == 25
    assert Fairness().per_hundred(0) == 0


@st.composite
def days(draw: st.DrawFn) -> list[Wait]:
    """Up to eight people who come, are called, held, jump or go, each at a counter of their own."""
    people = draw(st.integers(0, 8))
    seqs = iter(draw(st.permutations(range(1, 4 * people + 1))))
    waits = []
    for nth in range(people):
        came, *held, called = sorted(next(seqs) for _ in range(4))
        how = draw(st.sampled_from([MoveKind.CALL, MoveKind.CALL, MoveKind.JUMP, None]))
        place = (draw(st.sampled_from([came, came, 0, 40])), nth)
        out = (tuple(held),) if draw(st.booleans()) else ()
        lane = draw(st.sampled_from(["usual", "priority"]))
        waits.append(waited(f"v{nth}", came, called, lane, how=how, place=place, out=out))
    return waits


@given(days())
def test_as_every_pair_says(waits):
    verdicts = {"rule": 0, "jump": 0, "unexplained": 0}
    for b in (wait for wait in waits if wait.how is not None):
        overtaken = [
            a for a in waits
            if a.waits_from < b.waits_from < b.seq < a.seq
            and not any(begins <= b.seq <= ends for begins, ends in a.out)
        ]  # fmt: skip
        if overtaken and b.how == "jump":
            verdicts["jump"] += 1
        elif any(a.lane == b.lane and a.place < b.place for a in overtaken):
            verdicts["unexplained"] += 1
        elif overtaken:
            verdicts["rule"] += 1
    found = fairness(waits)
    assert {"rule": found.by_rule, "jump": found.by_jump, "unexplained": found.unexplained} == verdicts
    assert found.calls == sum(wait.how is not None for wait in waits)


def test_a_day_on_which_two_thousand_wait_at_once_is_counted():
    waits = [waited(f"v{nth}", nth, 4001 - nth) for nth in range(1, 2001)]
    assert counts(*waits) == (2000, 0, 0, 1999)

"""The band of a wait: what the pace is reckoned from, how wide it is, what it learns, and simulated days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.rules import waiting
from kiosk.rules.waiting import Band, Called, Hits, Pace, Promise, Scale
from tests.rules.waiting_days import Day, at, at_once, evenly, simulate

LANES = protocols.lanes()
STEADY = Pace(5.0, 2.0, 0.3, 0.05, 0.0, known=True)


def steady(tables: int, minutes: float, calls: int, since: float = 0.0, begins: float = 0.0) -> list[Called]:
    """Tables that each call every so many minutes, one after another, people who all came at `since`."""
    gap = minutes / tables
    return [Called(at(begins + nth * gap), at(since), f"table-{nth % tables}") for nth in range(calls)]


def pace(calls, tables: int, now: float, first: float | None = 0.0, plan: int = 6) -> Pace:
    names = [f"table-{nth}" for nth in range(tables)]
    found = waiting.pace(calls, names, None if first is None else at(first), at(now), plan)
    assert found
    return found


def test_without_a_table_nobody_can_say():
    assert waiting.pace(steady(2, 5, 9), [], at(0), at(30), 6) is None


def test_before_the_first_calls_it_is_the_plans_pace_and_says_so():
    found = pace([], 2, 3)
    assert (found.minutes, found.tables, found.known) == (6, 2, False)
    assert not waiting.band(found, 4, 4).known
    assert waiting.band(found, 9, 9) == Band(10, 50, known=False)


def test_what_the_tables_do_counts_more_with_every_call():
    means = [pace(steady(2, 10, n), 2, n * 5.0).minutes for n in (2, 4, 8, 16)]
    assert means == sorted(means)
    assert 6 <= means[0] < 7
    assert means[-1] > 8.5


def test_what_is_known_makes_the_band_narrower():
    few, many = (waiting.band(pace(steady(2, 6, n), 2, n * 3.0), 9, 9) for n in (4, 24))
    assert few.low_minutes <= many.low_minutes <= 30 <= many.high_minutes <= few.high_minutes
    assert many.high_minutes - many.low_minutes < few.high_minutes - few.low_minutes


def test_a_table_that_leaves_makes_the_wait_longer_at_once():
    calls = steady(4, 6, 40)
    four, three = (waiting.band(pace(calls, n, 60), 20, 20) for n in (4, 3))
    assert three.low_minutes > four.low_minutes
    assert three.high_minutes > four.high_minutes


def test_a_table_without_people_is_not_slow():
    """Two calls, then nobody for an hour, then two more: none of the pauses between is a cycle."""
    calls = [Called(at(minute), at(minute - 1), "table-0") for minute in (1, 20, 45, 70)]
    assert pace(calls, 1, 71, first=None).known is False
    waited = [Called(at(minute), at(0), "table-0") for minute in (1, 20, 45, 70)]
    assert pace(waited, 1, 71).minutes > 12


def test_a_pause_in_the_midst_of_a_cycle_is_no_slowness_of_the_other_table_either():
    """At minute 5 nobody waited any more: the cycle of table 0 from 0 to 25 says nothing, though people waited at 0."""
    calls = [
        Called(at(0), at(-5), "table-0"), Called(at(5), at(-4), "table-1"), Called(at(25), at(25), "table-0"),
    ]  # fmt: skip
    assert pace(calls, 2, 26, first=None).minutes == 6


def test_a_break_of_one_table_is_no_long_service():
    calls = steady(1, 5, 20)
    late = [Called(call.at + timedelta(minutes=60), call.since, call.station) for call in steady(1, 5, 5, begins=100)]
    assert pace([*calls, *late], 1, 181).minutes < 5.6


@pytest.mark.parametrize("jump", [-600, 600])
def test_a_clock_that_jumps_leaves_no_trace_in_the_pace(jump):
    before, after = steady(2, 5, 20), steady(2, 5, 20, since=50 + jump, begins=50 + jump)
    found = pace([*before, *after], 2, 100 + jump, first=90 + jump)
    assert 4.9 < found.minutes < 5.5
    assert found.tables == 2


def test_what_an_untrusted_clock_said_is_not_counted():
    calls = [Called(call.at, call.since, call.station, trusted=False) for call in steady(2, 30, 20)]
    assert pace(calls, 2, 300) == pace([], 2, 300)


def test_when_nobody_was_called_for_long_the_band_reaches_as_much_farther():
    calls = steady(4, 6, 40)
    usual, quiet = (waiting.band(pace(calls, 4, now), 8, 8) for now in (60, 100))
    assert quiet.high_minutes - usual.high_minutes > 25
    assert quiet.high_minutes - quiet.low_minutes > 2 * (usual.high_minutes - usual.low_minutes)
    assert pace(calls, 4, 100, first=None).stalled == 0


def test_one_silent_table_counts_in_part():
    calls = [call for call in steady(4, 6, 60) if call.station != "table-3" or call.at < at(30)]
    assert 3 < pace(calls, 4, 90).tables < 3.5


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.5, 60), st.integers(1, 20), st.floats(0.5, 2.5))
def test_a_band_is_in_order_readable_and_grows_with_the_line(least, more, minutes, tables, scale):
    going = Pace(minutes, float(tables), 0.4, 0.1, 0.0, known=True)
    found = waiting.band(going, least, least + more, Scale(scale, scale))
    assert 0 <= found.low_minutes < found.high_minutes >= 5
    mean = (least + more / 2 + 1) * going.gap
    assert found.low_minutes <= mean <= max(5, found.high_minutes)
    longer = waiting.band(going, least + 10, least + more + 10, Scale(scale, scale))
    assert longer.high_minutes >= found.high_minutes


def test_a_long_band_is_said_in_fives_and_outward():
    assert waiting.band(STEADY, 30, 30) == Band(65, 95, known=True)
    assert waiting.band(STEADY, 0, 0) == Band(0, 5, known=True)
    assert waiting.band(Pace(4, 8, 0.3, 0.05, 0.0, known=True), 0, 0) == Band(0, 5, known=True)


def test_people_of_another_lane_make_the_band_wider():
    sure, unsure = waiting.band(STEADY, 10, 10), waiting.band(STEADY, 10, 20)
    assert unsure.high_minutes - unsure.low_minutes > sure.high_minutes - sure.low_minutes


def test_priority_people_come_between_as_the_lanes_say():
    waits = {"priority": 5, "usual": 4}
    assert waiting.ahead(LANES, "usual", 0, waits, [], {}, STEADY) == (2, 2)
    assert waiting.ahead(LANES, "usual", 0, waits, ["priority", "priority"], {}, STEADY) == (0, 0)
    assert waiting.ahead(LANES, "usual", 3, waits, [], {}, STEADY) == (8, 8)
    assert waiting.ahead(LANES, "priority", 0, waits, [], {}, STEADY) == (0, 0)
    assert waiting.ahead(LANES, "priority", 2, waits, ["priority"], {}, STEADY) == (3, 3)


def test_whoever_comes_later_goes_between_too_but_never_more_than_the_rule_allows():
    waits = {"priority": 0, "usual": 10}
    assert waiting.ahead(LANES, "usual", 9, waits, [], {"priority": 0.2}, STEADY) == (9, 19)
    assert waiting.ahead(LANES, "usual", 2, waits, [], {"priority": 50.0, "usual": 9.0}, STEADY)[1] <= 2 + 3 * 2


@given(
    st.sampled_from(["priority", "usual"]), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20),
    st.lists(st.sampled_from(["priority", "usual"]), max_size=4), st.floats(0, 5),
)  # fmt: skip
def test_as_many_go_before_as_the_lanes_call_one_by_one(mine, before, priority, usual, recent, rate):
    waits = {"priority": priority, "usual": usual} | {mine: before + 1}
    line = {lane: [f"{lane}-{nth}" for nth in range(people)] for lane, people in waits.items()}
    turns, called = list(recent), []
    while f"{mine}-{before}" not in called:
        lane = LANES.next([each for each in line if line[each]], turns)
        called.append(line[lane].pop(0))
        turns.insert(0, lane)
    least, most = waiting.ahead(LANES, mine, before, waits, recent, {"priority": rate, "usual": rate}, STEADY)
    assert least == len(called) - 1 <= most


def test_missed_promises_widen_that_side_and_kept_ones_narrow_both():
    late, early = (waiting.learn([Promise(10, 20, actual)] * 10) for actual in (30, 5))
    assert late.up > 1.5 > 1 > late.down
    assert early.down > 1.5 > 1 > early.up
    assert waiting.learn([Promise(10, 20, 15)] * 20).up < 0.95
    assert waiting.learn([]) == Scale()


def test_what_is_learnt_stays_within_bounds_and_short_waits_teach_nothing():
    assert waiting.learn([Promise(10, 20, 99)] * 1000) == Scale(0.5, 2.5)
    assert waiting.learn([Promise(0, 5, 60)] * 100) == Scale()


def test_nine_of_ten_kept_on_either_side_is_what_it_aims_at():
    day = [Promise(10, 20, 15)] * 8 + [Promise(10, 20, 5), Promise(10, 20, 25)]
    found = waiting.learn(day * 20)
    assert found.down == pytest.approx(1, abs=0.1)
    assert found.up == pytest.approx(1, abs=0.1)


def test_how_honest_a_day_was():
    promises = [Promise(10, 20, 10), Promise(10, 20, 20), Promise(5, 12, 4.9), Promise(15, 30, 30.1)]
    assert waiting.hits(promises) == Hits(4, 0.5, 10, 15)
    assert waiting.hits([]) == Hits(0, 0, 0, 0)


def lunch(table: int, minute: float) -> float | None:
    return 270.0 if 210 <= minute < 270 else None


def leaves(table: int, minute: float) -> float | None:
    return 480.0 if table == 0 and 150 <= minute < 480 else None


DAYS = {
    "2 tables, slots": Day(2),
    "2 tables, evenly": Day(2, evenly),
    "2 tables, everybody at once": Day(2, at_once),
    "2 tables, one leaves": Day(2, away=leaves, shown=True),
    "2 tables, far slower than planned": Day(2, usual=9.0),
    "4 tables, slots": Day(4),
    "4 tables, an unannounced lunch": Day(4, away=lunch),
    "4 tables, one slow doctor": Day(4, slow=lambda table, _: 2.5 if table == 0 else 1.0, load=0.75),
    "4 tables, a slow hour": Day(4, slow=lambda _, minute: 1.6 if 200 < minute < 300 else 1.0, load=0.85),
    "4 tables, too many people": Day(4, load=1.3),
    "10 tables, slots": Day(10),
    "10 tables, one leaves": Day(10, away=leaves, shown=True),
}


@pytest.fixture(scope="module")
def days():
    return {name: simulate(day, seed=8) for name, day in DAYS.items()}


@pytest.mark.parametrize("name", DAYS)
def test_no_kind_of_day_keeps_fewer_than_six_promises_of_ten(days, name):
    kept = days[name].kept
    assert len(kept) >= 90
    assert waiting.hits(kept).inside >= 0.6


def test_over_all_days_the_bands_are_honest_and_the_usual_reckoning_is_not(days):
    found = waiting.hits([promise for line in days.values() for promise in line.kept])
    assert 0.75 <= found.inside <= 0.9
    naive = [(minutes, wait) for line in days.values() for minutes, wait in line.naive]
    assert sum(abs(minutes - wait) <= 0.5 for minutes, wait in naive) / len(naive) < 0.4


@pytest.mark.parametrize(
    ("low", "high", "known", "left", "told"),
    [
        (85, 350, False, None, False), (60, 260, False, None, False), (60, 240, False, None, True),
        (85, 350, True, None, True), (0, 60, False, None, True), (0, 65, False, None, False),
        (5, 30, False, None, True),
        (20, 40, True, 40, True), (20, 40, True, 39, False), (0, 5, False, -10, False),
    ],
)  # fmt: skip
def test_what_only_frightens_is_not_told(low, high, known, left, told):
    assert waiting.worth_telling(Band(low, high, known), left) is told


def test_bands_are_no_wider_than_the_wait_that_they_tell(days):
    told = [each for line in days.values() for each in line.kept if each.actual_minutes >= 10]
    share = sorted((each.high_minutes - each.low_minutes) / each.actual_minutes for each in told)
    assert share[len(share) // 2] < 1

"""The day's queue as it is reported: real days, through the acts that make them."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from kiosk import protocols
from kiosk.actions import day as days
from kiosk.actions import doors, plan, queue_report, queueing, screening, table
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.queue_report import QueueDay
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import clinic_days, day_plans, queue_figures, queue_moves, visits
from kiosk.store.database import writing
from tests.cast import Players, called, expected, key, now, receive, screened

pytestmark = pytest.mark.usefixtures("inside")


def report() -> QueueDay:
    """The open day's queue, an hour from now."""
    day = clinic_days.find_open() or clinic_days.find_last()
    assert day
    return queue_report.of_day(day, now(60).at)


def overtakes(of: QueueDay) -> tuple[int, int, int]:
    """By rule, by a named jump, without any known reason."""
    return of.by_rule, of.by_jump, of.unexplained


def arrive(players: Players, n: int, born_year: int = 1990) -> list[str]:
    """So many people get a number, one after the other; their visits' ids."""
    return [receive(players, person) for person in expected(n, born_year)]


def move_of(visit_id: str) -> str:
    """The id of the visit's last move."""
    last = queue_moves.find_last(visit_id)
    assert last
    return last.id


def doctors(players: Players) -> tuple[Actor, Actor]:
    """The doctor, at the one screening table and at the other."""
    return players.screener, replace(players.screener, station="screening-2")


def cleared(by: Actor, visit_id: str) -> None:
    """The doctor's table is done with them."""
    screening.conclude(by, now(), key(), visit_id, [], True, {"temperature": "36,8"}, [], "cleared", "")


def cleared_and_gone(by: Actor, door: Actor, visit_id: str) -> None:
    """As `cleared`; then they leave by the door, and somebody else has their spot."""
    cleared(by, visit_id)
    doors.go_out(door, now(), key(), visit_id, "", comes_back=False)


@pytest.fixture
def small(players: Players) -> str:
    """The half is open and zone A takes three people; its id."""
    made = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    plan.set_zones(players.lead, now(), key(), made, day_plans.get(made).seen, {"A": plan.Zone("", "2", "3")})
    return days.open_day(players.lead, now(), key(), "morning")


def test_a_day_without_anybody_says_nothing_of_a_queue(players: Players, opened: str) -> None:
    assert report() == QueueDay()
    assert queue_report.worded(report(), "vi") == []


def test_in_turn_nobody_goes_before_anybody(players: Players, opened: str) -> None:
    arrive(players, 4)
    for _ in range(4):
        cleared(players.screener, called(players.screener))
    found = report()
    assert (found.calls, overtakes(found)) == (4, (0, 0, 0))
    assert found.lanes["usual"].people == 4


def test_two_tables_and_two_lanes_overtake_by_rule_alone(players: Players, opened: str) -> None:
    arrive(players, 6)
    arrive(players, 4, 1940)
    for nth in range(10):
        by = doctors(players)[nth % 2]
        cleared(by, called(by))
    found = report()
    assert found.calls == 10
    assert found.unexplained == found.by_jump == 0
    assert found.by_rule == 4, "each of the priority lane went before somebody who came first"
    assert {code: each.people for code, each in found.lanes.items()} == {"priority": 4, "usual": 6}


def test_waits_are_from_check_in_to_the_first_call(players: Players, opened: str) -> None:
    first, second, third = arrive(players, 3)
    for minutes in (10, 30):
        table.receive(players.screener, now(minutes), key(), table.call_next(players.screener, now(minutes), key()))
        cleared(players.screener, first if minutes == 10 else second)
    assert called(players.vaccinator, now(50)) == first, "a second call of another step"
    (usual,) = report().lanes.values()
    assert (usual.people, usual.median_minutes, usual.longest_minutes) == (3, 30, 60), "and who still waits, until now"
    assert third


def test_a_jump_is_named_and_counted_by_its_reason(players: Players, opened: str) -> None:
    first, second, third = arrive(players, 3)
    table.call_out_of_turn(players.screener, now(), key(), third, "frail", "ngồi xe lăn")
    table.call_out_of_turn(players.other_screener, now(), key(), first, "duty")
    found = report()
    assert overtakes(found) == (0, 1, 0), "whoever was next anyway went before nobody"
    assert found.jumps == {"frail": 1, "duty": 1}
    day = clinic_days.find_open()
    assert day
    assert [(move.kind, move.visit_id, move.reason) for move in queue_figures.list_named(day.id)] == [
        (MoveKind.JUMP, third, "frail"), (MoveKind.JUMP, first, "duty"),
    ]  # fmt: skip
    assert second


def test_a_jump_that_was_undone_was_none(players: Players, opened: str) -> None:
    first, _, third = arrive(players, 3)
    table.call_out_of_turn(players.screener, now(), key(), third, "frail")
    queueing.undo(players.screener, now(), key(), move_of(third))
    assert called(players.screener) == first
    found = report()
    assert (found.calls, overtakes(found), found.jumps) == (1, (0, 0, 0), {})
    day = clinic_days.find_open()
    assert day
    assert queue_figures.list_named(day.id) == []


def test_while_a_call_that_is_undone_later_stands_nobody_is_overtaken(players: Players, opened: str) -> None:
    first, second, third = arrive(players, 3)
    assert table.call_next(players.screener, now(), key()) == first
    assert table.call_next(players.other_screener, now(), key()) == second
    queueing.undo(players.screener, now(), key(), move_of(first))
    assert called(players.screener) == first
    assert overtakes(report()) == (0, 0, 0)
    assert third


def test_who_does_not_come_and_who_is_held_are_overtaken_by_nobody(players: Players, opened: str) -> None:
    first, second, third, fourth = arrive(players, 4)
    assert table.call_next(players.screener, now(), key()) == first
    table.no_show(players.screener, now(), key(), first)
    queueing.hold(players.volunteer, now(), key(), second, "toilet")
    order = [called(players.screener)]
    cleared(players.screener, order[-1])
    queueing.resume(players.volunteer, now(), key(), second)
    for _ in range(3):
        order.append(called(players.screener))
        cleared(players.screener, order[-1])
    assert set(order) == {first, second, third, fourth}
    found = report()
    assert (found.calls, found.unexplained, found.absent, found.held) == (5, 0, 1, 1)


def test_whoever_stands_outside_a_full_zone_is_overtaken_by_nobody(players: Players, door: Actor, small: str) -> None:
    arrive(players, 5)
    arrive(players, 2, 1940)
    order = []
    for _ in range(7):
        visit_id = called(players.screener)
        order.append(visits.get(visit_id).label)
        cleared_and_gone(players.screener, door, visit_id)
    assert order[0] == "A 001", "the first of the other lane stood outside"
    found = report()
    assert (found.calls, found.unexplained) == (7, 0)
    (zone,) = found.zones
    assert (zone.zone, zone.capacity, zone.peak, zone.let_in) == ("A", 3, 3, 0)


def test_whoever_is_let_in_by_name_shows_in_the_zone_and_in_the_list(players: Players, door: Actor, small: str) -> None:
    *_, last = arrive(players, 5)
    doors.let_in(replace(players.lead, station=door.station), now(), key(), last, "frail", "", ("", ""), 5, 5)
    (zone,) = report().zones
    assert (zone.capacity, zone.peak, zone.let_in) == (3, 4, 1)
    (move,) = queue_figures.list_named(small)
    assert (move.visit_id, move.reason, move.by) == (last, "frail", players.lead.id)


def test_a_change_of_lane_is_counted_and_overtakes_nobody_of_before(players: Players, opened: str) -> None:
    first, *_ = arrive(players, 2)
    elders = arrive(players, 2, 1940)
    assert called(players.screener) == elders[0], "before it: by the lanes' rule"
    queueing.change_lane(players.lead, now(), key(), first, "priority", "disabled")
    assert called(players.other_screener) == first
    found = report()
    assert (found.unexplained, found.lane_changes) == (0, {"disabled": 1})


def test_back_to_the_doctor_is_another_wait(players: Players, opened: str) -> None:
    arrive(players, 3)
    visit = screened(players)
    assert called(players.vaccinator) == visit
    queueing.send_back(players.vaccinator, now(), key(), visit, "unwell")
    order = [called(players.screener)]
    assert order[0] != visit
    found = report()
    assert (found.unexplained, found.lanes["usual"].people) == (0, 3)


def test_a_wait_that_was_told_is_held_against_the_first_call(players: Players, opened: str) -> None:
    first, second = arrive(players, 2)
    with writing():
        for id in (first, second):
            visits.get(id).told_low, visits.get(id).told_high = 5, 15
    table.receive(players.screener, now(10), key(), table.call_next(players.screener, now(10), key()))
    cleared(players.screener, first)
    table.call_next(players.screener, now(40), key())
    told = report().told
    assert (told.people, told.inside, told.width_minutes) == (2, 0.5, 10)


def test_of_a_closed_day_nobody_waits_on(players: Players, opened: str) -> None:
    arrive(players, 2)
    days.close_day(players.lead, now(20), key(), 2)
    (usual,) = report().lanes.values()
    assert (usual.people, usual.longest_minutes) == (2, 20)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_in_whatever_order_no_call_is_without_a_reason(
    players: Players, door: Actor, small: str, seed: int
) -> None:
    """The queue keeps its own rules, and the report reads them back: an unexplained overtake would be our fault."""
    chance = Random(seed)
    arrive(players, 8, 1990)
    arrive(players, 4, 1940)
    for _ in range(60):
        by = chance.choice(doctors(players))
        try:
            if chance.random() < 0.75:
                at_table(players, chance, by, door)
            else:
                in_line(players, chance, visits.list_present(small))
        except Refusal:
            continue
    found = report()
    assert found.calls > 2
    assert found.unexplained == 0
    assert all(zone.peak <= zone.capacity for zone in found.zones)


def at_table(players: Players, chance: Random, by: Actor, door: Actor) -> None:
    """Something that a table does."""
    other = next(each.station for each in doctors(players) if each.station != by.station)
    here = visits.find_at(open_day(), by.station)
    waiting = visits.list_waiting(open_day(), ["screening"], 50)
    if here is None and waiting and chance.random() < 0.2:
        table.call_out_of_turn(by, now(), key(), chance.choice(waiting).id, "frail")
    elif here is None:
        table.call_next(by, now(), key())
    elif chance.random() < 0.3:
        act = chance.choice([table.no_show, queueing.let_pass, table.recall])
        act(by, now(), key(), here.id)
    elif chance.random() < 0.2:
        queueing.hold(by, now(), key(), here.id, "rest")
    elif chance.random() < 0.2:
        queueing.undo(by, now(), key(), move_of(here.id))
    elif chance.random() < 0.1:
        queueing.transfer(by, now(), key(), here.id, other, "closing")
    elif here.stands is VisitState.CALLED:
        table.receive(by, now(), key(), here.id)
    else:
        cleared_and_gone(by, door, here.id)


def in_line(players: Players, chance: Random, present: list[visits.Visit]) -> None:
    """Something that is done to somebody who waits."""
    visit = chance.choice(present)
    if visit.stands is VisitState.HELD:
        queueing.resume(players.volunteer, now(), key(), visit.id)
    elif visit.stands is VisitState.WAITING and chance.random() < 0.5:
        queueing.hold(players.volunteer, now(), key(), visit.id, "toilet")
    elif visit.stands is VisitState.WAITING:
        lane = chance.choice([lane.code for lane in protocols.lanes().lanes])
        queueing.change_lane(players.lead, now(), key(), visit.id, lane, "mistake")


def open_day() -> str:
    """The open day's id."""
    day = clinic_days.find_open()
    assert day
    return day.id

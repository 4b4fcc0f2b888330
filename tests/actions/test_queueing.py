"""Moves in the queue besides calling: who lets others go first, is held, goes elsewhere; and undoing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from kiosk import protocols
from kiosk.actions import day, moves, plan, queueing, table, zones
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.report import balance
from kiosk.rules.words import MoveKind, VisitState
from kiosk.store import (
    audit,
    candidates,
    clinic_days,
    day_plans,
    departures,
    figures,
    queue_moves,
    screenings,
    stations,
    visits,
)
from kiosk.store.database import db, writing
from tests.cast import (
    Players,
    called,
    done_once,
    dosed,
    everything,
    identified,
    key,
    now,
    receive,
    refusal_of,
    screened,
)

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def three(players: Players, opened: str) -> tuple[str, str, str]:
    """Hường and Dũng (priority) and Páo wait; the three visits in this order."""
    return receive(players, players.huong), receive(players, players.dung), receive(players, players.pao)


def move_of(visit_id: str) -> str:
    """The id of the visit's last move."""
    last = queue_moves.find_last(visit_id)
    assert last
    return last.id


def visits_as_they_are() -> list[tuple[object, ...]]:
    """Every visit, whole."""
    return everything()["visit"]


def test_whoever_is_not_ready_lets_others_go_first_and_comes_back(players: Players, three: tuple[str, ...]) -> None:
    huong, dung, pao = three
    assert table.call_next(players.screener, now(), key()) == huong
    done_once(queueing.let_pass, players.screener, huong, other=players.other_screener)
    assert visits.get(huong).no_shows == 0, "nobody called in vain"
    order = []
    for _ in range(3):
        order.append(table.call_next(players.screener, now(), key()))
        table.receive(players.screener, now(), key(), order[-1])
        with writing():
            visits.get(order[-1]).state = VisitState.LEFT
    assert order == [dung, pao, huong]


def test_alone_in_their_lane_they_are_not_called_again_at_once(players: Players, opened: str) -> None:
    huong, pao = receive(players, players.huong), receive(players, players.pao)
    table.call_next(players.screener, now(), key())
    queueing.let_pass(players.screener, now(), key(), huong)
    assert table.call_next(players.screener, now(), key()) == pao
    table.no_show(players.screener, now(), key(), pao)
    assert table.call_next(players.screener, now(), key()) == huong


def test_where_nobody_else_waits_they_are_called_again(players: Players, opened: str) -> None:
    huong = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    queueing.let_pass(players.screener, now(), key(), huong)
    assert table.call_next(players.screener, now(), key()) == huong


def test_held_people_are_called_by_nobody_and_keep_number_and_spot(players: Players, three: tuple[str, ...]) -> None:
    huong, dung, _ = three
    table.call_next(players.screener, now(), key())
    before = visits.get(huong)
    number, spot = before.label, before.spot
    assert refusal_of(queueing.hold, players.screener, huong, "bored") == "queue_reason_missing"
    done_once(queueing.hold, players.screener, huong, "toilet", " sẽ   về ngay ", other=players.other_screener)
    visit = visits.get(huong)
    assert (visit.stands, visit.held_for, visit.label, visit.spot) == (VisitState.HELD, "toilet", number, spot)
    move = queue_moves.get(move_of(huong))
    assert (move.reason, move.note) == ("toilet", "sẽ về ngay")
    assert table.call_next(players.screener, now(), key()) == dung
    assert refusal_of(queueing.hold, players.screener, huong, "toilet") == "visit_moved_on"
    done_once(queueing.resume, players.other_screener, huong, other=players.screener)
    assert visits.get(huong).spot == spot
    assert refusal_of(queueing.resume, players.screener, huong) == "visit_moved_on"
    order = [table.call_next(players.other_screener, now(), key())]
    table.no_show(players.other_screener, now(), key(), order[0])
    order.append(table.call_next(players.other_screener, now(), key()))
    assert order == [three[2], huong], "after two of the priority lane it is the other's turn"


def test_called_in_vain_often_enough_they_leave_the_line_and_their_spot(players: Players, opened: str) -> None:
    huong, attempts = receive(players, players.huong), protocols.queue().attempts
    for nth in range(attempts):
        assert visits.get(huong).no_shows == nth
        assert table.call_next(players.screener, now(), key()) == huong
        table.no_show(players.screener, now(), key(), huong)
    visit = visits.get(huong)
    assert (visit.stands, visit.held_for, visit.spot) == (VisitState.HELD, moves.ABSENT, None)
    assert table.call_next(players.screener, now(), key()) is None
    queueing.resume(players.volunteer, now(), key(), huong)
    visit = visits.get(huong)
    assert (visit.stands, visit.no_shows, visit.held_for) == (VisitState.WAITING, 0, "")
    assert visit.spot, "there is room: they are asked in again"


def test_an_absent_one_who_is_back_stands_outside_while_the_zone_is_full(players: Players) -> None:
    made = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    small = {stations.get("screening-1").zone: plan.Zone("", "2", "2")}
    plan.set_zones(players.lead, now(), key(), made, day_plans.get(made).seen, small)
    day.open_day(players.lead, now(), key(), "morning")
    huong, _, pao = (receive(players, who) for who in (players.huong, players.dung, players.pao))
    assert visits.get(pao).spot is None, "two have a spot"
    for _ in range(protocols.queue().attempts):
        table.call_out_of_turn(players.screener, now(), key(), huong, "frail")
        table.no_show(players.screener, now(), key(), huong)
    assert visits.get(pao).spot, "it is theirs now"
    queueing.resume(players.volunteer, now(), key(), huong)
    visit = visits.get(huong)
    assert (visit.stands, visit.spot) == (VisitState.WAITING, None)
    assert refusal_of(table.call_out_of_turn, players.screener, huong, "frail") == "not_inside"
    called_then = [table.call_next(by, now(), key()) for by in (players.screener, players.other_screener)]
    assert huong not in called_then, "nobody outside is called"


def test_whoever_is_put_back_from_the_table_was_not_called_in_vain(players: Players, three: tuple[str, ...]) -> None:
    huong = called(players.screener)
    done_once(table.no_show, players.screener, huong, other=players.other_screener)
    visit = visits.get(huong)
    assert (visit.stands, visit.no_shows, visit.station) == (VisitState.WAITING, 0, "")
    assert queue_moves.get(move_of(huong)).stands is MoveKind.PASSED


def test_another_table_gets_whoever_is_sent_there_first_and_nobody_else_does(
    players: Players, three: tuple[str, ...]
) -> None:
    huong, dung, _ = three
    at = called(players.screener)
    send = queueing.transfer
    for wrong in ("", "nowhere", "injection-1", "screening-1"):
        assert refusal_of(send, players.screener, at, wrong, "closing") == "table_unfit", wrong
    assert refusal_of(send, players.screener, at, "screening-2", "") == "queue_reason_missing"
    done_once(send, players.screener, at, "screening-2", "vaccine", other=players.other_screener)
    assert (visits.get(huong).bound_for, visits.get(huong).stands) == ("screening-2", VisitState.WAITING)
    assert table.call_next(players.screener, now(), key()) == dung
    assert table.call_next(players.other_screener, now(), key()) == huong
    table.receive(players.other_screener, now(), key(), huong)
    assert visits.get(huong).bound_for == ""


def test_whoever_was_sent_to_a_table_that_stands_empty_is_taken_over(players: Players, three: tuple[str, ...]) -> None:
    huong = called(players.screener)
    queueing.transfer(players.screener, now(), key(), huong, "screening-2", "vaccine")
    table.call_out_of_turn(players.screener, now(), key(), huong, "frail")
    assert (visits.get(huong).station, visits.get(huong).bound_for) == ("screening-1", "")
    queueing.undo(players.screener, now(), key(), move_of(huong))
    assert visits.get(huong).bound_for == "screening-2", "as it was"
    queueing.hold(players.volunteer, now(), key(), huong, "toilet")
    queueing.resume(players.volunteer, now(), key(), huong)
    assert visits.get(huong).bound_for == "", "who was out of the line and is back is for any table"


def test_who_was_put_first_earlier_is_called_earlier(players: Players, three: tuple[str, ...]) -> None:
    sent = []
    for _ in range(2):
        sent.append(called(players.screener))
        queueing.transfer(players.screener, now(), key(), sent[-1], "screening-2", "vaccine")
    assert table.call_next(players.other_screener, now(), key()) == sent[0]


def test_a_table_that_is_not_in_use_gets_nobody(players: Players, three: tuple[str, ...]) -> None:
    with writing():
        stations.get("screening-2").steps = []
    at = called(players.screener)
    assert refusal_of(queueing.transfer, players.screener, at, "screening-2", "closing") == "table_unfit"


def test_another_tables_person_cannot_be_moved(players: Players, three: tuple[str, ...]) -> None:
    at = called(players.screener)
    acts: list[tuple[Callable[..., str], tuple[str, ...]]] = [
        (queueing.let_pass, ()), (queueing.hold, ("toilet",)), (queueing.transfer, ("screening-2", "closing")),
        (queueing.send_back, ("unwell",)),
    ]  # fmt: skip
    for act, facts in acts:
        assert refusal_of(act, players.other_screener, at, *facts) == "visit_moved_on"


def test_back_to_the_doctor_the_old_conclusion_is_kept_and_counts_no_more(players: Players, opened: str) -> None:
    receive(players, players.huong)
    screened(players)
    at = called(players.vaccinator)
    former = screenings.find(at)
    assert former
    assert queueing.may_send_back(visits.get(at))
    assert refusal_of(queueing.send_back, players.vaccinator, at, "bored") == "queue_reason_missing"
    done_once(queueing.send_back, players.vaccinator, at, "unwell", "chóng mặt", other=players.screener)
    visit = visits.get(at)
    assert (visit.step, visit.stands, visit.station) == ("screening", VisitState.WAITING, "")
    assert screenings.find(at) is None
    assert not queueing.may_send_back(visit)
    assert refusal_of(queueing.send_back, players.screener, at, "unwell") == "visit_moved_on"
    again = screened(players)
    assert again == at
    standing = screenings.find(at)
    assert standing
    assert standing.id != former.id


def test_a_step_that_was_left_out_can_be_left_out_again_after_the_doctor(players: Players, opened: str) -> None:
    visit, books = receive(players, players.huong), []
    for nth in range(2):
        screened(players)
        called(players.vaccinator)
        table.skip(players.vaccinator, now(), key(), visit, "unwell", "")
        assert candidates.count_waiting(opened) == 0
        called(players.finisher)
        if nth == 0:
            queueing.send_back(players.finisher, now(), key(), visit, "unwell")
            assert departures.find_skip(visit) is None, "they may get their dose after all"
            assert candidates.count_waiting(opened) == 1
        figured = figures.of_day(clinic_days.get(opened))
        books.append((dict(figured.screened), dict(figured.skipped), balance(figured)))
    assert books == [({}, {}, ()), ({"cleared": 1}, {"unwell": 1}, ())]


def test_after_the_needle_there_is_no_way_back_to_the_doctor(players: Players, opened: str) -> None:
    visit = dosed(players, players.huong)
    with writing():
        row = visits.get(visit)
        row.state, row.station = VisitState.AT_TABLE, "injection-1"
    assert not queueing.may_send_back(visits.get(visit))
    assert refusal_of(queueing.send_back, players.vaccinator, visit, "unwell") == "dose_given"


def test_another_lane_keeps_the_number_and_its_place_by_arrival(players: Players, three: tuple[str, ...]) -> None:
    pao = three[2]
    number = visits.get(pao).label
    change = queueing.change_lane
    assert refusal_of(change, players.volunteer, pao, "usual", "frail") == "lane_unknown"
    assert refusal_of(change, players.volunteer, pao, "fast", "frail") == "lane_unknown"
    assert refusal_of(change, players.volunteer, pao, "priority", "") == "queue_reason_missing"
    done_once(change, players.volunteer, pao, "priority", "frail", other=players.screener)
    assert (visits.get(pao).lane, visits.get(pao).label) == ("priority", number)
    queueing.undo(players.volunteer, now(), key(), move_of(pao))
    assert visits.get(pao).lane == "usual"


UNDONE: dict[str, Callable[[Players, str], object]] = {
    "pass": lambda cast, visit: queueing.let_pass(cast.screener, now(), key(), visit),
    "no_show": lambda cast, visit: table.no_show(cast.screener, now(), key(), visit),
    "hold": lambda cast, visit: queueing.hold(cast.screener, now(), key(), visit, "rest"),
    "transfer": lambda cast, visit: queueing.transfer(cast.screener, now(), key(), visit, "screening-2", "access"),
}


@pytest.mark.parametrize("name", UNDONE)
def test_what_is_undone_stands_exactly_as_before(players: Players, three: tuple[str, ...], name: str) -> None:
    at = table.call_next(players.screener, now(), key())
    assert at
    before = visits_as_they_are()
    UNDONE[name](players, at)
    assert visits_as_they_are() != before
    done_once(queueing.undo, players.screener, move_of(at), other=players.other_screener)
    assert visits_as_they_are() == before
    kinds = [move.kind for move in queue_moves.list_of(visits.get(at).clinic_day_id, tuple(MoveKind))]
    assert kinds[-1] == MoveKind.UNDONE, "with a trace"
    assert audit.count_of("visit.move_undone", at) == 1


def test_an_undone_call_gives_the_same_person_again_and_takes_no_turn(players: Players, three: tuple[str, ...]) -> None:
    huong, dung, pao = three
    before = visits_as_they_are()
    for _ in range(3):
        assert table.call_next(players.screener, now(), key()) == huong
        queueing.undo(players.screener, now(), key(), move_of(huong))
        assert visits_as_they_are() == before
    order = []
    for by in (players.screener, players.other_screener, players.screener):
        order.append(table.call_next(by, now(), key()))
        if by is players.screener:
            table.receive(by, now(), key(), order[-1])
            with writing():
                visits.get(order[-1]).state = VisitState.LEFT
    assert order == [huong, dung, pao], "two of the priority lane, then one"


def test_a_call_out_of_turn_is_undone_too(players: Players, three: tuple[str, ...]) -> None:
    before = visits_as_they_are()
    assert refusal_of(table.call_out_of_turn, players.screener, three[2], "") == "queue_reason_missing"
    done_once(table.call_out_of_turn, players.screener, three[2], "frail", "ngồi xe lăn", other=players.other_screener)
    queueing.undo(players.screener, now(), key(), move_of(three[2]))
    assert visits_as_they_are() == before
    assert table.call_next(players.screener, now(), key()) == three[0]


def test_absent_for_good_by_a_slip_of_the_finger_they_have_their_spot_again(players: Players, opened: str) -> None:
    huong = receive(players, players.huong)
    for _ in range(protocols.queue().attempts):
        spot = visits.get(huong).spot
        table.call_next(players.screener, now(), key())
        table.no_show(players.screener, now(), key(), huong)
    assert visits.get(huong).spot is None
    queueing.undo(players.screener, now(), key(), move_of(huong))
    assert (visits.get(huong).spot, visits.get(huong).stands) == (spot, VisitState.CALLED)


def test_who_never_came_through_the_door_has_not_come_through_it_by_an_undo(players: Players, opened: str) -> None:
    huong = receive(players, players.huong)
    with writing():
        visits.get(huong).entered_at = None
    for _ in range(protocols.queue().attempts):
        table.call_next(players.screener, now(), key())
        table.no_show(players.screener, now(), key(), huong)
    queueing.undo(players.screener, now(), key(), move_of(huong))
    visit = visits.get(huong)
    assert visit.spot
    assert visit.entered_at is None


def test_whose_spot_has_gone_to_somebody_else_meanwhile_is_not_brought_back(players: Players, opened: str) -> None:
    huong = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    queueing.let_pass(players.screener, now(), key(), huong)
    with writing():
        zones.give_back(players.volunteer, now(1), visits.get(huong), zones.LAPSED)
    assert refusal_of(queueing.undo, players.screener, move_of(huong)) == "undo_too_late"


def test_nobody_is_brought_back_to_a_table_that_has_lost_its_step(players: Players, planned: str) -> None:
    huong = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    queueing.let_pass(players.screener, now(), key(), huong)
    plan.set_stations(players.lead, now(), key(), planned, day_plans.get(planned).seen, served(screening_1=[]))
    assert refusal_of(queueing.undo, players.screener, move_of(huong)) == "undo_too_late"


def test_too_late_or_when_somebody_went_on_nothing_is_undone(players: Players, three: tuple[str, ...]) -> None:
    at = table.call_next(players.screener, now(), key())
    assert at
    call = move_of(at)
    with pytest.raises(NotFound):
        queueing.undo(players.other_screener, now(), key(), call)
    assert refusal_of(queueing.undo, players.screener, call, at=now(queueing.UNDO_MINUTES + 1)) == "undo_too_late"
    queueing.hold(players.screener, now(), key(), at, "toilet")
    assert refusal_of(queueing.undo, players.screener, call) == "undo_too_late"
    held = move_of(at)
    queueing.resume(players.other_screener, now(), key(), at)
    assert refusal_of(queueing.undo, players.screener, held) == "undo_too_late", "somebody else brought them back"


def test_nobody_is_brought_to_a_table_that_has_somebody_or_back_from_home(
    players: Players, three: tuple[str, ...], opened: str
) -> None:
    huong = table.call_next(players.screener, now(), key())
    assert huong
    queueing.let_pass(players.screener, now(), key(), huong)
    passed = move_of(huong)
    dung = table.call_next(players.screener, now(), key())
    assert dung
    assert refusal_of(queueing.undo, players.screener, passed) == "table_busy"
    call = move_of(dung)
    day.close_day(players.lead, now(), key(), 3)
    for move in (passed, call):
        assert refusal_of(queueing.undo, players.screener, move) == "undo_too_late"


def test_the_next_is_called_in_one_tap_once_the_time_to_answer_is_over(
    players: Players, three: tuple[str, ...]
) -> None:
    huong, dung, _ = three
    seconds = protocols.queue().answer_seconds
    table.call_next(players.screener, now(), key())
    assert refusal_of(table.call_instead, players.screener, huong) == "answer_time"
    later = now(seconds / 60)
    form = key()
    assert table.call_instead(players.screener, later, form, huong) == dung
    assert table.call_instead(players.screener, later, form, huong) == dung
    assert (visits.get(huong).stands, visits.get(huong).no_shows) == (VisitState.WAITING, 1)
    table.receive(players.screener, later, key(), dung)
    assert refusal_of(table.call_instead, players.screener, dung, at=now(60)) == "visit_moved_on", "they have come"


def set_back(minutes: float) -> Moment:
    """The clock was put back."""
    moment = now()
    return replace(moment, at=moment.at - timedelta(minutes=minutes))


def test_whoever_was_called_before_the_clock_was_set_back_is_not_awaited_until_it_has_caught_up(
    players: Players, three: tuple[str, ...]
) -> None:
    huong, dung, _ = three
    assert table.call_next(players.screener, now(), key()) == huong
    assert table.call_instead(players.screener, set_back(30), key(), huong) == dung
    assert visits.get(huong).stands is VisitState.WAITING


def test_a_clock_that_jumps_neither_gives_up_on_anybody_nor_stops_the_table(
    players: Players, three: tuple[str, ...]
) -> None:
    huong = table.call_next(players.screener, now(), key())
    assert huong
    assert refusal_of(table.call_instead, players.screener, huong, at=set_back(0.5)) == "answer_time", "just called"
    assert visits.get(huong).stands is VisitState.CALLED
    table.receive(players.screener, set_back(30), key(), huong)
    assert visits.get(huong).stands is VisitState.AT_TABLE
    other = table.call_next(players.other_screener, now(), key())
    assert other
    with writing():
        visits.get(other).called_at = set_back(300).at
    table.recall(players.other_screener, now(), key(), other)
    assert visits.get(other).stands is VisitState.CALLED, "hours later they are still called: nothing acts by itself"


def test_tables_that_call_jump_and_send_at_the_same_moment_never_share_a_person(
    hub: Flask, players: Players, three: tuple[str, ...]
) -> None:
    start = threading.Barrier(6)
    codes: list[str] = []
    result: list[str | None] = []

    def act(do: Callable[..., str | None], by: Actor, *facts: str) -> None:
        start.wait()
        with hub.app_context():
            try:
                result.append(do(by, now(), key(), *facts))
            except Refusal as refusal:
                codes.append(refusal.code)
            finally:
                db.session.remove()

    one, two, first = players.screener, players.other_screener, three[0]
    together: list[tuple[Callable[..., str | None], Actor, tuple[str, ...]]] = [
        (table.call_next, one, ()), (table.call_next, two, ()),
        (table.call_out_of_turn, one, (first, "frail")), (table.call_out_of_turn, two, (first, "frail")),
        (queueing.transfer, one, (first, "screening-2", "access")), (queueing.hold, two, (first, "toilet")),
    ]  # fmt: skip
    threads = [threading.Thread(target=act, args=(do, by, *facts)) for do, by, facts in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.remove()
    at = [visits.find_at(visits.get(first).clinic_day_id, code) for code in ("screening-1", "screening-2")]
    here = [visit.id for visit in at if visit]
    assert len(set(here)) == len(here)
    for code in ("screening-1", "screening-2"):
        busy = [
            visit for visit in (visits.get(id) for id in three)
            if visit.station == code and visit.stands in (VisitState.CALLED, VisitState.AT_TABLE)
        ]  # fmt: skip
        assert len(busy) <= 1, code
    assert set(codes) <= {"table_busy", "visit_moved_on", "not_for_this_table"}, codes


@pytest.fixture
def planned(players: Players) -> str:
    """A planned morning is open, and three wait; the plan's id."""
    made = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    day.open_day(players.lead, now(), key(), "morning")
    return made


def served(**changed: list[str]) -> dict[str, list[str]]:
    """Each station's steps, but for those that are named."""
    steps = {row.code: list(row.steps) for row in stations.list_() if row.steps}
    return steps | {name.replace("_", "-"): wanted for name, wanted in changed.items()}


def test_a_table_that_closes_puts_its_people_first_in_line(players: Players, planned: str) -> None:
    huong, dung, pao = (receive(players, who) for who in (players.huong, players.dung, players.pao))
    screened(players)
    at_needle = identified(players.vaccinator)
    assert at_needle == huong
    with writing():
        visits.get(dung).bound_for = "injection-1"
        visits.get(dung).step = "injection"
        visits.get(pao).step = "injection"
    seen = day_plans.get(planned).seen
    plan.set_stations(players.lead, now(), key(), planned, seen, served(injection_1=[]))
    visit = visits.get(huong)
    assert (visit.stands, visit.station, visit.step) == (VisitState.WAITING, "", "injection")
    assert visits.get(dung).bound_for == ""
    closed = queue_moves.get(move_of(huong))
    assert (closed.stands, closed.station) == (MoveKind.CLOSED, "injection-1")
    assert table.call_next(players.other_vaccinator, now(), key()) == huong, "first, and what was recorded is there"
    assert audit.count_of("visit.table_closed", huong) == 1

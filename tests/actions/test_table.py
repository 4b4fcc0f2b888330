"""A table calls, and the people it called."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from kiosk.actions import identity, injection, screening, table
from kiosk.errors import Refusal
from kiosk.rules.words import VisitState
from kiosk.store import departures, openings, stations, visits
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, key, now, receive, refusal_of, vial_opened

pytestmark = pytest.mark.usefixtures("inside")


def cleared(players: Players, visit_id: str) -> None:
    """The doctor at screening-1 clears whoever is there."""
    vitals = {"temperature": "36.6"}
    screening.conclude(players.screener, now(), key(), visit_id, [], True, vitals, [], "cleared", "")


def fold(station: str, steps: list[str]) -> None:
    """A small site: this station serves these steps."""
    with writing():
        stations.get(station).steps = steps


@pytest.fixture
def called(players: Players, opened: str) -> str:
    """Hường and Páo wait; Hường is called to screening-1."""
    first = receive(players, players.huong)
    receive(players, players.pao)
    assert table.call_next(players.screener, now(), key()) == first
    return first


def test_who_waits_longest_is_called_to_this_table(players: Players, opened: str) -> None:
    first = receive(players, players.huong)
    receive(players, players.pao)
    assert done_once(table.call_next, players.screener, other=players.other_screener) == first
    visit = visits.get(first)
    assert (visit.stands, visit.station) == (VisitState.CALLED, "screening-1")
    assert openings.may_read(players.screener.session, players.huong)
    assert not openings.may_read(players.screener.session, players.pao)


def test_a_table_serves_one_at_a_time(players: Players, called: str) -> None:
    assert refusal_of(table.call_next, players.screener) == "table_busy"
    table.receive(players.screener, now(), key(), called)
    assert refusal_of(table.call_next, players.screener) == "table_busy"


def test_nobody_waits_and_no_day_is_open(players: Players) -> None:
    assert refusal_of(table.call_next, players.screener) == "no_clinic_day"


def test_an_empty_queue_is_no_refusal(players: Players, opened: str) -> None:
    assert done_once(table.call_next, players.screener, other=players.other_screener) is None


def test_the_called_person_is_called_again_comes_and_goes_on(players: Players, called: str) -> None:
    before = visits.get(called).called_seq
    done_once(table.recall, players.screener, called, other=players.other_screener)
    assert (visits.get(called).recalls, visits.get(called).stands) == (1, VisitState.CALLED)
    assert visits.get(called).called_seq > before
    done_once(table.receive, players.screener, called, other=players.other_screener)
    assert visits.get(called).stands is VisitState.AT_TABLE
    assert refusal_of(table.finish, players.screener, called) == "step_not_recorded"
    cleared(players, called)
    visit = visits.get(called)
    assert (visit.step, visit.stands, visit.station) == ("injection", VisitState.WAITING, "")


def test_who_does_not_come_waits_again_behind_the_others(players: Players, called: str) -> None:
    done_once(table.no_show, players.screener, called, other=players.other_screener)
    assert visits.get(called).no_shows == 1
    following = table.call_next(players.screener, now(), key())
    assert following != called
    assert table.call_next(players.other_screener, now(), key()) == called


@pytest.mark.parametrize("move", [table.recall, table.receive, table.no_show, table.call_instead, table.finish])
def test_another_tables_person_is_not_here(players: Players, called: str, move: Callable[..., object]) -> None:
    assert refusal_of(move, players.other_screener, called) == "visit_moved_on"


def test_a_move_that_somebody_else_has_made_is_refused(players: Players, called: str) -> None:
    assert refusal_of(table.finish, players.screener, called) == "visit_moved_on"
    table.receive(players.screener, now(), key(), called)
    for move in (table.recall, table.receive):
        assert refusal_of(move, players.screener, called) == "visit_moved_on"
    cleared(players, called)
    assert refusal_of(table.finish, players.screener, called) == "visit_moved_on"


def test_whoever_leaves_the_table_again_waits_again(players: Players, called: str) -> None:
    table.receive(players.screener, now(), key(), called)
    done_once(table.no_show, players.screener, called, other=players.other_screener)
    assert (visits.get(called).stands, visits.get(called).station) == (VisitState.WAITING, "")


def test_a_step_that_records_nothing_is_simply_finished(players: Players, called: str) -> None:
    with writing():
        visits.get(called).step = "reception"
    table.receive(players.screener, now(), key(), called)
    done_once(table.finish, players.screener, called, other=players.other_screener)
    assert visits.get(called).step == "screening"


def test_a_station_that_serves_the_next_step_too_keeps_the_person(players: Players, called: str) -> None:
    fold("screening-1", ["screening", "injection", "finish"])
    table.receive(players.screener, now(), key(), called)
    cleared(players, called)
    visit = visits.get(called)
    assert (visit.step, visit.stands, visit.station) == ("injection", VisitState.AT_TABLE, "screening-1")
    identity.confirm_spoken(players.screener, now(), key(), called, ["name", "birth"])
    vial_id = vial_opened(players.screener)
    injection.give_dose(players.screener, now(), key(), called, vial_id, 1, "left")
    visit = visits.get(called)
    assert (visit.step, visit.stands, visit.station) == ("observation", VisitState.SEATED, "observation-1")


def test_a_table_calls_for_every_step_it_serves(players: Players, called: str) -> None:
    table.receive(players.screener, now(), key(), called)
    cleared(players, called)
    fold("screening-2", ["screening", "injection"])
    assert table.call_next(players.other_screener, now(), key()) == called, "who goes first does so at every step"
    table.no_show(players.other_screener, now(), key(), called)
    second = table.call_next(players.other_screener, now(), key())
    assert visits.get(second or "").step == "screening", "whatever the step"


def test_whoever_may_leaves_a_step_out_with_a_reason(players: Players, called: str) -> None:
    table.receive(players.screener, now(), key(), called)
    assert refusal_of(table.skip, players.screener, called, "declined", "") == "step_not_skippable", "no screening"
    cleared(players, called)
    at_needle = players.vaccinator
    assert table.call_next(at_needle, now(), key()) == called
    table.receive(at_needle, now(), key(), called)
    assert refusal_of(table.skip, players.typist, called, "declined", "") == "step_not_skippable", "a volunteer"
    assert refusal_of(table.skip, at_needle, called, "bored", "") == "skip_reason_odd"
    done_once(table.skip, at_needle, called, "declined", "  sợ   kim ", other=players.screener)
    visit, left_out = visits.get(called), departures.find_skip(called)
    assert (visit.step, visit.stands, visit.station) == ("finish", VisitState.WAITING, "")
    assert left_out
    assert (left_out.step, left_out.reason, left_out.note) == ("injection", "declined", "sợ kim")


def test_two_tables_that_call_at_the_same_moment_call_two_people(hub: Flask, players: Players, opened: str) -> None:
    waiting = {receive(players, players.huong), receive(players, players.pao)}
    called: list[str | None] = []
    refused: list[str] = []
    start = threading.Barrier(4)

    def call(by: object) -> None:
        start.wait()
        with hub.app_context():
            try:
                called.append(table.call_next(by, now(), key()))  # type: ignore[arg-type]
            except Refusal as refusal:
                refused.append(refusal.code)

    tables = (players.screener, players.other_screener) * 2
    threads = [threading.Thread(target=call, args=(by,)) for by in tables]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.remove()
    assert len(called) == 2
    assert set(called) == waiting
    assert refused == ["table_busy"] * 2

"""The observation room: seats, the half hour, and going before it is over."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from kiosk import protocols
from kiosk.actions import day, finish, observation, plan
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.observation import release_at
from kiosk.rules.words import HelpReason, VisitState
from kiosk.store import day_plans, help_calls, observations, outbox, records, stations, visits
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db, writing
from tests.cast import Players, called, done_once, dosed, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
MINUTES = protocols.observation().minutes


@pytest.fixture
def seated(players: Players, opened: str) -> str:
    """Hường has had her dose and sits in the room; the visit's id."""
    return dosed(players, players.huong)


def seats(opened: str) -> dict[str, int]:
    """Who sits on which seat."""
    return {row.visit_id: row.seat for row in observations.list_open(opened, "observation-1")}


def at_the_end(visit: str, seconds: float = 0) -> Moment:
    """The instant at which the visit's time is over, or so many seconds after it."""
    row = observations.get(visit)
    return replace(now(), at=release_at(row.begun_at, row.minutes) + timedelta(seconds=seconds))


def test_the_half_hour_begins_with_the_injection_itself(players: Players, opened: str) -> None:
    at = now(-10)
    visit = dosed(players, players.huong, at)
    row = observations.get(visit)
    assert (row.begun_at, row.minutes, row.seat) == (at.at, MINUTES, 1)
    assert (visits.get(visit).stands, visits.get(visit).station) == (VisitState.SEATED, "observation-1")


@pytest.mark.parametrize("reason", ["", "   "])
def test_nobody_goes_before_their_time_without_a_reason(players: Players, seated: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        observation.release(players.observer, at_the_end(seated, -90), key(), seated, reason)
    assert (refused.value.code, refused.value.field, refused.value.facts) == (
        "observation_not_over",
        "reason",
        {"n": 2},
    )
    assert observations.get(seated).ended_at is None
    assert "observation" not in records.recorded(visits.get(seated))


def test_who_goes_early_goes_with_a_reason_that_is_kept(players: Players, seated: str) -> None:
    done_once(observation.release, players.observer, seated, "  chuyển   bệnh viện ", other=players.lead)
    row = observations.get(seated)
    assert (row.reason, row.ended_by) == ("chuyển bệnh viện", players.observer.id)
    assert "observation" in records.recorded(visits.get(seated))
    ended = db.select(AuditEntry).where(AuditEntry.event == "observation.ended")
    assert db.session.scalars(ended).one().facts == {"early": True}, "a reason may tell of an illness: not in the audit"


def test_a_second_before_the_half_hour_is_too_early_and_the_half_hour_is_not(players: Players, seated: str) -> None:
    early, over = at_the_end(seated, -1), at_the_end(seated)
    assert refusal_of(observation.release, players.observer, seated, "", at=early) == "observation_not_over"
    assert observation.release(players.observer, over, key(), seated, "nothing that need be kept") == seated
    assert (observations.get(seated).reason, observations.get(seated).ended_at) == ("", over.at)


def test_whoever_is_released_waits_for_the_finish_desk(players: Players, seated: str) -> None:
    observation.release(players.observer, at_the_end(seated), key(), seated, "")
    visit = visits.get(seated)
    assert (visit.step, visit.stands, visit.station) == ("finish", VisitState.WAITING, "")
    assert called(players.finisher) == seated


def test_every_seat_is_held_by_one_and_the_smallest_free_one_is_given(players: Players, opened: str) -> None:
    first, second = dosed(players, players.huong), dosed(players, players.pao)
    assert seats(opened) == {first: 1, second: 2}
    observation.release(players.observer, at_the_end(first), key(), first, "")
    third = dosed(players, players.dung)
    assert seats(opened) == {second: 2, third: 1}


def test_two_observers_release_the_same_person_once(hub: Flask, players: Players, seated: str) -> None:
    over = at_the_end(seated)
    done: list[str] = []
    refused: list[str] = []
    start = threading.Barrier(2)

    def release(by: Actor) -> None:
        start.wait()
        with hub.app_context():
            try:
                done.append(observation.release(by, over, key(), seated, ""))
            except Refusal as refusal:
                refused.append(refusal.code)

    colleague = replace(players.lead, station="observation-1")
    threads = [threading.Thread(target=release, args=(by,)) for by in (players.observer, colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.remove()
    assert (done, refused) == ([seated], ["visit_moved_on"])
    assert visits.get(seated).step == "finish"


def test_another_rooms_person_is_not_there(players: Players, seated: str) -> None:
    for act, facts in ((observation.release, ("",)), (observation.call_doctor, ())):
        with pytest.raises(NotFound):
            act(players.finisher, at_the_end(seated), key(), seated, *facts)


def test_who_is_unwell_is_helped_at_once_and_one_call_rings(players: Players, seated: str) -> None:
    call = done_once(observation.call_doctor, players.observer, seated, other=players.lead)
    assert observation.call_doctor(players.observer, now(), key(), seated) == call
    ringing = [(row.station, row.reason, row.visit_id) for row in help_calls.list_open()]
    assert ringing == [("observation-1", HelpReason.UNWELL, seated)]
    assert seated in {row.visit_id for row in observations.list_open(visits.get(seated).clinic_day_id, "observation-1")}


def test_who_has_left_the_room_is_not_called_for_and_not_released_again(players: Players, seated: str) -> None:
    observation.release(players.observer, at_the_end(seated), key(), seated, "")
    assert refusal_of(observation.call_doctor, players.observer, seated) == "visit_moved_on"
    assert refusal_of(observation.release, players.observer, seated, "", at=at_the_end(seated)) == "visit_moved_on"


def settle(day_id: str) -> None:
    """Every message of the day is signed for, so that the day may close."""
    with writing():
        for message in outbox.list_unsettled(day_id):
            message.signed_at = now().at


def test_a_day_closed_by_mistake_goes_on_with_everybody_in_their_seats(players: Players, opened: str) -> None:
    first, second = dosed(players, players.huong), dosed(players, players.pao)
    observation.release(players.observer, at_the_end(first), key(), first, "")
    settle(opened)
    day.close_day(players.lead, now(), key(), 2)
    assert visits.get(second).stands is VisitState.LEFT
    over = at_the_end(second)
    assert refusal_of(observation.release, players.observer, second, "", at=over) == "visit_moved_on"
    day.open_day(players.lead, now(), key(), "morning")
    db.session.expire_all()
    assert seats(opened) == {second: 2}
    assert (visits.get(second).stands, visits.get(second).station) == (VisitState.SEATED, "observation-1")
    assert (visits.get(first).stands, visits.get(first).station) == (VisitState.WAITING, "")
    assert observations.get(second).begun_at < now().at, "the half hour is still that of the injection"
    observation.release(players.observer, over, key(), second, "")
    assert called(players.finisher) == first
    finish.discharge(players.finisher, now(), key(), first, "yes")
    assert called(players.finisher) == second


def serving(players: Players, half: str, **steps: list[str]) -> tuple[str, str, dict[str, list[str]]]:
    """What the lead saves in the plan: as it is, but for these stations (`_` for `-`)."""
    db.session.rollback()
    row = day_plans.get(half)
    return half, row.seen, row.stations | {code.replace("_", "-"): served for code, served in steps.items()}


def test_whoever_sits_in_a_room_that_closes_has_a_seat_in_another(players: Players) -> None:
    half = plan.make_plan(players.lead, now(), key(), now().on, "morning")
    opened = day.open_day(players.lead, now(), key(), "morning")
    first, second = dosed(players, players.huong), dosed(players, players.pao)
    call = observation.call_doctor(players.observer, now(), key(), first)
    alone = serving(players, half, observation_1=[])
    assert refusal_of(plan.set_stations, players.lead, *alone) == "room_in_use"
    assert stations.get("observation-1").steps
    assert seats(opened) == {first: 1, second: 2}
    begun = observations.get(second).begun_at
    moved = serving(players, half, observation_1=[], screening_2=["observation"])
    plan.set_stations(players.lead, now(), key(), *moved)
    db.session.expire_all()
    assert seats(opened) == {}
    sitting = observations.list_open(opened, "screening-2")
    assert {row.visit_id: row.seat for row in sitting} == {first: 1, second: 2}
    assert (visits.get(second).stands, visits.get(second).station) == (VisitState.SEATED, "screening-2")
    assert observations.get(second).begun_at == begun, "the half hour is still that of the injection"
    assert help_calls.get(call).station == "screening-2", "help comes to where they sit now"
    there = replace(players.observer, station="screening-2")
    observation.release(there, at_the_end(second), key(), second, "")
    assert called(players.finisher) == second


def test_a_new_half_of_the_day_begins_with_empty_seats(players: Players, seated: str, opened: str) -> None:
    settle(opened)
    day.close_day(players.lead, now(), key(), 1)
    afternoon = day.open_day(players.lead, now(), key(), "afternoon")
    assert observations.list_open(afternoon, "observation-1") == []

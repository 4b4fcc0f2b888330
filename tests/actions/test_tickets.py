"""A ticket is shown: at a door, a table, a kiosk, a desk; torn, of another site or day, twice, by somebody who left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.actions import day as days
from kiosk.actions import doors, merging, moves, observation, scanning, table
from kiosk.rules.actor import Actor
from kiosk.rules.codes import ticket
from kiosk.rules.words import Role, ScanOutcome, VisitState
from kiosk.store import observations, people, scans, visits
from kiosk.store.database import db, writing
from tests.actions.test_zones import arrive, sized
from tests.cast import CARD, CARD_OF_VANG, Players, called, dosed, key, now, receive, screened

pytestmark = pytest.mark.usefixtures("inside")


def show(by: Actor, visit: str, minutes: float = 0) -> scans.Scan:
    """Holds the visit's ticket to that station's camera; the scan that came of it."""
    return read(by, ticket.write(visits.get(visit).token), minutes)


def read(by: Actor, text: str, minutes: float = 0) -> scans.Scan:
    """Holds any code to that station's camera."""
    id, at = key(), now(minutes)
    scanning.scan_code(by, at, id, id, text.encode(), "QRCode")
    return scans.find_taken(id, by.station, text.encode(), at.at - scanning.OFFERED)


@pytest.fixture
def full(players: Players, door: Actor) -> list[str]:
    """Zone A takes one, who is kept a spot; another waits outside. Their visits' ids."""
    sized(players, 1)
    days.open_day(players.lead, now(), key(), "morning")
    return arrive(players, 2)


def absent(players: Players, visit: str) -> str:
    """They are called in vain until they are out of the line; their visit's id."""
    while visits.get(visit).stands is VisitState.WAITING:
        table.call_out_of_turn(players.other_screener, now(), key(), visit, "frail")
        table.no_show(players.other_screener, now(), key(), visit)
    assert visits.get(visit).held_for == moves.ABSENT
    return visit


def test_at_a_door_it_opens_the_spot_that_is_kept(door: Actor, full: list[str]) -> None:
    assert show(door, full[0]).outcome == ScanOutcome.ENTERED
    assert visits.get(full[0]).entered_at


def test_at_the_door_of_a_full_zone_it_opens_nothing(door: Actor, full: list[str]) -> None:
    found = show(door, full[1])
    assert (found.outcome, found.visit_id) == (ScanOutcome.ZONE_FULL, full[1])
    assert visits.get(full[1]).spot is None
    show(door, full[0])
    doors.go_out(door, now(), key(), full[0], "", comes_back=False)
    assert show(door, full[1]).outcome == ScanOutcome.ENTERED, "looked at anew, though it never left the picture"


def test_held_up_twice_it_is_shown_once(door: Actor, full: list[str]) -> None:
    first = show(door, full[0])
    again = show(door, full[0], 0.2)
    assert (again.id, again.outcome) == (first.id, ScanOutcome.ENTERED)
    later = show(door, full[0], 2)
    assert (later.id != first.id, later.outcome) == (True, ScanOutcome.CHECKED_IN), "inside already"


def test_at_a_door_a_card_does_as_well(players: Players, door: Actor, opened: str) -> None:
    visit = receive(players, players.huong)
    found = read(door, CARD)
    assert (found.outcome, found.visit_id) == (ScanOutcome.ENTERED, visit)
    assert read(door, CARD_OF_VANG).outcome == ScanOutcome.NOT_ROSTERED


@pytest.mark.parametrize("who", ["screener", "vaccinator", "finisher"])
def test_at_the_table_that_called_it_says_that_they_have_come(players: Players, opened: str, who: str) -> None:
    by = getattr(players, who)
    if who == "finisher":
        visit = dosed(players, players.huong)
        observation.release(players.observer, now(40), key(), visit, "")
        assert observations.get(visit).ended_at
    elif who == "vaccinator":
        receive(players, players.huong)
        visit = screened(players)
    else:
        visit = receive(players, players.huong)
    assert table.call_next(by, now(41), key()) == visit
    camera = Actor("camera", Role.DEVICE, by.station)
    assert show(camera, visit, 41).outcome == ScanOutcome.RECEIVED
    assert visits.get(visit).stands is VisitState.AT_TABLE
    assert show(camera, visit, 41.1).outcome == ScanOutcome.RECEIVED, "held up twice"


def test_at_another_table_it_moves_nobody(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    assert show(players.table_camera, visit).outcome == ScanOutcome.CHECKED_IN, "not their turn"
    table.call_next(players.screener, now(), key())
    assert show(players.table_camera, visit, 2).outcome == ScanOutcome.CHECKED_IN, "called elsewhere"
    assert visits.get(visit).stands is VisitState.CALLED


@pytest.mark.parametrize("place", ["kiosk", "desk", "table", "door"])
def test_whoever_was_absent_is_back_in_the_line_wherever_they_show_it(
    players: Players, door: Actor, opened: str, place: str
) -> None:
    visit = absent(players, receive(players, players.huong))
    by = {"kiosk": players.kiosk, "desk": players.volunteer, "table": players.table_camera, "door": door}[place]
    outcome = show(by, visit).outcome
    assert outcome == (ScanOutcome.ENTERED if place == "door" else ScanOutcome.BACK)
    assert (visits.get(visit).stands, visits.get(visit).no_shows) == (VisitState.WAITING, 0)


def test_whoever_rests_is_brought_back_by_the_door_alone(players: Players, door: Actor, full: list[str]) -> None:
    doors.go_out(door, now(), key(), full[0], "toilet", comes_back=True)
    assert show(players.kiosk, full[0]).outcome == ScanOutcome.CHECKED_IN
    assert visits.get(full[0]).stands is VisitState.HELD
    assert show(door, full[0]).outcome == ScanOutcome.ZONE_FULL, "the other one has the spot by now"
    assert visits.get(full[0]).stands is VisitState.WAITING


@pytest.mark.parametrize("place", ["kiosk", "table", "door"])
def test_a_torn_ticket_is_read_by_nobody(players: Players, door: Actor, opened: str, place: str) -> None:
    visit = receive(players, players.huong)
    by = {"kiosk": players.kiosk, "table": players.table_camera, "door": door}[place]
    found = read(by, ticket.write(visits.get(visit).token)[:9])
    assert found.visit_id is None
    assert found.outcome in (ScanOutcome.UNKNOWN_CODE, ScanOutcome.NOBODY_HERE)


@pytest.mark.parametrize("place", ["kiosk", "table", "door"])
def test_a_ticket_of_another_site_is_nobodys_here(players: Players, door: Actor, opened: str, place: str) -> None:
    by = {"kiosk": players.kiosk, "table": players.table_camera, "door": door}[place]
    found = read(by, "DT1:23456789AB")
    assert (found.outcome, found.visit_id, found.person_id) == (ScanOutcome.UNKNOWN_TICKET, None, None)


@pytest.mark.parametrize("place", ["kiosk", "table", "door"])
def test_the_mornings_ticket_is_not_of_the_afternoon(players: Players, door: Actor, opened: str, place: str) -> None:
    visit = receive(players, players.huong)
    days.close_day(players.lead, now(), key(), 1)
    by = {"kiosk": players.kiosk, "table": players.table_camera, "door": door}[place]
    found = show(by, visit)
    assert (found.outcome, found.visit_id, found.person_id) == (ScanOutcome.OTHER_DAY, visit, None), "no day is open"
    days.open_day(players.lead, now(), key(), "afternoon")
    assert show(by, visit, 2).outcome == ScanOutcome.OTHER_DAY
    assert visits.get(visit).stands is VisitState.LEFT


def test_whoever_left_comes_in_nowhere(players: Players, door: Actor, full: list[str]) -> None:
    doors.go_out(door, now(), key(), full[0], "", comes_back=False)
    for by in (door, players.table_camera, players.kiosk):
        assert show(by, full[0], 2).outcome == ScanOutcome.CHECKED_IN
    assert visits.get(full[0]).stands is VisitState.LEFT


def test_the_ticket_of_somebody_who_was_merged_is_that_of_whoever_stayed(players: Players, opened: str) -> None:
    with writing():
        twin = people.add(replace(people.get(players.huong).identity, number=""))
    merging.merge(players.lead, now(), key(), players.huong, twin.id)
    visit = receive(players, players.huong)
    with writing():
        visits.get(visit).person_id = twin.id
    db.session.expire_all()
    assert show(players.kiosk, visit).person_id == players.huong


def test_a_ticket_at_a_table_leaves_who_is_there_alone(players: Players, opened: str) -> None:
    """A scan of somebody else's ticket is nothing that speaks for or against whoever is being served."""
    first, second = receive(players, players.huong), receive(players, players.pao)
    called(players.screener)
    assert show(Actor("camera", Role.DEVICE, "screening-1"), second).outcome == ScanOutcome.CHECKED_IN
    assert visits.get(first).stands is VisitState.AT_TABLE

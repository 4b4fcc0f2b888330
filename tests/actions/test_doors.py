"""The door of a zone: coming in, going out, and being let in beyond what the zone takes."""

from __future__ import annotations

import pytest

from kiosk.actions import day as days
from kiosk.actions import doors, queueing, table, tickets, zones
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.words import MoveKind, Role, VisitState
from kiosk.store import audit, clinic_days, departures, queue_moves, staff, visits
from kiosk.store.database import db, writing
from tests.actions.test_zones import arrive, day, inside, sized
from tests.cast import Players, done_once, key, now, refusal_of
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")
NOBODY = ("", "")


def at_door(by: Actor) -> Actor:
    """The same member of staff, at the door."""
    return Actor(by.id, by.role, "door-1", by.session)


@pytest.fixture
def full(players: Players, door: Actor) -> list[str]:
    """Zone A takes two, and they are inside; a third waits outside. Their visits' ids."""
    sized(players, 2)
    days.open_day(players.lead, now(), key(), "morning")
    first, second, third = arrive(players, 3)
    for id in (first, second):
        doors.enter(door, now(), key(), id)
    return [first, second, third]


def badge(role: Role) -> tuple[str, str]:
    """What that colleague shows: badge and PIN."""
    return STAFF[role][1], STAFF[role][2]


def test_whoever_has_a_spot_comes_through(players: Players, door: Actor, opened: str) -> None:
    [visit] = arrive(players, 1)
    assert visits.get(visit).entered_at is None
    done_once(doors.enter, door, visit)
    assert visits.get(visit).entered_at
    assert doors.enter(door, now(), key(), visit) == visit, "inside already"
    moves = queue_moves.list_of(opened, (MoveKind.ENTER, MoveKind.ASK_IN))
    assert [move.kind for move in moves] == [MoveKind.ENTER], "one spot, one move"


def test_nobody_comes_into_a_full_zone(door: Actor, full: list[str]) -> None:
    assert refusal_of(doors.enter, door, full[2]) == "zone_full"
    assert visits.get(full[2]).spot is None


def test_a_door_is_for_whoever_waits_in_its_zone(players: Players, door: Actor, full: list[str]) -> None:
    table.call_next(players.screener, now(), key())
    assert doors.enter(door, now(), key(), full[0]) == full[0], "called, and inside"
    doors.go_out(door, now(), key(), full[1], "left", comes_back=False)
    assert refusal_of(doors.enter, door, full[1]) == "visit_moved_on"


def test_whoever_goes_out_for_a_while_gives_up_the_spot_and_comes_back_near_the_front(
    players: Players, door: Actor, full: list[str]
) -> None:
    first, _, third = full
    done_once(lambda *facts: doors.go_out(*facts, comes_back=True), door, first, "toilet")
    assert (visits.get(first).stands, visits.get(first).held_for) == (VisitState.HELD, "toilet")
    assert visits.get(first).spot is None
    assert visits.get(third).spot == 1, "the next one is asked in"
    assert refusal_of(doors.enter, door, first) == "zone_full"
    doors.go_out(door, now(), key(), third, "papers", comes_back=True)
    assert doors.enter(door, now(), key(), first) == first, "back, and a spot is free"
    assert visits.get(first).stands is VisitState.WAITING


@pytest.mark.parametrize("reason", ["", "weather", "left"])
def test_whoever_comes_back_says_why_they_go(door: Actor, full: list[str], reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        doors.go_out(door, now(), key(), full[0], reason, comes_back=True)
    assert refused.value.code == "queue_reason_missing"


def test_whoever_leaves_for_good_is_counted_as_such(players: Players, door: Actor, full: list[str]) -> None:
    doors.go_out(door, now(), key(), full[0], "", comes_back=False)
    visit, skip = visits.get(full[0]), departures.find_skip(full[0])
    assert (visit.stands, visit.spot) == (VisitState.LEFT, None)
    assert visit.left_at
    assert skip
    assert (skip.step, skip.reason) == ("screening", doors.LEFT)
    assert visits.get(full[2]).spot == 1


def test_a_door_sends_nobody_away_whom_it_does_not_have(door: Actor, full: list[str]) -> None:
    with writing():
        visits.get(full[2]).zone = "B"
    for comes_back in (True, False):
        with pytest.raises(Refusal) as refused:
            doors.go_out(door, now(), key(), full[2], "toilet", comes_back=comes_back)
        assert (refused.value.code, refused.value.facts["zone"]) == ("other_zone", "B")
    assert visits.get(full[2]).stands is VisitState.WAITING


def test_whoever_was_sent_home_by_a_wrong_digit_is_back_in_the_line(door: Actor, full: list[str]) -> None:
    doors.go_out(door, now(), key(), full[2], "", comes_back=False)
    doors.go_out(door, now(), key(), full[0], "toilet", comes_back=True)
    done_once(doors.come_back, door, full[2])
    visit = visits.get(full[2])
    assert (visit.stands, visit.left_at, visit.spot, visit.step) == (VisitState.WAITING, None, 1, "screening")
    assert visit.entered_at, "they are at the door"
    assert departures.find_skip(full[2]) is None, "the step is not left out any more"
    doors.go_out(door, now(), key(), full[2], "", comes_back=False)
    assert visits.get(full[2]).stands is VisitState.LEFT, "and may leave again"
    assert departures.find_skip(full[2])


def test_the_desk_brings_back_whoever_left_and_says_they_wait_outside(
    players: Players, door: Actor, full: list[str]
) -> None:
    doors.go_out(door, now(), key(), full[0], "", comes_back=False)
    assert doors.may_come_back(visits.get(full[0]))
    doors.come_back(players.volunteer, now(), key(), full[0])
    visit = visits.get(full[0])
    assert (visit.stands, visit.spot) == (VisitState.WAITING, None), "their spot went to the next"
    assert refusal_of(doors.come_back, door, full[0]) == "visit_moved_on"


def test_whoever_the_end_of_the_day_sent_home_stays_there(players: Players, door: Actor, full: list[str]) -> None:
    days.close_day(players.lead, now(), key(), 3)
    assert not doors.may_come_back(visits.get(full[0]))


def test_the_wrong_row_is_undone(players: Players, door: Actor, opened: str) -> None:
    [visit] = arrive(players, 1)
    doors.enter(door, now(), key(), visit)
    done_once(doors.undo_enter, door, visit)
    assert (visits.get(visit).entered_at, visits.get(visit).spot) == (None, 1)
    assert refusal_of(doors.undo_enter, door, visit) == "undo_too_late"
    doors.enter(door, now(), key(), visit)
    with pytest.raises(Refusal) as refused:
        doors.undo_enter(door, now(11), key(), visit)
    assert refused.value.code == "undo_too_late"


def test_nobody_takes_a_person_from_a_table(players: Players, door: Actor, full: list[str]) -> None:
    called = table.call_next(players.screener, now(), key())
    with pytest.raises(Refusal) as refused:
        doors.go_out(door, now(), key(), called, "toilet", comes_back=True)
    assert refused.value.code == "visit_moved_on"


def test_the_lead_lets_somebody_in_by_name(players: Players, door: Actor, full: list[str]) -> None:
    doors.let_in(at_door(players.lead), now(), key(), full[2], "frail", " ngồi  xe lăn ", NOBODY, 5, 5)
    visit = visits.get(full[2])
    assert (visit.inside, visit.spot) == ("A", 3), "beyond the two that the zone takes"
    assert visit.entered_at
    assert zones.occupancy(day(), "A").over == 1
    move = queue_moves.list_of(day().id, (MoveKind.ENTER,))[-1]
    assert (move.reason, move.note, move.by) == ("frail", "ngồi xe lăn", players.lead.id)


def test_a_volunteer_lets_in_by_word_of_a_colleague(players: Players, door: Actor, full: list[str]) -> None:
    facts = (full[2], "weather", "", badge(Role.SCREENER), 5, 5)
    done_once(doors.let_in, door, *facts)
    doctor = staff.find_by_badge(STAFF[Role.SCREENER][1])
    assert doctor
    move = queue_moves.list_of(day().id, (MoveKind.ENTER,))[-1]
    assert move.by == doctor.id
    entry = db.session.scalars(db.select(audit.AuditEntry).where(audit.AuditEntry.event == "zone.let_in")).one()
    assert (entry.by, entry.facts["word"]) == (door.id, doctor.id)
    assert len(inside()) == 3


@pytest.mark.parametrize(
    ("reason", "second", "code"),
    [
        ("", badge(Role.SCREENER), "queue_reason_missing"),
        ("toilet", badge(Role.SCREENER), "queue_reason_missing"),
        ("frail", NOBODY, "approver_missing"),
        ("frail", ("S01", "0000"), "sign_in_wrong"),
        ("frail", badge(Role.VACCINATOR), "lets_in_may_not"),
    ],
)
def test_nobody_is_let_in_beyond_capacity_without_a_reason_and_a_word(
    door: Actor, full: list[str], reason: str, second: tuple[str, str], code: str
) -> None:
    assert refusal_of(doors.let_in, door, full[2], reason, "", second, 5, 5) == code
    assert len(inside()) == 2


def test_whoever_has_a_spot_needs_no_word(players: Players, door: Actor, full: list[str]) -> None:
    assert refusal_of(doors.let_in, at_door(players.lead), full[0], "frail", "", NOBODY, 5, 5) == "zone_not_full"


def test_after_an_override_nobody_follows_until_the_zone_is_below_its_capacity(
    players: Players, door: Actor, full: list[str]
) -> None:
    arrive(players, 1)
    doors.let_in(at_door(players.lead), now(), key(), full[2], "frail", "", NOBODY, 5, 5)
    doors.go_out(door, now(), key(), full[0], "", comes_back=False)
    assert len(inside()) == 2, "spot 1 is free, and still nobody is asked in"
    doors.go_out(door, now(), key(), full[1], "", comes_back=False)
    assert len(inside()) == 2


def test_whoever_was_absent_and_stands_at_the_door_is_in_the_line_again(
    players: Players, door: Actor, full: list[str]
) -> None:
    table.call_next(players.screener, now(), key())
    visit = visits.find_at(day().id, "screening-1")
    assert visit
    queueing.hold(players.screener, now(), key(), visit.id, "rest")
    assert doors.enter(door, now(), key(), visit.id) == visit.id
    assert visits.get(visit.id).stands is VisitState.WAITING


@pytest.mark.parametrize("typed", ["A001", "a 1", " A 001 ", "1", "001"])
def test_a_number_is_read_as_people_write_it(door: Actor, full: list[str], typed: str) -> None:
    assert tickets.require_typed(day(), typed).id == full[0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "number_unreadable"), ("Hường", "number_unreadable"), ("A 999", "number_not_given"),
     ("77", "number_not_given"), ("Z 1", "number_not_given"), ("A 12345", "number_unreadable")],
)  # fmt: skip
def test_what_is_no_number_of_today_is_said(door: Actor, full: list[str], typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        tickets.require_typed(day(), typed)
    assert refused.value.code == code


def test_a_number_that_two_lanes_have_needs_its_letter(players: Players, door: Actor, full: list[str]) -> None:
    [elder] = arrive(players, 1, 1940)
    with pytest.raises(Refusal) as refused:
        tickets.require_typed(day(), "1")
    assert (refused.value.code, refused.value.facts) == ("number_in_two", {"numbers": "U 001, A 001"})
    assert tickets.require_typed(day(), "u1").id == elder


def test_no_door_opens_while_no_day_is(players: Players, door: Actor, full: list[str]) -> None:
    days.close_day(players.lead, now(), key(), 3)
    assert clinic_days.find_open() is None
    assert refusal_of(doors.enter, door, full[0]) == "no_clinic_day"
    assert inside_after() == []


def inside_after() -> list[str]:
    """Who still has a spot in a half that is closed."""
    last = clinic_days.find_last()
    assert last
    return [visit.id for visit in visits.list_newest(last.id, 20) if visit.spot is not None]

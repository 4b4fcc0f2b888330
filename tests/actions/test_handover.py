"""Handing a table over: the session, the duty, and whoever is being served."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.actions import duty, handover, locking, looking, table
from kiosk.actions.handover import Place
from kiosk.actions.site import token_hash
from kiosk.rules.actor import Actor
from kiosk.rules.words import Role
from kiosk.store import audit, clinic_days, duties, openings, staff, visits
from tests.cast import Players, done_once, key, now, receive, refusal_of, screened
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")
RULES = (5, 5)
NURSE, DOCTOR, VOLUNTEER, LEAD, TECHNICIAN = (
    STAFF[role][1:] for role in (Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER, Role.SITE_LEAD, Role.TECHNICIAN)
)
INJECTION = Place("table.call", "injection-1")
DESK = Place("person.view", "desk-1")


def hand(by: Actor, who: tuple[str, ...], place: Place = Place(), at: float = 0) -> Actor:  # noqa: B008 (frozen)
    """Hands the actor's screen over; whoever has it now."""
    session = handover.hand_over(by, now(at), key(), *who, key(), *RULES, place)
    member = staff.get(staff.get_session(session).staff_id)
    return Actor(member.id, member.works_as, place.station, session)


def test_one_session_ends_and_another_begins(players: Players) -> None:
    facts = (*NURSE, "the new token", *RULES, INJECTION)
    session = done_once(handover.hand_over, players.typist, *facts, other=players.lead)
    assert staff.get_session(players.typist.session).ended_at
    found = staff.find_session(token_hash("the new token"))
    assert found
    assert (found.id, found.staff_id) == (session, players.vaccinator.id)


def test_other_sessions_of_both_go_on(players: Players) -> None:
    hand(players.typist, NURSE)
    for other in (players.volunteer, players.vaccinator):
        assert staff.get_session(other.session).ended_at is None


def test_a_nurse_who_takes_a_table_over_answers_there_with_the_same_pin(players: Players, opened: str) -> None:
    came = hand(players.typist, NURSE, INJECTION)
    assert duties.find_at(opened, "injection-1").id == came.id  # type: ignore[union-attr]
    day = clinic_days.find_open()
    assert day
    assert duty.require_answering(players.typist, day, "dose").id == came.id


def test_who_answers_already_does_not_sign_on_twice(players: Players, opened: str) -> None:
    duty.take_duty(players.typist, now(), key(), *NURSE, *RULES)
    hand(players.typist, NURSE, INJECTION)
    assert len(audit.list_last("duty.taken", players.vaccinator.id, 5)) == 1


@pytest.mark.parametrize(
    ("who", "place"),
    [
        (VOLUNTEER, INJECTION),
        (LEAD, INJECTION),
        (NURSE, Place("table.call", "screening-1")),
        (NURSE, Place("table.call", "finish-1")),
        (NURSE, Place()),
    ],
)
def test_whose_role_does_not_answer_there_signs_on_to_nothing(
    players: Players, opened: str, who: tuple[str, ...], place: Place
) -> None:
    hand(players.screener, who, place)
    assert place.station == "" or duties.find_at(opened, place.station) is None


def test_without_an_open_day_the_table_changes_hands_all_the_same(players: Players) -> None:
    assert hand(players.typist, NURSE, INJECTION).role is Role.VACCINATOR


def test_whoever_is_served_stays_at_the_table_and_open(players: Players, opened: str) -> None:
    receive(players, players.huong)
    screened(players)
    visit_id = table.call_next(players.typist, now(), key())
    table.receive(players.typist, now(), key(), visit_id)
    came = hand(players.typist, NURSE, INJECTION)
    visit = visits.find_at(opened, "injection-1")
    assert visit
    assert visit.id == visit_id
    assert openings.may_read(came.session, players.huong)
    viewed = audit.find_last("person.viewed", players.huong)
    assert viewed
    assert (viewed.by, viewed.role) == (came.id, Role.VACCINATOR)


def test_who_stands_on_the_desks_page_stays_open(players: Players) -> None:
    looking.open_person(players.volunteer, now(), key(), players.pao)
    came = hand(players.volunteer, LEAD, replace(DESK, shown=players.pao))
    assert openings.may_read(came.session, players.pao)
    assert not openings.may_read(came.session, players.huong)


def test_an_address_opens_nobody_who_was_not_open(players: Players, opened: str) -> None:
    receive(players, players.huong)
    came = hand(players.finisher, LEAD, replace(DESK, shown=players.huong))
    assert not openings.may_read(came.session, players.huong)


def test_a_role_that_may_not_have_the_page_sees_nobody(players: Players) -> None:
    looking.open_person(players.volunteer, now(), key(), players.pao)
    came = hand(players.volunteer, TECHNICIAN, replace(DESK, shown=players.pao))
    assert not openings.may_read(came.session, players.pao)


def test_a_locked_screen_is_handed_over_as_an_open_one(players: Players) -> None:
    locking.lock(players.volunteer, now(), key())
    came = hand(players.volunteer, LEAD)
    assert staff.get_session(came.session).locked_at is None
    assert staff.get_session(players.volunteer.session).ended_at


def test_ones_own_badge_only_unlocks(players: Players) -> None:
    locking.lock(players.volunteer, now(), key())
    assert hand(players.volunteer, VOLUNTEER).session == players.volunteer.session
    assert staff.get_session(players.volunteer.session).locked_at is None


@pytest.mark.parametrize("who", [("N01", "0000"), ("X99", NURSE[1]), ("", ""), ("DTB1:N01", "")])
def test_a_wrong_pin_and_an_unknown_badge_are_told_the_same_and_change_nothing(
    players: Players, who: tuple[str, ...]
) -> None:
    assert refusal_of(handover.hand_over, players.typist, *who, key(), *RULES, INJECTION) == "sign_in_wrong"
    assert staff.get_session(players.typist.session).ended_at is None


def test_wrong_pins_count_and_keep_nobody_awake(players: Players) -> None:
    before = staff.get_session(players.typist.session).last_act_at
    for _ in range(5):
        refusal_of(handover.hand_over, players.typist, "N01", "0000", key(), *RULES, INJECTION, at=now(2))
    assert refusal_of(handover.hand_over, players.typist, *NURSE, key(), *RULES, INJECTION) == "sign_in_locked"
    assert staff.get_session(players.typist.session).last_act_at == before

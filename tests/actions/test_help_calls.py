"""Calling a volunteer, and coming."""

from __future__ import annotations

import pytest

from kiosk.actions import help_calls
from kiosk.errors import NotFound
from kiosk.store import help_calls as calls
from kiosk.store import topics
from kiosk.store.database import db
from tests.cast import Players, done_once, key, now

pytestmark = pytest.mark.usefixtures("inside")


def test_a_call_rings_until_somebody_takes_it(players: Players) -> None:
    id = done_once(help_calls.call_help, players.kiosk, "no_card", other=players.neighbour)
    assert [(call.id, call.station, call.reason) for call in calls.list_open()] == [(id, "kiosk-1", "no_card")]
    done_once(help_calls.take_help, players.volunteer, id, other=players.lead)
    assert calls.list_open() == []
    assert calls.get(id).taken_by == players.volunteer.id


def test_a_second_tap_at_the_same_kiosk_is_the_same_call(players: Players) -> None:
    first = help_calls.call_help(players.kiosk, now(), key(), "asked")
    assert help_calls.call_help(players.kiosk, now(), key(), "asked") == first
    assert help_calls.call_help(players.kiosk, now(), key(), "no_card") != first, "somebody else may stand there now"
    assert help_calls.call_help(players.neighbour, now(), key(), "asked") != first
    assert [call.reason for call in calls.list_open()] == ["asked", "no_card", "asked"]


def test_whoever_takes_it_first_has_taken_it(players: Players) -> None:
    id = help_calls.call_help(players.kiosk, now(), key(), "asked")
    help_calls.take_help(players.volunteer, now(), key(), id)
    help_calls.take_help(players.lead, now(), key(), id)
    assert calls.get(id).taken_by == players.volunteer.id


def test_after_it_was_taken_the_next_tap_rings_again(players: Players) -> None:
    first = help_calls.call_help(players.kiosk, now(), key(), "asked")
    help_calls.take_help(players.volunteer, now(), key(), first)
    assert help_calls.call_help(players.kiosk, now(), key(), "asked") != first


def test_desk_and_kiosk_hear_of_it(players: Players) -> None:
    before = topics.versions()
    help_calls.call_help(players.kiosk, now(), key(), "asked")
    db.session.rollback()
    assert {name for name, n in topics.versions().items() if before.get(name) != n} == {"desk", "kiosk:kiosk-1"}


def test_a_call_that_is_not_there(players: Players) -> None:
    with pytest.raises(NotFound):
        help_calls.take_help(players.volunteer, now(), key(), "no such call")

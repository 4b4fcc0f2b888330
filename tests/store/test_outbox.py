"""The order in which messages leave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.rules.words import MessageState
from kiosk.store import outbox
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests.cast import Players, now

pytestmark = pytest.mark.usefixtures("inside")


def put(day: str, person: str, noun: str, *, state: MessageState = MessageState.WAITING, minutes: float = -1) -> str:
    """A message of this person, due in so many minutes; its id."""
    at = now().at
    with writing():
        row = outbox.Message(
            kind="dose_given.1", noun_id=noun, person_id=person, clinic_day_id=day, body={}, state=state,
            attempts=int(minutes > 0), suspicions=0, made_at=at, next_at=at + timedelta(minutes=minutes),
        )  # fmt: skip
        return record(row, now()).id


def take() -> str | None:
    """What leaves next."""
    with writing():
        taken = outbox.take_next(now().at)
    return taken.noun_id if taken else None


def test_messages_leave_in_the_order_in_which_they_were_made(players: Players, opened: str) -> None:
    for noun, person in (("one", players.huong), ("two", players.pao), ("three", players.dung)):
        put(opened, person, noun)
    assert [take(), take(), take(), take()] == ["one", "two", "three", None]


@pytest.mark.parametrize("state", [MessageState.WAITING, MessageState.SENDING])
def test_a_person_s_second_message_waits_for_the_first(players: Players, opened: str, state: MessageState) -> None:
    put(opened, players.huong, "first", state=state, minutes=10)
    put(opened, players.huong, "second")
    put(opened, players.pao, "of another")
    assert [take(), take()] == ["of another", None]


def test_what_is_not_to_be_taken_is_not_due(players: Players, opened: str) -> None:
    put(opened, players.huong, "first", minutes=10)
    put(opened, players.huong, "second")
    assert not outbox.is_due(now(5).at), "or the forwarder would look for it for ten minutes, every second"
    assert outbox.is_due(now(11).at)


def test_a_clock_that_was_ahead_keeps_nothing_back(players: Players, opened: str) -> None:
    put(opened, players.huong, "put off while the clock was a day ahead", minutes=24 * 60)
    assert outbox.is_due(now().at)
    assert take() == "put off while the clock was a day ahead"


@pytest.mark.parametrize("state", [MessageState.PARKED, MessageState.ACKNOWLEDGED])
def test_a_settled_message_holds_nobody_up(players: Players, opened: str, state: MessageState) -> None:
    put(opened, players.huong, "first", state=state)
    put(opened, players.huong, "second")
    assert take() == "second"


def test_what_was_never_tried_does_not_wait_for_a_clock_that_was_ahead(players: Players, opened: str) -> None:
    put(opened, players.huong, "first", minutes=30)
    with writing():
        db.session.scalars(db.select(outbox.Message)).one().attempts = 0
    assert take() == "first"


def test_nothing_leaves_before_its_time(players: Players, opened: str) -> None:
    assert not outbox.is_due(now().at)
    put(opened, players.huong, "later", minutes=10)
    assert take() is None


def test_the_oldest_undelivered_is_the_oldest_of_any_day(players: Players, opened: str) -> None:
    assert outbox.find_oldest_undelivered() is None
    put(opened, players.huong, "there", state=MessageState.ACKNOWLEDGED)
    put(opened, players.pao, "parked", state=MessageState.PARKED)
    put(opened, players.dung, "waiting")
    oldest = outbox.find_oldest_undelivered()
    assert oldest
    assert oldest.noun_id == "parked"
    assert outbox.count_states(opened) == {"acknowledged": 1, "parked": 1, "waiting": 1}

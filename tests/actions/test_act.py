"""What makes a function an act."""

from __future__ import annotations

import pytest

from kiosk.actions import day
from kiosk.actions.act import NotAudited, act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import acts, audit, help_calls, people, staff, topics
from kiosk.store.database import db
from tests.cast import Players, done_once, everything, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


@act
def move_house(by: Actor, at: Moment, person_id: str, address: str) -> str:
    """An act that forgets to say what it did."""
    people.get(person_id).address = address
    return person_id


@act
def move_house_and_say_so(by: Actor, at: Moment, person_id: str, address: str) -> str:
    """The same, with its entry in the audit."""
    people.get(person_id).address = address
    audit.add(by, at, "person.moved", person_id)
    if not address:
        raise Refusal("address_missing")
    return person_id


@act
def count_mistake(by: Actor, at: Moment, topic: str) -> None:
    """An act whose refusal must be remembered."""
    topics.touch(topic)
    audit.add(by, at, "mistake.counted")
    raise Refusal("mistaken", keep=True)


def test_an_act_that_forgets_the_audit_fails_and_leaves_no_trace(players: Players) -> None:
    then = everything()
    with pytest.raises(NotAudited):
        move_house(players.volunteer, now(), key(), players.huong, "elsewhere")
    assert everything() == then


def test_an_act_is_done_once_and_remembers_its_key(players: Players) -> None:
    assert done_once(move_house_and_say_so, players.volunteer, players.huong, "elsewhere", other=players.lead)
    assert people.get(players.huong).address == "elsewhere"


def test_the_same_key_for_another_act_is_refused(players: Players) -> None:
    form = key()
    move_house_and_say_so(players.lead, now(), form, players.huong, "elsewhere")
    with pytest.raises(Refusal) as refused:
        day.open_day(players.lead, now(), form, "morning")
    assert refused.value.code == "key_used"


def test_what_was_written_before_a_refusal_is_undone(players: Players) -> None:
    assert refusal_of(move_house_and_say_so, players.volunteer, players.huong, "") == "address_missing"


def test_a_refused_form_may_be_sent_again_with_its_key(players: Players) -> None:
    form = key()
    with pytest.raises(Refusal):
        move_house_and_say_so(players.volunteer, now(), form, players.huong, "")
    assert acts.find(form) is None
    move_house_and_say_so(players.volunteer, now(), form, players.huong, "elsewhere")
    assert people.get(players.huong).address == "elsewhere"


def test_a_refusal_that_must_be_remembered_is(players: Players) -> None:
    entries = audit.count()
    assert refusal_of(count_mistake, players.volunteer, "mistakes") == "mistaken"
    assert topics.versions()["mistakes"] == 1
    assert audit.count() == entries + 1


def test_whatever_somebody_does_keeps_their_session_awake(players: Players) -> None:
    later = now(30)
    move_house_and_say_so(players.volunteer, later, key(), players.huong, "elsewhere")
    db.session.remove()
    assert staff.get_session(players.volunteer.session).last_act_at == later.at
    assert help_calls.list_open() == []

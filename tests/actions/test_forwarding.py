"""What becomes of a dose's message: taken, settled, parked, sent again, signed for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from kiosk.actions import forwarding, voiding
from kiosk.actions.forwarding import FORWARDER, MOST_SUSPICIONS
from kiosk.errors import NotFound
from kiosk.rules import messages
from kiosk.rules.messages import DoseGiven, DoseVoided
from kiosk.rules.moment import Moment
from kiosk.rules.words import MessageState
from kiosk.store import doses, heartbeats, outbox, topics
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db
from tests.cast import Players, done_once, dosed, everything, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
PROOF = ("https://platform.example/fhir", "Immunization/7", "1", "ab" * 32)


@pytest.fixture
def message(players: Players, opened: str) -> str:
    """The message of a dose that was just given; its id."""
    dosed(players, players.huong)
    (waiting,) = outbox.list_in([MessageState.WAITING], opened)
    return waiting.id


def taken(id: str, at: Moment | None = None) -> str:
    """The forwarder has this message in hand."""
    assert forwarding.take_message(FORWARDER, at or now(), key()) == id
    return id


def parked(id: str) -> str:
    """The message waits for a person."""
    forwarding.park(FORWARDER, now(), key(), taken(id), "doubled")
    return id


def test_the_attempt_counts_before_anything_is_sent(players: Players, message: str) -> None:
    assert done_once(forwarding.take_message, FORWARDER, other=players.lead) == message
    row = outbox.get(message)
    assert (row.stands, row.attempts) == (MessageState.SENDING, 1)
    assert forwarding.take_message(FORWARDER, now(), key()) is None, "it is in hand already"


def test_what_a_dead_forwarder_had_in_hand_is_sent_again(players: Players, message: str) -> None:
    taken(message)
    assert done_once(forwarding.recover, FORWARDER, other=players.lead) == 1
    assert outbox.get(message).stands is MessageState.WAITING
    taken(message)
    assert outbox.get(message).attempts == 2


def test_an_acknowledged_message_has_one_receipt(players: Players, opened: str, message: str) -> None:
    done_once(forwarding.acknowledge, FORWARDER, taken(message), *PROOF, other=players.lead)
    db.session.expire_all()
    forwarding.acknowledge(FORWARDER, now(), key(), message, *PROOF)
    db.session.expire_all()
    row = outbox.get(message)
    assert row.stands is MessageState.ACKNOWLEDGED
    assert row.receipt
    assert (row.receipt.server, row.receipt.remote_id, row.receipt.remote_version) == PROOF[:3]
    assert outbox.count_receipts(opened) == 1
    assert outbox.list_unsettled(opened) == []


def test_a_broken_line_puts_it_off_for_as_long_as_the_platform_asks(players: Players, message: str) -> None:
    begun = now()
    taken(message, begun)
    assert forwarding.put_off(FORWARDER, begun, key(), message, "busy", 90.0) == MessageState.WAITING
    row = outbox.get(message)
    assert (row.reason, row.suspicions) == ("busy", 0)
    assert row.next_at == begun.at + timedelta(seconds=90)
    assert forwarding.take_message(FORWARDER, now(), key()) is None
    taken(message, now(2))
    forwarding.put_off(FORWARDER, begun, key(), message, "unreachable", None)
    assert outbox.get(message).next_at == begun.at


def test_the_platform_may_find_fault_with_it_four_times(message: str) -> None:
    for nth in range(1, MOST_SUSPICIONS):
        taken(message, now(60 * nth))
        assert forwarding.suspect(FORWARDER, now(60 * nth), key(), message, "refused") == MessageState.WAITING
        assert now(60 * nth).at - timedelta(minutes=1) < outbox.get(message).next_at < now(60 * nth + 16).at
    taken(message, now(600))
    assert forwarding.suspect(FORWARDER, now(600), key(), message, "refused") == MessageState.PARKED
    assert forwarding.take_message(FORWARDER, now(6000), key()) is None


def test_a_person_sends_a_parked_message_again(players: Players, message: str) -> None:
    assert refusal_of(forwarding.send_again, players.lead, message) == "message_moved_on"
    parked(message)
    assert outbox.get(message).reason == "doubled"
    done_once(forwarding.send_again, players.lead, message)
    row = outbox.get(message)
    assert (row.stands, row.suspicions) == (MessageState.WAITING, 0)
    assert refusal_of(forwarding.send_again, players.lead, message) == "message_moved_on"
    with pytest.raises(NotFound):
        forwarding.send_again(players.lead, now(), key(), "no such message")


def test_whoever_signs_says_why_and_the_message_still_goes(players: Players, opened: str, message: str) -> None:
    assert refusal_of(forwarding.sign_for, players.lead, [message], "  ") == "sign_reason_missing"
    assert done_once(forwarding.sign_for, players.lead, [message], "mất mạng từ 10:20") == 1
    row = outbox.get(message)
    assert (row.signed_by, row.signed_reason) == (players.lead.id, "mất mạng từ 10:20")
    assert outbox.list_unsettled(opened) == []
    forwarding.acknowledge(FORWARDER, now(), key(), taken(message), *PROOF)
    assert forwarding.sign_for(players.lead, now(), key(), [message], "nữa") == 0, "the platform has it"


def test_no_reason_stands_in_the_audit(players: Players, message: str) -> None:
    forwarding.sign_for(players.lead, now(), key(), [message], "bác Hường ở xa mạng")
    told = [entry.facts for entry in db.session.scalars(db.select(AuditEntry))]
    assert "Hường" not in repr(told)


def test_only_a_change_of_the_line_is_news(opened: str) -> None:
    forwarding.beat(now(), "")
    then, entries = topics.versions(), everything()["audit_entry"]
    forwarding.beat(now(1), "")
    db.session.rollback()
    assert (topics.versions(), everything()["audit_entry"]) == (then, entries)
    lost = now(2)
    forwarding.beat(lost, "unreachable")
    forwarding.beat(now(3), "unreachable")
    db.session.rollback()
    assert topics.versions()["day"] == then["day"] + 1
    beat = heartbeats.find_forwarder("hub-1")
    assert beat
    assert (beat.trouble, beat.since) == ("unreachable", lost.at)


def test_a_dose_that_the_platform_fails_on_lets_the_others_go_first(players: Players, opened: str) -> None:
    first, second = (doses.find(dosed(players, person)).id for person in (players.huong, players.pao))  # type: ignore[union-attr]
    at = now()  # one instant: whoever is put off must not be due again because a machine was slow
    id = forwarding.take_message(FORWARDER, at, key())
    assert outbox.get(id or "").noun_id == first
    forwarding.put_off(FORWARDER, at, key(), id or "", "server_error", None)
    following = forwarding.take_message(FORWARDER, at, key())
    assert outbox.get(following or "").noun_id == second
    forwarding.put_off(FORWARDER, at, key(), following or "", "unreachable", None)
    assert forwarding.take_message(FORWARDER, at, key()) == following, "a broken line is nobody's own trouble"
    assert outbox.get(id or "").next_at <= now(1).at, "and it is not put off for long"


@pytest.fixture
def given(players: Players, opened: str) -> str:
    """A dose that was just given; its id."""
    dose = doses.find(dosed(players, players.huong))
    assert dose
    return dose.id


def voided(players: Players, dose_id: str) -> outbox.Message | None:
    """The dose was recorded for the wrong person; the message of the void, if one is to be sent."""
    voiding.void_dose(players.vaccinator, now(), key(), dose_id, "wrong_person", "")
    return outbox.find_void(dose_id)


def of(dose_id: str) -> outbox.Message:
    """The dose's own message."""
    row = outbox.find_of(dose_id)
    assert row
    return row


def test_a_dose_that_never_left_is_taken_back_in_silence(players: Players, opened: str, given: str) -> None:
    assert voided(players, given) is None
    assert of(given).stands is MessageState.SUPERSEDED
    assert forwarding.take_message(FORWARDER, now(), key()) is None
    assert outbox.list_unsettled(opened) == []
    assert outbox.count_states(opened) == {"superseded": 1}


def test_a_dose_that_may_have_arrived_is_not_told_again_and_its_void_is(players: Players, given: str) -> None:
    at = now()
    forwarding.put_off(FORWARDER, at, key(), taken(of(given).id, at), "timeout", None)
    void = voided(players, given)
    assert void
    assert of(given).stands is MessageState.SUPERSEDED
    assert taken(void.id, now(10)) == void.id
    told = messages.read(void.body)
    assert isinstance(told, DoseVoided)
    assert told.dose == messages.read(of(given).body)


def test_a_parked_dose_that_is_void_is_never_sent_again(players: Players, opened: str, given: str) -> None:
    id = parked(of(given).id)
    void = voided(players, given)
    assert void
    assert refusal_of(forwarding.send_again, players.lead, id) == "message_moved_on"
    assert forwarding.sign_for(players.lead, now(), key(), [id], "đã gọi") == 0, "nobody has to answer for it"
    assert [row.id for row in outbox.list_unsettled(opened)] == [void.id]
    assert taken(void.id) == void.id, "its void does not wait"


@pytest.mark.parametrize(
    "settle",
    [
        lambda id: forwarding.put_off(FORWARDER, now(), key(), id, "timeout", None),
        lambda id: forwarding.suspect(FORWARDER, now(), key(), id, "refused"),
        lambda id: forwarding.park(FORWARDER, now(), key(), id, "doubled"),
        lambda id: forwarding.recover(FORWARDER, now(), key()),
    ],
    ids=["put off", "suspected", "parked", "its forwarder died"],
)
def test_a_dose_taken_back_while_it_is_on_its_way_ends_there(
    players: Players, given: str, settle: Callable[[str], object]
) -> None:
    id = taken(of(given).id)
    void = voided(players, given)
    assert void
    assert of(given).stands is MessageState.SENDING
    assert forwarding.take_message(FORWARDER, now(), key()) is None, "the void waits for its dose"
    settle(id)
    assert of(given).stands is MessageState.SUPERSEDED
    assert taken(void.id, now(1)) == void.id


def test_a_dose_that_arrives_while_it_is_taken_back_is_receipted_and_then_void(players: Players, given: str) -> None:
    id = taken(of(given).id)
    void = voided(players, given)
    assert void
    forwarding.acknowledge(FORWARDER, now(), key(), id, *PROOF)
    assert of(given).stands is MessageState.ACKNOWLEDGED
    forwarding.acknowledge(FORWARDER, now(), key(), taken(void.id), *PROOF)
    assert outbox.find_void(given).stands is MessageState.ACKNOWLEDGED  # type: ignore[union-attr]


def corrected(players: Players, dose_id: str, arm: str, number: int = 1) -> str:
    """The dose was recorded wrongly; the id of the one in its place."""
    dose = doses.get(dose_id)
    return voiding.correct_dose(
        players.vaccinator, now(), key(), dose_id, vial_id=dose.vial_id or "", dose_number=number, arm=arm,
        vaccinator=dose.vaccinator, reason="mistyped", note="",
    )  # fmt: skip


def replaces(dose_id: str) -> str:
    """The dose in whose place this one is told."""
    told = messages.read(of(dose_id).body)
    assert isinstance(told, DoseGiven)
    return told.replaces


def replaced_by(dose_id: str) -> str:
    """The dose that the void of this one names."""
    void = outbox.find_void(dose_id)
    assert void
    told = messages.read(void.body)
    assert isinstance(told, DoseVoided)
    return told.replaced_by


def test_a_correction_that_never_left_hands_its_link_on(players: Players, opened: str, given: str) -> None:
    forwarding.acknowledge(FORWARDER, now(), key(), taken(of(given).id), *PROOF)
    second = corrected(players, given, "right")
    third = corrected(players, second, "right", 2)
    assert of(second).stands is MessageState.SUPERSEDED
    assert outbox.find_void(second) is None, "nothing was told of it"
    assert (replaces(third), replaced_by(given)) == (given, third)
    fourth = corrected(players, third, "left", 2)
    assert (replaces(fourth), replaced_by(given)) == (given, fourth)
    voided(players, fourth)
    assert replaced_by(given) == "", "nothing stands in its place"
    assert [row.kind for row in outbox.list_unsettled(opened)] == [messages.DOSE_VOIDED]


def test_a_void_that_may_have_left_stays_as_it_was_told(players: Players, given: str) -> None:
    forwarding.acknowledge(FORWARDER, now(), key(), taken(of(given).id), *PROOF)
    second = corrected(players, given, "right")
    void = outbox.find_void(given)
    assert void
    taken(void.id)
    third = corrected(players, second, "right", 2)
    assert (replaces(third), replaced_by(given)) == (given, second)


def test_a_correction_that_was_told_is_replaced_itself(players: Players, given: str) -> None:
    forwarding.acknowledge(FORWARDER, now(), key(), taken(of(given).id), *PROOF)
    second = corrected(players, given, "right")
    for row in (outbox.find_void(given), of(second)):
        assert row
        forwarding.acknowledge(FORWARDER, now(), key(), taken(row.id), *PROOF)
    third = corrected(players, second, "right", 2)
    assert (replaces(third), replaced_by(second), replaced_by(given)) == (second, third, second)


def test_a_correction_leaves_in_its_order(players: Players, given: str) -> None:
    forwarding.acknowledge(FORWARDER, now(), key(), taken(of(given).id), *PROOF)
    new = corrected(players, given, "right")
    void = outbox.find_void(given)
    assert void
    taken(void.id)
    assert forwarding.take_message(FORWARDER, now(), key()) is None
    forwarding.acknowledge(FORWARDER, now(), key(), void.id, *PROOF)
    taken(of(new).id)
    told, void_told = messages.read(of(new).body), messages.read(void.body)
    assert isinstance(told, DoseGiven)
    assert isinstance(void_told, DoseVoided)
    assert (told.replaces, void_told.replaced_by) == (given, new)


def test_a_void_that_the_platform_does_not_take_waits_for_a_person(players: Players, opened: str, given: str) -> None:
    forwarding.acknowledge(FORWARDER, now(), key(), taken(of(given).id), *PROOF)
    void = voided(players, given)
    assert void
    parked(void.id)
    assert [row.id for row in outbox.list_unsettled(opened)] == [void.id]
    forwarding.send_again(players.lead, now(), key(), void.id)
    assert taken(void.id) == void.id

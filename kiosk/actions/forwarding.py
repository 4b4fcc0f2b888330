"""What becomes of messages: the forwarder takes and settles them; a person sends again, or signs for one."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.messages import DOSE_GIVEN
from kiosk.rules.moment import Moment
from kiosk.rules.person import clean_text
from kiosk.rules.words import MessageState, Role
from kiosk.store import audit, heartbeats, outbox, topics, visits
from kiosk.store.columns import box_name, record
from kiosk.store.database import writing

FORWARDER = Actor("forwarder", Role.DEVICE)
# A platform that finds fault with a message five times is not going to like it the sixth (measured: real servers
# answer 400 to a good bundle when two transactions collide, so once is no proof).
MOST_SUSPICIONS = 5
# What is surely the line and not the message; after anything else it waits behind the others, for so many seconds.
OF_THE_LINE = ("unreachable", "tls", "login_page", "unauthorised", "busy")
LONGEST_BEHIND = 60


@act
def take_message(by: Actor, now: Moment) -> str | None:
    """The next message to send, now in the forwarder's hands; None when none is due. Its attempt counts already."""
    message = outbox.take_next(now.at)
    if message is None:
        audit.add(by, now, "message.none")
        return None
    audit.add(by, now, "message.taken", message.id, attempt=message.attempts)
    topics.touch(topics.DAY)
    return message.id


@act
def recover(by: Actor, now: Moment) -> int:
    """A forwarder begins: what its forerunner had in hand may or may not have arrived, so it is sent again."""
    left = outbox.list_sending()
    for message in left:
        # One that was in hand before may be what makes it fail: others go first.
        behind = min(2**message.attempts, LONGEST_BEHIND) if message.attempts > 1 else 0
        message.state, message.next_at = _let_go(message), now.at + timedelta(seconds=behind)
    audit.add(by, now, "forwarder.started", box_name(), again=len(left))
    return len(left)


@act
def acknowledge(by: Actor, now: Moment, id: str, server: str, remote_id: str, version: str, read_back: str) -> str:
    """The platform has it, as read back: the receipt is kept. Returns the platform's id."""
    message = outbox.get(id)
    if message.receipt is None:
        receipt = outbox.Receipt(
            message_id=message.id, server=server[:200], remote_id=remote_id[:100], remote_version=version[:64],
            read_back_sha256=read_back, at=now.at,
        )  # fmt: skip
        record(receipt, now)
    message.state, message.reason = MessageState.ACKNOWLEDGED, ""
    _said(by, now, message, "message.acknowledged")
    return remote_id


@act
def put_off(by: Actor, now: Moment, id: str, reason: str, wait_seconds: float | None) -> str:
    """The line is the trouble, not the message: it waits, at least as long as the platform asked; returns its state.

    Some troubles may be this message's own after all (a platform that fails on it): the next time others go first.
    """
    message = outbox.get(id)
    message.state, message.reason = _let_go(message), reason
    own = min(2**message.attempts, LONGEST_BEHIND) if reason not in OF_THE_LINE else 0
    message.next_at = now.at + timedelta(seconds=max(wait_seconds or 0, own))
    _said(by, now, message, "message.put_off")
    return message.state


@act
def suspect(by: Actor, now: Moment, id: str, reason: str) -> str:
    """The platform found fault with this message: later once more, after the fifth time a person decides."""
    message = outbox.get(id)
    message.suspicions += 1
    if message.suspicions >= MOST_SUSPICIONS:
        return _park(by, now, message, reason)
    message.state, message.reason = _let_go(message), reason
    # Full jitter, so that what collided once does not come back together; drawn from the message, to be repeatable.
    longest = timedelta(seconds=2 * 2**message.suspicions)
    message.next_at = now.at + longest * Random(f"{message.id} {message.suspicions}").random()
    _said(by, now, message, "message.suspected")
    return message.state


@act
def park(by: Actor, now: Moment, id: str, reason: str) -> str:
    """Sending again cannot help: the message waits for a person; returns its state."""
    return _park(by, now, outbox.get(id), reason)


@act
def send_again(by: Actor, now: Moment, id: str) -> str:
    """A person has looked: the parked message is sent once more. Raises Refusal `message_moved_on`."""
    message = outbox.get(id)
    if message.stands is not MessageState.PARKED:
        raise Refusal("message_moved_on")
    message.state, message.suspicions, message.next_at = MessageState.WAITING, 0, now.at
    _said(by, now, message, "message.sent_again")
    return message.id


@act
def sign_for(by: Actor, now: Moment, ids: list[str], reason: str) -> int:
    """Whoever closes the day answers for these messages, by name and reason; returns how many.

    They are still sent. What somebody has signed for stays theirs. Raises Refusal `sign_reason_missing`.
    """
    reason = clean_text(reason)[:200]
    if not reason:
        raise Refusal("sign_reason_missing", field="reason")
    found = map(outbox.get, ids)
    messages = [each for each in found if each.stands in outbox.UNDELIVERED and each.signed_at is None]
    for message in messages:
        message.signed_at, message.signed_by, message.signed_reason = now.at, by.id, reason
        audit.add(by, now, "message.signed", message.id)
    audit.add(by, now, "messages.signed", count=len(messages))
    topics.touch(topics.DAY)
    return len(messages)


def supersede_unsent(by: Actor, now: Moment, dose_id: str) -> bool:
    """Within an act that takes a dose back: its message is not told (again).

    True: it never left, the platform knows nothing of the dose, and nothing is to be said. False: it may be there, or
    be on its way just now, so the message of the void must follow.
    """
    message = outbox.find_of(dose_id)
    if message is None or message.stands is MessageState.SUPERSEDED:
        return True
    unsent = _is_unsent(message)
    if message.stands in (MessageState.WAITING, MessageState.PARKED):
        message.state = MessageState.SUPERSEDED
        _said(by, now, message, "message.superseded")
    return unsent


def replace_unsent(by: Actor, now: Moment, dose_id: str, replaced_by: str) -> None:
    """Within an act: the void of this dose names another that stands in its place, "" for none, unless it has left."""
    void = outbox.find_void(dose_id)
    if void is not None and _is_unsent(void):
        void.body = void.body | {"replaced_by": replaced_by}
        _said(by, now, void, "message.changed")


def beat(now: Moment, trouble: str) -> None:
    """The forwarder says how its line is; only a change is in the audit."""
    with writing():
        if heartbeats.put_forwarder(box_name(), now.at, trouble):
            audit.add(FORWARDER, now, "forwarder.changed", box_name(), trouble=trouble)
            topics.touch(topics.DAY, topics.DESK)


def _is_unsent(message: outbox.Message) -> bool:
    return message.stands is MessageState.WAITING and message.attempts == 0


def _park(by: Actor, now: Moment, message: outbox.Message, reason: str) -> str:
    message.state, message.reason = _let_go(message, MessageState.PARKED), reason
    _said(by, now, message, "message.parked")
    return message.state


def _let_go(message: outbox.Message, into: MessageState = MessageState.WAITING) -> MessageState:
    """How it leaves the forwarder's hands. A dose taken back meanwhile is not told again: its void says it all."""
    taken_back = message.kind == DOSE_GIVEN and outbox.find_void(message.noun_id)
    return MessageState.SUPERSEDED if taken_back else into


def _said(by: Actor, now: Moment, message: outbox.Message, event: str) -> None:
    event = "message.superseded" if message.stands is MessageState.SUPERSEDED else event
    audit.add(by, now, event, message.id, reason=message.reason)
    visit = visits.find(message.clinic_day_id, message.person_id)
    topics.touch(topics.DAY, *([topics.table(visit.station)] if visit else []))

"""What leaves the site: messages, made in the transaction of the fact they tell of, and the receipts for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.messages import DOSE_GIVEN, DOSE_VOIDED
from kiosk.rules.words import MessageState
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db

# No platform is waited for longer (the client cuts its wish at an hour).
LONGEST_WAIT = timedelta(hours=1, minutes=1)
UNDELIVERED = (MessageState.WAITING, MessageState.SENDING, MessageState.PARKED)


class Message(Fact, Base):
    """`body` is a `rules/messages` object as JSON. `attempts` counts before the first byte leaves.

    `suspicions`: how often the platform found fault with this very message. `reason`: code of what went wrong last.
    `signed_*`: who answers, by name and reason, for closing the day while this is not acknowledged.
    """

    __tablename__ = "message"
    _also = (
        UniqueConstraint("kind", "noun_id"),
        Index("ix_message_state", "state", "next_at"),
        Index("ix_message_clinic_day_id", "clinic_day_id", "state"),
        Index("ix_message_person_id", "person_id", "state", "seq"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    noun_id: Mapped[str] = mapped_column(String(36))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    clinic_day_id: Mapped[str] = mapped_column(ForeignKey("clinic_day.id"))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int] = mapped_column(default=0)
    suspicions: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(20), default="")
    made_at: Mapped[At]
    next_at: Mapped[At]
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str] = mapped_column(String(40), default="")
    signed_reason: Mapped[str] = mapped_column(String(200), default="")

    receipt: Mapped[Receipt | None] = relationship(lazy="joined", uselist=False, viewonly=True)

    @property
    def stands(self) -> MessageState:
        """The state as the rules know it."""
        return MessageState(self.state)


class Receipt(Fact, Base):
    """The proof: what the platform calls our message, as read back from it."""

    __tablename__ = "receipt"

    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), unique=True)
    server: Mapped[str] = mapped_column(String(200))
    remote_id: Mapped[str] = mapped_column(String(100))
    remote_version: Mapped[str] = mapped_column(String(64))
    read_back_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[At]


def get(id: str) -> Message:
    """Raises NotFound."""
    message = by_key(Message, id)
    if message is None:
        raise NotFound("message")
    return message


def find_of(noun_id: str) -> Message | None:
    """The message that tells of this dose."""
    return db.session.scalar(select(Message).where(Message.noun_id == noun_id, Message.kind == DOSE_GIVEN))


def find_void(noun_id: str) -> Message | None:
    """The message that takes this dose back."""
    return db.session.scalar(select(Message).where(Message.noun_id == noun_id, Message.kind == DOSE_VOIDED))


def list_sending() -> list[Message]:
    """Messages that a forwarder took and has said nothing of since."""
    return list(db.session.scalars(select(Message).where(Message.state == MessageState.SENDING)))


def take_next(at: datetime) -> Message | None:
    """The oldest message whose time has come, now in the forwarder's hands and one attempt older.

    One person's messages leave in their order; one that is parked does not hold up those behind it.
    """
    first = select(Message.id).where(_due(at)).order_by(Message.seq).limit(1).scalar_subquery()
    taken = (
        update(Message)
        .where(Message.id == first, Message.state == MessageState.WAITING)
        .values(state=MessageState.SENDING, attempts=Message.attempts + 1)
        .returning(Message.id)
    )
    id = db.session.scalar(taken.execution_options(synchronize_session=False))
    return db.session.get(Message, id, populate_existing=True) if id else None


def is_due(at: datetime) -> bool:
    """Is there a message whose time has come?"""
    return bool(db.session.scalar(select(select(Message.id).where(_due(at)).exists())))


def _due(at: datetime) -> ColumnElement[bool]:
    """A new message is due at once, and so is one that waits too long: the clock was ahead when it was put off."""
    its_time = (Message.next_at <= at) | (Message.attempts == 0) | (Message.next_at > at + LONGEST_WAIT)
    return (Message.state == MessageState.WAITING) & its_time & ~_behind_another()


def _behind_another() -> ColumnElement[bool]:
    """Is an earlier message of the same person still to go?"""
    before = aliased(Message)
    earlier = select(before.id).where(
        before.person_id == Message.person_id,
        before.seq < Message.seq,
        before.state.in_((MessageState.WAITING, MessageState.SENDING)),
    )
    return earlier.correlate(Message).exists()


def list_in(states: Sequence[MessageState], clinic_day_id: str) -> list[Message]:
    """Messages of a clinic day in these states, oldest first."""
    query = select(Message).where(Message.clinic_day_id == clinic_day_id, Message.state.in_(states))
    return list(db.session.scalars(query.order_by(Message.seq)))


def list_unsettled(clinic_day_id: str) -> list[Message]:
    """Messages of a clinic day that are neither acknowledged nor signed for, oldest first."""
    return [message for message in list_in(UNDELIVERED, clinic_day_id) if message.signed_at is None]


def count_states(clinic_day_id: str) -> dict[str, int]:
    """How many messages of a clinic day stand in each state."""
    query = select(Message.state, func.count()).where(Message.clinic_day_id == clinic_day_id)
    return dict(db.session.execute(query.group_by(Message.state)).all())


def count_kinds(clinic_day_id: str) -> dict[str, int]:
    """How many messages of a clinic day there are of each kind."""
    query = select(Message.kind, func.count()).where(Message.clinic_day_id == clinic_day_id)
    return dict(db.session.execute(query.group_by(Message.kind)).all())


def count_receipts(clinic_day_id: str) -> int:
    """How many receipts there are for a clinic day's messages."""
    query = select(func.count()).select_from(Receipt).join(Message).where(Message.clinic_day_id == clinic_day_id)
    return db.session.scalar(query) or 0


def find_oldest_undelivered() -> Message | None:
    """The oldest message that the platform has not acknowledged, of whichever day."""
    query = select(Message).where(Message.state.in_(UNDELIVERED)).order_by(Message.seq)
    return db.session.scalar(query.limit(1))

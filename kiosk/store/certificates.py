"""Certificates: what the platform was asked for and what it returned, one row a visit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.words import CertificateState
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db

# Nothing waits longer for its next try (the client cuts the platform's wish at an hour); what seems to was put off by a
# clock that was ahead.
LONGEST_WAIT = timedelta(hours=1, minutes=1)


class Certificate(Fact, Base):
    """`body` is a `rules/certificate` object as JSON, as the platform returned it; None until then.

    `asked_at`, `asked_by`: who last asked at the desk. `answered_at`: when the platform last said anything to it.
    `attempts`: since then. `next_at`: when it is asked again by itself; None: only when a person asks again.
    `reason`: code of what went wrong last, "" when nothing did.
    """

    __tablename__ = "certificate"
    _also = (Index("ix_certificate_next_at", "next_at"),)

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20), default="")
    asked_at: Mapped[At]
    asked_by: Mapped[str] = mapped_column(String(40))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    @property
    def stands(self) -> CertificateState:
        """The state as the rules know it."""
        return CertificateState(self.state)


def get(id: str) -> Certificate:
    """Raises NotFound."""
    row = by_key(Certificate, id)
    if row is None:
        raise NotFound("certificate")
    return row


def find(visit_id: str) -> Certificate | None:
    """What was asked for after this visit's dose."""
    return db.session.scalar(select(Certificate).where(Certificate.visit_id == visit_id))


def find_due(at: datetime) -> Certificate | None:
    """Whichever has waited longest for its next try."""
    return db.session.scalar(
        select(Certificate).where(_due(at)).order_by(Certificate.next_at, Certificate.seq).limit(1)
    )


def _due(at: datetime) -> ColumnElement[bool]:
    return (Certificate.next_at <= at) | (Certificate.next_at > at + LONGEST_WAIT)

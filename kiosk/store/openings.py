"""Whom a staff session has opened: the only people whose pages it may then read."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.moment import Moment
from kiosk.store.columns import At
from kiosk.store.database import Base, db


class Opening(Base):
    """A look at a person. It is also in the audit; this row is what lets the page be shown again."""

    __tablename__ = "opening"

    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[At]


def may_read(session_id: str, person_id: str) -> bool:
    """Has this session opened this person?"""
    return db.session.get(Opening, (session_id, person_id)) is not None


def put(session_id: str, person_id: str, now: Moment) -> None:
    """This session opens this person."""
    row = db.session.get(Opening, (session_id, person_id))
    if row is None:
        db.session.add(Opening(session_id=session_id, person_id=person_id, at=now.at))
    else:
        row.at = now.at

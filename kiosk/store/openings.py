"""Whom a staff session has opened: the only people whose pages it may then read."""

from __future__ import annotations

from typing import cast

from sqlalchemy import ForeignKey, Table, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.moment import Moment
from kiosk.store import people
from kiosk.store.columns import At
from kiosk.store.database import Base, db


class Opening(Base):
    """A look at a person. It is also in the audit; this row is what lets the page be shown again."""

    __tablename__ = "opening"

    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[At]


def may_read(session_id: str, person_id: str) -> bool:
    """Has this session opened this person, under whichever of their ids?"""
    theirs = Opening.person_id.in_(people.ids_of(person_id))
    return db.session.scalar(select(Opening.at).where(Opening.session_id == session_id, theirs).limit(1)) is not None


def put(session_id: str, person_id: str, now: Moment) -> None:
    """This session opens this person."""
    line, theirs = db.session.connection(), {"session": session_id, "person": person_id, "at": now.at}
    if line.execute(_AGAIN, theirs).rowcount == 0:
        line.execute(insert(_OPENINGS), {"session_id": session_id, "person_id": person_id, "at": now.at})


_OPENINGS = cast(Table, Opening.__table__)
_AGAIN = (
    update(_OPENINGS)
    .where(_OPENINGS.c.session_id == bindparam("session"), _OPENINGS.c.person_id == bindparam("person"))
    .values(at=bindparam("at"))
)


def list_newest(session_id: str, limit: int) -> list[people.Person]:
    """Whom this session has opened, the newest look first."""
    mine = select(Opening.person_id).where(Opening.session_id == session_id)
    found = db.session.scalars(mine.order_by(Opening.at.desc(), Opening.person_id).limit(limit))
    return list({person.id: person for person in map(people.get, found)}.values())

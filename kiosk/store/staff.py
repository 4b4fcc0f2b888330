"""Who works here, and who is signed in where."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.words import Role
from kiosk.store.columns import At, Id, Instant
from kiosk.store.database import Base, db


class Staff(Base):
    """One member of staff. Wrong PINs are counted here, so that a restart forgets none.

    `licence`: number of the practice licence, where the role needs one. `valid_until`: their last day here, None for
    whoever stays.
    """

    __tablename__ = "staff"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(60), index=True)
    badge: Mapped[str] = mapped_column(String(20), unique=True)
    pin_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    active: Mapped[bool] = mapped_column(default=True)
    licence: Mapped[str] = mapped_column(String(40), default="")
    valid_until: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def works_as(self) -> Role:
        """The role as the rules know it."""
        return Role(self.role)


class StaffSession(Base):
    """A sign-in. The cookie holds the token; only its hash is stored."""

    __tablename__ = "staff_session"

    id: Mapped[Id]
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    opened_at: Mapped[At]
    last_act_at: Mapped[At]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)


def get(id: str) -> Staff:
    """One member of staff. Raises NotFound."""
    staff = db.session.get(Staff, id)
    if staff is None:
        raise NotFound("staff")
    return staff


def find_by_badge(badge: str) -> Staff | None:
    """By the code on the badge."""
    return db.session.scalar(select(Staff).where(Staff.badge == badge, Staff.active))


def list_by_name(name_key: str) -> list[Staff]:
    """Everybody of that name, marks and case aside."""
    return list(db.session.scalars(select(Staff).where(Staff.name_key == name_key, Staff.active).order_by(Staff.badge)))


def list_() -> list[Staff]:
    """Everybody, by badge."""
    return list(db.session.scalars(select(Staff).order_by(Staff.badge)))


def find_session(token_hash: str) -> StaffSession | None:
    """The open session with this token."""
    query = select(StaffSession).where(StaffSession.token_hash == token_hash, StaffSession.ended_at.is_(None))
    return db.session.scalar(query)


def get_session(id: str) -> StaffSession:
    """A session by its id. Raises NotFound."""
    row = db.session.get(StaffSession, id)
    if row is None:
        raise NotFound("staff session")
    return row


def add(row: Staff | StaffSession) -> None:
    """Adds a member of staff or a session."""
    db.session.add(row)
    db.session.flush()

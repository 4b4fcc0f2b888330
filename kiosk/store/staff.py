"""Who works here, and who is signed in where."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import cast

from sqlalchemy import ColumnElement, Date, ForeignKey, String, Table, bindparam, func, not_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.person import name_key
from kiosk.rules.words import Role
from kiosk.store.columns import At, Id, Instant
from kiosk.store.database import Base, by_key, db


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
    """A sign-in. The cookie holds the token; only its hash is stored.

    `last_act_at`: the last act, or the last touch that a page told of. `locked_at`: locked by hand, until the PIN
    unlocks it; that it is locked because nobody touched it is computed (`rules/presence`), never stored.
    """

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
    staff = by_key(Staff, id)
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


def is_taken(badge: str) -> bool:
    """Is it anybody's badge code, of those who are gone too?"""
    return db.session.scalar(select(Staff.id).where(Staff.badge == badge)) is not None


def count_other_leads(id: str) -> int:
    """Site leads beside this one who are here and have no last day."""
    others = (Staff.role == Role.SITE_LEAD) & Staff.active & Staff.valid_until.is_(None) & (Staff.id != id)
    return db.session.scalar(select(func.count()).where(others)) or 0


def list_page(on: date, *, gone: bool, role: str, offset: int, limit: int) -> list[Staff]:
    """Whoever works here on that day, or no more; of one role or ("") of all. By name, in pieces."""
    query = select(Staff).where(_stands(on, gone=gone)).order_by(Staff.name_key, Staff.badge)
    return list(db.session.scalars((query.where(Staff.role == role) if role else query).offset(offset).limit(limit)))


def count_by_role(on: date, *, gone: bool) -> dict[str, int]:
    """How many work here on that day, or no more, by role."""
    query = select(Staff.role, func.count().label("n")).where(_stands(on, gone=gone)).group_by(Staff.role)
    return {row.role: row.n for row in db.session.execute(query)}


def count_unlicensed(on: date, roles: Collection[str]) -> int:
    """How many of these roles work here on that day without a licence's number."""
    without = _stands(on, gone=False) & Staff.role.in_(roles) & (Staff.licence == "")
    return db.session.scalar(select(func.count()).where(without)) or 0


def _stands(on: date, *, gone: bool) -> ColumnElement[bool]:
    here = Staff.active & (Staff.valid_until.is_(None) | (Staff.valid_until >= on))
    return not_(here) if gone else here


def search(words: str, limit: int) -> list[Staff]:
    """Whose badge it is; else whose name has all these words, marks and order aside, those who are gone last."""
    owner = db.session.scalar(select(Staff).where(Staff.badge == words.strip().upper()))
    parts = name_key(words).split()
    if owner or not parts or any(sign.isdigit() for sign in words):
        return [owner] if owner else []
    query = select(Staff).where(*(Staff.name_key.contains(part) for part in parts))
    return list(db.session.scalars(query.order_by(Staff.active.desc(), Staff.name_key, Staff.badge).limit(limit)))


def list_among(ids: Collection[str]) -> list[Staff]:
    """These, as far as they are known, by name."""
    return list(db.session.scalars(select(Staff).where(Staff.id.in_(ids)).order_by(Staff.name_key, Staff.badge)))


def find_session(token_hash: str) -> StaffSession | None:
    """The open session with this token."""
    query = select(StaffSession).where(StaffSession.token_hash == token_hash, StaffSession.ended_at.is_(None))
    return db.session.scalar(query)


def find_signed_in(token_hash: str) -> tuple[StaffSession, Staff] | None:
    """The open session with this token, and whose it is."""
    found = db.session.execute(_SIGNED_IN, {"token": token_hash}).one_or_none()
    return (found[0], found[1]) if found else None


_SIGNED_IN = (
    select(StaffSession, Staff).join(Staff, Staff.id == StaffSession.staff_id)
    .where(StaffSession.token_hash == bindparam("token"), StaffSession.ended_at.is_(None))
)  # fmt: skip


def note_act(session_id: str, at: datetime) -> None:
    """Somebody has acted in this session. Raises NotFound."""
    if db.session.connection().execute(_NOTE_ACT, {"named": session_id, "acted_at": at}).rowcount == 0:
        raise NotFound("staff session")


_SESSIONS = cast(Table, StaffSession.__table__)
_NOTE_ACT = update(_SESSIONS).where(_SESSIONS.c.id == bindparam("named")).values(last_act_at=bindparam("acted_at"))


def get_session(id: str) -> StaffSession:
    """A session by its id. Raises NotFound."""
    row = by_key(StaffSession, id)
    if row is None:
        raise NotFound("staff session")
    return row


def list_open_sessions(staff_id: str) -> list[StaffSession]:
    """The sessions of one member of staff that nobody has ended, oldest first; some may have been left for hours."""
    query = select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(StaffSession.opened_at)))


def list_sessions_since(since: datetime) -> list[StaffSession]:
    """Everybody's sessions that nobody has ended and in which somebody did something since then, oldest first."""
    query = select(StaffSession).where(StaffSession.ended_at.is_(None), StaffSession.last_act_at >= since)
    return list(db.session.scalars(query.order_by(StaffSession.opened_at)))


def add(row: Staff | StaffSession) -> None:
    """Adds a member of staff or a session."""
    db.session.add(row)
    db.session.flush()

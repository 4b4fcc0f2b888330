"""What is still to be put right about somebody, after they have gone home."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, bindparam, func, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from kiosk.errors import NotFound
from kiosk.rules.words import FollowUpKind
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.people import STANDS, Person, ids_of

_OPEN = text("closed_at IS NULL")
_STANDING = aliased(Person)


class FollowUp(Fact, Base):
    """One thing to do about one person, until somebody closes it. `reason`: a code of `protocols/identity.toml`.

    `by`: whoever noted it, a member of staff or a kiosk that met a list's word.
    """

    __tablename__ = "follow_up"
    _also = (Index("uq_follow_up_open", "person_id", "kind", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),)

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    kind: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(40), default="")
    closed_note: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship()


def get(id: str) -> FollowUp:
    """Raises NotFound."""
    row = by_key(FollowUp, id)
    if row is None:
        raise NotFound("follow-up")
    return row


def find_open(person_id: str, kind: FollowUpKind) -> FollowUp | None:
    """What is open of this kind about this person, under whichever of their ids; of two the one noted first."""
    return next(iter(list_open_of(person_id, kind)), None)


def list_open_of(person_id: str, kind: FollowUpKind) -> list[FollowUp]:
    """All that is open of this kind about this person: two rows that were merged may each have one."""
    return list(db.session.scalars(_OPEN_OF, {"kind": kind, "ids": ids_of(person_id)}))


def whose_open(kind: FollowUpKind) -> Select[str]:
    """Ids, standing, of everybody about whom something of this kind is open."""
    return _open(kind).with_only_columns(_STANDING.id)


def was_noted(person_id: str, kind: FollowUpKind) -> bool:
    """Was this ever noted of this person, open or closed?"""
    return db.session.scalar(select(FollowUp.id).where(_of(person_id, kind)).limit(1)) is not None


def list_open(*kinds: FollowUpKind, skip: int = 0, limit: int | None = None) -> list[FollowUp]:
    """What is open of these kinds, the oldest first."""
    query = _open(*kinds).order_by(FollowUp.at, FollowUp.seq)
    return list(db.session.scalars(query.offset(skip).limit(limit)))


def count_open(kind: FollowUpKind) -> int:
    """How many of this kind are open."""
    return db.session.scalar(select(func.count()).select_from(_open(kind).subquery())) or 0


def _open(*kinds: FollowUpKind) -> Select[FollowUp]:
    return _UNDONE.where(FollowUp.kind.in_(kinds))


# What nobody has closed. A missing number closes itself, wherever it was learned: by a card, a list, a merge.
_UNDONE = select(FollowUp).join(Person, Person.id == FollowUp.person_id).join(_STANDING, _STANDING.id == STANDS)
_UNDONE = _UNDONE.where(
    FollowUp.closed_at.is_(None), (FollowUp.kind != FollowUpKind.NO_NUMBER) | _STANDING.number.is_(None)
)
_OPEN_OF = _UNDONE.where(
    FollowUp.kind == bindparam("kind"), FollowUp.person_id.in_(bindparam("ids", expanding=True))
).order_by(FollowUp.seq)


def _of(person_id: str, kind: FollowUpKind) -> ColumnElement[bool]:
    return FollowUp.person_id.in_(ids_of(person_id)) & (FollowUp.kind == kind)

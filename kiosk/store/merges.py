"""Two rows that were found to be one person, and pairs that were found not to be. Nothing is moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import NotFound
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.people import Person, point


class Merge(Fact, Base):
    """`gone_id` is the same person as `kept_id` from `at` on, until it is undone.

    These rows are the tree of who was merged into whom; `Person.merged_into` only says where it leads today.
    """

    __tablename__ = "merge"

    kept_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    gone_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str] = mapped_column(String(40), default="")


class Apart(Base):
    """Somebody has looked: these are two people. `one_id` < `other_id`."""

    __tablename__ = "apart"

    one_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))


def get(id: str) -> Merge:
    """Raises NotFound."""
    merge = by_key(Merge, id)
    if merge is None:
        raise NotFound("merge")
    return merge


def lead_to(kept_id: str, gone_id: str) -> None:
    """Whoever stood for themselves as `gone_id`, and all that were merged into them, are `kept_id` now."""
    point((Person.id == gone_id) | (Person.merged_into == gone_id), kept_id)


def part(merge: Merge) -> None:
    """Gives both back: `gone_id` stands for itself again, and for what had been merged into it before."""
    apart, newly = {merge.gone_id}, {merge.gone_id}
    while newly:
        under = select(Merge.gone_id).where(Merge.kept_id.in_(newly), Merge.undone_at.is_(None))
        newly = set(db.session.scalars(under)) - apart
        apart |= newly
    point(Person.id.in_(apart - {merge.gone_id}), merge.gone_id)
    point(Person.id == merge.gone_id, None)


def list_newest(limit: int) -> list[Merge]:
    """The merges that hold, newest first."""
    query = select(Merge).where(Merge.undone_at.is_(None)).order_by(Merge.seq.desc())
    return list(db.session.scalars(query.limit(limit)))


def count_decided() -> int:
    """How many merges hold, and how many pairs were found to be two people."""
    merged = select(func.count()).select_from(Merge).where(Merge.undone_at.is_(None)).scalar_subquery()
    return db.session.scalar(select(merged + select(func.count()).select_from(Apart).scalar_subquery())) or 0


def find_apart(one_id: str, other_id: str) -> Apart | None:
    """Has somebody found that these are two people?"""
    return db.session.get(Apart, tuple(sorted((one_id, other_id))))


def list_newest_apart(limit: int) -> list[Apart]:
    """The pairs that were found to be two people, newest first."""
    return list(db.session.scalars(select(Apart).order_by(Apart.at.desc(), Apart.one_id).limit(limit)))


def add_apart(one_id: str, other_id: str, at: datetime, by: str) -> Apart:
    """These are two people."""
    first, second = sorted((one_id, other_id))
    row = Apart(one_id=first, other_id=second, at=at, by=by)
    db.session.add(row)
    return row


def forget_apart(row: Apart) -> None:
    """The pair may be looked at again."""
    db.session.delete(row)

"""Columns that many tables share: UTC instants, ids, and the four that every fact row carries."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, cast

from flask import current_app
from sqlalchemy import (
    DateTime,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    bindparam,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from kiosk.rules.moment import Moment
from kiosk.store.database import Base, CannotWrite, db


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a naive instant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always aware, always UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def new_id() -> str:
    """A UUID, made once."""
    return str(uuid.uuid4())


Id = Annotated[str, mapped_column(String(36), primary_key=True, default=new_id)]
At = Annotated[datetime, mapped_column(Instant)]
Code = Annotated[str, mapped_column(String(40))]


F = TypeVar("F", bound="Fact")
_HELD = "held by this transaction"


class BoxCounter(Base):
    """Per box, the last `seq` it gave: order that does not depend on a clock."""

    __tablename__ = "box_counter"

    box: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


_COUNT = update(cast(Table, BoxCounter.__table__)).where(BoxCounter.box == bindparam("named"))
_COUNT = _COUNT.values(seq=bindparam("seq"))


class Fact:
    """A fact row: who wrote it down (`box`), in which order (`seq`), and whether its clock could be trusted."""

    id: Mapped[Id]
    box: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int]
    clock_trusted: Mapped[bool]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805 (a class attribute)
        return (UniqueConstraint("box", "seq"), *getattr(cls, "_also", ()))


def next_seq(box: str, n: int = 1) -> int:
    """The box's next sequence number, taken inside the current transaction; of `n` at once the last.

    A transaction has the file to itself: it reads the counter once, counts on by itself, and writes it when it commits.
    """
    taken = in_transaction("seq")
    if box not in taken:
        taken[box] = db.session.scalar(select(BoxCounter.seq).where(BoxCounter.box == box)) or 0
    taken[box] += n
    return int(taken[box])


@event.listens_for(Session, "before_commit")
def _keep_counters(session: Session) -> None:
    for box, seq in held(session, "seq").items():
        line, counter = session.connection(), {"named": box, "seq": seq}
        if line.execute(_COUNT, counter).rowcount == 0:
            line.execute(insert(cast(Table, BoxCounter.__table__)), {"box": box, "seq": seq})


def in_transaction(what: str) -> dict[str, Any]:
    """What this write transaction knows without asking the file again, which is its own; forgotten when it ends.

    Raises CannotWrite outside of one.
    """
    if not db.session.info.get("writing"):
        raise CannotWrite(f"{what} outside `writing()`")
    kept: dict[str, dict[str, Any]] = db.session.info.setdefault(_HELD, {})
    return kept.setdefault(what, {})


def held(session: Session, what: str) -> dict[str, Any]:
    """What the session's transaction knows, for whoever writes it down when it commits; nothing where it knows none."""
    kept: dict[str, dict[str, Any]] = session.info.get(_HELD, {})
    return kept.get(what, {})


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_HELD, None)


def box_name() -> str:
    """This box, as `site.toml` calls it."""
    return str(current_app.config["BOX"])


def stamp(row: F, now: Moment) -> F:
    """Who writes it down, in which order, and whether the clock could be trusted."""
    row.box = box_name()
    row.seq = next_seq(row.box)
    row.clock_trusted = now.trusted
    return row


def record(row: F, now: Moment) -> F:
    """Stamps a fact row and adds it to the transaction."""
    db.session.add(stamp(row, now))
    db.session.flush()
    return row

"""Columns that many tables share: UTC instants, ids, and the four that every fact row carries."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from flask import current_app
from sqlalchemy import DateTime, String, TypeDecorator, UniqueConstraint, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from kiosk.rules.moment import Moment
from kiosk.store.database import Base, db


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


class BoxCounter(Base):
    """Per box, the last `seq` it gave: order that does not depend on a clock."""

    __tablename__ = "box_counter"

    box: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


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
    """The box's next sequence number, taken inside the current transaction; of `n` at once the last."""
    step = update(BoxCounter).where(BoxCounter.box == box).values(seq=BoxCounter.seq + n).returning(BoxCounter.seq)
    seq = db.session.scalar(step)
    if seq is None:
        db.session.add(BoxCounter(box=box, seq=n))
        db.session.flush()
        seq = n
    return seq


def box_name() -> str:
    """This box, as `site.toml` calls it."""
    return str(current_app.config["BOX"])


def record(row: F, now: Moment) -> F:
    """Stamps a fact row and adds it to the transaction."""
    row.box = box_name()
    row.seq = next_seq(row.box)
    row.clock_trusted = now.trusted
    db.session.add(row)
    db.session.flush()
    return row

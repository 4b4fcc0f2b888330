"""Keys of what has been done: the same key is the same act, however often it arrives."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import JSON, String, Table, insert
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store.columns import At
from kiosk.store.database import Base, by_key, db


class Act(Base):
    """One thing that somebody did, once; or tried, where the refusal is remembered (`refusal`: code, field, facts)."""

    __tablename__ = "act"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(40))
    at: Mapped[At]
    result: Mapped[Any] = mapped_column(JSON)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)


def find(key: str) -> Act | None:
    """The act with this key, if it was done."""
    return by_key(Act, key)


def add(key: str, name: str, by: Actor, now: Moment, result: Any, refusal: Refusal | None = None) -> None:
    """Remembers that it was done and with what result, or how it was refused."""
    said = {"code": refusal.code, "field": refusal.field, "facts": refusal.facts} if refusal else None
    row = {"key": key, "name": name, "by": by.id, "at": now.at, "result": result, "refusal": said}
    db.session.connection().execute(_ADD, row)


_ADD = insert(cast(Table, Act.__table__))

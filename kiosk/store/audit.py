"""The audit: every change and every look at a person, each entry bound to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, cast

from sqlalchemy import JSON, Index, Select, String, Table, bindparam, event, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store.columns import At, BoxCounter, Fact, box_name, held, in_transaction, new_id, stamp
from kiosk.store.database import Base, db

FIRST = "0" * 64


class AuditEntry(Fact, Base):
    """`event` is `noun.verb_past`; `facts` hold ids, codes and counts, never a name or a number of a person."""

    __tablename__ = "audit_entry"
    _also = (Index("ix_audit_entry_noun_id", "noun_id"),)

    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20))
    station: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(60))
    noun_id: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    def digest(self) -> str:
        """SHA-256 over everything this entry says, the hash before it included."""
        said = [
            self.previous, self.id, self.box, self.seq, self.clock_trusted, self.at.isoformat(),
            self.by, self.role, self.station, self.event, self.noun_id, self.facts,
        ]  # fmt: skip
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def row(self) -> dict[str, Any]:
        """As the table keeps it."""
        return {column.name: getattr(self, column.name) for column in AuditEntry.__table__.columns}


def add(by: Actor, now: Moment, event: str, noun_id: str = "", **facts: str | int | bool | list[str]) -> None:
    """Writes an entry in the current transaction and binds it to the chain. The entries go to the file together, when
    it commits or when somebody asks for them.
    """
    begin()
    box, heads = box_name(), in_transaction("head")
    entry = AuditEntry(
        id=new_id(), at=now.at, by=by.id, role=by.role, station=by.station,
        event=event, noun_id=noun_id, facts=facts, previous=heads[box],
    )  # fmt: skip
    stamp(entry, now)
    entry.hash = heads[box] = entry.digest()
    in_transaction("entries").setdefault(box, []).append(entry)
    db.session.info["audited"] = True


def begin() -> None:
    """This transaction will write entries: the end of the chain and the box's counter are asked for at once."""
    box, heads = box_name(), in_transaction("head")
    if box not in heads:
        said, seq = db.session.connection().execute(_BEGIN, {"of": box}).one()
        heads[box] = said or FIRST
        in_transaction("seq").setdefault(box, seq or 0)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    for entries in held(session, "entries").values():
        if entries:
            session.connection().execute(insert(_ENTRIES), [entry.row() for entry in entries])
            entries.clear()


def _written() -> None:
    """Whoever asks meanwhile finds what this transaction has said so far."""
    _write(db.session())


def head(box: str) -> str:
    """The newest hash of a box's chain: whoever keeps it can tell whether anything before it was changed."""
    _written()
    return db.session.scalar(_head().where(AuditEntry.box == box)) or FIRST


def _head() -> Select[str]:
    return select(AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)


_ENTRIES = cast(Table, AuditEntry.__table__)
_BEGIN = select(
    _head().where(AuditEntry.box == bindparam("of")).scalar_subquery(),
    select(BoxCounter.seq).where(BoxCounter.box == bindparam("of")).scalar_subquery(),
)


def find_last(event: str, noun_id: str) -> AuditEntry | None:
    """The newest entry that says this of this: who did it, and when."""
    _written()
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    newest = select(AuditEntry).where(said).order_by(AuditEntry.at.desc(), AuditEntry.seq.desc())
    return db.session.scalar(newest.limit(1))


def list_last(event: str, noun_id: str, limit: int) -> list[AuditEntry]:
    """The newest entries that say this of this, newest first."""
    _written()
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    return list(db.session.scalars(select(AuditEntry).where(said).order_by(AuditEntry.seq.desc()).limit(limit)))


def count_of(event: str, noun_id: str) -> int:
    """How often this was said of this."""
    _written()
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    return db.session.scalar(select(func.count()).select_from(AuditEntry).where(said)) or 0


def count() -> int:
    """How many entries there are."""
    _written()
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def verify() -> Iterator[tuple[str, int]]:
    """Box and `seq` of every entry whose hash or whose link to the one before it does not hold."""
    heads: dict[str, str] = {}
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.box, AuditEntry.seq)).yield_per(1000):
        if entry.previous != heads.get(entry.box, FIRST) or entry.hash != entry.digest():
            yield entry.box, entry.seq
        heads[entry.box] = entry.hash

"""The audit: every change and every look at a person, each entry bound to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store.columns import At, Fact, box_name, in_transaction, new_id, stamp
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


def add(by: Actor, now: Moment, event: str, noun_id: str = "", **facts: str | int | bool | list[str]) -> AuditEntry:
    """Writes an entry in the current transaction and binds it to the chain."""
    box, heads = box_name(), in_transaction("head")
    if box not in heads:
        heads[box] = head(box)
    entry = AuditEntry(
        id=new_id(), at=now.at, by=by.id, role=by.role, station=by.station,
        event=event, noun_id=noun_id, facts=facts, previous=heads[box],
    )  # fmt: skip
    stamp(entry, now)
    entry.hash = heads[box] = entry.digest()
    db.session.add(entry)
    db.session.info["audited"] = True
    return entry


def head(box: str) -> str:
    """The newest hash of a box's chain: whoever keeps it can tell whether anything before it was changed."""
    chain = select(AuditEntry.hash).where(AuditEntry.box == box).order_by(AuditEntry.seq.desc())
    return db.session.scalar(chain.limit(1)) or FIRST


def find_last(event: str, noun_id: str) -> AuditEntry | None:
    """The newest entry that says this of this: who did it, and when."""
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    newest = select(AuditEntry).where(said).order_by(AuditEntry.at.desc(), AuditEntry.seq.desc())
    return db.session.scalar(newest.limit(1))


def list_last(event: str, noun_id: str, limit: int) -> list[AuditEntry]:
    """The newest entries that say this of this, newest first."""
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    return list(db.session.scalars(select(AuditEntry).where(said).order_by(AuditEntry.seq.desc()).limit(limit)))


def count_of(event: str, noun_id: str) -> int:
    """How often this was said of this."""
    said = (AuditEntry.noun_id == noun_id) & (AuditEntry.event == event)
    return db.session.scalar(select(func.count()).select_from(AuditEntry).where(said)) or 0


def count() -> int:
    """How many entries there are."""
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def verify() -> Iterator[tuple[str, int]]:
    """Box and `seq` of every entry whose hash or whose link to the one before it does not hold."""
    heads: dict[str, str] = {}
    for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.box, AuditEntry.seq)).yield_per(1000):
        if entry.previous != heads.get(entry.box, FIRST) or entry.hash != entry.digest():
            yield entry.box, entry.seq
        heads[entry.box] = entry.hash

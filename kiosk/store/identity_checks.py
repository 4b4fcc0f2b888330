"""How it was made sure, before the needle, that this is the right person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ForeignKey, Select, String, bindparam, func, select
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.rules.identity import state_of
from kiosk.rules.words import Identified, IdentityMethod, IdentityState
from kiosk.store import doses
from kiosk.store.columns import At, Code, Fact
from kiosk.store.database import Base, db
from kiosk.store.visits import Visit


class IdentityCheck(Fact, Base):
    """One confirmed identity. `fields`: what the second source said of each field (`same`, `marks`, …), never values.

    `document`: the `CodeKind` that was held, "" where none was. `spoken`: what the person said themselves. `by`
    recorded it; `answered_by`: the staff id of whoever answers for it, "" where a card did. `reason`: why it was
    confirmed although a card differed, `second_by`: the other member of staff who saw that it is them. `number_reason`:
    why they have no personal number, a code of `protocols/identity.toml`.
    """

    __tablename__ = "identity_check"

    visit_id: Mapped[str] = mapped_column(ForeignKey("visit.id"), index=True)
    station: Mapped[Code]
    method: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(10))
    document: Mapped[str] = mapped_column(String(20), default="")
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    spoken: Mapped[list[str]] = mapped_column(JSON)
    scan_id: Mapped[str | None] = mapped_column(ForeignKey("scan.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[At]
    by: Mapped[str] = mapped_column(String(40))
    answered_by: Mapped[str] = mapped_column(String(36), default="")
    second_by: Mapped[str] = mapped_column(String(36), default="")
    number_reason: Mapped[str] = mapped_column(String(20), default="")


def find(visit: Visit) -> IdentityCheck | None:
    """How the visit's person was identified since they were called to where they are; whoever comes later is not."""
    row = db.session.scalar(_AT_STATION, {"visit": visit.id, "station": visit.station})
    return row if row and visit.called_seq is not None and row.seq > visit.called_seq else None


def find_last(visit: Visit) -> IdentityCheck | None:
    """How the visit's person was last identified, whoever called them since."""
    return db.session.scalar(_LAST, {"visit": visit.id})


_LAST = select(IdentityCheck).where(IdentityCheck.visit_id == bindparam("visit"))
_LAST = _LAST.order_by(IdentityCheck.seq.desc()).limit(1)
_AT_STATION = _LAST.where(IdentityCheck.station == bindparam("station"))


def state(visit: Visit) -> IdentityState:
    """What is known of who this visit's person is: since the call that still holds, or as their dose was given."""
    row = find(visit)
    if row is None and doses.find(visit.id) is not None:
        row = find_last(visit)
    return state_of(Identified(row.outcome) if row else None)


@dataclass(frozen=True)
class Counts:
    """How the people of a clinic day were identified before the needle.

    `two_sources`: a card that agreed; `spoken`: what they said; `override`: two members of staff, against what a card
    said. `no_number`: how many of all these have no personal number.
    """

    two_sources: int
    spoken: int
    override: int
    no_number: int


def count_states(clinic_day_id: str) -> Counts:
    """Of each visit the newest check counts, whether a dose followed or not."""
    newest = _newest().join(Visit, Visit.id == IdentityCheck.visit_id).where(Visit.clinic_day_id == clinic_day_id)
    found = newest.subquery().c
    override, scanned = found.outcome == Identified.DIFFERS, found.method == IdentityMethod.SCAN
    ways = (~override & scanned, ~override & ~scanned, override, found.number_reason != "")
    counted = db.session.execute(select(*(func.count().filter(way) for way in ways))).one()
    return Counts(*list(counted))


def _newest() -> Select[IdentityCheck]:
    newest = select(func.max(IdentityCheck.seq)).group_by(IdentityCheck.visit_id)
    return select(IdentityCheck).where(IdentityCheck.seq.in_(newest))

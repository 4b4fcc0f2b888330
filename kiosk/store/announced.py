"""What the boards show and say: the last calls and askings-in, each beside where its person stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select, union_all

from kiosk.rules.queueing import label
from kiosk.rules.words import MoveKind
from kiosk.store.database import db
from kiosk.store.queue_moves import QueueMove
from kiosk.store.visits import Visit

# What everybody in the hall hears and sees.
KINDS = (MoveKind.CALL, MoveKind.JUMP, MoveKind.RECALL, MoveKind.ASK_IN)


@dataclass(frozen=True)
class Announced:
    """One announcement: which number (`series`, `n`) was to go where at `at`. `seq` orders them.

    `asked_in`: into the zone `zone`, to the spot `spot`; else to the table `station`, for the step `step`. `state`,
    `stands_at`, `takes`, `inside`, `has`, `entered_at`: the visit's state, station, step, zone, spot and entrance now.
    """

    seq: int
    kind: str
    visit_id: str
    step: str
    station: str
    zone: str
    spot: int | None
    at: datetime
    series: str
    n: int
    state: str
    stands_at: str
    takes: str
    inside: str
    has: int | None
    entered_at: datetime | None

    @property
    def asked_in(self) -> bool:
        """Was it to a spot in a zone, not to a table?"""
        return self.kind == MoveKind.ASK_IN

    @property
    def label(self) -> str:
        """The number as everybody says it: `A 007`."""
        return label(self.series, self.n)


def list_announced(clinic_day_id: str, zones: Sequence[str], limit: int) -> list[Announced]:
    """The last of each kind of announcement in these zones (all when none is named), newest first; what was undone is
    not said. `limit`: of one kind; many who are asked in at once push nobody's call away."""
    facts = {"day": clinic_day_id, "most": limit}
    found = db.session.execute(_IN_ZONES, facts | {"zones": list(zones)}) if zones else db.session.execute(_ALL, facts)
    return [Announced(*row) for row in found]


def _newest(*more: ColumnElement[bool]) -> Select[Any]:
    """One kind at a time: so the index gives the last ones without looking at the day's others."""
    last = [
        select(
            QueueMove.seq, QueueMove.kind, QueueMove.visit_id, QueueMove.step, QueueMove.station, QueueMove.zone,
            QueueMove.spot, QueueMove.at,
        )
        .where(QueueMove.clinic_day_id == bindparam("day"), QueueMove.kind == kind, QueueMove.undone_at.is_(None))
        .where(*more).order_by(QueueMove.seq.desc()).limit(bindparam("most")).subquery()
        for kind in KINDS
    ]  # fmt: skip
    moves = union_all(*(select(each) for each in last)).subquery()
    stands = (Visit.series, Visit.n, Visit.state, Visit.station, Visit.step, Visit.inside, Visit.spot, Visit.entered_at)
    query = select(moves, *stands).join(Visit, Visit.id == moves.c.visit_id)
    return query.order_by(moves.c.seq.desc())


_ALL = _newest()
_IN_ZONES = _newest(QueueMove.zone.in_(bindparam("zones", expanding=True)))

"""Slips to print: what each says, where it stands. Claimed by a conditional update, so one agent has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, defer, mapped_column

from kiosk.errors import NotFound
from kiosk.rules.printing import CLAIMABLE
from kiosk.rules.words import PrintState, SlipKind, VisitState
from kiosk.store.columns import At, Fact, Instant
from kiosk.store.database import Base, by_key, db
from kiosk.store.visits import Visit


class PrintJob(Fact, Base):
    """`blocks` is the slip, worded once. `copy` 1 is the first paper, 2 the first reprint.

    `about`: the id of what it tells of (a visit, a lot, a clinic day, a printer's station …); `visit_id`: whose visit,
    if anybody's. `fault`: what stopped the printer on the way, "" when nothing did. `useful_until`: from then on a
    person is asked before it is printed. `mm`: the paper that it took.
    """

    __tablename__ = "print_job"
    _also = (UniqueConstraint("about", "slip", "copy"), Index("ix_print_job_state", "state", "station"))

    station: Mapped[str] = mapped_column(ForeignKey("station.code"))
    slip: Mapped[str] = mapped_column(String(20))
    about: Mapped[str] = mapped_column(String(36))
    visit_id: Mapped[str | None] = mapped_column(ForeignKey("visit.id"))
    copy: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(2), default="vi")
    blocks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(40), default="")
    fault: Mapped[str] = mapped_column(String(20), default="")
    run: Mapped[str] = mapped_column(String(36), default="")
    queued_at: Mapped[At]
    useful_until: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    mm: Mapped[int] = mapped_column(default=0)

    @property
    def stands(self) -> PrintState:
        """The state as the rules know it."""
        return PrintState(self.state)


def get(id: str) -> PrintJob:
    """Raises NotFound."""
    job = by_key(PrintJob, id)
    if job is None:
        raise NotFound("print job")
    return job


def list_of(visit_id: str) -> list[PrintJob]:
    """Every paper of a visit, in the order in which they were worded."""
    return list(db.session.scalars(select(PrintJob).where(PrintJob.visit_id == visit_id).order_by(PrintJob.seq)))


def find_newest(about: str, slip: str) -> PrintJob | None:
    """The last paper of this kind about this."""
    return next(iter(list_copies(about, slip)[-1:]), None)


def list_copies(about: str, slip: str) -> list[PrintJob]:
    """Every paper of this kind about this, first copy first."""
    mine = (PrintJob.about == about) & (PrintJob.slip == slip)
    return list(db.session.scalars(select(PrintJob).where(mine).order_by(PrintJob.copy)))


def _obsolete(at: datetime, called: timedelta) -> ColumnElement[bool]:
    """Has its time passed, or has its number been called for so long? Never once a person wanted it all the same."""
    waits = exists().where(Visit.id == PrintJob.visit_id, Visit.state == VisitState.WAITING)
    too_late = and_(
        # A reprint was asked for by somebody who knew where the person is.
        PrintJob.slip == SlipKind.TICKET, PrintJob.copy == 1, PrintJob.queued_at < at - called, not_(waits),
    )  # fmt: skip
    return and_(PrintJob.useful_until.is_not(None), or_(PrintJob.useful_until < at, too_late))


def _waiting(station: str) -> ColumnElement[bool]:
    return and_(PrintJob.station == station, PrintJob.state.in_(CLAIMABLE))


def count_waiting(station: str) -> int:
    """How many slips have not left for this station's printer."""
    return db.session.scalar(select(func.count()).select_from(PrintJob).where(_waiting(station))) or 0


def count_ready(station: str, at: datetime, called: timedelta) -> int:
    """How many slips this station's printer may take now; obsolete ones wait for a person's word first."""
    mine = and_(_waiting(station), not_(_obsolete(at, called)))
    return db.session.scalar(select(func.count()).select_from(PrintJob).where(mine)) or 0


def count_obsolete(station: str, at: datetime, called: timedelta) -> int:
    """How many slips of this station's printer a person is asked about before they are printed."""
    mine = and_(_waiting(station), _obsolete(at, called))
    return db.session.scalar(select(func.count()).select_from(PrintJob).where(mine)) or 0


def list_obsolete(ids: Sequence[str], at: datetime, called: timedelta) -> set[str]:
    """Which of these slips a person is asked about before they are printed."""
    mine = and_(PrintJob.id.in_(ids), PrintJob.state.in_(CLAIMABLE), _obsolete(at, called))
    return set(db.session.scalars(select(PrintJob.id).where(mine)))


def list_unsettled(states: Sequence[PrintState], clinic_day_id: str | None) -> list[PrintJob]:
    """Slips in these states, of all printers: those of this clinic day, and those that belong to no visit.

    What they say is not read with them: whoever lists them wants to know where they stand.
    """
    today = and_(PrintJob.visit_id.is_not(None), Visit.clinic_day_id == clinic_day_id)
    query = select(PrintJob).outerjoin(Visit).where(PrintJob.state.in_(states), or_(PrintJob.visit_id.is_(None), today))
    return list(db.session.scalars(query.options(defer(PrintJob.blocks)).order_by(PrintJob.seq)))


def list_in(states: Sequence[PrintState], clinic_day_id: str) -> list[PrintJob]:
    """Slips of a clinic day, of all printers, in these states; oldest first."""
    query = select(PrintJob).join(Visit).where(_of_day(states, clinic_day_id))
    return list(db.session.scalars(query.order_by(PrintJob.seq)))


def count_in(states: Sequence[PrintState], clinic_day_id: str) -> int:
    """How many slips of a clinic day, of all printers, are in these states."""
    query = select(func.count()).select_from(PrintJob).join(Visit).where(_of_day(states, clinic_day_id))
    return db.session.scalar(query) or 0


def _of_day(states: Sequence[PrintState], clinic_day_id: str) -> ColumnElement[bool]:
    return and_(PrintJob.state.in_(states), Visit.clinic_day_id == clinic_day_id)


def list_sending(station: str) -> list[PrintJob]:
    """Slips that this station's agent took and has said nothing of since."""
    mine = (PrintJob.station == station) & (PrintJob.state == PrintState.SENDING)
    return list(db.session.scalars(select(PrintJob).where(mine)))


def claim(station: str, run: str, at: datetime, called: timedelta) -> PrintJob | None:
    """The oldest slip that may be printed here, now in the hands of this agent."""
    oldest = (
        select(PrintJob.id)
        .where(_waiting(station), not_(_obsolete(at, called)))
        .order_by(PrintJob.seq)
        .limit(1)
        .scalar_subquery()
    )
    taken = update(PrintJob).where(PrintJob.id == oldest).values(state=PrintState.SENDING, run=run, reason="")
    id = db.session.scalar(taken.returning(PrintJob.id).execution_options(synchronize_session=False))
    return db.session.get(PrintJob, id, populate_existing=True) if id else None

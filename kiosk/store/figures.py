"""The numbers of a clinic day, each counted by itself; and what the platform does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from kiosk.rules.messages import DOSE_GIVEN
from kiosk.rules.queueing import label
from kiosk.rules.report import MAY_GET_ONE, Figures
from kiosk.rules.words import MessageState, VisitState
from kiosk.store import doses, outbox, rosters
from kiosk.store.clinic_days import ClinicDay, Series
from kiosk.store.database import db
from kiosk.store.departures import Skip
from kiosk.store.doses import Dose
from kiosk.store.observations import Observation
from kiosk.store.outbox import Message
from kiosk.store.screenings import Screening
from kiosk.store.visits import Visit


@dataclass(frozen=True)
class Undelivered:
    """A message that the platform has not acknowledged, by the number of its visit; `on`: the clinic day's date."""

    message: Message
    label: str
    on: date


def of_day(day: ClinicDay) -> Figures:
    """The clinic day as it stands now."""
    states, told = outbox.count_states(day.id), outbox.count_kinds(day.id)
    given, voided = doses.count_all(day.id)
    left = Visit.state == VisitState.LEFT
    return Figures(
        planned=rosters.count_expected(day.on),
        numbers=_numbers(day),
        numbered=_by(select(Visit.series, func.count()).where(_of(day))),
        arrived=_count(_visits(day)),
        present=_count(_visits(day).where(~left)),
        left=_count(_visits(day).where(left)),
        screened=_by(select(Screening.conclusion, func.count()).join(Visit).where(_of(day), _screened())),
        given=given,
        voided=voided,
        doses=tuple(doses.count_by_vaccine(day.id)),
        skipped=_by(_of_skipped(day)),
        taken_back=_by(_of_taken_back(day)),
        undecided=_count(_without_outcome(day).where(~left)),
        unexplained=_count(_without_outcome(day).where(left)),
        observed=_count(_observations(day).join(Dose, Dose.id == Observation.dose_id).where(doses.standing())),
        in_observation=_count(_observations(day).where(Observation.ended_at.is_(None), ~left)),
        messages=sum(states.values()),
        told=told.get(DOSE_GIVEN, 0),
        superseded=states.get(MessageState.SUPERSEDED, 0),
        acknowledged=states.get(MessageState.ACKNOWLEDGED, 0),
        waiting=states.get(MessageState.WAITING, 0),
        sending=states.get(MessageState.SENDING, 0),
        parked=states.get(MessageState.PARKED, 0),
        receipts=outbox.count_receipts(day.id),
        signed=sum(message.signed_at is not None for message in outbox.list_in(outbox.UNDELIVERED, day.id)),
    )


def list_undelivered(limit: int) -> Sequence[Undelivered]:
    """Messages of every day that the platform does not have: those that need a person first, then the oldest."""
    query = (
        select(Message, Visit.series, Visit.n, ClinicDay.on)
        .join(Dose, Dose.id == Message.noun_id)
        .join(Visit, Visit.id == Dose.visit_id)
        .join(ClinicDay, ClinicDay.id == Message.clinic_day_id)
        .where(Message.state.in_(outbox.UNDELIVERED))
        .order_by((Message.state == MessageState.PARKED).desc(), Message.seq)
        .limit(limit)
    )
    found = db.session.execute(query).unique()
    return [Undelivered(message, label(series, n), on) for message, series, n, on in found]


def count_undelivered() -> dict[str, int]:
    """How many messages of every day the platform does not have, by state."""
    query = select(Message.state, func.count()).where(Message.state.in_(outbox.UNDELIVERED))
    return _by(query)


def _numbers(day: ClinicDay) -> dict[str, int]:
    query = select(Series.letter, Series.last_n).where(Series.clinic_day_id == day.id)
    return dict(db.session.execute(query).all())


def _of(day: ClinicDay) -> ColumnElement[bool]:
    return Visit.clinic_day_id == day.id


def _visits(day: ClinicDay) -> Select[str]:
    return select(Visit.id).where(_of(day))


def _observations(day: ClinicDay) -> Select[str]:
    return select(Observation.id).join(Visit, Visit.id == Observation.visit_id).where(_of(day))


def _without_outcome(day: ClinicDay) -> Select[str]:
    return _visits(day).where(~_dosed(), ~_withheld(), ~_skipped(), ~_taken_back())


def _of_taken_back(day: ClinicDay) -> Select[str, int]:
    """Who has left with no dose but one that was taken back, and no other reason; by the reason for that."""
    later = aliased(Dose)
    last = ~exists().where(later.visit_id == Dose.visit_id, later.seq > Dose.seq)
    mine = select(Dose.void_reason, func.count()).join(Visit, Visit.id == Dose.visit_id)
    gone = Visit.state == VisitState.LEFT
    return mine.where(_of(day), gone, last, ~doses.standing(), ~_withheld(), ~_skipped())


def _taken_back() -> ColumnElement[bool]:
    """They left after a dose was taken back. Whoever is still here may get another: they are undecided."""
    void = aliased(Dose)
    return and_(Visit.state == VisitState.LEFT, exists().where(void.visit_id == Visit.id, void.voided_at.is_not(None)))


def _of_skipped(day: ClinicDay) -> Select[str, int]:
    mine = select(Skip.reason, func.count()).join(Visit).where(Skip.superseded_at.is_(None))
    return mine.where(_of(day), ~_dosed(), ~_withheld())


def _skipped() -> ColumnElement[bool]:
    return exists().where(Skip.visit_id == Visit.id, Skip.superseded_at.is_(None))


def _screened() -> ColumnElement[bool]:
    """Of whoever was sent to the doctor again the last conclusion counts."""
    return Screening.superseded_at.is_(None)


def _dosed() -> ColumnElement[bool]:
    return exists().where(Dose.visit_id == Visit.id, doses.standing())


def _withheld() -> ColumnElement[bool]:
    mine = and_(Screening.visit_id == Visit.id, _screened(), Screening.conclusion.not_in(MAY_GET_ONE))
    return exists().where(mine)


def _count(query: Select[str]) -> int:
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _by(query: Select[str, int]) -> dict[str, int]:
    column = query.selected_columns[0]
    return dict(db.session.execute(query.group_by(column)).all())

"""Giving a dose: one act, one transaction, one dose however often it is pressed."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.table import go_on, require_at_table
from kiosk.errors import Refusal
from kiosk.rules import messages, observation, schedule, stock
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import Arm, MessageState
from kiosk.store import (
    audit,
    clinic_days,
    departures,
    doses,
    identity_checks,
    lots,
    observations,
    outbox,
    people,
    screenings,
    staff,
    stations,
    visits,
)  # fmt: skip
from kiosk.store.columns import new_id, record


@act
def give_dose(by: Actor, now: Moment, visit_id: str, lot_id: str, dose_number: int, arm: str) -> str:
    """The injection has been given; returns the dose's id. Dose, seat, message and audit are one transaction.

    `lot_id`, `dose_number`: what the page showed when it was pressed. Raises Refusal `dose_already_given`,
    `clock_untrusted` (a box that does not know the time must not decide on intervals and expiry), `identity_missing`,
    `not_cleared`, `room_missing`, `nobody_on_duty`, `lot_missing`, `lot_expired`, `dose_changed` (another lot or number
    than was shown), `dose_refused`, `arm_missing`, `visit_moved_on`.
    """
    day = require_open_day(now)
    if doses.find(visit_id):
        raise Refusal("dose_already_given")
    visit = require_at_table(by, visit_id, "dose")
    screening = _require_ready(now, visit)
    vaccinator = require_answering(by, day, "dose")
    if arm not in set(Arm):
        raise Refusal("arm_missing", field="arm")
    lot = stock.require_lot(lots.find_at(day.id, by.station), now.on)
    answer = may_give(visit, lot, now, require=True)
    if (lot.id, answer.dose_number) != (lot_id, dose_number):
        raise Refusal("dose_changed")
    dose = doses.Dose(
        id=new_id(), visit_id=visit.id, person_id=visit.person.id, clinic_day_id=day.id, station=by.station,
        screening_id=screening.id, lot_id=lot.id, dose_number=answer.dose_number, series_doses=answer.series_doses,
        arm=Arm(arm),
        given_at=now.at, given_on=now.on, warnings=[reason.code for reason in answer.reasons],
        entered_by=by.id, vaccinator=vaccinator.id,
    )  # fmt: skip
    record(dose, now)
    _send(by, now, day, visit.person, dose, lot, vaccinator)
    audit.add(by, now, "dose.given", dose.id, visit=visit.id, lot=lot.id, vaccinator=vaccinator.id)
    go_on(by, now, visit)
    _seat(by, now, visit, dose)
    return dose.id


def may_give(visit: visits.Visit, lot: lots.Lot, now: Moment, *, require: bool = False) -> schedule.Answer:
    """May this person have this lot's vaccine today? With `require` a no is raised as Refusal `dose_refused`."""
    identity, ask = visit.person.identity, schedule.require_may_give if require else schedule.may_give
    return ask(
        protocols.vaccines(), lot.vaccine, doses.history(visit.person_id), identity.born_on, identity.born_year, now.on
    )


def _require_ready(now: Moment, visit: visits.Visit) -> screenings.Screening:
    if not now.trusted:
        raise Refusal("clock_untrusted")
    steps, screening = protocols.steps(), screenings.find(visit.id)
    leads_to = protocols.screening().outcome(screening.concluded).leads_to if screening else ""
    if screening is None or leads_to not in steps.recording("dose") or departures.find_skip(visit.id):
        raise Refusal("not_cleared")
    if identity_checks.find(visit) is None:
        raise Refusal("identity_missing")
    following = steps.after(visit.step)
    if following and steps.get(following).room and not stations.list_serving(following):
        raise Refusal("room_missing")
    return screening


def _send(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, person: people.Person, dose: doses.Dose, lot: lots.Lot,
    vaccinator: staff.Staff,
) -> None:  # fmt: skip
    site, identity = stations.site(), person.identity
    message = messages.DoseGiven(
        id=dose.id, session=day.id, site_code=site.code, site_name=site.name, person_id=person.id, name=identity.name,
        number=identity.number, old_number=identity.old_number, born_on=identity.born_on,
        born_year=identity.born_year, sex=identity.sex, address=identity.address, vaccine=lot.vaccine, lot=lot.number,
        expires_on=lot.expires_on, dose_number=dose.dose_number, series_doses=dose.series_doses, arm=Arm(dose.arm),
        given_at=dose.given_at, clock_trusted=now.trusted, vaccinator=vaccinator.id, vaccinator_name=vaccinator.name,
        entered_by=by.id, entered_by_name=staff.get(by.id).name,
    )  # fmt: skip
    row = outbox.Message(
        kind=messages.DOSE_GIVEN, noun_id=dose.id, person_id=person.id, clinic_day_id=day.id, body=message.to_json(),
        state=MessageState.WAITING, attempts=0, suspicions=0, made_at=now.at, next_at=now.at,
    )  # fmt: skip
    record(row, now)


def _seat(by: Actor, now: Moment, visit: visits.Visit, dose: doses.Dose) -> None:
    """A seat in the observation room, from the dose's own time on (QĐ 3588/QĐ-BYT: at least 30 minutes)."""
    taken = {row.seat for row in observations.list_open(visit.clinic_day_id, visit.station)}
    row = observations.Observation(
        visit_id=visit.id, dose_id=dose.id, clinic_day_id=visit.clinic_day_id, station=visit.station,
        seat=observation.next_seat(taken), minutes=protocols.observation().minutes, begun_at=dose.given_at,
    )  # fmt: skip
    record(row, now)
    audit.add(by, now, "observation.begun", visit.id, seat=row.seat)

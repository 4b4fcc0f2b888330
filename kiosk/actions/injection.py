"""Giving a dose: one act, one transaction, one dose however often it is pressed."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import protocols
from kiosk.actions import follow_up, sign_in, telling
from kiosk.actions.act import act
from kiosk.actions.consent import require_consent
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.steps import go_on
from kiosk.actions.table import require_at_table
from kiosk.actions.vials import require_gives
from kiosk.errors import Refusal
from kiosk.rules import dose as rules
from kiosk.rules import observation, schedule
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.words import Arm
from kiosk.store import (
    audit,
    clinic_days,
    departures,
    doses,
    identity_checks,
    observations,
    rosters,
    screenings,
    staff,
    stations,
    vials,
    visits,
)  # fmt: skip
from kiosk.store.columns import new_id, record

# The permission of whoever may give a dose that the rules refuse.
DECIDES = "dose.override"


@dataclass(frozen=True)
class Accepted:
    """Why a dose is given although the rules warn or refuse: a code of `protocols/doses.toml` and what was added.

    `who`, `pin`: a doctor's badge and PIN, where the rules refuse and whoever acts is none. `attempts`,
    `lock_minutes`: after how many wrong PINs a badge is locked, for how long.
    """

    reason: str = ""
    note: str = ""
    who: str = ""
    pin: str = ""
    attempts: int = 5
    lock_minutes: int = 5


NOTHING = Accepted()


def give_dose(
    by: Actor, now: Moment, key: str, visit_id: str, vial_id: str, dose_number: int, arm: str,
    accepted: Accepted = NOTHING,
) -> str:  # fmt: skip
    """The injection has been given; returns the dose's id. Dose, vial, seat, message and audit are one transaction.

    `vial_id`, `dose_number`: what the page showed when it was pressed. `accepted`: where the rules warn, the reason of
    whoever answers; where they refuse, a doctor's, whose PIN is tried before the transaction. Raises Refusal
    `dose_already_given`, `clock_untrusted` (a box that does not know the time must not decide on intervals and expiry),
    `recovered`, `identity_missing`, `not_cleared`, `consent_missing`, `room_missing`, `nobody_on_duty`, `arm_missing`,
    `vial_missing`, `vial_empty`, `vial_expired`, `lot_expired`, `dose_changed` (another vial or number than was shown),
    `dose_refused` (nobody may accept it), `same_day`, `dose_reason_missing`, `dose_note_missing`, `doctor_missing`,
    `accept_not_yours`, `visit_moved_on`, and as `sign_in.require_known`.
    """
    found, right = sign_in.who_may(accepted.who, accepted.pin) if accepted.who else ([], [])
    return _give(by, now, key, visit_id, vial_id, dose_number, arm, accepted, found, right)


@act
def _give(
    by: Actor, now: Moment, visit_id: str, vial_id: str, dose_number: int, arm: str, accepted: Accepted,
    found: list[str], right: list[str],
) -> str:  # fmt: skip
    day = require_open_day(now)
    if doses.find(visit_id):
        raise Refusal("dose_already_given")
    visit = require_at_table(by, visit_id, "dose")
    screening = _require_ready(now, visit)
    vaccinator = require_answering(by, day, "dose")
    if arm not in set(Arm):
        raise Refusal("arm_missing", field="arm")
    vial = require_vial(day, by.station, now, vial_id)
    answer = may_give(visit, vial.lot.vaccine, now)
    if (vial.id, answer.dose_number) != (vial_id, dose_number):
        raise Refusal("dose_changed")
    accepted_by = _require_accepted(by, now, answer, vaccinator, accepted, found, right)
    dose = doses.Dose(
        id=new_id(), visit_id=visit.id, person_id=visit.person.id, clinic_day_id=day.id, station=by.station,
        screening_id=screening.id, lot_id=vial.lot_id, vial_id=vial.id, dose_number=answer.dose_number,
        series_doses=answer.series_doses, kind=answer.kind, arm=Arm(arm), given_at=now.at, given_on=now.on,
        warnings=[reason.code for reason in answer.reasons], entered_by=by.id, vaccinator=vaccinator.id,
        accepted_by=accepted_by,
        accepted_reason=rules.written(accepted.reason, accepted.note) if accepted_by else "",
    )  # fmt: skip
    if not vials.draw(vial.id):
        raise Refusal("vial_empty")
    doses.put(dose, now)
    telling.tell_given(by, now, visit, dose)
    accept = {"accepted_by": accepted_by, "reason": accepted.reason} if accepted_by else {}
    audit.add(
        by,
        now,
        "dose.given",
        dose.id,
        visit=visit.id,
        lot=dose.lot_id,
        vial=vial.id,
        vaccinator=vaccinator.id,
        **accept,
    )
    go_on(by, now, visit)
    _seat(by, now, visit, dose)
    return dose.id


def may_give(
    visit: visits.Visit, vaccine: str, now: Moment, history: list[schedule.PastDose] | None = None
) -> schedule.Answer:
    """May the visit's person have this vaccine today? `history`: another than all that is known of their doses."""
    identity, screening = visit.person.identity, screenings.find(visit.id)
    entry = rosters.find_entry(visit.person_id, now.on) or rosters.find_last_entry(visit.person_id)
    codes = {*(screening.ticked if screening else ()), *([entry.special] if entry and entry.special else ())}
    who = schedule.Who(identity.born_on, identity.born_year, frozenset(codes))
    past = doses.history(visit.person_id) if history is None else history
    return schedule.may_give(protocols.vaccines(), vaccine, past, who, now.on)


def require_vial(day: clinic_days.ClinicDay, station: str, now: Moment, shown: str = "") -> vials.Vial:
    """The vial that this table gives from now. `shown`: the id of the one that the page showed, whose end is told.

    Raises Refusal `vial_missing`, `vial_empty`, `vial_expired`, `lot_expired`.
    """
    vial = vials.find_current(day.id, station, now.at)
    if vial is None:
        shows = (each for each in vials.list_open(day.id, station) if each.id == shown)
        vial = next(shows, None) or vials.find_chosen(day.id, station)
    if vial is None or vial.closed_at is not None:
        raise Refusal("vial_missing")
    require_gives(vial, now)
    return vial


def _require_ready(now: Moment, visit: visits.Visit) -> screenings.Screening:
    if not now.trusted:
        raise Refusal("clock_untrusted")
    follow_up.require_not_recovered(visit.person.id)
    steps, screening, forms = protocols.steps(), screenings.find(visit.id), protocols.screening_forms()
    leads_to = forms.of(screening.version).outcome(screening.concluded).leads_to if screening else ""
    if screening is None or leads_to not in steps.recording("dose") or departures.find_skip(visit.id):
        raise Refusal("not_cleared")
    if identity_checks.find(visit) is None:
        raise Refusal("identity_missing")
    require_consent(visit)
    following = steps.after(visit.step)
    if following and steps.get(following).room and not stations.list_serving(following):
        raise Refusal("room_missing")
    return screening


def _require_accepted(
    by: Actor, now: Moment, answer: schedule.Answer, vaccinator: staff.Staff, accepted: Accepted,
    found: list[str], right: list[str],
) -> str:  # fmt: skip
    """Whose decision it is to give against what the rules say: a staff id, "" where they say nothing against it."""
    if answer.final:
        raise Refusal("dose_refused", reason=answer.final.code, **answer.final.facts)
    if answer.verdict == "allow":
        return ""
    rules.require_reason(protocols.doses().accept_reasons, accepted.reason, accepted.note, "accept_")
    if answer.verdict == "warn":
        return vaccinator.id
    if may(by.role, DECIDES):
        return by.id
    if not accepted.who:
        raise Refusal("doctor_missing", field="doctor")
    doctor = sign_in.require_known(by, now, found, right, accepted.attempts, accepted.lock_minutes)
    if not may(doctor.works_as, DECIDES):
        raise Refusal("accept_not_yours", field="doctor")
    return doctor.id


def _seat(by: Actor, now: Moment, visit: visits.Visit, dose: doses.Dose) -> None:
    """A seat in the observation room, from the dose's own time on (QĐ 3588/QĐ-BYT: at least 30 minutes).

    Where an earlier dose of this visit was taken back, its seat is the new one's from now on: nobody sits twice.
    """
    taken = observations.taken_seats(visit.clinic_day_id, visit.station)
    facts = {
        "dose_id": dose.id, "station": visit.station, "seat": observation.next_seat(taken),
        "minutes": protocols.observation().minutes, "begun_at": dose.given_at,
    }  # fmt: skip
    row = observations.find(visit.id)
    if row is None:
        row = record(observations.Observation(visit_id=visit.id, clinic_day_id=visit.clinic_day_id, **facts), now)
    else:
        observations.begin_again(row, **facts)
    audit.add(by, now, "observation.begun", visit.id, seat=row.seat)

"""What the platform is told of a dose: that it was given, or that it was recorded wrongly. Within an act."""

from __future__ import annotations

from kiosk.actions import forwarding
from kiosk.rules import messages
from kiosk.rules.actor import Actor
from kiosk.rules.dose import Reason
from kiosk.rules.moment import Moment
from kiosk.rules.words import Arm, DoseKind, MessageState
from kiosk.store import doses, lots, outbox, staff, stations, visits
from kiosk.store.columns import record


def tell_given(by: Actor, now: Moment, visit: visits.Visit, dose: doses.Dose, replaces: str = "") -> None:
    """The dose is told. `replaces`: the id of the one that was told before and does not stand, "" for none."""
    site, person, lot = stations.site(), visit.person, lots.get(dose.lot_id)
    identity, vaccinator = person.identity, staff.get(dose.vaccinator)
    message = messages.DoseGiven(
        id=dose.id, session=dose.clinic_day_id, site_code=site.code, site_name=site.name, person_id=person.id,
        name=identity.name, number=identity.number, old_number=identity.old_number, born_on=identity.born_on,
        born_year=identity.born_year, sex=identity.sex, address=identity.address, vaccine=lot.vaccine, lot=lot.number,
        expires_on=lot.expires_on, dose_number=dose.dose_number, series_doses=dose.series_doses, arm=Arm(dose.arm),
        given_at=dose.given_at, clock_trusted=dose.clock_trusted, vaccinator=vaccinator.id,
        vaccinator_name=vaccinator.name, entered_by=by.id, entered_by_name=staff.get(by.id).name,
        kind=DoseKind(dose.kind), replaces=replaces,
    )  # fmt: skip
    _queue(now, dose, messages.DOSE_GIVEN, message)


def tell_voided(by: Actor, now: Moment, dose: doses.Dose, reason: Reason, replaced_by: str = "") -> str:
    """The dose does not stand; `replaced_by`: the id of the one that does.

    Returns the id of the void dose that the platform was told of last, "" if it knows of none: what is told in its
    place replaces that one.
    """
    told = outbox.find_of(dose.id)
    if told is None:
        return ""
    given = messages.read_given(told.body)
    if forwarding.supersede_unsent(by, now, dose.id):
        forwarding.replace_unsent(by, now, given.replaces, replaced_by)
        return given.replaces
    message = messages.DoseVoided(
        id=dose.id, person_id=dose.person_id, session=dose.clinic_day_id, site_code=stations.site().code,
        voided_at=now.at, clock_trusted=now.trusted, reason=reason.vi, voided_by=by.id,
        voided_by_name=staff.get(by.id).name, dose=given, replaced_by=replaced_by,
    )  # fmt: skip
    _queue(now, dose, messages.DOSE_VOIDED, message)
    return dose.id


def _queue(now: Moment, dose: doses.Dose, kind: str, message: messages.Message) -> None:
    row = outbox.Message(
        kind=kind, noun_id=dose.id, person_id=dose.person_id, clinic_day_id=dose.clinic_day_id, body=message.to_json(),
        state=MessageState.WAITING, attempts=0, suspicions=0, made_at=now.at, next_at=now.at,
    )  # fmt: skip
    record(row, now)

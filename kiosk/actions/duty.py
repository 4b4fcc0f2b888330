"""Signing on at a table: whoever answers, as doctor or nurse, for what a volunteer types there."""

from __future__ import annotations

from kiosk import protocols
from kiosk.actions import sign_in
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.staff import works_on
from kiosk.store import audit, duties, staff, stations, topics
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import record

# What is recorded at a table, and the permission of whoever answers for it.
ANSWERS_FOR = {"screening": "screening.conclude", "identity": "dose.confirm", "dose": "dose.confirm"}


def take_duty(by: Actor, now: Moment, key: str, who: str, pin: str, attempts: int, lock_minutes: int) -> str:
    """Doctor or nurse signs on at this table with badge and PIN, until somebody else does; returns their id.

    Raises Refusal `sign_in_wrong`, `sign_in_locked`, `duty_not_yours` (a role that answers for nothing here),
    `no_clinic_day`. The PIN is tried before the transaction.
    """
    return _take(by, now, key, *sign_in.who_may(who, pin), attempts, lock_minutes)


@act
def _take(by: Actor, now: Moment, found: list[str], right: list[str], attempts: int, lock_minutes: int) -> str:
    day = require_open_day(now)
    member = sign_in.require_known(by, now, found, right, attempts, lock_minutes)
    if not may_answer(Actor(member.id, member.works_as, by.station)):
        raise Refusal("duty_not_yours", field="who")
    sign_on(by, now, day, member)
    return member.id


def may_answer(by: Actor) -> bool:
    """Does the actor's role answer for anything that is recorded at their station?"""
    return any(may(by.role, ANSWERS_FOR[each]) for each in answered_at(by.station))


def sign_on(by: Actor, now: Moment, day: ClinicDay, member: staff.Staff) -> None:
    """Within an act: this member answers at the actor's station from now on."""
    record(duties.Duty(clinic_day_id=day.id, station=by.station, staff_id=member.id, at=now.at), now)
    audit.add(by, now, "duty.taken", member.id)
    topics.touch(topics.table(by.station))


def answered_at(station: str) -> list[str]:
    """What is recorded at this station that a doctor or a nurse must answer for."""
    steps = protocols.steps()
    recorded = [each for code in stations.get(station).steps for each in steps.get(code).must_record]
    return [each for each in recorded if each in ANSWERS_FOR]


def answering(by: Actor, day: ClinicDay, recorded: str) -> staff.Staff | None:
    """Who answers for `recorded` if this actor records it now: themselves, or whoever is on duty here."""
    if may(by.role, ANSWERS_FOR[recorded]):
        return staff.get(by.id)
    member = duties.find_at(day.id, by.station)
    here = member is not None and works_on(member, day.on)
    return member if member and here and may(member.works_as, ANSWERS_FOR[recorded]) else None


def require_answering(by: Actor, day: ClinicDay, recorded: str) -> staff.Staff:
    """As `answering`. Raises Refusal `nobody_on_duty`."""
    member = answering(by, day, recorded)
    if member is None:
        raise Refusal("nobody_on_duty")
    return member

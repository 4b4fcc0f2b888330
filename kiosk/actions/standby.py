"""Calling somebody for a dose that would be left over, and what they say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import find_day, require_open_day
from kiosk.errors import NotFound, Refusal
from kiosk.rules import schedule
from kiosk.rules import standby as rules
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.schedule import PastDose, Who
from kiosk.rules.words import DayHalf, StandbyState
from kiosk.store import (
    audit,
    candidates,
    day_plans,
    families,
    known_people,
    openings,
    people,
    standby,
    topics,
    vials,
    visits,
)
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.columns import record
from kiosk.store.people import Person

SHOWN = 20
# Nobody calls more people for what is left in open vials; and so many rows are looked at for them at most.
MOST_PAGES = 10
MOST_ROWS = 20_000
# With so many still to come it is not the end of the day: what each of them may get is not asked.
MANY = 200


@dataclass(frozen=True)
class CallList:
    """Who may be called for one product, in rule order. `more`: there is a page after this one.

    `cut`: the list went on, and nobody looked any further.
    """

    people: Sequence[candidates.Candidate]
    more: bool
    cut: bool


@act
def call_standby(by: Actor, now: Moment, person_id: str) -> str:
    """A colleague calls this person: their phone is shown to this session, and their guardian; returns the person's id.

    Raises NotFound, Refusal `no_clinic_day`, `standby_taken` (somebody else is calling them, or has: what they said
    stands), `standby_here` (they came meanwhile), `standby_unlisted` (the list of whom to call would not offer them:
    the call lets them in).
    """
    day, person = require_open_day(now), people.get(person_id)
    if visits.find(day.id, person.id) is not None:
        raise Refusal("standby_here")
    if not candidates.may_be_called(person.id):
        raise Refusal("standby_unlisted")
    last = standby.find_newest(day.id, person.id)
    mine = last is not None and last.said is StandbyState.CALLING and last.by == by.id
    if last is not None and not mine and not rules.may_call(last.said, last.at, now.at):
        raise Refusal("standby_taken")
    note(by, now, day, person, StandbyState.CALLING, by.id)
    openings.put(by.session, person.id, now)
    guardian = families.find_guardian(person.id)
    if guardian is not None:  # they are named, and their phone is shown
        openings.put(by.session, guardian.id, now)
    audit.add(by, now, "standby.called", person.id, guardian=guardian.id if guardian else "")
    return person.id


@act
def answer_standby(by: Actor, now: Moment, person_id: str, said: str) -> str:
    """What they said, or that nobody answered; it may be said anew. Returns the person's id.

    Raises NotFound, also for somebody who was not called today, Refusal `no_clinic_day`, `standby_here`.
    """
    day, person = require_open_day(now), people.get(person_id)
    last = standby.find_newest(day.id, person.id)
    if last is None or said not in answers_to(last.said):
        raise NotFound("standby call")
    if visits.find(day.id, person.id) is not None:
        raise Refusal("standby_here")
    note(by, now, day, person, StandbyState(said), by.id)
    audit.add(by, now, "standby.answered", person.id, said=said)
    return person.id


def answers_to(said: StandbyState) -> frozenset[StandbyState]:
    """What may be said of a call that stands so; whoever waits at the site can only go: a dose calls them in."""
    if said is StandbyState.HERE:
        return frozenset({StandbyState.NOT_TODAY})
    return frozenset(StandbyState) - {StandbyState.CALLING, StandbyState.HERE}


def note(by: Actor, now: Moment, day: ClinicDay, person: Person, state: StandbyState, whose: str) -> None:
    """Writes down what somebody said; within an act. `whose` word (a staff id) lets them in."""
    row = standby.StandbyCall(clinic_day_id=day.id, person_id=person.id, state=state, at=now.at, by=whose)
    record(row, now)
    topics.touch(topics.DAY, topics.DESK)


def doses_in_vials(now: Moment, day: ClinicDay) -> dict[str, int]:
    """How many doses the open vials hold that may still be used, by vaccine."""
    found: dict[str, int] = {}
    for vial in vials.list_open(day.id):
        usable = vial.lot.expires_on >= now.on and (vial.use_by is None or vial.use_by > now.at)
        if usable and vial.left:
            found[vial.lot.vaccine] = found.get(vial.lot.vaccine, 0) + vial.left
    return found


def left_over(now: Moment, local: datetime) -> list[rules.Leftover]:
    """Doses in open vials against the people who are here, were called, and are still to come; by vaccine.

    `local`: now at the site. Nothing without a clinic day, or while no opened vial holds a dose.
    """
    day = find_day(now)
    doses = doses_in_vials(now, day) if day else {}
    return against(now, local, day, doses) if day and doses else []


def against(
    now: Moment, local: datetime, day: ClinicDay, doses: Mapping[str, int], also: Sequence[Person] = ()
) -> list[rules.Leftover]:
    """So many doses of each vaccine against the people of this clinic day who may get them.

    `also`: who is as good as here, without a number yet.
    """
    coming = [person for _, person in standby.list_awaited(day.id, [StandbyState.COMING])]
    closes = closes_at(day)
    awaited = candidates.count_expected(now.on, local.time(), closes)
    here = wishes([*candidates.list_waiting(day.id), *also], doses, now.on)
    if awaited > MANY:
        return rules.leftovers(doses, here, wishes(coming, doses, now.on), [frozenset(doses)] * awaited)
    called = {person.id for person in coming}
    to_come = [
        person for person in candidates.list_expected(now.on, local.time(), closes, MANY) if person.id not in called
    ]
    return rules.leftovers(doses, here, wishes(coming, doses, now.on), wishes(to_come, doses, now.on))


def list_here(day: ClinicDay) -> list[tuple[standby.StandbyCall, Person]]:
    """Who waits at the site for a dose that is not spoken for, and since when; whoever waits longest first."""
    return standby.list_awaited(day.id, [StandbyState.HERE])[::-1]


def count_promised(now: Moment, local: datetime, day: ClinicDay) -> int:
    """How many were promised a dose and are not here: called and coming, or on today's list and their time not over."""
    coming = standby.count_awaited(day.id, [StandbyState.COMING])
    return coming + candidates.count_expected(now.on, local.time(), closes_at(day))


def wishes(them: Sequence[Person], vaccines: Collection[str], on: date) -> list[frozenset[str]]:
    """Which of these products each of them may get today, the doctor's judgement aside."""
    histories = _histories([person.id for person in them])
    return [
        frozenset(
            vaccine for vaccine in vaccines
            if _verdict(vaccine, histories[person.id], _who(person), on) != "refuse"
        )
        for person in them
    ]  # fmt: skip


def people_to_come(now: Moment, local: datetime) -> int | None:
    """How many may still want a dose: here without one, or on today's list and their time not over; None: no day."""
    day = find_day(now)
    if day is None:
        return None
    return candidates.count_waiting(day.id) + candidates.count_expected(now.on, local.time(), closes_at(day))


def closes_at(day: ClinicDay) -> time:
    """When this clinic day ends at the site: as it was planned, else as `protocols/capacity.toml` proposes."""
    plan = day_plans.get(day.plan_id) if day.plan_id else None
    return plan.closes if plan else protocols.capacity().hours[DayHalf(day.half)][1]


def list_callable(now: Moment, local: datetime, vaccine: str, page: int) -> CallList:
    """One page (from 1) of who may be called for this product, in rule order.

    Raises Refusal `no_clinic_day`, `vaccine_unknown`.
    """
    day = require_open_day(now)
    called = {
        call.person_id for call in standby.list_newest(day.id) if not rules.may_call(call.said, call.at, now.at)
    }  # fmt: skip
    first, wanted = (page - 1) * SHOWN, page * SHOWN + 1
    found: list[candidates.Candidate] = []
    looked = 0
    pieces = candidates.stream_callable(protocols.priority(), now.on, local.time(), closes_at(day), called)
    for piece in pieces:
        histories = _histories([one.person_id for one in piece])
        found += [
            one for one in piece
            if _verdict(vaccine, histories[one.person_id], one.who, now.on) == "allow"
        ]  # fmt: skip
        looked += len(piece)
        if len(found) >= wanted or looked >= MOST_ROWS:
            break
    return CallList(found[first : wanted - 1], len(found) >= wanted and page < MOST_PAGES, looked >= MOST_ROWS)


def _who(person: Person) -> Who:
    return Who(person.born_on, person.born_year)


def _histories(ids: Sequence[str]) -> dict[str, list[PastDose]]:
    doses = known_people.list_doses(ids)
    return {id: [PastDose(vaccine, on) for on, vaccine in sorted(doses.get(id, {}).items())] for id in ids}


def _verdict(vaccine: str, history: Sequence[PastDose], who: Who, on: date) -> schedule.Verdict:
    return schedule.may_give(protocols.vaccines(), vaccine, history, who, on).verdict

"""People who wait at the site for a dose that is not spoken for, and who are called in when there is one."""

from __future__ import annotations

from datetime import datetime

from kiosk.actions import arriving, walking_in
from kiosk.actions.act import act
from kiosk.actions.approving import require_word, word_of_call
from kiosk.actions.day import require_open_day
from kiosk.actions.standby import note
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.document import Document
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity
from kiosk.rules.words import StandbyState
from kiosk.store import audit, clinic_days, people, rosters, standby, visits


@act
def wait_here(by: Actor, now: Moment, person_id: str, approval: str = "", approver: str = "") -> str:
    """Every dose is spoken for: this person waits at the site for one that is left over; returns their id.

    Whoever is not on today's list needs the word that lets them in now: when they are called in nobody asks again.
    Raises NotFound, Refusal `no_clinic_day`, `standby_here` (they have a number), and as `require_word`.
    """
    return _wait(by, now, require_open_day(now), people.get(person_id), approval, approver)


@act
def wait_here_walk_in(
    by: Actor, now: Moment, identity: Identity, approval: str, somebody_else: bool, document: Document,
    approver: str = "",
) -> str:  # fmt: skip
    """As `wait_here`, for somebody who is on no list; raises besides as `walking_in.meet`. Returns the person's id."""
    day = require_open_day(now)
    require_word(by, now, None, approval, approver)
    person = walking_in.meet(by, now, identity, document, somebody_else=somebody_else)
    return _wait(by, now, day, person, approval, approver)


def _wait(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, person: people.Person, approval: str, approver: str
) -> str:
    if visits.find(day.id, person.id) is not None:
        raise Refusal("standby_here")
    last, entry = standby.find_newest(day.id, person.id), rosters.find_entry(person.id, day.on)
    whose = last.by if last is not None and last.said is StandbyState.HERE else ""
    if not whose:
        called = word_of_call(day.id, person.id, "vi")
        whose = require_word(by, now, entry, approval, approver, called).by or by.id
        note(by, now, day, person, StandbyState.HERE, whose)
    audit.add(by, now, "standby.waits_here", person.id, approved_by=whose)
    return person.id


@act
def call_in(by: Actor, now: Moment, person_id: str, local: datetime) -> str:
    """A dose is free for somebody who waits at the site: from now on it is theirs, and a number too; returns their id.

    They are let in by the word that let them wait. Raises Refusal `no_clinic_day`, `doses_spoken_for` (none is free),
    NotFound for somebody who does not wait here.
    """
    day, person = require_open_day(now), people.get(person_id)
    last = standby.find_newest(day.id, person.id)
    if last is None or last.said is not StandbyState.HERE or visits.find(day.id, person.id) is not None:
        raise NotFound("standby call")
    arriving.require_dose(now, local, day, person, promised=False)
    note(by, now, day, person, StandbyState.COMING, last.by)
    audit.add(by, now, "standby.called_in", person.id, approved_by=last.by)
    return person.id

"""Checking somebody in: one number, one slip, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.help_calls import ring
from kiosk.actions.printing import queue_visit_slip
from kiosk.actions.scanning import USABLE, require_usable
from kiosk.errors import Refusal
from kiosk.rules import declaration, slips
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Card, ticket
from kiosk.rules.document import Document
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, address, name_key
from kiosk.rules.words import DocumentKind, HelpReason, Origin, Sex, SlipKind, VisitState
from kiosk.store import audit, clinic_days, people, print_jobs, rosters, scans, stations, topics, visits
from kiosk.store.columns import box_name, next_seq, record

Answers = Mapping[str, list[str]]
FIRST_STEP = "reception"


@act
def check_in_scan(by: Actor, now: Moment, scan_id: str, answers: Answers, language: str, local: datetime) -> str:
    """The person at a kiosk takes a number; returns the visit's id.

    `local`: the site's time, for the slip. Raises Refusal `not_rostered`, `scan_too_old`, `no_clinic_day`,
    `day_left_open`, `answer_missing`, `declaration_changed`. Somebody who has a number keeps it.
    """
    scan = require_usable(scan_id, by.station, now.at)
    day = require_open_day(now)
    entry = rosters.find_entry(scan.person_id, day.on) if scan.person_id else None
    if scan.person_id is None or entry is None:
        raise Refusal("not_rostered")
    person = people.get(scan.person_id)
    _learn_number(by, now, person, scan)
    visit = _receive(by, now, day, person, entry, answers, language, local)
    scan.visit_id = visit.id
    for mine in scans.list_open_of(by.station, person.id, now.at - USABLE):
        mine.closed_at = now.at
    if visit.attention:
        ring(by, now, HelpReason.UNWELL, visit_id=visit.id)
    topics.touch(topics.kiosk(by.station))
    return visit.id


@act
def check_in_person(
    by: Actor, now: Moment, person_id: str, answers: Answers, language: str, local: datetime, approval: str = ""
) -> str:
    """A volunteer checks in somebody we know; returns the visit's id.

    Somebody who is not on today's list needs `approval`, the reason they were let in: else Refusal
    `approval_missing`. Raises as `check_in_scan` otherwise.
    """
    day = require_open_day(now)
    entry = rosters.find_entry(person_id, day.on)
    if entry is None and not approval.strip():
        raise Refusal("approval_missing", field="approval")
    return _receive(by, now, day, people.get(person_id), entry, answers, language, local, approval).id


@act
def check_in_walk_in(
    by: Actor, now: Moment, identity: Identity, approval: str, answers: Answers, language: str, local: datetime,
    somebody_else: bool = False, document: Document = people.NO_DOCUMENT,
) -> str:  # fmt: skip
    """A volunteer checks in somebody who is not on the list, with the reason they were let in; returns the visit's id.

    The person is found by number or by the `document` that they show, else added. Raises Refusal `approval_missing`,
    `sex_odd`, `number_of_another` (the number belongs to somebody of another name or birth year), and `person_alike`
    when somebody of that name and year is known, unless the volunteer has said that this is `somebody_else`: two
    people must not become one unseen.
    """
    day = require_open_day(now)
    if not approval.strip():
        raise Refusal("approval_missing", field="approval")
    if identity.sex is Sex.UNKNOWN:
        raise Refusal("sex_odd", field="sex")
    person = _find_known(identity, document)
    if person is None:
        alike = people.list_alike(identity)
        if alike and not somebody_else:
            raise Refusal("person_alike", field="somebody_else", n=len(alike))
        person = people.add(identity, document)
        audit.add(by, now, "person.added", person.id, numbered=bool(identity.number), alike=len(alike),
                  document=document.kind)  # fmt: skip
    entry = rosters.find_entry(person.id, day.on)
    return _receive(by, now, day, person, entry, answers, language, local, approval).id


def _find_known(identity: Identity, document: Document) -> people.Person | None:
    """By the number of a document. Two offices may have given out one old card's number: only its owner is found."""
    person = people.find_by_number(identity.number) if identity.number else None
    known = [person] if person else people.list_by_document(document)
    named = (name_key(identity.name), identity.born_year)
    found = next((one for one in known if (one.name_key, one.born_year) == named), None)
    if known and found is None and document.kind is not DocumentKind.OLD_CARD:
        raise Refusal("number_of_another", field="number")
    return found


def _learn_number(by: Actor, now: Moment, person: people.Person, scan: scans.Scan) -> None:
    """Somebody whom the list knows without a number has shown the card that says it.

    A health-book app says what its owner typed, and the card's back does not tell Hương from Hường: neither is
    believed that far.
    """
    code = scan.read()
    if person.number is None and isinstance(code, Card) and people.find_by_number(code.identity.number) is None:
        person.number = code.identity.number
        audit.add(by, now, "person.numbered", person.id)


def _receive(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, person: people.Person, entry: rosters.RosterEntry | None,
    answers: Answers, language: str, local: datetime, approval: str = "",
) -> visits.Visit:  # fmt: skip
    before = visits.find(day.id, person.id)
    if before is not None:
        audit.add(by, now, "visit.met_again", before.id)
        return before
    form = protocols.declaration()
    given = {code: tuple(ticked) for code, ticked in answers.items()}
    declaration.require_complete(form, given)
    station = stations.get(by.station)
    visit = visits.Visit(
        clinic_day_id=day.id, person_id=person.id, roster_entry_id=entry.id if entry else None,
        origin=Origin.ROSTER if entry else Origin.WALK_IN, approval=approval.strip()[:200],
        series=station.series, n=clinic_days.next_number(day.id, station.series),
        token="".join(secrets.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH)),
        language=language, zone=station.zone, attention=declaration.needs_attention(form, given),
        step=protocols.steps().after(FIRST_STEP) or FIRST_STEP, state=VisitState.WAITING,
        checked_in_at=now.at, waiting_since=now.at, queue_seq=next_seq(box_name()),
    )  # fmt: skip
    record(visit, now)
    said = {code: list(ticked) for code, ticked in given.items()}
    record(visits.Declaration(visit_id=visit.id, version=form.version, answers=said, at=now.at), now)
    queue_ticket(by, now, visit, person, local)
    audit.add(by, now, "visit.checked_in", visit.id, number=visit.label, origin=visit.origin, person=person.id)
    topics.touch(topics.BOARD, topics.DESK, topics.TABLES, topics.DAY)
    return visit


def queue_ticket(
    by: Actor, now: Moment, visit: visits.Visit, person: people.Person, local: datetime
) -> print_jobs.PrintJob:
    """Words the queue ticket and puts it in the line of the station's printer."""
    identity = person.identity
    facts = slips.TicketFacts(
        site=stations.site().name, label=visit.label, zone=visit.zone, ahead=visits.count_ahead(visit),
        address=address(protocols.pronouns(), identity.born_year, identity.sex, now.on.year),
        name=identity.name, sex=identity.sex, born_year=identity.born_year, printed=local,
        payload=ticket.write(visit.token), distance_m=protocols.distance_m(),
        attention=visit.attention,
    )  # fmt: skip
    blocks = slips.queue_ticket(facts, *wording.speakers(visit.language))
    return queue_visit_slip(by, now, SlipKind.TICKET, blocks, visit, protocols.slips().useful)

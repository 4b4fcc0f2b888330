"""Checking somebody in: one number, one slip, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from kiosk import protocols, wording
from kiosk.actions.act import act
from kiosk.actions.approving import NOBODYS, Word, require_word, word_of_call
from kiosk.actions.day import require_open_day
from kiosk.actions.follow_up import note_listed
from kiosk.actions.help_calls import ring
from kiosk.actions.printing import queue_visit_slip
from kiosk.actions.scanning import USABLE, require_usable
from kiosk.errors import Refusal
from kiosk.rules import declaration, slips
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Card, ticket
from kiosk.rules.document import Document
from kiosk.rules.identity import may_be
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, address, name_key
from kiosk.rules.words import DocumentKind, HelpReason, Origin, Sex, SlipKind, VisitState
from kiosk.store import (
    audit,
    clinic_days,
    families,
    people,
    print_jobs,
    rosters,
    scans,
    stations,
    topics,
    visits,
)
from kiosk.store.columns import box_name, next_seq, record

Answers = Mapping[str, list[str]]
FIRST_STEP = "reception"


@act
def check_in_scan(
    by: Actor, now: Moment, scan_id: str, answers: Answers, language: str, local: datetime, ticked: Sequence[str] = ()
) -> str:
    """The person at a kiosk takes a number, and one for each of their family who is `ticked`; returns a visit's id.

    It is the holder's own, or the first of those whom they brought. `local`: the site's time, for the slips. Nobody
    ticked: the holder alone. Raises Refusal `not_rostered`, `scan_too_old`, `no_clinic_day`, `day_left_open`,
    `answer_missing`, `declaration_changed`. Somebody who has a number keeps it.
    """
    scan = require_usable(scan_id, by.station, now.at)
    day = require_open_day(now)
    if scan.person_id is None:
        raise Refusal("not_rostered")
    family = families.find(scan.person_id, day)
    _learn_number(by, now, family.holder.person, scan)
    given: list[visits.Visit] = []
    for person in _those(family, ticked):
        entry = rosters.find_entry(person.id, day.on)
        if (entry is None or not entry.approved) and visits.find(day.id, person.id) is None:
            raise Refusal("not_rostered")
        given.append(receive(by, now, day, person, entry, answers, language, local))
    mine = next((visit for visit in given if visit.person_id == family.holder.person.id), given[0])
    scan.visit_id = mine.id
    for open_scan in scans.list_open_of(by.station, family.holder.person.id, now.at - USABLE):
        open_scan.closed_at = now.at
    unwell = next((visit for visit in (mine, *given) if visit.attention), None)
    if unwell is not None:
        ring(by, now, HelpReason.UNWELL, visit_id=unwell.id)
    topics.touch(topics.kiosk(by.station))
    return mine.id


def _those(family: families.Family, ticked: Sequence[str]) -> list[people.Person]:
    """Who of the family takes a number at the kiosk, the guardian first.

    Whoever got theirs at the desk or at another kiosk while the questions were answered is no stranger: they keep it.
    """
    if not ticked:
        return [family.holder.person]
    wanted = {people.get(id).id for id in ticked}
    if not wanted <= {family.holder.person.id, *(one.person.id for one in family.others if family.brings)}:
        raise Refusal("not_rostered")
    return [one.person for one in family.together if one.person.id in wanted]


@act
def check_in_person(
    by: Actor, now: Moment, person_id: str, answers: Answers, language: str, local: datetime, approval: str = "",
    approver: str = "",
) -> str:  # fmt: skip
    """A volunteer checks in somebody we know; returns the visit's id.

    Somebody who is not on today's list, or whom it does not approve of, needs `approval`, the reason they were let
    in, and `approver`, whose word that was; whoever was called for a dose that is left over was let in by that call.
    Raises as `require_word` and `check_in_scan`.
    """
    day = require_open_day(now)
    person = people.get(person_id)
    entry = rosters.find_entry(person.id, day.on)
    word = require_word(by, now, entry, approval, approver, word_of_call(day.id, person.id, language))
    return receive(by, now, day, person, entry, answers, language, local, word).id


@act
def check_in_family(
    by: Actor, now: Moment, person_ids: Sequence[str], answers: Answers, language: str, local: datetime,
    approval: str = "", approver: str = "",
) -> list[str]:  # fmt: skip
    """A volunteer checks in several of one family at once: all, with numbers in a row, or none; the visits' ids.

    The guardian comes first, then the children, oldest first. The answers are everybody's: whoever answers otherwise
    is checked in alone. Raises Refusal `nobody_ticked`, `not_one_family`, and as `check_in_person`.
    """
    day = require_open_day(now)
    if not person_ids:
        raise Refusal("nobody_ticked", field="member")
    wanted = {people.get(id).id for id in person_ids}
    family = families.list_of(person_ids[0])
    if not wanted <= {one.id for one in family}:
        raise Refusal("not_one_family", field="member")
    given = []
    for person in (one for one in family if one.id in wanted):
        entry = rosters.find_entry(person.id, day.on)
        word = require_word(by, now, entry, approval, approver, word_of_call(day.id, person.id, language))
        given.append(receive(by, now, day, person, entry, answers, language, local, word).id)
    return given


@act
def check_in_walk_in(
    by: Actor, now: Moment, identity: Identity, approval: str, answers: Answers, language: str, local: datetime,
    somebody_else: bool = False, document: Document = people.NO_DOCUMENT, approver: str = "",
) -> str:  # fmt: skip
    """A volunteer checks in somebody who is not on the list, with the reason they were let in; returns the visit's id.

    The person is found by number or by the `document` that they show, else added. `approver`: whose word lets them in.
    Raises as `require_word`, Refusal `sex_odd`, `number_of_another` (the number belongs to somebody of another name or
    birth year), and `person_alike` when somebody of that name and year is known, unless the volunteer has said that
    this is `somebody_else`: two people must not become one unseen.
    """
    day = require_open_day(now)
    word = require_word(by, now, None, approval, approver)
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
    return receive(by, now, day, person, entry, answers, language, local, word).id


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
    believed that far. Nor is a card that may as well be another's of that name and birth date, not expected today: the
    table would meet its own number again.
    """
    code = scan.read()
    if person.number is not None or not isinstance(code, Card) or people.find_by_number(code.identity.number):
        return
    if [one.id for one in people.list_alike(code.identity) if may_be(one.identity, code)] == [person.id]:
        person.number = code.identity.number
        audit.add(by, now, "person.numbered", person.id)


def receive(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, person: people.Person, entry: rosters.RosterEntry | None,
    answers: Answers, language: str, local: datetime, word: Word = NOBODYS,
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
        origin=Origin.ROSTER if entry else Origin.WALK_IN, approval=word.reason, approved_by=word.by,
        series=station.series, n=clinic_days.next_number(day.id, station.series),
        token="".join(secrets.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH)),
        language=language, zone=station.zone, attention=declaration.needs_attention(form, given),
        step=protocols.steps().after(FIRST_STEP) or FIRST_STEP, state=VisitState.WAITING,
        checked_in_at=now.at, waiting_since=now.at, queue_seq=next_seq(box_name()),
    )  # fmt: skip
    record(visit, now)
    said = {code: list(ticked) for code, ticked in given.items()}
    record(visits.Declaration(visit_id=visit.id, version=form.version, answers=said, at=now.at), now)
    note_listed(by, now, person.id, visit.id, entry or rosters.find_last_entry(person.id))
    queue_ticket(by, now, visit, person, local)
    audit.add(by, now, "visit.checked_in", visit.id, number=visit.label, origin=visit.origin, person=person.id,
              approved_by=word.by)  # fmt: skip
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
        attention=visit.attention, numberless=not identity.number,
    )  # fmt: skip
    blocks = slips.queue_ticket(facts, *wording.speakers(visit.language))
    return queue_visit_slip(by, now, SlipKind.TICKET, blocks, visit, protocols.slips().useful)

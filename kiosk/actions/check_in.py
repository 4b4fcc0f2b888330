"""Checking somebody in: one number, one slip, in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from kiosk import protocols, wording
from kiosk.actions import arriving, moves, waits, walking_in, zones
from kiosk.actions.act import act
from kiosk.actions.approving import NOBODYS, Word, require_word, word_of_call
from kiosk.actions.day import require_open_day
from kiosk.actions.follow_up import note_listed
from kiosk.actions.help_calls import ring
from kiosk.actions.printing import queue_visit_slip
from kiosk.actions.queueing import count_ahead
from kiosk.actions.scanning import USABLE, require_usable
from kiosk.errors import Refusal
from kiosk.rules import declaration, slips
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Card, ticket
from kiosk.rules.document import Document
from kiosk.rules.identity import may_be
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, address
from kiosk.rules.words import HelpReason, MoveKind, Origin, SlipKind, VisitState
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
    ticked: the holder alone. Somebody who has a number keeps it. Raises Refusal `scan_too_old`, and as
    `arriving.require_admission` and `receive`.
    """
    scan = require_usable(scan_id, by.station, now.at)
    day, those = require_open_day(now), arriving.admitted(now, scan, ticked, local)
    holder = people.get(scan.person_id or "")
    _learn_number(by, now, holder, scan)
    given: list[visits.Visit] = []
    for person in those:
        entry, word = rosters.find_entry(person.id, day.on), word_of_call(day.id, person.id, language) or NOBODYS
        word = NOBODYS if entry and entry.approved else word
        given.append(receive(by, now, day, person, entry, answers, language, local, word, brings=len(those) > 1))
    mine = next((visit for visit in given if visit.person_id == holder.id), given[0])
    scan.visit_id = mine.id
    for open_scan in scans.list_open_of(by.station, holder.id, now.at - USABLE):
        open_scan.closed_at = now.at
    unwell = next((visit for visit in (mine, *given) if visit.attention), None)
    if unwell is not None:
        ring(by, now, HelpReason.UNWELL, visit_id=unwell.id)
    topics.touch(topics.kiosk(by.station))
    return mine.id


@act
def check_in_person(
    by: Actor, now: Moment, person_id: str, answers: Answers, language: str, local: datetime, approval: str = "",
    approver: str = "", early: str = "", anyway: bool = False,
) -> str:  # fmt: skip
    """A volunteer checks in somebody we know; returns the visit's id.

    Somebody who is not on today's list, or whom it does not approve of, needs `approval`, the reason they were let
    in, and `approver`, whose word that was; whoever was called for a dose that is left over was let in by that call.
    `early`: why they are let in before their time. `anyway`: though no dose is left; who is expected then needs the
    word too. Raises as `require_word`, `arriving.require_time` and `receive`.
    """
    day = require_open_day(now)
    person = people.get(person_id)
    entry = rosters.find_entry(person.id, day.on)
    word = _word(by, now, day, person, entry, (approval, approver), language, anyway=anyway)
    if visits.find(day.id, person.id) is None:
        early = arriving.require_time([entry], local, early)
    return receive(by, now, day, person, entry, answers, language, local, word, early=early, anyway=anyway).id


@act
def check_in_family(
    by: Actor, now: Moment, person_ids: Sequence[str], answers: Answers, language: str, local: datetime,
    approval: str = "", approver: str = "", early: str = "", anyway: bool = False,
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
    given, those = [], [one for one in family if one.id in wanted]
    entries = {one.id: rosters.find_entry(one.id, day.on) for one in those}
    new = [entries[one.id] for one in those if visits.find(day.id, one.id) is None]
    early = arriving.require_time(new, local, early)
    for person in those:
        entry = entries[person.id]
        word = _word(by, now, day, person, entry, (approval, approver), language, anyway=anyway)
        visit = receive(
            by, now, day, person, entry, answers, language, local, word, brings=len(wanted) > 1, early=early,
            anyway=anyway,
        )  # fmt: skip
        given.append(visit.id)
    return given


def _word(
    by: Actor, now: Moment, day: clinic_days.ClinicDay, person: people.Person, entry: rosters.RosterEntry | None,
    said: tuple[str, str], language: str, *, anyway: bool,
) -> Word:  # fmt: skip
    """By whose word they get a number. Where no dose is left neither the list's nor a call's is enough."""
    if anyway:
        return require_word(by, now, None, *said)
    return require_word(by, now, entry, *said, word_of_call(day.id, person.id, language))


@act
def check_in_walk_in(
    by: Actor, now: Moment, identity: Identity, approval: str, answers: Answers, language: str, local: datetime,
    somebody_else: bool = False, document: Document = people.NO_DOCUMENT, approver: str = "", anyway: bool = False,
) -> str:  # fmt: skip
    """A volunteer checks in somebody who is not on the list, with the reason they were let in; returns the visit's id.

    The person is found by number or by the `document` that they show, else added. `approver`: whose word lets them in,
    before their slot too where they turn out to have one, and `anyway`: though no dose is left. Raises as
    `require_word`, `walking_in.meet` and `receive`.
    """
    day = require_open_day(now)
    word = require_word(by, now, None, approval, approver)
    person = walking_in.meet(by, now, identity, document, somebody_else=somebody_else)
    entry = rosters.find_entry(person.id, day.on)
    return receive(by, now, day, person, entry, answers, language, local, word, anyway=anyway).id


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
    answers: Answers, language: str, local: datetime, word: Word = NOBODYS, *, brings: bool = False, early: str = "",
    anyway: bool = False,
) -> visits.Visit:  # fmt: skip
    """The visit, its number, its ticket; or the visit that they have. `brings`: they come with a child of theirs.

    `early`: why they are let in before their time; `anyway`: though no dose is left, by that word. Raises Refusal
    `doses_spoken_for`, `answer_missing`, `declaration_changed`.
    """
    before = visits.find(day.id, person.id)
    if before is not None:
        audit.add(by, now, "visit.met_again", before.id)
        return before
    form = protocols.declaration()
    given = {code: tuple(ticked) for code, ticked in answers.items()}
    declaration.require_complete(form, given, arriving.unasked(now, person, entry, brings=brings))
    if not anyway:
        arriving.require_dose(now, local, day, person, promised=word.called or bool(entry and entry.approved))
    first = protocols.steps().after(FIRST_STEP) or FIRST_STEP
    ticked = frozenset(code for codes in given.values() for code in codes)
    lane = arriving.lane_of(now, person, entry, ticked, brings=brings)
    place = next_seq(box_name())
    visit = visits.Visit(
        clinic_day_id=day.id, person_id=person.id, roster_entry_id=entry.id if entry else None,
        origin=Origin.ROSTER if entry else Origin.WALK_IN, approval=word.reason, approved_by=word.by,
        series=lane.letter, n=clinic_days.next_number(day.id, lane.letter),
        lane=lane.code,
        token="".join(secrets.choice(ticket.ALPHABET) for _ in range(ticket.LENGTH)),
        language=language, zone=zones.zone_for(first, stations.get(by.station).zone),
        attention=declaration.needs_attention(form, given),
        step=first, state=VisitState.WAITING,
        checked_in_at=now.at, waiting_since=now.at, queue_seq=place, waits_from=place,
    )  # fmt: skip
    record(visit, now)
    if early:
        moves.note(by, now, visit, MoveKind.EARLY, reason=early)
    zones.settle(by, now, visit, arrives=True)
    said = {code: list(ticked) for code, ticked in given.items()}
    record(visits.Declaration(visit_id=visit.id, version=form.version, answers=said, at=now.at), now)
    note_listed(by, now, person.id, visit.id, entry or rosters.find_last_entry(person.id))
    queue_ticket(by, now, visit, person, local)
    audit.add(by, now, "visit.checked_in", visit.id, number=visit.label, origin=visit.origin, person=person.id,
              approved_by=word.by, early=early, anyway=anyway)  # fmt: skip
    topics.touch(topics.BOARD, topics.DESK, topics.LINE, topics.DAY)
    return visit


def queue_ticket(
    by: Actor, now: Moment, visit: visits.Visit, person: people.Person, local: datetime
) -> print_jobs.PrintJob:
    """Words the queue ticket and puts it in the line of the station's printer; what it says of the wait is kept."""
    identity, day = person.identity, clinic_days.get(visit.clinic_day_id)
    lane = protocols.lanes().get(visit.lane)
    facts = slips.TicketFacts(
        site=stations.site().name, label=visit.label, zone=visit.inside or visit.zone, spot=visit.spot,
        ahead=count_ahead(visit), wait=waits.tell(day, visit, now),
        rule=f"{lane.letter} · {lane.rule(visit.language)}",
        address=address(protocols.pronouns(), identity.born_year, identity.sex, now.on.year),
        name=identity.name, sex=identity.sex, born_year=identity.born_year, printed=local,
        payload=ticket.write(visit.token, stations.address()), distance_m=protocols.distance_m(),
        attention=visit.attention, numberless=not identity.number,
    )  # fmt: skip
    blocks = slips.queue_ticket(facts, *wording.speakers(visit.language))
    return queue_visit_slip(by, now, SlipKind.TICKET, blocks, visit, protocols.slips().useful)

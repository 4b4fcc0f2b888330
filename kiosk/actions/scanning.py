"""Something was held to a camera."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from kiosk.actions import identity, packs, tickets
from kiosk.actions.act import act
from kiosk.actions.day import find_day
from kiosk.actions.earlier import take_certificate
from kiosk.actions.locking import lock_by_badge
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes
from kiosk.rules import identity as rules
from kiosk.rules.actor import Actor
from kiosk.rules.codes import BadgeCode, Bearing, InsuranceCard, NationalQr, Pack, Parsed, TicketCode, VialLabel
from kiosk.rules.looking import Wanted
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, ScanOutcome
from kiosk.store import audit, clinic_days, families, people, rosters, scans, topics, visits
from kiosk.store.columns import record

# A scan is offered by the start screen for this long; a person in the middle of the questions has longer.
OFFERED = timedelta(seconds=45)
USABLE = timedelta(minutes=10)
# Whoever said "that is me" is taken to be answering for this long: their own card, still held, is no news.
ANSWERING = timedelta(minutes=1)
# An agent says a code that stays in view again every four seconds: after this long without a word it was away.
IN_VIEW = timedelta(seconds=10)
# The symbologies of hand scanners: one that types, and one on a serial line (`kiosk/devices/serial_scanner.py`).
BY_HAND = frozenset({scans.KEYED, "Serial"})


def identity_of(scan: scans.Scan) -> Identity | None:
    """Who the scanned code says this is: our own record where there is one."""
    if scan.person_id:
        return people.get(scan.person_id).identity
    return codes.identity_in(scan.read())


@act
def scan_code(by: Actor, now: Moment, id: str, raw: bytes, symbology: str, own: Collection[str] = ()) -> str:
    """Takes a read code for the agent's station; returns its outcome. `own`: the addresses of this box.

    Whatever was offered there and not answered to makes room. The same code again is the same offer, still fresh.
    At a table that confirms identity the card is compared with the person who is there; at one that gives doses a
    vial's label or a pack is about its vaccine. A ticket does at a door or a table what it is shown there for.
    """
    scans.forget_raw([by.station], since=now.at - timedelta(days=1), before=now.at - USABLE)
    scan = scans.Scan(id=id, station=by.station, at=now.at, raw=raw, symbology=symbology, outcome="")
    code = scan.read(own)
    scan.kind = code.kind
    if isinstance(code, BadgeCode) and _locks(by, now, scan, code.badge):
        return ScanOutcome.UNKNOWN_CODE
    if tickets.is_answered(code, by.station) or identity.identifies(by.station):
        return _meet_place(by, now, scan, code)
    if not isinstance(code, Bearing | TicketCode) and _passes_over(by, now, scan):
        return ScanOutcome.UNKNOWN_CODE
    for earlier in scans.list_offered(by.station, now.at - OFFERED):
        if earlier.raw == raw:
            earlier.at = now.at
            audit.add(by, now, "code.seen_again", earlier.id)
            topics.touch(topics.kiosk(by.station))
            return earlier.outcome
        earlier.closed_at = now.at
    answering = scans.find_begun(by.station, now.at - ANSWERING)
    if answering is not None and answering.raw == raw:
        audit.add(by, now, "code.seen_again", answering.id)
        return answering.outcome
    day = find_day(now)
    if isinstance(code, TicketCode):
        tickets.meet(by, now, scan, code, day)
    elif isinstance(code, Bearing):
        _meet_person(scan, code, day, now.on)
        if scan.person_id and isinstance(code, NationalQr):
            people.get(scan.person_id).has_app = True
    else:
        scan.outcome = ScanOutcome.UNKNOWN_CODE
    record(scan, now)
    take_certificate(by, now, scan, code)
    audit.add(by, now, "person.viewed" if scan.person_id else "code.scanned", scan.person_id or scan.id,
              outcome=scan.outcome, kind=scan.kind)  # fmt: skip
    topics.touch(topics.kiosk(by.station))
    return scan.outcome


def _locks(by: Actor, now: Moment, scan: scans.Scan, badge: str) -> bool:
    """Somebody held their own badge to a hand scanner: they go, and their screens lock. Nothing is shown of it.

    Only to one that an agent owns, at which somebody must pull a trigger: a camera sees the badge round a neck all day.
    """
    if by.role is not Role.DEVICE or scan.symbology not in BY_HAND or not lock_by_badge(by, now, badge):
        return False
    scan.outcome, scan.closed_at = ScanOutcome.UNKNOWN_CODE, now.at
    record(scan, now)
    return True


def _passes_over(by: Actor, now: Moment, scan: scans.Scan) -> bool:
    """A code that is nobody's takes the screen from nobody, and comes back to it only when it was away.

    A badge round a neck or a poster on the wall is in the picture all day.
    """
    before = scans.find_read(by.station, scan.raw, now.at - IN_VIEW)
    if before is not None and before.closed_at is not None:
        before.at = now.at
        audit.add(by, now, "code.seen_again", before.id)
        return True
    offered = scans.list_offered(by.station, now.at - OFFERED)
    somebody = any(each.visit_id or identity_of(each) for each in offered)
    if not somebody and scans.find_begun(by.station, now.at - ANSWERING) is None:
        return False
    scan.outcome, scan.closed_at = ScanOutcome.UNKNOWN_CODE, now.at
    record(scan, now)
    audit.add(by, now, "code.passed_over", scan.id, kind=scan.kind)
    return True


def _meet_here(by: Actor, now: Moment, scan: scans.Scan, code: Bearing | TicketCode) -> str:
    """Somebody shows at a door or a table that they are here. What is still held up is one scan, as long as nothing
    more comes of it."""
    day, last = find_day(now), scans.find_newest(by.station, now.at - OFFERED)
    if isinstance(code, TicketCode):
        tickets.meet(by, now, scan, code, day)
    else:
        _meet_person(scan, code, day, now.on)
        scan.outcome = tickets.answer(by, now, visits.get(scan.visit_id)) if scan.visit_id else scan.outcome
    topics.touch(topics.table(by.station))
    if last is not None and last.raw == scan.raw and scan.outcome in (last.outcome, ScanOutcome.CHECKED_IN):
        last.at = now.at
        audit.add(by, now, "code.seen_again", last.id)
        return last.outcome
    record(scan, now)
    audit.add(by, now, "person.viewed" if scan.person_id else "code.scanned", scan.person_id or scan.id,
              outcome=scan.outcome, kind=scan.kind)  # fmt: skip
    return scan.outcome


def _meet_place(by: Actor, now: Moment, scan: scans.Scan, code: Parsed) -> str:
    """A door or a table: somebody is here; or a table that confirms identity, and mostly gives doses: there a vial's
    label or a pack is about its vaccine."""
    if tickets.is_answered(code, by.station):
        return _meet_here(by, now, scan, code)
    if isinstance(code, VialLabel | Pack) and packs.gives_doses(by.station):
        return packs.meet(by, now, scan, code, now.at - IN_VIEW)
    return _compare(by, now, scan, code)


def _compare(by: Actor, now: Moment, scan: scans.Scan, code: Parsed) -> str:
    """The same card, still held, is no news: it is kept out of the line of scans and only noted."""
    day, last = find_day(now), scans.find_newest(scan.station, now.at - OFFERED)
    visit = visits.find_at(day.id, scan.station) if day else None
    same = last is not None and last.raw == scan.raw and last.visit_id == (visit.id if visit else None)
    if last is not None and same and last.closed_at is None and last.compared:
        audit.add(by, now, "code.seen_again", last.id)
        return last.outcome
    identity.meet_scan(by, now, day, scan)
    take_certificate(by, now, scan, code)
    audit.add(by, now, "identity.compared", scan.visit_id or scan.id, outcome=scan.outcome, kind=scan.kind)
    topics.touch(topics.table(by.station))
    return scan.outcome


@act
def confirm_scan(by: Actor, now: Moment, id: str) -> str:
    """The person at the kiosk says "that is me"; from now on another card does not take their place."""
    scan = require_usable(id, by.station, now.at)
    scan.begun_at = scan.begun_at or now.at
    audit.add(by, now, "scan.confirmed", scan.id)
    return scan.id


def _meet_person(scan: scans.Scan, code: Bearing, day: clinic_days.ClinicDay | None, on: date) -> None:
    person = _find_holder(code, on)
    scan.person_id = person.id if person else None
    if day is None:
        scan.outcome = ScanOutcome.NO_CLINIC_DAY
        return
    family = families.find(person.id, day) if person else None
    visit = family.visit if family else None
    if visit is not None:
        scan.outcome, scan.visit_id = ScanOutcome.CHECKED_IN, visit.id
    elif family and (family.holder.expected or family.companions):
        scan.outcome = ScanOutcome.ROSTERED
    elif person or (code.identity.number and code.identity.name):
        scan.outcome = ScanOutcome.NOT_ROSTERED
    else:
        scan.outcome = ScanOutcome.INCOMPLETE


def _find_holder(code: Bearing, on: date) -> people.Person | None:
    """By number, else by insurance number; else the only one whom it may mean: of those expected today, else of all.

    Two numbers are two people. A masked code says too little to mean anybody who is not expected, or one of two.
    """
    number = code.identity.number
    person = people.find_by_number(number) if number else None
    if person is not None:
        return None if rules.contradicts(person.identity, code) else person
    insured = [one for one in _list_insured(code) if rules.agrees(one.identity, code)]
    if len(insured) == 1:
        return insured[0]
    found = [one for one in people.list_alike(code.identity) if rules.may_be(one.identity, code)]
    expected = [one for one in found if rosters.find_entry(one.id, on)]
    among = found if rules.is_masked(code) or not expected else expected
    if len(among) != 1 or len({one.number for one in found if one.number}) > 1:
        return None
    return None if rules.is_masked(code) and not expected else among[0]


def _list_insured(code: Bearing) -> list[people.Person]:
    """Whoever has the insurance number that stands on the card, or in the app."""
    text = code.number if isinstance(code, InsuranceCard) else ""
    text = code.insurance_number if isinstance(code, NationalQr) and not code.masked else text
    return people.list_by_numbers(Wanted(insurance=text.upper())) if len(text) in (10, 15) else []


def require_usable(id: str, station: str, at: datetime) -> scans.Scan:
    """The station's scan, while it may still be used. Raises NotFound (another station's), Refusal `scan_too_old`."""
    scan = scans.get(id)
    if scan.station != station:
        raise NotFound("scan")
    if scan.closed_at is not None or scan.at < at - USABLE:
        raise Refusal("scan_too_old")
    return scan


@act
def drop_scan(by: Actor, now: Moment, id: str) -> str:
    """The person went away or said that it is not them; the screen is free again."""
    scan = scans.get(id)
    if scan.station != by.station:
        raise NotFound("scan")
    scan.closed_at = scan.closed_at or now.at
    audit.add(by, now, "scan.dropped", scan.id)
    topics.touch(topics.kiosk(by.station))
    return scan.id

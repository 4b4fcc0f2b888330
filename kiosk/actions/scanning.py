"""Something was held to a camera."""

from __future__ import annotations

from datetime import datetime, timedelta

from kiosk.actions.act import act
from kiosk.errors import NotFound, Refusal
from kiosk.rules import codes
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Card, Parsed, TicketCode
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity
from kiosk.rules.words import ScanOutcome
from kiosk.store import audit, clinic_days, people, rosters, scans, topics, visits
from kiosk.store.columns import record

# A scan is offered by the start screen for this long; a person in the middle of the questions has longer.
OFFERED = timedelta(seconds=45)
USABLE = timedelta(minutes=10)


def parse(raw: bytes) -> Parsed | None:
    """The code in the bytes of a scan, or None."""
    try:
        return codes.read(raw.decode())
    except UnicodeDecodeError:
        return None


def identity_of(scan: scans.Scan) -> Identity | None:
    """Who the scanned card says this is: our own record where there is one."""
    if scan.person_id:
        return people.get(scan.person_id).identity
    code = parse(scan.raw)
    return code.identity if isinstance(code, Card) else None


@act
def scan_code(by: Actor, now: Moment, id: str, raw: bytes, symbology: str) -> str:
    """Takes a read code for the agent's station; returns its outcome. What was offered there before is closed."""
    scan = scans.Scan(id=id, station=by.station, at=now.at, raw=raw, symbology=symbology, outcome="")
    day = clinic_days.find_open()
    code = parse(raw)
    if isinstance(code, TicketCode):
        _meet_ticket(scan, code, day)
    elif isinstance(code, Card):
        _meet_card(scan, code, day)
    else:
        scan.outcome = ScanOutcome.UNKNOWN_CODE
    for earlier in scans.list_open(by.station):
        if earlier.at >= now.at - OFFERED:
            earlier.closed_at = now.at
    record(scan, now)
    audit.add(by, now, "person.viewed" if scan.person_id else "code.scanned", scan.person_id or scan.id,
              outcome=scan.outcome)  # fmt: skip
    topics.touch(topics.kiosk(by.station))
    return scan.outcome


def _meet_ticket(scan: scans.Scan, code: TicketCode, day: clinic_days.ClinicDay | None) -> None:
    visit = visits.find_by_token(code.token)
    known = visit is not None and day is not None and visit.clinic_day_id == day.id
    scan.outcome = ScanOutcome.CHECKED_IN if known else ScanOutcome.UNKNOWN_TICKET
    if visit is not None and known:
        scan.visit_id, scan.person_id = visit.id, visit.person_id


def _meet_card(scan: scans.Scan, code: Card, day: clinic_days.ClinicDay | None) -> None:
    person = people.find_by_number(code.identity.number)
    scan.person_id = person.id if person else None
    if day is None:
        scan.outcome = ScanOutcome.NO_CLINIC_DAY
        return
    visit = visits.find(day.id, person.id) if person else None
    if visit is not None:
        scan.outcome, scan.visit_id = ScanOutcome.CHECKED_IN, visit.id
    elif person and rosters.find_entry(person.id, day.on):
        scan.outcome = ScanOutcome.ROSTERED
    else:
        scan.outcome = ScanOutcome.NOT_ROSTERED


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

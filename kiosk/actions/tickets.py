"""A ticket that somebody shows: wherever it is scanned in the site, it finds the visit, and the place does its part."""

from __future__ import annotations

from typing import TypeGuard

from kiosk import protocols
from kiosk.actions import doors, moves, queueing, table
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Bearing, Parsed, TicketCode
from kiosk.rules.moment import Moment
from kiosk.rules.queueing import label, read_label
from kiosk.rules.words import ScanOutcome, VisitState
from kiosk.store import clinic_days, scans, stations, visits


def is_answered(code: Parsed, station: str) -> TypeGuard[Bearing | TicketCode]:
    """Does this code do something here at once: a ticket at a door or a table, any card of a person at a door?

    At kiosk and desk a ticket opens a page; a card at a table is compared with whoever is there.
    """
    kind = stations.get(station).kind
    if kind == "door":
        return isinstance(code, Bearing | TicketCode)
    return isinstance(code, TicketCode) and kind not in ("kiosk", "desk")


def meet(by: Actor, now: Moment, scan: scans.Scan, code: TicketCode, day: clinic_days.ClinicDay | None) -> None:
    """Within the scan's act: whose ticket it is, and what came of it. `day`: the one that is open.

    Of another site's ticket nothing is known; of one of another clinic day only which day that was.
    """
    visit = visits.find_by_token(code.token)
    if visit is None:
        scan.outcome = ScanOutcome.UNKNOWN_TICKET
        return
    scan.visit_id = visit.id
    if day is None or visit.clinic_day_id != day.id:
        scan.outcome = ScanOutcome.OTHER_DAY
        return
    scan.person_id = visit.person.id
    scan.outcome = answer(by, now, visit)


def answer(by: Actor, now: Moment, visit: visits.Visit) -> ScanOutcome:
    """Somebody of today shows that they are here; within an act.

    At a door they come in. At the table that has called them they have come. Whoever was absent when called is back in
    the line wherever they show it.
    """
    station = stations.get(by.station)
    if station.kind == "door":
        return doors.come_in(by, now, visit, station.zone)
    if visit.stands is VisitState.HELD and visit.held_for == moves.ABSENT:
        queueing.bring_back(by, now, visit)
        return ScanOutcome.BACK
    if visit.stands is VisitState.CALLED and visit.station == station.code:
        table.welcome(by, now, visit)
        return ScanOutcome.RECEIVED
    return ScanOutcome.CHECKED_IN


def require_typed(day: clinic_days.ClinicDay, typed: str) -> visits.Visit:
    """The visit with a number as people write it: `A147`, `a 147`, `147` where one lane only has it.

    Raises Refusal `number_unreadable`, `number_not_given`, `number_in_two` (several lanes have it: which one?).
    """
    named, digits = read_label(typed), typed.strip()
    if named is None and not (digits.isascii() and digits.isdecimal() and len(digits) < 6):
        raise Refusal("number_unreadable", field="number")
    meant = [named] if named else [(lane.letter, int(digits)) for lane in protocols.lanes().lanes]
    found = [visit for letter, n in meant if (visit := visits.find_number(day.id, letter, n))]
    if not found:
        raise Refusal("number_not_given", field="number", number=label(*named) if named else digits)
    if len(found) > 1:
        raise Refusal("number_in_two", field="number", numbers=", ".join(visit.label for visit in found))
    return found[0]

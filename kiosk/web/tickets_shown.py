"""What is said of a ticket that was shown: where its person belongs, or why it is not taken here."""

from __future__ import annotations

from typing import Any

from flask import g

from kiosk.actions import queueing, scanning, zones
from kiosk.rules.words import CodeKind, ScanOutcome, VisitState
from kiosk.store import clinic_days, scans, stations, visits
from kiosk.web import shown

Said = dict[str, Any]
Words = tuple[str, str, str | None]
# Codes that lead to no visit: kind of notice, sentence, what to do. Any other was read by nobody.
NOBODYS = {
    ScanOutcome.UNKNOWN_TICKET: ("stop", "ticket.unknown", "ticket.unknown.more"),
    ScanOutcome.ROSTERED: ("look", "ticket.numberless", "ticket.numberless.more"),
    ScanOutcome.NOT_ROSTERED: ("look", "ticket.numberless", "ticket.numberless.more"),
}
UNREADABLE = ("look", "ticket.unreadable", "ticket.unreadable.more")
AT = {
    VisitState.CALLED: "ticket.called", VisitState.AT_TABLE: "ticket.at_table", VisitState.SEATED: "ticket.seated",
}  # fmt: skip


def last() -> Said | None:
    """The last ticket that was shown at this table or door, for as long as a screen offers a scan; None after that."""
    scan = scans.find_offered(g.actor.station, g.now.at - scanning.OFFERED)
    if scan is None or (scan.kind != CodeKind.TICKET and stations.get(scan.station).kind != "door"):
        return None
    return of(scan)


def of(scan: scans.Scan) -> Said:
    """kind (of notice), sentence and more (what to do, or none) of a scan; `stamp` changes when they do."""
    kind, sentence, more = _words(scan)
    return {
        "scan": scan.id,
        "kind": kind,
        "sentence": sentence,
        "more": more,
        "stamp": shown.stamp(scan.id, scan.at, sentence, more),
    }


def _words(scan: scans.Scan) -> Words:
    visit = visits.get(scan.visit_id) if scan.visit_id else None
    if visit is None:
        kind, sentence, more = NOBODYS.get(ScanOutcome(scan.outcome), UNREADABLE)
        return kind, shown.say(sentence), shown.say(more)
    if scan.outcome == ScanOutcome.OTHER_DAY:
        return _of_other_day(visit)
    if visit.stands is VisitState.LEFT:
        return "look", _gone(visit), shown.say("ticket.gone.more")
    return _answered(scan, visit) or _where(visit, back=scan.outcome == ScanOutcome.BACK)


def _answered(scan: scans.Scan, visit: visits.Visit) -> Words | None:
    """What the door or the table did."""
    if scan.outcome == ScanOutcome.ZONE_FULL and visit.spot is None:
        return "stop", shown.say("ticket.full", zone=visit.zone), _waits_outside(visit)
    if scan.outcome == ScanOutcome.ENTERED and visit.spot is not None:
        return "right", shown.say("ticket.entered", number=visit.label, spot=visit.spot), None
    if scan.outcome == ScanOutcome.RECEIVED:
        return "right", shown.say("ticket.received", number=visit.label), None
    return None


def _of_other_day(visit: visits.Visit) -> Words:
    day = clinic_days.get(visit.clinic_day_id)
    facts = {"half": shown.say(f"ticket.half.{day.half}"), "on": f"{day.on:%d/%m/%Y}"}
    if clinic_days.find_open() is None:
        return "stop", shown.say("ticket.day_closed", **facts), shown.say("ticket.day_closed.more")
    return "stop", shown.say("ticket.other_day", **facts), shown.say("ticket.other_day.more")


def _gone(visit: visits.Visit) -> str:
    if visit.left_at is None:
        return shown.say("ticket.gone", number=visit.label)
    return shown.say("ticket.gone_at", number=visit.label, time=shown.at(visit.left_at))


def _waits_outside(visit: visits.Visit) -> str:
    """How long until there is a spot for this visit: those before it outside have the first ones."""
    day = clinic_days.get(visit.clinic_day_id)
    minutes = zones.minutes_to_spot(day, visit.zone, g.now)
    if minutes is None:
        return shown.say("ticket.full.more", number=visit.label)
    return shown.say("ticket.full.minutes", number=visit.label, n=minutes)


def _where(visit: visits.Visit, *, back: bool) -> Words:
    """Where somebody belongs for whom nothing was done here; `back`: but that they are in the line again."""
    number, here = visit.label, stations.get(g.actor.station)
    if visit.stands in AT:
        return "look", shown.say(AT[visit.stands], number=number, place=shown.place(visit.station)), None
    if visit.stands is VisitState.HELD:
        return (
            "look",
            shown.say("ticket.held", number=number, reason=shown.held_for(visit)),
            shown.say("ticket.held.more"),
        )
    if here.kind == "door" and visit.inside == here.zone and visit.spot is not None:
        return "right", shown.say("ticket.inside", number=number, spot=visit.spot), None
    said = shown.say("ticket.back" if back else "ticket.waits", number=number, n=queueing.count_ahead(visit))
    step, zone = shown.step(visit.step), visit.inside or visit.zone
    if not visit.inside:
        return "look", said, shown.say("ticket.waits.outside", step=step, zone=zone)
    where = "ticket.waits.zone" if visit.spot is None else "ticket.waits.inside"
    return "right" if back else "look", said, shown.say(where, step=step, zone=zone, spot=visit.spot)

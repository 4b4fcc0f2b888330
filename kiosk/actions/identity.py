"""Making sure, before the needle, that this is the right person: a second card, or what they say themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from kiosk import protocols
from kiosk.actions.act import act
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.table import forget_cards, go_on, require_at_table
from kiosk.errors import Refusal
from kiosk.rules import identity as rules
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Bearing
from kiosk.rules.moment import Moment
from kiosk.rules.person import Identity, clean_text
from kiosk.rules.words import Compared, Identified, IdentityMethod, ScanOutcome, VisitState
from kiosk.store import audit, clinic_days, identity_checks, people, records, scans, stations, topics, visits
from kiosk.store.columns import record

# A card held before the person was called says nothing of them; one held longer ago than this is forgotten.
FRESH = timedelta(minutes=10)


def identifies(station: str) -> bool:
    """Is identity confirmed at this station?"""
    return bool(protocols.steps().recording("identity") & set(stations.get(station).steps))


def meet_scan(by: Actor, now: Moment, day: clinic_days.ClinicDay | None, scan: scans.Scan) -> None:
    """A card was held to this table's camera: compared with whoever is there; what matches is confirmed at once.

    Part of the scan's own act. The card's text is kept only while somebody has to look at the difference. A code that
    is no second source by itself confirms nothing; it is compared only where its number says that this is another.
    """
    visit = visits.find_at(day.id, by.station) if day else None
    code = bearing_of(scan)
    if visit is None or visit.stands is not VisitState.AT_TABLE or not _is_due(visit):
        scan.outcome, scan.raw = ScanOutcome.NOBODY_HERE, b""
        record(scan, now)
        return
    fields = _compare_fields(visit, code) if code else {}
    compared = code is not None and (
        fields["number"] is Compared.DIFFERS or _is_second_source(scan, code, visit, fields)
    )  # fmt: skip
    if code is not None and not compared:
        scan.raw = b""
    read_in_part = ScanOutcome.INCOMPLETE if code else ScanOutcome.UNKNOWN_CODE
    scan.outcome = ScanOutcome.COMPARED if compared else read_in_part
    # A code that says too little does not make anybody forget a card that said otherwise.
    scan.visit_id = visit.id if compared or not needs_reason(visit) else None
    record(scan, now)
    if compared and code and rules.outcome(fields) is Identified.MATCH:
        _confirm_scan(by, now, visit, scan, code.identity, fields)


def _is_second_source(scan: scans.Scan, code: Bearing, visit: visits.Visit, fields: dict[str, Compared]) -> bool:
    """May it confirm who is here? Not by name and birth date alone where we know somebody else of the same."""
    if scan.keyed or not rules.is_second_source(code):
        return False
    if fields["number"] is Compared.SAME or rules.outcome(fields) is not Identified.MATCH:
        return True
    others = (one for one in people.list_alike(code.identity) if one.id != visit.person.id)
    return not any(rules.may_be(one.identity, code) for one in others)


def _is_due(visit: visits.Visit) -> bool:
    return "identity" in protocols.steps().get(visit.step).missing(records.recorded(visit))


def bearing_of(scan: scans.Scan) -> Bearing | None:
    """What was read of somebody; None for a ticket, an unknown code, or a card already forgotten."""
    code = scan.read()
    return code if isinstance(code, Bearing) else None


def look_at(visit: visits.Visit, now: Moment) -> tuple[scans.Scan | None, Identity | None, dict[str, Compared]]:
    """The newest code held to the visit's table since the person was called, while it may still be looked at.

    The scan, who it says this is, and the fields compared; no more than the scan where it was no second source.
    """
    scan = scans.find_since_call(visit)
    if scan is None or scan.at < now.at - FRESH:
        return None, None, {}
    code = bearing_of(scan) if scan.outcome == ScanOutcome.COMPARED else None
    return scan, code.identity if code else None, _compare_fields(visit, code) if code else {}


def _compare_fields(visit: visits.Visit, code: Bearing) -> dict[str, Compared]:
    """As the rules compare; a number that we know as another person's differs from having none."""
    seen = code.identity
    fields = rules.compare_code(visit.person.identity, code)
    owner = people.find_by_number(seen.number) if seen.number else None
    if owner is not None and owner.id != visit.person.id:
        fields["number"] = Compared.DIFFERS
    return fields


@act
def confirm_alike(by: Actor, now: Moment, visit_id: str) -> str:
    """The nurse has looked at a name that differs only in its marks: it is the right person.

    Raises Refusal `nobody_on_duty`, and `nothing_to_confirm` when the last card is no such case (any more).
    """
    visit = require_at_table(by, visit_id, "identity")
    answering = require_answering(by, require_open_day(now), "identity")
    scan, seen, fields = look_at(visit, now)
    if scan is None or seen is None or rules.outcome(fields) is not Identified.LOOK or not _is_due(visit):
        raise Refusal("nothing_to_confirm")
    _confirm_scan(by, now, visit, scan, seen, fields, answering.id)
    return visit.id


@act
def confirm_spoken(by: Actor, now: Moment, visit_id: str, said: Sequence[str], reason: str) -> str:
    """The person has said themselves who they are, and it is what the list says; recorded as spoken.

    Raises Refusal `nobody_on_duty`, `spoken_missing`, and `card_differs` where a card that was held here says otherwise
    and no `reason` is given.
    """
    visit = require_at_table(by, visit_id, "identity")
    answering = require_answering(by, require_open_day(now), "identity")
    spoken = rules.require_spoken(protocols.identity(), said)
    if not _is_due(visit):
        raise Refusal("visit_moved_on", state=visit.state, move="stay")
    scan, _, fields = look_at(visit, now)
    reason = clean_text(reason)[:200]
    outcome = rules.outcome(fields) if fields else Identified.MATCH
    if needs_reason(visit):
        if not reason:
            raise Refusal("card_differs", field="reason")
        # Its text may be forgotten by now; that it was held is not.
        scan = scan or scans.find_since_call(visit)
        outcome = outcome if fields else Identified.DIFFERS
    row = identity_checks.IdentityCheck(
        visit_id=visit.id, station=by.station, method=IdentityMethod.SPOKEN, outcome=outcome,
        document=scan.kind if scan else "", fields=_words(fields), spoken=list(spoken),
        scan_id=scan.id if scan else None, reason=reason, at=now.at, by=by.id, answered_by=answering.id,
    )  # fmt: skip
    _note(by, now, visit, row, scan)
    return visit.id


def needs_reason(visit: visits.Visit) -> bool:
    """Was a card held for this person that did not match, even one whose text is forgotten by now?"""
    held = scans.find_since_call(visit)
    return held is not None and held.outcome == ScanOutcome.COMPARED


def _words(fields: dict[str, Compared]) -> dict[str, str]:
    return {name: str(how) for name, how in fields.items()}


def _confirm_scan(
    by: Actor, now: Moment, visit: visits.Visit, scan: scans.Scan, seen: Identity, fields: dict[str, Compared],
    answering: str = "",
) -> None:  # fmt: skip
    row = identity_checks.IdentityCheck(
        visit_id=visit.id, station=by.station, method=IdentityMethod.SCAN, outcome=rules.outcome(fields),
        document=scan.kind, fields=_words(fields), spoken=[], scan_id=scan.id, at=now.at, by=by.id,
        answered_by=answering,
    )  # fmt: skip
    if visit.person.number is None and seen.number:
        visit.person.number = seen.number
        audit.add(by, now, "person.numbered", visit.person.id)
    _note(by, now, visit, row, scan)


def _note(
    by: Actor, now: Moment, visit: visits.Visit, row: identity_checks.IdentityCheck, scan: scans.Scan | None
) -> None:
    record(row, now)
    if scan is not None:
        scan.raw, scan.closed_at = b"", now.at
    forget_cards(by, now)
    audit.add(by, now, "identity.confirmed", visit.id, method=row.method, outcome=row.outcome,
              document=row.document)  # fmt: skip
    topics.touch(topics.TABLES)
    if not protocols.steps().get(visit.step).missing(records.recorded(visit)):
        go_on(by, now, visit)

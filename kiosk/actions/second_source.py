"""What was held to a table's camera since somebody was called there, and what it says of them."""

from __future__ import annotations

from datetime import timedelta

from kiosk.rules import identity as rules
from kiosk.rules.codes import Bearing
from kiosk.rules.moment import Moment
from kiosk.rules.words import CodeKind, Compared, DocumentKind, Identified, ScanOutcome
from kiosk.store import families, identity_checks, people, scans, visits

# A card held before the person was called says nothing of them; one held longer ago than this is forgotten.
FRESH = timedelta(minutes=10)
# What speaks against a card that is not enough by itself. The rest only leaves open who this is.
OTHERWISE = {Compared.DIFFERS, *rules.SLIPS}


def bearing_of(scan: scans.Scan) -> Bearing | None:
    """What was read of somebody; None for a ticket, an unknown code, or a card already forgotten."""
    code = scan.read()
    return code if isinstance(code, Bearing) else None


def look_at(visit: visits.Visit, now: Moment) -> tuple[scans.Scan | None, Bearing | None, dict[str, Compared]]:
    """The newest code held to the visit's table since the person was called, while it may still be looked at.

    The scan, what it says, and the fields compared; no more than the scan where it was no second source.
    """
    scan = scans.find_since_call(visit)
    if scan is None or scan.at < now.at - FRESH:
        return None, None, {}
    code = bearing_of(scan) if scan.compared else None
    return scan, code, compare_fields(visit, code) if code else {}


def compare_fields(visit: visits.Visit, code: Bearing) -> dict[str, Compared]:
    """As the rules compare; a number that we know as another person's differs from having none."""
    seen = code.identity
    fields = rules.compare_code(visit.person.identity, code)
    owner = people.find_by_number(seen.number) if seen.number else None
    if owner is not None and owner.id != visit.person.id:
        fields["number"] = Compared.DIFFERS
    return fields


def newest_compared(visit: visits.Visit) -> scans.Scan | None:
    """The newest code that was compared with this person since they were called; None where none was."""
    found = [scan for scan in scans.list_since_call(visit) if scan.compared]
    return found[0] if found else None


def says_otherwise(fields: dict[str, Compared]) -> bool:
    """Is this card somebody else's, as far as it can be told, and not merely too little?"""
    return rules.outcome(fields) is Identified.DIFFERS and bool(OTHERWISE & set(fields.values()))


def is_contradicted(visit: visits.Visit) -> bool:
    """Was a card held for this person that says otherwise? Then what they say themselves is not enough."""
    return bool(list_against(visit))


def list_against(visit: visits.Visit) -> list[scans.Scan]:
    """The cards held for this person that say otherwise, newest first, since it was last made sure who they are.

    Leaving the table and being called again, to this one or another, takes none of them back: only a card that confirms
    them, or two of the staff. A card's text is soon forgotten; then what it said when it was held counts, so that one
    that asked for no more than a look speaks against nobody later.
    """
    known = identity_checks.find_last(visit)
    held = scans.list_compared(visit, known.seq if known else 0)
    return [scan for scan in held if _speaks_against(visit, scan)]


def _speaks_against(visit: visits.Visit, scan: scans.Scan) -> bool:
    code = bearing_of(scan)
    return says_otherwise(compare_fields(visit, code)) if code else scan.outcome == ScanOutcome.DIFFERED


def is_enough(visit: visits.Visit, code: Bearing) -> bool:
    """Does a card that agrees leave nothing to ask? A number is learned from the front of the national card alone."""
    says = code.kind is CodeKind.NATIONAL_CARD and bool(code.identity.number)
    return is_another_source(visit.person, code) and (bool(visit.person.number) or says)


def is_another_source(person: people.Person, code: Bearing) -> bool:
    """Is it another paper than the one that the desk wrote this person down from?

    Whoever is said to have shown none may have been read off any.
    """
    known_from = DocumentKind(person.document) if person.document else None
    return rules.is_two_sources(code.kind if known_from is DocumentKind.NONE else known_from, code)


def is_guardians(code: Bearing, visit: visits.Visit, fields: dict[str, Compared]) -> bool:
    """Whoever comes with a child shows their own card first: it says nothing of the child, for or against."""
    differs = fields["number"] is Compared.DIFFERS
    guardian = families.find_guardian(visit.person.id) if differs else None
    return guardian is not None and guardian.number == code.identity.number != ""

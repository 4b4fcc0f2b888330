"""Making sure, before the needle, that this is the right person: a second card, what they say, or two of the staff."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk import protocols
from kiosk.actions import follow_up, sign_in
from kiosk.actions.act import act
from kiosk.actions.correcting import believe_card
from kiosk.actions.day import require_open_day
from kiosk.actions.duty import require_answering
from kiosk.actions.follow_up import NOTHING_SAID, Numbered
from kiosk.actions.second_source import (
    bearing_of,
    compare_fields,
    is_another_source,
    is_contradicted,
    is_enough,
    is_guardians,
    list_against,
    look_at,
    newest_compared,
    says_otherwise,
)
from kiosk.actions.steps import go_on
from kiosk.actions.table import forget_cards, require_at_table
from kiosk.errors import Refusal
from kiosk.rules import identity as rules
from kiosk.rules.actor import Actor
from kiosk.rules.codes import Bearing
from kiosk.rules.moment import Moment
from kiosk.rules.permissions import may
from kiosk.rules.person import clean_text
from kiosk.rules.words import Compared, FollowUpKind, Identified, IdentityMethod, ScanOutcome, VisitState
from kiosk.store import audit, clinic_days, identity_checks, people, records, scans, staff, stations, topics, visits
from kiosk.store.columns import record

# Asked of whoever stands beside the vaccinator, not of whoever uses the page.
VOUCHES = "identity.vouch"


def identifies(station: str) -> bool:
    """Is identity confirmed at this station?"""
    return bool(protocols.steps().recording("identity") & set(stations.get(station).steps))


def meet_scan(by: Actor, now: Moment, day: clinic_days.ClinicDay | None, scan: scans.Scan) -> None:
    """A card was held to this table's camera: compared with whoever is there; what matches is confirmed at once.

    Part of the scan's own act. The card's text is kept only while somebody has to look at the difference. A code that
    is no second source by itself confirms nothing; it is compared only where its number says that this is another.
    Where the number is missing, or the card is the one that the desk wrote this person down from, more is asked first.
    """
    visit = visits.find_at(day.id, by.station) if day else None
    code = bearing_of(scan)
    if visit is None or visit.stands is not VisitState.AT_TABLE or not _is_due(visit):
        scan.outcome, scan.raw = ScanOutcome.NOBODY_HERE, b""
        record(scan, now)
        return
    fields = compare_fields(visit, code) if code else {}
    compared = code is not None and not is_guardians(code, visit, fields) and (
        fields["number"] is Compared.DIFFERS or _is_second_source(scan, code, visit, fields)
    )  # fmt: skip
    if code is not None and not compared:
        scan.raw = b""
    if compared:
        scan.outcome = ScanOutcome.DIFFERED if says_otherwise(fields) else ScanOutcome.COMPARED
    else:
        scan.outcome = ScanOutcome.INCOMPLETE if code else ScanOutcome.UNKNOWN_CODE
    # A code that says too little does not make anybody forget a card that said otherwise.
    scan.visit_id = visit.id if compared or newest_compared(visit) is None else None
    record(scan, now)
    if compared and code and rules.outcome(fields) is Identified.MATCH and is_enough(visit, code):
        _note(by, now, visit, _check(visit, IdentityMethod.SCAN, scan, fields), scan, code)


def _is_second_source(scan: scans.Scan, code: Bearing, visit: visits.Visit, fields: dict[str, Compared]) -> bool:
    """May it confirm who is here? Not without the number where we know somebody else of that name and birth date."""
    if scan.keyed or not rules.is_second_source(code):
        return False
    if fields["number"] is Compared.SAME or rules.outcome(fields) is Identified.DIFFERS:
        return True
    others = (one for one in people.list_alike(code.identity) if one.id != visit.person.id)
    return not any(rules.may_be(one.identity, code) for one in others)


def _is_due(visit: visits.Visit) -> bool:
    recorded = protocols.steps().get(visit.step).must_record
    return "identity" in recorded and "identity" not in records.recorded(visit)


@act
def confirm_alike(by: Actor, now: Moment, visit_id: str, number: Numbered = NOTHING_SAID) -> str:
    """The nurse has looked at what differs in the list's writing, or has asked for the number: it is the right person.

    Raises Refusal `nobody_on_duty`, `nothing_to_confirm` when the last card is no such case (any more), `card_differs`
    where another one that was held here says otherwise, and as `_settle_number`.
    """
    visit = require_at_table(by, visit_id, "identity")
    answering = require_answering(by, require_open_day(now), "identity")
    scan, code, fields = look_at(visit, now)
    agrees = rules.outcome(fields) is not Identified.DIFFERS if fields else False
    if scan is None or code is None or not agrees or not is_another_source(visit.person, code) or not _is_due(visit):
        raise Refusal("nothing_to_confirm")
    if is_contradicted(visit):
        raise Refusal("card_differs")
    row = _check(visit, IdentityMethod.SCAN, scan, fields)
    row.answered_by = answering.id
    _note(by, now, visit, row, scan, code, number)
    return visit.id


@act
def confirm_spoken(
    by: Actor, now: Moment, visit_id: str, said: Sequence[str], number: Numbered = NOTHING_SAID
) -> str:  # fmt: skip
    """The person has said themselves who they are, and it is what the list says; recorded as spoken.

    Raises Refusal `nobody_on_duty`, `spoken_missing`, `card_differs` where a card that was held here says otherwise
    (then two of the staff answer: `override`), and as `_settle_number`.
    """
    visit = require_at_table(by, visit_id, "identity")
    answering = require_answering(by, require_open_day(now), "identity")
    spoken = rules.require_spoken(protocols.identity(), said)
    _require_due(visit)
    if is_contradicted(visit):
        raise Refusal("card_differs")
    scan, code, fields = look_at(visit, now)
    row = _check(visit, IdentityMethod.SPOKEN, scan, fields)
    # A card that is too little by itself speaks for nobody, but not against them either.
    row.outcome = Identified.LOOK if row.outcome == Identified.LOOK else Identified.MATCH
    row.spoken, row.answered_by = list(spoken), answering.id
    agrees = bool(fields) and rules.outcome(fields) is not Identified.DIFFERS
    _note(by, now, visit, row, scan, code if agrees else None, number)
    return visit.id


def override(
    by: Actor, now: Moment, key: str, visit_id: str, reason: str, words: str, second: tuple[str, str],
    attempts: int, lock_minutes: int, number: Numbered = NOTHING_SAID,
) -> str:  # fmt: skip
    """Two members of staff answer for it that this is the right person, although a card says otherwise.

    `second`: badge or name, and PIN, of whoever stands beside the one who answers for the needle. Returns the visit's
    id. Raises Refusal `nobody_on_duty`, `nothing_to_override`, `override_reason_missing`, `override_note_missing`,
    `second_missing`, `second_same`, `second_may_not`, as `sign_in.require_known` (wrong PINs count), and as
    `_settle_number`. The PIN is tried before the transaction.
    """
    who, pin = second
    found, right = sign_in.who_may(who, pin) if who.strip() and pin else (None, [])
    return _override(by, now, key, visit_id, reason, words, found, right, attempts, lock_minutes, number)


@act
def _override(
    by: Actor, now: Moment, visit_id: str, reason: str, words: str, found: list[str] | None, right: list[str],
    attempts: int, lock_minutes: int, number: Numbered,
) -> str:  # fmt: skip
    visit = require_at_table(by, visit_id, "identity")
    answering = require_answering(by, require_open_day(now), "identity")
    _require_due(visit)
    against = list_against(visit)
    if not against:
        raise Refusal("nothing_to_override")
    reason, words = _require_reason(reason, words)
    if found is None:
        raise Refusal("second_missing", field="second")
    scan = newest_compared(visit) or against[0]
    row = _check(visit, IdentityMethod.OVERRIDE, scan, look_at(visit, now)[2])
    row.outcome, row.reason, row.answered_by = Identified.DIFFERS, f"{reason} {words}".strip(), answering.id
    row.second_by = _require_second(by, now, found, right, attempts, lock_minutes, answering).id
    follow_up.note(by, now, visit.person.id, visit.id, FollowUpKind.MISMATCH, reason, words)
    _note(by, now, visit, row, scan, None, number)
    return visit.id


def _require_due(visit: visits.Visit) -> None:
    if not _is_due(visit):
        raise Refusal("visit_moved_on", state=visit.state, move="stay")


def _require_reason(reason: str, words: str) -> tuple[str, str]:
    words = clean_text(words)[:150]
    if reason not in {each.code for each in protocols.identity().overrides}:
        raise Refusal("override_reason_missing", field="override_reason")
    if reason == "other" and not words:
        raise Refusal("override_note_missing", field="override_note")
    return reason, words


def _require_second(
    by: Actor, now: Moment, found: list[str], right: list[str], attempts: int, lock_minutes: int,
    answering: staff.Staff,
) -> staff.Staff:  # fmt: skip
    member = sign_in.require_known(by, now, found, right, attempts, lock_minutes)
    if member.id in (answering.id, by.id):
        raise Refusal("second_same", field="second")
    if not may(member.works_as, VOUCHES):
        raise Refusal("second_may_not", field="second")
    return member


def _settle_number(by: Actor, now: Moment, visit: visits.Visit, number: Numbered) -> str:
    """Nobody is turned away for want of a number, and nobody passes without its being asked for; the reason, or "".

    Raises Refusal `number_missing`, and as `follow_up.learn_number`.
    """
    if visit.person.number:
        return ""
    if number.typed.strip():
        follow_up.learn_number(by, now, visit.person, number, visit.id)
        return ""
    if number.reason not in {each.code for each in protocols.identity().no_number}:
        raise Refusal("number_missing", field="number")
    follow_up.note(by, now, visit.person.id, visit.id, FollowUpKind.NO_NUMBER, number.reason)
    return number.reason


def _check(
    visit: visits.Visit, method: IdentityMethod, scan: scans.Scan | None, fields: dict[str, Compared]
) -> identity_checks.IdentityCheck:
    compared = scan is not None and scan.compared
    return identity_checks.IdentityCheck(
        visit_id=visit.id, method=method, outcome=rules.outcome(fields) if fields else Identified.MATCH,
        document=scan.kind if scan and compared else "", fields={name: str(how) for name, how in fields.items()},
        spoken=[], scan_id=scan.id if scan else None,
    )  # fmt: skip


def _note(
    by: Actor, now: Moment, visit: visits.Visit, row: identity_checks.IdentityCheck, scan: scans.Scan | None,
    code: Bearing | None, number: Numbered = NOTHING_SAID,
) -> None:  # fmt: skip
    """`code`: the card that agrees and may put our record right; None where there is none."""
    if scan is not None and code is not None and not scan.keyed:
        believe_card(by, now, visit, code)
    row.number_reason = _settle_number(by, now, visit, number)
    row.station, row.at, row.by = by.station, now.at, by.id
    record(row, now)
    if scan is not None:
        scan.raw, scan.closed_at = b"", now.at
    forget_cards(by, now)
    audit.add(by, now, "identity.confirmed", visit.id, method=row.method, outcome=row.outcome,
              document=row.document, second=row.second_by, numberless=row.number_reason)  # fmt: skip
    topics.touch(topics.table(by.station))
    if protocols.steps().get(visit.step).is_over(records.recorded(visit)):
        go_on(by, now, visit)

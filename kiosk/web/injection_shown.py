"""What the injection table shows: two sources of one person, then the dose and what the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import duty
from kiosk.actions import identity as acts
from kiosk.actions.day import find_day
from kiosk.actions.injection import may_give
from kiosk.rules import identity as rules
from kiosk.rules.permissions import may
from kiosk.rules.person import Identity, birth_text, masked_number
from kiosk.rules.schedule import Answer, Reason
from kiosk.rules.words import Arm, CodeKind, Compared, Conclusion, Identified, IdentityMethod, ScanOutcome, Sex
from kiosk.store import doses, heartbeats, identity_checks, lots, screenings, staff, visits
from kiosk.web import number_shown, shown

Given = MultiDict[str, str] | None

FIELDS = {"name": "identity.name", "sex": "identity.sex", "birth": "identity.birth", "number": "station.number"}
# words, sign and colour of one field of two sources
COMPARED = {
    Compared.SAME: ("identity.same", "check", "right"),
    Compared.YEAR: ("identity.same_year", "check", "right"),
    Compared.PLAIN: ("identity.plain", "check", "right"),
    Compared.MARKS: ("identity.marks", "triangle-alert", "look"),
    Compared.DIFFERS: ("identity.differs", "octagon-x", "stop"),
    Compared.ABSENT: ("identity.absent", "minus", "soft"),
}
# What is said of a code that was not compared.
UNREAD: dict[str, str] = {ScanOutcome.UNKNOWN_CODE: "unknown", ScanOutcome.INCOMPLETE: "incomplete"}
ARMS = {Arm.LEFT: "injection.arm.left", Arm.RIGHT: "injection.arm.right"}
KINDS = {"allow": "right", "warn": "look", "refuse": "stop"}
# What is said of the product; the rest is said of the dose's number.
OF_PRODUCT = ("not_in_use", "too_young", "too_old", "age_uncertain", "birth_unknown", "other_product")


def _url(name: str, visit: visits.Visit) -> str:
    return url_for(f"injection.{name}", station=g.actor.station, visit=visit.id)


def identity(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """Before the dose: hold a card, or say who one is.

    `state`: empty, unknown, incomplete, plain, look, unsure or differs.
    """
    scan, seen, fields = acts.look_at(visit, g.now)
    state = _state(fields) if fields else UNREAD.get(scan.outcome, "empty") if scan else "empty"
    camera = heartbeats.find(g.actor.station)
    has_camera = camera is not None and camera.camera != "none"
    given, wrong = _mine(given, wrong)
    return {
        "state": state,
        "document": shown.say(f"code.{scan.kind}") if scan and scan.kind else "",
        "unsigned": scan is not None and scan.kind == CodeKind.CERTIFICATE,
        "warning": number_shown.warning(visit.person.identity),
        "has_camera": has_camera,
        "rows": _side_by_side(visit.person.identity, seen, fields) if seen else [],
        "spoken": [
            (each.code, each.label(g.language), each.code in given.getlist("spoken"))
            for each in protocols.identity().spoken
        ],
        "needs_reason": acts.needs_reason(visit),
        "reason": given.get("reason", "")[:200],
        "wrong": wrong,
        "may_record": may(g.actor.role, "dose.record"),
        "alike_url": _url("confirm_alike", visit),
        "spoken_url": _url("confirm_spoken", visit),
        "stamp": shown.stamp(visit.id, scan.id if scan else "", state, has_camera),
    }


def _mine(given: Given, wrong: Mapping[str, str]) -> tuple[MultiDict[str, str], Mapping[str, str]]:
    """What was refused in another form of the page says nothing here."""
    return (given, wrong) if given and request.blueprint == "injection" else (MultiDict(), {})


def _state(fields: Mapping[str, Compared]) -> str:
    if rules.outcome(dict(fields)) is Identified.LOOK:
        return "plain" if fields["name"] is Compared.PLAIN else "look"
    return "differs" if Compared.DIFFERS in fields.values() else "unsure"


def _side_by_side(known: Identity, seen: Identity, fields: Mapping[str, Compared]) -> list[dict[str, Any]]:
    rows = []
    for name, title in FIELDS.items():
        words, sign, kind = COMPARED[fields[name]]
        sides = _text(known, name), _text(seen, name)
        left, right = _marked(name, fields[name], *sides)
        rows.append({"title": shown.say(title), "known": left, "seen": right, "short": name != "name",
                     "words": shown.say(words), "sign": sign, "kind": kind})  # fmt: skip
    return rows


def _marked(name: str, how: Compared, known: str, seen: str) -> tuple[rules.Runs, rules.Runs]:
    """Both values as runs of (text, differs). Where the letters that are shown do not tell, the whole value differs."""
    left, right = rules.letters(known, seen)
    if how not in (Compared.MARKS, Compared.DIFFERS):
        return _whole(known, differs=False), _whole(seen, differs=False)
    if name == "sex" or not any(differs for _, differs in left + right):
        return _whole(known, differs=True), _whole(seen, differs=True)
    return left, right


def _whole(text: str, *, differs: bool) -> rules.Runs:
    return [(text, differs)] if text else []


def _text(identity: Identity, field: str) -> str:
    """One field as it may be shown: of the number only its end."""
    if field == "sex":
        return shown.say(f"station.sex.{identity.sex}") if identity.sex is not Sex.UNKNOWN else ""
    if field == "birth":
        return birth_text(identity)
    return masked_number(identity.number) if field == "number" else identity.name


def dose(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The dose: who it is, what would be given and whether it may be, which arm, who answers."""
    day = find_day(g.now)
    lot = lots.find_at(day.id, g.actor.station) if day else None
    member = duty.answering(g.actor, day, "dose") if day else None
    answer = may_give(visit, lot, g.now) if lot else None
    expired = lot is not None and lot.expires_on < g.now.on
    refused = expired or (answer is not None and answer.verdict == "refuse")
    given, wrong = _mine(given, wrong)
    may_record, arm = may(g.actor.role, "dose.record"), given.get("arm", Arm.LEFT)
    sure, screened = _confirmed(visit), _screened(visit)
    return {
        "confirmed": sure,
        "screened": screened,
        "tiles": _tiles(visit, lot, answer, expired=expired) if lot and answer else [],
        "no_lot": lot is None,
        "nobody": member is None and may_record,
        "refused": refused,
        "may_skip": protocols.steps().get(visit.step).skippable_by(g.actor.role),
        "may_record": may_record,
        "ready": lot is not None and not refused and member is not None and may_record,
        "arms": [(str(code), shown.say(words), code == arm) for code, words in ARMS.items()],
        "lot_id": lot.id if lot else "",
        "dose_number": answer.dose_number if answer else 0,
        "vaccinator": member.name if member else "",
        "typist": g.staff_name if member and member.id != g.actor.id else "",
        "wrong": wrong,
        "url": _url("give_dose", visit),
        "stamp": shown.stamp(
            visit.id, sure, screened, lot and lot.id, expired, answer, member and member.id, may_record
        ),
    }  # fmt: skip


def _confirmed(visit: visits.Visit) -> tuple[str, str, str]:
    """How it was made sure who this is: colour, sentence, and the reason why a card was not believed."""
    check = identity_checks.find(visit)
    if check is None:
        return "", "", ""
    at = shown.at(check.at)
    document = shown.say(f"code.{check.document or CodeKind.NATIONAL_CARD}")
    if check.outcome == Identified.MATCH and check.method == IdentityMethod.SCAN:
        return "right", shown.say("injection.by_code", document=document, time=at), ""
    by = staff.get(check.answered_by or check.by).name
    if check.method == IdentityMethod.SCAN:
        return "right", shown.say("injection.by_card_looked", document=document, time=at, staff=by), ""
    if check.outcome == Identified.MATCH:
        return "right", shown.say("injection.by_words", time=at, staff=by), ""
    return "look", shown.say("injection.despite_card", time=at, staff=by), check.reason


def _screened(visit: visits.Visit) -> tuple[str, str] | None:
    """What the doctor wants the nurse to know: conclusion and note, unless there is nothing but a clear yes."""
    row = screenings.find(visit.id)
    if row is None or (row.concluded is Conclusion.CLEARED and not row.note):
        return None
    label = protocols.screening().outcome(row.concluded).label(g.language)
    return shown.say("injection.doctor", conclusion=label), row.note


def _tiles(visit: visits.Visit, lot: lots.Lot, answer: Answer, *, expired: bool) -> list[dict[str, Any]]:
    """Vaccine, lot and number, each with what the rules say of it and in the colour of that."""
    past = doses.history(visit.person_id)
    product, number = _reasons(answer, of_product=True), _reasons(answer, of_product=False)
    expiry = shown.say("injection.expired" if expired else "injection.expires", on=f"{lot.expires_on:%d/%m/%Y}")
    calm_product = [shown.say("injection.same_product")] if past and past[-1].vaccine == lot.vaccine else []
    calm_number = [shown.say("injection.since", n=(g.now.on - past[-1].given_on).days)] if past else []
    return [
        {"of": shown.say("injection.vaccine"), "worth": protocols.vaccines().get(lot.vaccine).name,
         "kind": _kind(product), "more": _worded(product) or calm_product},
        {"of": shown.say("injection.lot"), "worth": lot.number, "kind": "stop" if expired else "right",
         "more": [expiry]},
        {"of": shown.say("injection.number"), "worth": answer.dose_number, "kind": _kind(number),
         "more": _worded(number) or calm_number or [shown.say("injection.first")]},
    ]  # fmt: skip


def _reasons(answer: Answer, *, of_product: bool) -> list[Reason]:
    return [reason for reason in answer.reasons if (reason.code in OF_PRODUCT) == of_product]


def _kind(reasons: list[Reason]) -> str:
    verdicts = [reason.verdict for reason in reasons]
    return KINDS["refuse" if "refuse" in verdicts else "warn" if verdicts else "allow"]


def _worded(reasons: list[Reason]) -> list[str]:
    return [shown.say(f"schedule.{reason.code}", **reason.facts) for reason in reasons]

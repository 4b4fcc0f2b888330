"""What the table shows of who this is: two sources of one person side by side, and how it was made sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions.second_source import is_another_source, is_contradicted, look_at, says_otherwise
from kiosk.rules import identity as rules
from kiosk.rules.codes import Bearing
from kiosk.rules.permissions import may
from kiosk.rules.person import Identity, birth_text, masked_number
from kiosk.rules.steps import Word
from kiosk.rules.words import CodeKind, Compared, Identified, IdentityMethod, IdentityState, ScanOutcome, Sex
from kiosk.store import heartbeats, identity_checks, scans, visits
from kiosk.web import number_shown, shown

Given = MultiDict[str, str] | None

FIELDS = {"name": "identity.name", "sex": "identity.sex", "birth": "identity.birth", "number": "station.number"}
# words, sign and colour of one field of two sources
COMPARED = {
    Compared.SAME: ("identity.same", "check", "right"),
    Compared.YEAR: ("identity.same_year", "check", "right"),
    Compared.PLAIN: ("identity.plain", "check", "right"),
    Compared.OLD: ("identity.old", "check", "right"),
    Compared.MARKS: ("identity.marks", "triangle-alert", "look"),
    Compared.LETTER: ("identity.letter", "triangle-alert", "look"),
    Compared.WORDS: ("identity.words", "triangle-alert", "look"),
    Compared.DAY: ("identity.day", "triangle-alert", "look"),
    Compared.COLUMN: ("identity.column", "triangle-alert", "look"),
    Compared.OLD_SHORT: ("identity.old_short", "triangle-alert", "look"),
    Compared.OLD_OTHER: ("identity.old_other", "triangle-alert", "look"),
    Compared.DIFFERS: ("identity.differs", "octagon-x", "stop"),
    Compared.ABSENT: ("identity.absent", "minus", "soft"),
}
STATES = {
    IdentityState.VERIFIED: ("right", "check"),
    IdentityState.NOT_YET: ("soft", "minus"),
    IdentityState.MISMATCH: ("look", "triangle-alert"),
}
OF_OLD_CARD = (Compared.OLD, Compared.OLD_SHORT, Compared.OLD_OTHER)
# How it is confirmed, and the act that does it.
WAYS = {"alike": "confirm_alike", "spoken": "confirm_spoken", "override": "override"}
# What is said of a code that was not compared.
UNREAD: dict[str, str] = {ScanOutcome.UNKNOWN_CODE: "unknown", ScanOutcome.INCOMPLETE: "incomplete"}


def _url(name: str, visit: visits.Visit) -> str:
    return url_for(f"identity.{name}", station=g.actor.station, visit=visit.id)


def form(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """Before the dose: hold a card, say who one is, or have a second member of staff see that it is them.

    `state`: empty, unknown, incomplete, match (its number is missing), same_paper, plain, look, unsure, differs or
    forgotten. `way`: how it is confirmed now: alike, spoken or override.
    """
    scan, code, fields = look_at(visit, g.now)
    against = is_contradicted(visit)
    state = _state(visit, code, fields, against) if code else _unread(scan, against)
    camera = heartbeats.find(g.actor.station)
    has_camera = camera is not None and camera.camera != "none"
    given, wrong = _mine(given, wrong)
    return {
        "state": state,
        "way": "override" if against else "alike" if state in ("look", "plain", "match") else "spoken",
        "document": shown.say(f"code.{scan.kind}") if scan and scan.kind else "",
        "unsigned": scan is not None and scan.kind == CodeKind.CERTIFICATE,
        "warning": number_shown.warning(visit.person.identity),
        "has_camera": has_camera,
        "rows": _side_by_side(visit.person.identity, code.identity, fields) if code else [],
        "spoken": [
            (each.code, each.label(g.language), each.code in given.getlist("spoken"))
            for each in protocols.identity().spoken
        ],
        "reasons": [
            (each.code, each.label(g.language), each.code == given.get("override_reason"))
            for each in protocols.identity().overrides
        ],
        "given": {name: given.get(name, "")[:200] for name in ("override_note", "second")},
        "number": None if code and _says_number(code, state) else number_shown.asked(visit.person, given, wrong),
        "wrong": wrong,
        "may_record": may(g.actor.role, "dose.record"),
        "url": {way: _url(view, visit) for way, view in WAYS.items()},
        "stamp": shown.stamp(visit.id, scan.id if scan else "", state, against, has_camera, visit.person.number),
    }


def _says_number(code: Bearing, state: str) -> bool:
    """Will the card's own number be taken with it?"""
    return code.kind is CodeKind.NATIONAL_CARD and bool(code.identity.number) and state != "differs"


def _mine(given: Given, wrong: Mapping[str, str]) -> tuple[MultiDict[str, str], Mapping[str, str]]:
    """What was refused in another form of the page says nothing here."""
    return (given, wrong) if given and request.blueprint == "identity" else (MultiDict(), {})


def _unread(scan: scans.Scan | None, against: bool) -> str:
    return "forgotten" if against else UNREAD.get(scan.outcome, "empty") if scan else "empty"


def _state(visit: visits.Visit, code: Bearing, fields: dict[str, Compared], against: bool) -> str:
    adds_up = rules.outcome(fields)
    if adds_up is Identified.DIFFERS:
        return "differs" if says_otherwise(fields) else "forgotten" if against else "unsure"
    if against:
        return "forgotten"
    if not is_another_source(visit.person, code):
        return "same_paper"
    if adds_up is Identified.MATCH:
        return "match"
    return "plain" if fields["name"] is Compared.PLAIN else "look"


def _side_by_side(known: Identity, seen: Identity, fields: Mapping[str, Compared]) -> list[dict[str, Any]]:
    rows = []
    for name, title in FIELDS.items():
        words, sign, kind = COMPARED[fields[name]]
        sides = _text(known, name, fields[name]), _text(seen, name, fields[name])
        left, right = _marked(name, fields[name], *sides)
        rows.append({"title": shown.say(title), "known": left, "seen": right, "short": name != "name",
                     "words": shown.say(words), "sign": sign, "kind": kind})  # fmt: skip
    return rows


def _marked(name: str, how: Compared, known: str, seen: str) -> tuple[rules.Runs, rules.Runs]:
    """Both values as runs of (text, differs). Where the letters that are shown do not tell, the whole value differs."""
    left, right = rules.letters(known, seen)
    if COMPARED[how][2] not in ("look", "stop"):
        return _whole(known, differs=False), _whole(seen, differs=False)
    if name == "sex" or not any(differs for _, differs in left + right):
        return _whole(known, differs=True), _whole(seen, differs=True)
    return left, right


def _whole(text: str, *, differs: bool) -> rules.Runs:
    return [(text, differs)] if text else []


def _text(identity: Identity, field: str, how: Compared) -> str:
    """One field as it may be shown: of a number only its end; of the old card's where that one was compared."""
    if field == "sex":
        return shown.say(f"station.sex.{identity.sex}") if identity.sex is not Sex.UNKNOWN else ""
    if field == "birth":
        return birth_text(identity)
    if field == "number":
        return masked_number(identity.old_number if how in OF_OLD_CARD else identity.number)
    return identity.name


def confirmed(visit: visits.Visit) -> tuple[str, str, str]:
    """How it was made sure who this is: colour, sentence, and what is still to be put right, or ""."""
    check = identity_checks.find(visit)
    if check is None:
        return "", "", ""
    at, by = shown.at(check.at), shown.colleague(check.answered_by or check.by)
    document = shown.say(f"code.{check.document or CodeKind.NATIONAL_CARD}")
    numberless = _labelled(protocols.identity().no_number, check.number_reason)
    missing = shown.say("identity.numberless", reason=numberless) if numberless else ""
    if check.method == IdentityMethod.OVERRIDE:
        words = shown.say("identity.despite_card", time=at, staff=by, second=shown.colleague(check.second_by))
        code, _, note = check.reason.partition(" ")
        why = ": ".join(filter(None, (_labelled(protocols.identity().overrides, code), note)))
        return "look", words, " · ".join(filter(None, (why, missing)))
    if check.method == IdentityMethod.SPOKEN:
        how = "identity.by_words_and_card" if check.document else "identity.by_words"
        return "right", shown.say(how, document=document, time=at, staff=by), missing
    if check.outcome == Identified.MATCH:
        return "right", shown.say("identity.by_code", document=document, time=at), missing
    return "right", shown.say("identity.by_card_looked", document=document, time=at, staff=by), missing


def _labelled(words: Sequence[Word], code: str) -> str:
    return next((each.label(g.language) for each in words if each.code == code), "")


def badge(visit: visits.Visit) -> tuple[str, str, str]:
    """Verified, not yet, or mismatch: colour, sign and word."""
    state = identity_checks.state(visit)
    return *STATES[state], shown.say(f"identity.state.{state}")

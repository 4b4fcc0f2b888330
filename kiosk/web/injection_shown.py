"""What the injection table shows of the dose: what would be given, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import duty
from kiosk.actions.day import find_day
from kiosk.actions.injection import DECIDES, may_give, require_vial
from kiosk.errors import Refusal
from kiosk.rules.permissions import may
from kiosk.rules.schedule import OF_PRODUCT, Answer, Reason, counted
from kiosk.rules.words import Arm, Conclusion, DoseKind
from kiosk.store import clinic_days, doses, screenings, vials, visits
from kiosk.web import history_shown, identity_shown, refusals, shown

Given = MultiDict[str, str] | None

ARMS = {Arm.LEFT: "injection.arm.left", Arm.RIGHT: "injection.arm.right"}
KINDS = {"allow": "right", "warn": "look", "refuse": "stop"}


def _url(name: str, visit: visits.Visit) -> str:
    return url_for(f"injection.{name}", station=g.actor.station, visit=visit.id)


def _mine(given: Given, wrong: Mapping[str, str]) -> tuple[MultiDict[str, str], Mapping[str, str]]:
    """What was refused in another form of the page says nothing here."""
    return (given, wrong) if given and request.blueprint == "injection" else (MultiDict(), {})


def dose(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The dose: who it is, what would be given and whether it may be, which arm, who answers."""
    day = find_day(g.now)
    vial, unusable = _vial(day)
    member = duty.answering(g.actor, day, "dose") if day else None
    answer = may_give(visit, vial.lot.vaccine, g.now) if vial else None
    given, wrong = _mine(given, wrong)
    may_record, arm = may(g.actor.role, "dose.record"), given.get("arm", Arm.LEFT)
    sure, screened = identity_shown.confirmed(visit), _screened(visit)
    verdict = answer.verdict if answer and not unusable else "allow"
    final = answer is not None and answer.final is not None
    past = history_shown.doses_known(visit.person_id)
    return {
        "confirmed": sure,
        "screened": screened,
        "tiles": _tiles(visit, vial, answer) if vial and answer else [],
        "history": past,
        "no_vial": unusable,
        "nobody": member is None and may_record,
        "refused": verdict == "refuse",
        "may_skip": protocols.steps().get(visit.step).skippable_by(g.actor.role),
        "may_record": may_record,
        "ready": vial is not None and not unusable and not final and member is not None and may_record,
        "accept": _accept(verdict, given, wrong) if verdict != "allow" and not final else None,
        "arms": [(str(code), shown.say(words), code == arm) for code, words in ARMS.items()],
        "vial_id": vial.id if vial else "",
        "dose_number": answer.dose_number if answer else 0,
        "vaccinator": member.name if member else "",
        "typist": g.staff_name if member and member.id != g.actor.id else "",
        "wrong": wrong,
        "url": _url("give_dose", visit),
        "stamp": shown.stamp(
            visit.id, sure, screened, vial and vial.id, unusable, answer, member and member.id, may_record, past
        ),
    }  # fmt: skip


def _vial(day: clinic_days.ClinicDay | None) -> tuple[vials.Vial | None, str]:
    """The vial that this table gives, and the sentence on why it cannot: before the needle, not after."""
    if day is None:
        return None, ""
    try:
        return require_vial(day, g.actor.station, g.now), ""
    except Refusal as refusal:
        chosen = vials.find_chosen(day.id, g.actor.station)
        return chosen if chosen and chosen.closed_at is None else None, refusals.sentence(refusal)


def _accept(verdict: str, given: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    """Giving it all the same: why, and where the rules refuse a doctor's word. `open`: it was tried just now."""
    chosen = given.get("accept_reason", "")
    return {
        "reasons": [
            (each.code, each.label(g.language), each.code == chosen) for each in protocols.doses().accept_reasons
        ],
        "note": given.get("accept_note", "")[:150],
        "doctor": verdict == "refuse" and not may(g.actor.role, DECIDES),
        "who": given.get("doctor", "")[:80],
        "open": bool(given),
        "doctor_wrong": wrong.get("doctor") or wrong.get("who"),
        # A PIN that is wrong is nobody's field: said beside it, for the top of the page is out of sight from here.
        "pin_wrong": wrong.get("") if given.get("doctor") else None,
    }


def _screened(visit: visits.Visit) -> tuple[str, str] | None:
    """What the doctor wants the nurse to know: conclusion and note, unless there is nothing but a clear yes."""
    row = screenings.find(visit.id)
    if row is None or (row.concluded is Conclusion.CLEARED and not row.note):
        return None
    label = protocols.screening_forms().of(row.version).outcome(row.concluded).label(g.language)
    return shown.say("injection.doctor", conclusion=label), row.note


def _tiles(visit: visits.Visit, vial: vials.Vial, answer: Answer) -> list[dict[str, Any]]:
    """Vaccine, lot and number, each with what the rules say of it and in the colour of that."""
    past, lot = counted(protocols.vaccines(), doses.history(visit.person_id)), vial.lot
    expired = lot.expires_on < g.now.on
    product = [each for each in answer.reasons if each.code in OF_PRODUCT]
    number = [each for each in answer.reasons if each.code not in OF_PRODUCT]
    expiry = shown.say("injection.expired" if expired else "injection.expires", on=f"{lot.expires_on:%d/%m/%Y}")
    calm_product = [shown.say("injection.same_product")] if past and past[-1].vaccine == lot.vaccine else []
    calm_number = [shown.say("injection.since", n=(g.now.on - past[-1].given_on).days)] if past else []
    kind = [] if answer.kind is DoseKind.BASIC else [shown.say(f"dose.kind.{answer.kind}")]
    return [
        {"of": shown.say("injection.vaccine"), "worth": protocols.vaccines().get(lot.vaccine).name,
         "kind": _kind(product), "more": _worded(product) or calm_product},
        {"of": shown.say("injection.lot"), "worth": lot.number, "kind": "stop" if expired else "right",
         "more": [expiry]},
        {"of": shown.say("injection.number"), "worth": answer.dose_number, "kind": _kind(number),
         "more": kind + (_worded(number) or calm_number or [shown.say("injection.first")])},
    ]  # fmt: skip


def _kind(reasons: list[Reason]) -> str:
    verdicts = [reason.verdict for reason in reasons]
    return KINDS["refuse" if "refuse" in verdicts else "warn" if verdicts else "allow"]


def _worded(reasons: list[Reason]) -> list[str]:
    return [shown.say(f"schedule.{reason.code}", **reason.facts) for reason in reasons]

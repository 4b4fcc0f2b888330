"""What the doctor's table shows: the form, the measurements, doses given before, the conclusions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import duty
from kiosk.actions import screening as acts
from kiosk.actions.day import find_day
from kiosk.errors import Refusal
from kiosk.rules import screening as rules
from kiosk.rules.family import is_minor
from kiosk.rules.permissions import may
from kiosk.rules.words import Conclusion
from kiosk.store import visits
from kiosk.web import consent_shown, history_shown, refusals, shown

EARLIER_ROWS = 3
CHILDREN = "children"
# So few measurements stand at the top of the form, all of them.
SHORT = 2
# The fields of the consent, in order.
SIGNED = ("guardian", "guardian_name", "guardian_phone", "consent")


def form(visit: visits.Visit, given: MultiDict[str, str] | None, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The screening form of whoever is here, as it was sent where it was refused."""
    protocol, sent = due(visit), given or MultiDict()
    if sent.get("version", protocol.version) != protocol.version:
        sent = MultiDict()  # answers to the questions of another form are asked for anew
    identity = visit.person.identity
    day = find_day(g.now)
    screener = duty.answering(g.actor, day, "screening") if day else None
    may_record = may(g.actor.role, "screening.record")
    return {
        "may_record": may_record,
        # Nobody types what cannot be recorded yet: a doctor who signs on would find it gone.
        "ready": may_record and screener is not None,
        "url": url_for("screening.conclude", station=g.actor.station, visit=visit.id),
        "name": protocol.label(g.language),
        "for_children": protocol.code == CHILDREN,
        "birth": _birth(visit, sent, wrong),
        "consent": consent_shown.fields(visit, None if "birth" in sent else given, wrong),
        "items": [
            (item.code, item.label(g.language), item.code in sent.getlist("items"))
            for item in protocol.items
            if item.asked_of(identity.sex)
        ],
        "none": "none" in sent,
        "vitals": [
            {"code": vital.code, "label": f"{vital.label(g.language)} ({vital.measured_in(g.language)})",
             "required": vital.required, "first": vital.required or len(protocol.vitals) <= SHORT,
             "value": sent.get(vital.code, ""), "refusal": wrong.get(vital.code)}
            for vital in protocol.vitals
        ],
        "more": any(sent.get(vital.code) for vital in protocol.vitals if not vital.required),
        "focus": next((name for name in _order(protocol) if name in wrong), None),
        "known": known(visit),
        "earlier": [
            (sent.get(f"earlier-vaccine-{n}", ""), sent.get(f"earlier-on-{n}", "")) for n in range(1, EARLIER_ROWS + 1)
        ],
        "told": any(name.startswith("earlier-") and value for name, value in sent.items()),
        "vaccines": [(code, history_shown.product_name(code)) for code in acts.told()],
        "outcomes": [(str(outcome.conclusion), outcome.label(g.language)) for outcome in protocol.outcomes],
        "conclusion": sent.get("conclusion", ""),
        "suggested": _suggested(protocol, sent) if given is not None else None,
        "note": sent.get("note", ""),
        "wrong": wrong,
        "screener": screener.name if screener and screener.id != g.actor.id else "",
        "version": protocol.version,
        "stamp": shown.stamp(visit.id, may_record, screener and screener.id, protocol.version, identity.born_on),
    }  # fmt: skip


def known(visit: visits.Visit) -> dict[str, Any]:
    """The doses that we know of. A scanned certificate adds to them, and takes nothing that was typed away."""
    history = history_shown.doses_known(visit.person_id)
    where = {"station": g.actor.station, "visit": visit.id, "stamp": shown.stamp(history)}
    return {"history": history, "url": url_for("screening.see_known", **where)}


def wrong(visit: visits.Visit, sent: MultiDict[str, str]) -> dict[str, str]:
    """A sentence for each field that cannot be taken, all at once: whoever types is not sent back field by field."""
    protocol = due(visit)
    found = consent_shown.wrong(visit, sent)
    asks: tuple[Callable[[], object], ...] = (
        *(lambda vital=vital: rules.read_vitals(replace(protocol, vitals=(vital,)), sent) for vital in protocol.vitals),
        lambda: rules.require_answers(protocol, sent.getlist("items"), "none" in sent, visit.person.identity.sex),
    )
    for ask in asks:
        try:
            ask()
        except Refusal as refusal:
            found[refusal.field or ""] = refusals.sentence(refusal)
    if sent.get("conclusion") not in set(Conclusion):
        found["conclusion"] = refusals.sentence(Refusal("conclusion_missing"))
    return found


def due(visit: visits.Visit) -> rules.Form:
    """The form that this person is asked by."""
    return protocols.screening_forms().due(visit.person.identity, g.now.on)


def _birth(visit: visits.Visit, sent: MultiDict[str, str], wrong: Mapping[str, str]) -> dict[str, Any] | None:
    """The birth date is asked for where it decides which form it is: too little is known to be sure."""
    identity, forms = visit.person.identity, protocols.screening_forms()
    if identity.born_on is not None or due(visit) is forms.adults or is_minor(identity, protocols.family(), g.now.on):
        return None
    return {
        "url": url_for("screening.note_birth", station=g.actor.station, visit=visit.id),
        "year": identity.born_year,
        "typed": sent.get("birth", ""),
        "refusal": wrong.get("birth"),
    }


def _order(protocol: rules.Form) -> list[str]:
    """The form's fields from top to bottom."""
    measured = sorted(protocol.vitals, key=lambda vital: not vital.required)
    required = sum(vital.required for vital in measured)
    codes = [vital.code for vital in measured]
    return [*codes[:required], "items", *SIGNED, "conclusion", "note", *codes[required:], "earlier"]


def _suggested(protocol: rules.Form, sent: MultiDict[str, str]) -> str | None:
    """What the refused form leads to by itself; None while its measurements cannot be read."""
    try:
        measured = rules.read_vitals(protocol, sent)
    except Refusal:
        return None
    suggested = rules.suggest(protocol, sent.getlist("items"), measured)
    return protocol.outcome(suggested).label(g.language)

"""What the doctor's table shows: the form, the measurements, doses given before, the conclusions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import duty
from kiosk.actions.day import find_day
from kiosk.errors import Refusal
from kiosk.rules import screening as rules
from kiosk.rules.permissions import may
from kiosk.rules.words import Conclusion
from kiosk.store import doses, visits
from kiosk.web import refusals, shown

EARLIER_ROWS = 3


def form(visit: visits.Visit, given: MultiDict[str, str] | None, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The screening form of whoever is here, as it was sent where it was refused."""
    protocol, sent = protocols.screening(), given or MultiDict()
    day = find_day(g.now)
    screener = duty.answering(g.actor, day, "screening") if day else None
    may_record = may(g.actor.role, "screening.record")
    return {
        "may_record": may_record,
        # Nobody types what cannot be recorded yet: a doctor who signs on would find it gone.
        "ready": may_record and screener is not None,
        "url": url_for("screening.conclude", station=g.actor.station, visit=visit.id),
        "items": [
            (item.code, item.label(g.language), item.code in sent.getlist("items"))
            for item in protocol.items
            if item.asked_of(visit.person.identity.sex)
        ],
        "none": "none" in sent,
        "vitals": [
            {"code": vital.code, "label": f"{vital.label(g.language)} ({vital.unit})", "required": vital.required,
             "value": sent.get(vital.code, ""), "refusal": wrong.get(vital.code)}
            for vital in protocol.vitals
        ],
        "more": any(sent.get(vital.code) for vital in protocol.vitals if not vital.required),
        "focus": next((name for name in _order(protocol) if name in wrong), None),
        "known": _known(visit),
        "earlier": [
            (sent.get(f"earlier-vaccine-{n}", ""), sent.get(f"earlier-on-{n}", "")) for n in range(1, EARLIER_ROWS + 1)
        ],
        "vaccines": [(vaccine.code, vaccine.name) for vaccine in protocols.vaccines().vaccines],
        "outcomes": [(str(outcome.conclusion), outcome.label(g.language)) for outcome in protocol.outcomes],
        "conclusion": sent.get("conclusion", ""),
        "suggested": _suggested(protocol, sent) if given is not None else None,
        "note": sent.get("note", ""),
        "wrong": wrong,
        "screener": screener.name if screener and screener.id != g.actor.id else "",
        "version": protocol.version,
        "stamp": shown.stamp(visit.id, may_record, screener and screener.id, protocol.version),
    }  # fmt: skip


def wrong(visit: visits.Visit, sent: MultiDict[str, str]) -> dict[str, str]:
    """A sentence for each field that cannot be taken, all at once: whoever types is not sent back field by field."""
    protocol = protocols.screening()
    found: dict[str, str] = {}
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


def _order(protocol: rules.Form) -> list[str]:
    """The form's fields from top to bottom."""
    measured = sorted(protocol.vitals, key=lambda vital: not vital.required)
    required = sum(vital.required for vital in measured)
    codes = [vital.code for vital in measured]
    return [*codes[:required], "items", "conclusion", "note", *codes[required:], "earlier"]


def _known(visit: visits.Visit) -> list[str]:
    """Doses that we know of, oldest first."""
    vaccines = protocols.vaccines()
    return [f"{vaccines.get(dose.vaccine).name} · {dose.given_on:%d/%m/%Y}" for dose in doses.history(visit.person_id)]


def _suggested(protocol: rules.Form, sent: MultiDict[str, str]) -> str | None:
    """What the refused form leads to by itself; None while its measurements cannot be read."""
    try:
        measured = rules.read_vitals(protocol, sent)
    except Refusal:
        return None
    suggested = rules.suggest(protocol, sent.getlist("items"), measured)
    return protocol.outcome(suggested).label(g.language)

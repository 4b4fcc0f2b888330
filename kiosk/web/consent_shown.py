"""The signed consent on a table's page: who may have signed it, and the tick that it was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import consent as acts
from kiosk.errors import Refusal
from kiosk.rules import consent as rules
from kiosk.rules.permissions import may
from kiosk.rules.person import masked_name, masked_number
from kiosk.store import openings, screenings, visits
from kiosk.web import refusals, shown

Given = MultiDict[str, str] | None


def read(sent: MultiDict[str, str]) -> rules.Said:
    """What a form said of the consent."""
    return rules.Said(
        "consent" in sent, sent.get("guardian", "")[:36], sent.get("guardian_name", "")[:200],
        sent.get("guardian_phone", "")[:40],
    )  # fmt: skip


def fields(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any] | None:
    """The part of a form that records the consent; None for whoever's is not recorded."""
    minor, protocol = acts.may_be_minor(visit), protocols.consent()
    if not protocol.is_due(minor=minor):
        return None
    said, offered = read(given or MultiDict()), acts.list_guardians(visit) if minor else []
    first = offered[0].code if offered and given is None else ""
    chosen = said.guardian or first
    return {
        "minor": minor,
        "guardians": [(one.code, _words(one), one.code == chosen) for one in offered],
        "typed": chosen == rules.TYPED,
        "typed_code": rules.TYPED,
        "name": said.name,
        "phone": said.phone,
        "seen": said.seen,
        "version": protocol.form(minor=minor),
        "wrong": wrong,
    }


def _words(one: rules.Guardian) -> str:
    """Name and phone of a guardian whom this session has opened, or whose child it has; else masked."""
    if openings.may_read(g.actor.session, one.known_by):
        return " · ".join(filter(None, [one.name, one.phone]))
    return " · ".join(filter(None, [masked_name(one.name), masked_number(one.phone)]))


def form(visit: visits.Visit, given: Given, wrong: Mapping[str, str]) -> dict[str, Any]:
    """The consent by itself, at the table that injects: there it came to light that somebody may be a child."""
    screening = screenings.find(visit.id)
    due = protocols.screening_forms().due(visit.person.identity, g.now.on)
    may_record = may(g.actor.role, "dose.record")
    return {
        "may_record": may_record,
        "consent": fields(visit, given, wrong),
        # The doctor asked by the other form: they must look again before the injection.
        "asked_by": None if screening is None or screening.version == due.version else due.label(g.language),
        "url": url_for("consent.note", station=g.actor.station, visit=visit.id),
        "wrong": wrong,
        "stamp": shown.stamp(visit.id, may_record, due.version),
    }


def wrong(visit: visits.Visit, sent: MultiDict[str, str]) -> dict[str, str]:
    """A sentence for each field of the guardian that cannot be taken, where the form was seen."""
    said = read(sent)
    if not said.seen or not acts.may_be_minor(visit):
        return {}
    found: dict[str, str] = {}
    asks: tuple[Callable[[], object], ...] = (
        lambda: rules.require_guardian(said, acts.list_guardians(visit), visit.person.name),
        lambda: rules.require_phone(said.phone if said.name else ""),
    )
    for ask in asks:
        try:
            ask()
        except Refusal as refusal:
            found[refusal.field or ""] = refusals.sentence(refusal)
    return found

"""Whoever has recovered from COVID-19: the commune's health station enters their doses, and none is given here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk.rules.permissions import may
from kiosk.rules.words import FollowUpKind
from kiosk.store import follow_ups, visits
from kiosk.web import shown


def is_marked(person_id: str) -> bool:
    """Does somebody say of them that they have recovered?"""
    return follow_ups.find_open(person_id, FollowUpKind.RECOVERED) is not None


def at_table(visit: visits.Visit, given: MultiDict[str, str] | None, wrong: Mapping[str, str]) -> dict[str, Any]:
    """What partials/identity/recovered.html needs for whoever is at this table."""
    marked, mine = is_marked(visit.person.id), bool(given) and request.blueprint == "identity"
    may_mark = may(g.actor.role, "recovered.mark") and not marked
    return {
        "marked": marked,
        "may_unmark": may(g.actor.role, "recovered.unmark"),
        "reason": given.get("unmark_reason", "")[:200] if given and mine else "",
        "wrong": wrong.get("unmark_reason") if mine else None,
        "mark_url": url_for("identity.mark_recovered", station=g.actor.station, visit=visit.id) if may_mark else None,
        "unmark_url": url_for("identity.unmark_recovered", station=g.actor.station, visit=visit.id),
        "stamp": shown.stamp(marked),
    }

"""Who answers at this table for what a volunteer types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk.actions import duty
from kiosk.actions.day import find_day
from kiosk.rules.permissions import may
from kiosk.store import duties
from kiosk.web import shown


def panel(given: MultiDict[str, str] | None = None, wrong: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `partials/table/duty.html` needs; `needed`: this role does not answer itself for what is recorded here.

    What was refused in another form of the page says nothing here. The PIN is never given back.
    """
    mine = request.blueprint == "duty"
    day = find_day(g.now)
    member = duties.find_at(day.id, g.actor.station) if day else None
    return {
        "needed": any(
            not may(g.actor.role, duty.ANSWERS_FOR[each]) for each in duty.answered_at(g.actor.station)
        ),
        "day": day is not None,
        "name": member.name if member else "",
        "role": shown.say(f"station.role.{member.role}") if member else "",
        "may_take": day is not None and may(g.actor.role, "duty.take"),
        "who": given.get("who", "")[:80] if given and mine else "",
        "wrong": wrong if wrong and mine else {},
        "take_url": url_for("duty.take_duty", station=g.actor.station),
        "url": url_for(
            "table.page", station=g.actor.station, stamp=shown.stamp(day is not None, member and member.id)
        ),
    }  # fmt: skip

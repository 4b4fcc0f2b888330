"""Which lot stands at this table, and which could."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import lots as acts
from kiosk.actions.day import find_day
from kiosk.rules.permissions import may
from kiosk.store import lots, stations
from kiosk.web import shown


def panel(given: MultiDict[str, str] | None = None, wrong: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `partials/table/lot.html` needs; `needed`: doses are given at this table.

    What was refused in another form of the page says nothing here.
    """
    day = find_day(g.now)
    given = given if given and request.blueprint == "lots" else MultiDict()
    said = wrong if wrong and given else {}
    current = lots.find_at(day.id, g.actor.station) if day else None
    others = [lot for lot in lots.list_usable(g.now.on) if current is None or lot.id != current.id]
    expired = current is not None and current.expires_on < g.now.on
    can_place = day is not None and acts.may_place(g.actor, day) and may(g.actor.role, "lot.place")
    return {
        "needed": bool(protocols.steps().recording("dose") & set(stations.get(g.actor.station).steps)),
        "day": day is not None,
        "current": _named(current) if current else None,
        "expired": expired,
        "may_place": can_place,
        "usable": [(lot.id, _named(lot)) for lot in others],
        "vaccines": [(each.code, each.name) for each in protocols.vaccines().vaccines],
        "given": given,
        "wrong": said,
        "refusal": None if "number" in given and "" not in said else next(iter(said.values()), None),
        "place_url": url_for("lots.place_lot", station=g.actor.station),
        "add_url": url_for("lots.add_lot", station=g.actor.station),
        "url": url_for(
            "table.page", station=g.actor.station,
            stamp=shown.stamp(day is not None, current and current.id, expired, [lot.id for lot in others], can_place),
        ),
    }  # fmt: skip


def _named(lot: lots.Lot) -> dict[str, str]:
    name = protocols.vaccines().get(lot.vaccine).name
    return {"vaccine": name, "number": lot.number, "expires": f"{lot.expires_on:%d/%m/%Y}"}

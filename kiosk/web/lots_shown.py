"""Which lot stands at this table, and which could; and the label of a vial of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from kiosk import protocols
from kiosk.actions import lots as acts
from kiosk.actions.day import find_day
from kiosk.actions.printers import list_printers
from kiosk.errors import NotFound
from kiosk.rules.permissions import may
from kiosk.rules.words import SlipKind
from kiosk.store import lots, print_jobs, stations
from kiosk.web import shown


def panel(given: MultiDict[str, str] | None = None, wrong: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What `partials/table/lot.html` needs; `needed`: doses are given at this table.

    What was refused in another form of the page says nothing here.
    """
    day = find_day(g.now)
    labelling = request.endpoint == "lots.print_vial"
    # On the whole page the sentence stands above, once.
    label_refusal = wrong.get("") if wrong and labelling and shown.asks_for("lot") else None
    given = given if given and request.blueprint == "lots" and not labelling else MultiDict()
    said = wrong if wrong and given else {}
    current = lots.find_at(day.id, g.actor.station) if day else None
    others = [lot for lot in lots.list_usable(g.now.on) if current is None or lot.id != current.id]
    expired = current is not None and current.expires_on < g.now.on
    can_place = day is not None and acts.may_place(g.actor, day) and may(g.actor.role, "lot.place")
    label = _label()
    can_label = can_place and current is not None and not expired and _prints()
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
        "may_label": can_label,
        "label": label,
        "label_refusal": label_refusal,
        "label_url": url_for("lots.print_vial", station=g.actor.station),
        "place_url": url_for("lots.place_lot", station=g.actor.station),
        "add_url": url_for("lots.add_lot", station=g.actor.station),
        "url": url_for(
            "table.page", station=g.actor.station, label=request.args.get("label"),
            stamp=shown.stamp(day is not None, current and current.id, expired, [lot.id for lot in others], can_place,
                              can_label, label),
        ),
    }  # fmt: skip


def _label() -> dict[str, str] | None:
    """Where the label is that this page asked for last."""
    try:
        job = print_jobs.get(request.args.get("label", ""))
    except NotFound:
        return None
    paper = shown.paper(job)
    return {name: paper[name] for name in ("kind", "name", "words")} if job.slip == SlipKind.VIAL else None


def _prints() -> bool:
    """Has this table a printer?"""
    return stations.get(g.actor.station).prints_at in {row.code for row in list_printers()}


def _named(lot: lots.Lot) -> dict[str, str]:
    name = protocols.vaccines().get(lot.vaccine).name
    return {"id": lot.id, "vaccine": name, "number": lot.number, "expires": f"{lot.expires_on:%d/%m/%Y}"}

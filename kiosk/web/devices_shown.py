"""What the devices' page shows: each station with its devices, the codes that wait, and a code just made."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request, url_for

from kiosk.actions import devices as acts
from kiosk.actions.printers import list_printers
from kiosk.config_tables import Hub
from kiosk.documents.code import code_path
from kiosk.rules import devices
from kiosk.rules import reach as reaching
from kiosk.rules.reach import is_loopback
from kiosk.store import box_reports, heartbeats, pairings, stations
from kiosk.web import shown
from kiosk.web.boxes_shown import facts_of
from kiosk.web.trusted import this_device

SIGNS = {devices.AGENT: "camera", devices.SCREEN: "smartphone", "": "monitor"}


def reach(hub: Hub) -> str:
    """The address by which another device opens this box; "" where none is known.

    Where none is set it is the one by which this browser came, unless that leads to the box itself alone.
    """
    return hub.staff_address or _here()


def _here() -> str:
    """The address by which this browser came; "" where that leads to the box itself alone."""
    here = str(request.host_url).rstrip("/")
    return "" if is_loopback(urlsplit(here).hostname or "") else here


def addresses(hub: Hub) -> tuple[str, ...]:
    """Where this box is reached, for a slip: by name, by its numbers, and as this browser came."""
    box, certificate = facts_of(box_reports.find(box_reports.HUB)), current_app.config["SETTINGS"].certificate("site")
    known = reaching.addresses(hub.staff_address, hub.addresses, hub.listen, box, certificate)
    return tuple(dict.fromkeys((*known, *filter(None, (_here(),)))))


def listed() -> dict[str, Any]:
    """What partials/devices/devices.html needs."""
    trusted, waiting = pairings.list_trusted(), acts.list_open(g.now)
    known = {row.code: row.name(g.language) for row in stations.list_()}
    known |= {row.station: shown.place(row.station) for row in (*trusted, *waiting) if row.station not in known}
    own = {row.id for row in this_device()}
    places = [
        {
            "code": code,
            "name": name,
            "heard": _heard(code),
            "devices": [_device(row, row.id in own) for row in trusted if row.station == code],
            "waiting": [_waiting(row) for row in waiting if row.station == code],
        }
        for code, name in known.items()
    ]
    places = [place for place in places if place["devices"] or place["waiting"]]
    return {"places": places, "devices_url": url_for("devices.page", stamp=shown.stamp(places))}


def _heard(station: str) -> tuple[str, str] | None:
    """How the station's machine is, colour and words; None where none has ever spoken."""
    beat = heartbeats.find(station)
    if beat is None:
        return None
    if beat.at >= g.now.at - heartbeats.LATE:
        return "right", shown.say("devices.heard")
    return "stop", shown.say("devices.silent", since=_when(beat.at))


def _when(at: Any) -> str:
    """The time of day, and the day where it is not today."""
    local = shown.clock().local(at)
    return f"{local:%H:%M}" if local.date() == g.now.on else f"{local:%H:%M %d/%m/%Y}"


def _device(row: pairings.Pairing, here: bool) -> dict[str, Any]:
    kind = shown.say(f"devices.kind.{row.kind or 'lasting'}")
    return {
        "id": row.id,
        "sign": SIGNS.get(row.kind, "monitor"),
        "name": row.name or kind,
        "kind": kind if row.name else "",
        "since": shown.say("devices.since", at=_when(row.joined_at or row.made_at)),
        "here": here,
        "url": url_for("devices.revoke", id=row.id),
    }


def _waiting(row: pairings.Pairing) -> dict[str, Any]:
    return {
        "id": row.id,
        "words": shown.say("devices.code.waits", until=_until(row)),
        "url": url_for("devices.revoke", id=row.id),
    }  # fmt: skip


def _until(row: pairings.Pairing) -> str:
    return _when(row.code_until) if row.code_until else ""


def forms(station: str = "") -> dict[str, Any]:
    """What the page's own forms need. `station`: the one that was chosen last, as the next device may be for it too."""
    return {
        "stations": [(row.code, row.name(g.language), row.code == station) for row in stations.list_()],
        "printers": [(row.code, row.name(g.language)) for row in list_printers()],
        "invite_url": url_for("devices.invite"),
        "print_url": url_for("devices.print_code"),
    }


def invited(id: str, code: str) -> dict[str, Any]:
    """What partials/devices/code.html needs to show a code that was just made, or what became of it since."""
    row, hub = pairings.get(id), current_app.config["SETTINGS"].hub
    if row.joined_at or row.revoked_at:
        return answered(id) or {}
    address = reach(hub)
    modules, path = code_path(devices.link(address, code)) if address else (0, "")
    certificate = devices.certificate_address(address)
    return {
        "invited": {
            "kind": "waits", "station": shown.place(row.station), "code": code, "modules": modules, "path": path,
            "address": f"{address}/pair" if address else "", "certificate": certificate,
            "certificate_code": code_path(certificate) if certificate else None,
            "until": _until(row) if g.now.trusted else "", "name": "",
        },
        "code_url": url_for("devices.code", id=id),
    }  # fmt: skip


def answered(id: str) -> dict[str, Any] | None:
    """What became of a code, in the place where it was shown; None while it waits. Raises NotFound."""
    row = pairings.get(id)
    waits = row.code_until and devices.is_open(row.made_at, row.code_until, g.now.at)
    if row.revoked_at is None and row.joined_at is None and waits:
        return None
    kind = "joined" if row.joined_at else "gone"
    return {"invited": {"kind": kind, "station": shown.place(row.station), "name": row.name}, "code_url": ""}

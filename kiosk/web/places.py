"""Which pages a station has: by what is done there, not by what it is called."""

from __future__ import annotations

from flask import url_for

from kiosk import protocols
from kiosk.store import clinic_days, observations
from kiosk.store.stations import Station

OWN = {"kiosk": "kiosk.home", "desk": "desk.page", "door": "door.page"}


def has_table(station: Station) -> bool:
    """Are people called here, one at a time?"""
    return bool(protocols.steps().at_table(station.steps))


def has_room(station: Station) -> bool:
    """Do people sit here together?"""
    return bool(protocols.steps().in_room(station.steps))


def is_room(station: Station) -> bool:
    """Is it in use, and do people sit here together, or would they but for the plan?"""
    return not station.retired and (has_room(station) or bool(protocols.steps().in_room(station.own_steps)))


def holds_anybody(station: Station) -> bool:
    """Does anybody sit here, whatever the station is for now?"""
    day = clinic_days.find_open()
    return day is not None and bool(observations.list_open(day.id, station.code))


def pages_of(station: Station) -> list[tuple[str, str]]:
    """(kind of page, its address): kiosk, desk, door, table, room; a station may have several."""
    pages = [(kind, page) for kind, page in OWN.items() if kind == station.kind]
    if has_table(station):
        pages.append(("table", "table.page"))
    if has_room(station):
        pages.append(("room", "observation.page"))
    return [(kind, url_for(page, station=station.code)) for kind, page in pages]

"""The hub's clock on the technician's page: set by hand where no network tells the time, and what came of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app, g, request, url_for

from kiosk import clock as site_clock
from kiosk.errors import Refusal
from kiosk.rules.clock import read_time
from kiosk.store import box_reports, clock_wish
from kiosk.store.box_reports import HUB
from kiosk.web import boxes_shown, refusals, shown

# systemd starts the program within a second; where it has not by now, nobody will.
TAKEN_SECONDS = 8.0
# So long what came of it is told.
TOLD_SECONDS = 300.0


def clock(refused: Refusal | None = None) -> dict[str, Any]:
    """What partials/boxes/clock.html needs."""
    typed = request.form if refused else {}
    state, why = _state()
    wrong = not g.now.trusted
    return {
        "clock": {
            "state": state,
            "why": why,
            "wrong": wrong,
            "offered": state != "waiting" and (wrong or refused is not None or not _synced()),
            "open": wrong or refused is not None or state in ("untaken", "refused"),
            "now": f"{shown.clock().local(g.now.at):%H:%M · %d/%m/%Y}",
            "typed": {name: typed.get(name, "") for name in ("day", "time")},
            "refusals": {"day": "", "time": ""} | _beside(refused),
            "zone": shown.clock().zone.key,
            "built_ms": int(site_clock.BUILT_AT.timestamp() * 1000),
            "url": url_for("boxes.set_clock"),
            "look_url": url_for("boxes.page", stamp=shown.stamp(state, why)),
        }
    }


def asked() -> datetime:
    """The instant that the form asks for. Raises Refusal."""
    day, time = (request.form.get(name, "")[:20] for name in ("day", "time"))
    return read_time(day, time, shown.clock().zone, site_clock.BUILT_AT)


def _beside(refused: Refusal | None) -> dict[str, str]:
    """The sentence, by the field that it stands beside."""
    return {refused.field or "day": refusals.sentence(refused)} if refused else {}


def _state() -> tuple[str, str]:
    """waiting · untaken · set · refused (and why) · "" where nothing was asked, or long ago."""
    folder = current_app.config["SETTINGS"].folder
    waiting, outcome = clock_wish.find_waiting(folder), clock_wish.find_outcome(folder)
    if waiting is not None and waiting <= TOLD_SECONDS:
        return ("waiting" if waiting < TAKEN_SECONDS else "untaken"), ""
    if outcome is not None and outcome.age <= TOLD_SECONDS:
        return ("refused" if outcome.why else "set"), outcome.why
    return "", ""


def _synced() -> bool:
    """Does a network tell the hub the time, as far as it has said?"""
    return boxes_shown.facts_of(box_reports.find(HUB)).clock_synced is True

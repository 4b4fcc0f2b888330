"""How the devices are: what the quiet strip says and what the site lead sees, computed from the last heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g

from kiosk import wording
from kiosk.clock import Clock
from kiosk.store import heartbeats, print_jobs, stations

LATE = timedelta(seconds=10)
STOPPED = ("paper_out", "cover_open", "error", "offline", "unreachable")
HAS_PAPER = ("kiosk", "desk")


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it should be. `kind`: stop or look. `sentence` is worded."""

    kind: str
    sign: str
    sentence: str


@dataclass(frozen=True)
class Health:
    """One machine with camera and printer. `seen`: its agent spoke within the last ten seconds."""

    station: stations.Station
    seen: bool
    camera: str
    printer: str
    waiting: int
    troubles: tuple[Trouble, ...]

    @property
    def kind(self) -> str:
        """stop, look or right."""
        kinds = {trouble.kind for trouble in self.troubles}
        return "stop" if "stop" in kinds else "look" if kinds else "right"


def list_(clock: Clock) -> list[Health]:
    """Every machine that the site expects: each kiosk, and each printer that a kiosk or a desk prints at."""
    served = stations.list_(HAS_PAPER)
    codes = {row.prints_at for row in served} | {row.code for row in served if row.kind == "kiosk"}
    return [_health(row, clock) for row in stations.list_() if row.code in codes]


def _health(station: stations.Station, clock: Clock) -> Health:
    beat = heartbeats.find(station.code)
    seen = beat is not None and beat.at >= g.now.at - LATE
    waiting = print_jobs.count_waiting(station.code)
    camera, printer = (beat.camera, beat.printer) if beat and seen else ("unseen", "unseen")
    name = station.name(g.language)
    troubles = []
    if beat is None:
        troubles.append(_trouble("stop", "wifi-off", "strip.never_seen", station=name))
    elif not seen:
        since = f"{clock.local(beat.at):%H:%M}"
        troubles.append(_trouble("stop", "wifi-off", "strip.unseen", station=name, time=since))
    if camera == "lost":
        troubles.append(_trouble("look", "camera-off", "strip.camera.lost", station=name))
    if printer in STOPPED:
        troubles.append(_trouble("stop", "printer-off", f"strip.printer.{printer}", station=name))
    if printer == "mute":
        troubles.append(_trouble("look", "printer", "strip.printer.mute", station=name))
    if beat and seen and beat.near_end and printer not in STOPPED:
        troubles.append(_trouble("look", "printer", "strip.printer.near_end", station=name))
    if waiting and (not seen or printer in STOPPED):
        troubles.append(_trouble("look", "hourglass", "strip.waiting", station=name, n=waiting))
    return Health(station, seen, camera, printer, waiting, tuple(troubles))


def _trouble(kind: str, sign: str, code: str, **facts: object) -> Trouble:
    return Trouble(kind, sign, wording.say(code, g.language, **facts))


def strip(clock: Clock, url: str) -> dict[str, Any]:
    """What `partials/strip/strip.html` needs; `url` gives it alone."""
    troubles = [trouble for health in list_(clock) for trouble in health.troubles]
    return {"troubles": troubles, "strip_url": url}

"""How the machines and the line out are: what the quiet strip says, computed from the last heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, g

from kiosk import protocols, wording
from kiosk.clock import Clock
from kiosk.rules import printing
from kiosk.rules.words import HelpReason, MessageState
from kiosk.store import clinic_days, figures, heartbeats, help_calls, observations, print_jobs, rolls, stations, topics
from kiosk.web import shown
from kiosk.web.kept import Kept

STOPPED = ("paper_out", "cover_open", "cutter_error", "error", "offline", "unreachable")
# A table's camera is nobody's loss unless it was there this shift.
THIS_SHIFT = timedelta(hours=12)
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
    """Every machine that the site expects: each kiosk, each printer in use, and each camera heard at a table today."""
    known = stations.list_()
    slips = protocols.steps().recording("departure")
    printing = [row for row in known if row.kind in HAS_PAPER or slips & set(row.steps)]
    codes = {row.prints_at for row in printing} | {row.code for row in known if row.kind == "kiosk"}
    codes |= {beat.station for beat in heartbeats.list_() if beat.at >= g.now.at - THIS_SHIFT}
    return [_health(row, clock) for row in known if row.code in codes]


def _health(station: stations.Station, clock: Clock) -> Health:
    beat = heartbeats.find(station.code)
    seen = beat is not None and beat.at >= g.now.at - heartbeats.LATE
    waiting = print_jobs.count_ready(station.code, g.now.at, protocols.slips().called)
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
    if beat and seen and beat.scanner == "lost":
        troubles.append(_trouble("look", "scan", "strip.scanner.lost", station=name))
    if printer in STOPPED:
        troubles.append(_trouble("stop", "printer-off", f"strip.printer.{printer}", station=name))
    if printer == "mute":
        troubles.append(_trouble("look", "printer", "strip.printer.mute", station=name))
    if beat and seen and printer not in STOPPED:
        troubles.extend(_roll(beat, name))
    if waiting and (not seen or printer in (*STOPPED, "none")):
        troubles.append(_trouble("look", "hourglass", "strip.waiting", station=name, n=waiting))
    asked = print_jobs.count_obsolete(station.code, g.now.at, protocols.slips().called)
    if asked:
        troubles.append(_trouble("look", "circle-help", "strip.asked", station=name, n=asked))
    return Health(station, seen, camera, printer, waiting, tuple(troubles))


def _roll(beat: heartbeats.Heartbeat, name: str) -> list[Trouble]:
    """Is the paper coming to its end? What the printer sees goes before what was counted."""
    roll = rolls.find(beat.station)
    used = roll.mm if roll else 0
    left = printing.metres_left(beat.roll_m, used)
    low = printing.runs_low(beat.roll_m, used, protocols.slips().low_percent)
    if beat.near_end or (low and not left):
        return [_trouble("look", "printer", "strip.printer.near_end", station=name)]
    return [_trouble("look", "printer", "strip.roll", station=name, n=left)] if low else []


def _trouble(kind: str, sign: str, code: str, **facts: object) -> Trouble:
    return Trouble(kind, sign, wording.say(code, g.language, **facts))


def sends() -> bool:
    """Is a platform set?"""
    return bool(current_app.config["SETTINGS"].upstream.url)


def forwarder(clock: Clock) -> list[Trouble]:
    """What keeps doses from the platform; nothing where none is set, or where nobody would miss the program."""
    left = figures.count_undelivered()
    parked = left.get(MessageState.PARKED, 0)
    waiting = sum(left.values()) - parked
    if not sends() or not (left or clinic_days.find_open()):
        return []
    troubles = [_trouble("look", "triangle-alert", "upstream.parked", n=parked)] if parked else []
    return _silence(clock, waiting) + troubles


def _silence(clock: Clock, waiting: int) -> list[Trouble]:
    beat = heartbeats.find_forwarder(current_app.config["BOX"])
    if beat is None:
        return [_trouble("stop", "wifi-off", "upstream.silent.never", n=waiting)]
    if beat.at < g.now.at - heartbeats.FORWARDER_LATE:
        return [_trouble("stop", "wifi-off", "upstream.silent.since", n=waiting, time=f"{clock.local(beat.at):%H:%M}")]
    if not beat.trouble:
        return []
    reason = wording.say(f"upstream.reason.{beat.trouble}", g.language)
    since = f"{clock.local(beat.since):%H:%M}"
    return [_trouble("look", "wifi-off", "upstream.trouble", n=waiting, time=since, reason=reason)]


def strip(clock: Clock, url: str) -> dict[str, Any]:
    """What `partials/strip/strip.html` needs; `url` gives it alone.

    A dozen pages hear of the same change at once, and the machines are looked at once for all of them.
    """
    troubles = MACHINES.once("", topics.count_all(), lambda: _machines(clock))
    return {"troubles": troubles + forwarder(clock), "strip_url": url}


MACHINES: Kept[list[Trouble]] = Kept(timedelta(seconds=1), 20)


def _machines(clock: Clock) -> list[Trouble]:
    return _unwell() + [trouble for health in list_(clock) for trouble in health.troubles]


def _unwell() -> list[Trouble]:
    """Somebody who feels unwell after the injection: every staff page says so until somebody comes."""
    troubles = []
    for call in help_calls.list_open():
        row = observations.find(call.visit_id) if call.reason == HelpReason.UNWELL and call.visit_id else None
        if row is not None and row.station == call.station and row.ended_at is None:
            where = shown.place(row.station)
            troubles.append(_trouble("stop", "bell", "strip.unwell", seat=row.seat, station=where))
    return troubles

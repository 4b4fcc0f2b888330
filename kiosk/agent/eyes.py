"""Reads codes in the newest frame and hands each to the hub, when it comes into view and while it stays."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence

from kiosk.agent.scans import Scans
from kiosk.agent.sight import Glance, Sight
from kiosk.agent.signs import Signs
from kiosk.devices.coach import Coach
from kiosk.devices.decoder import Reading, Stream
from kiosk.devices.shot import BrokenPicture

log = logging.getLogger("kiosk.agent")

FRAME_SECONDS = 1 / 8
OUT_OF_VIEW_SECONDS = 1.5
# The screen may have gone back to its start while the card was held all the time; the hub knows what is news.
STILL_HELD_SECONDS = 4.0
# Where nothing moves one look a second is for whatever came too slowly to be called motion.
QUIET_LOOK_SECONDS = 1.0


class View:
    """Which codes are in view. One that stays in front of the camera is said again every four seconds, no oftener."""

    def __init__(self) -> None:
        self._seen_at: dict[bytes, float] = {}
        self._said_at: dict[bytes, float] = {}

    def entering(self, readings: Sequence[Reading], now: float) -> list[Reading]:
        """Those of `readings` out of view for 1.5 s, or not said for 4 s, before `now` (seconds, monotonic)."""
        self._seen_at = {raw: at for raw, at in self._seen_at.items() if now - at < OUT_OF_VIEW_SECONDS}
        self._said_at = {raw: at for raw, at in self._said_at.items() if raw in self._seen_at}
        fresh = {
            reading.raw: reading
            for reading in readings
            if now - self._said_at.get(reading.raw, -STILL_HELD_SECONDS) >= STILL_HELD_SECONDS
        }
        self._seen_at |= {reading.raw: now for reading in readings}
        self._said_at |= dict.fromkeys(fresh, now)
        return list(fresh.values())


class Eyes:
    """The thread that decodes what the camera sees."""

    def __init__(self, sight: Sight, scans: Scans, stop: threading.Event, signs: Signs | None = None) -> None:
        self._signs = signs or Signs()
        self._coach = Coach()
        self._sight = sight
        self._scans = scans
        self._stop = stop
        self._stream = Stream()
        self._view = View()

    def look_for(self, formats: tuple[str, ...]) -> None:
        """What is looked for beside QR codes from now on."""
        self._stream.formats = formats

    def look(self) -> None:
        """Decode at most eight frames a second, always the newest, until the program stops; one where nothing moves."""
        number, looked_at = 0, 0.0
        while not self._stop.is_set():
            glance = self._sight.after(number, 0.5)
            if glance is None:
                continue
            began = time.monotonic()
            number = glance.number
            if glance.quiet and began - looked_at < QUIET_LOOK_SECONDS:
                continue
            looked_at = began
            with contextlib.suppress(BrokenPicture):  # the next one comes at once
                self._read(glance, began)
            if not glance.quiet:  # else the next that comes may be a card, and somebody waits
                self._stop.wait(max(0.0, FRAME_SECONDS - (time.monotonic() - began)))

    def _read(self, glance: Glance, at: float) -> None:
        readings = self._stream.feed(glance.frame)
        if readings or self._stream.sighting:
            self._sight.attend()
        entering = self._view.entering(readings, at)
        for reading in entering:
            log.info("code.read symbology=%s stage=%s", reading.symbology, reading.stage)
            self._scans.put(reading.raw, reading.symbology)
        advice = self._coach.watch(glance.frame, readings, self._stream.sighting, at)
        self._signs.show(readings, self._stream.sighting, advice, len(entering), at)

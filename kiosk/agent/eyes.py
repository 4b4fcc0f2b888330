"""Reads codes in the newest frame and hands each to the hub, when it comes into view and while it stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from kiosk.agent.scans import Scans
from kiosk.agent.sight import Sight
from kiosk.devices.decoder import Reading, Stream

FRAME_SECONDS = 1 / 8
OUT_OF_VIEW_SECONDS = 1.5
# The screen may have gone back to its start while the card was held all the time; the hub knows what is news.
STILL_HELD_SECONDS = 4.0


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

    def __init__(self, sight: Sight, scans: Scans, stop: threading.Event) -> None:
        self._sight = sight
        self._scans = scans
        self._stop = stop
        self._stream = Stream()
        self._view = View()

    def look(self) -> None:
        """Decode at most eight frames a second, always the newest, until the program stops."""
        number = 0
        while not self._stop.is_set():
            glance = self._sight.after(number, 0.5)
            if glance is None:
                continue
            began = time.monotonic()
            number = glance.number
            for reading in self._view.entering(self._stream.feed(glance.frame), began):
                self._scans.put(reading.raw, reading.symbology)
            self._stop.wait(max(0.0, FRAME_SECONDS - (time.monotonic() - began)))

"""Reads codes in the newest frame and hands each to the hub, when it comes into view and while it stays."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Sequence

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, Scan
from kiosk.agent.sight import Sight
from kiosk.devices.decoder import Reading, decode

log = logging.getLogger("kiosk.agent")

FRAME_SECONDS = 1 / 8
OUT_OF_VIEW_SECONDS = 1.5
# The screen may have gone back to its start while the card was held all the time; the hub knows what is news.
STILL_HELD_SECONDS = 4.0
SCAN_LIVES_SECONDS = 10.0
# One costly stage a frame: an empty scene must not cost more than its interval on a small machine.
TURNS = (("plain", "enlarged"), ("plain", "zbar"))


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
    """Two threads: `look` decodes, `send` delivers; a hub that is slow does not make the eyes blink."""

    def __init__(self, sight: Sight, hub: HubLink, stop: threading.Event) -> None:
        self._sight = sight
        self._hub = hub
        self._stop = stop
        self._view = View()
        self._scans: queue.Queue[tuple[float, Scan]] = queue.Queue()

    def look(self) -> None:
        """Decode at most eight frames a second, always the newest, until the program stops."""
        number = turn = 0
        while not self._stop.is_set():
            glance = self._sight.after(number, 0.5)
            if glance is None:
                continue
            began = time.monotonic()
            number, turn = glance.number, turn + 1
            for reading in self._view.entering(decode(glance.frame, TURNS[turn % len(TURNS)]), began):
                self._scans.put((began, Scan(str(uuid.uuid4()), reading.raw, reading.symbology)))
            self._stop.wait(max(0.0, FRAME_SECONDS - (time.monotonic() - began)))

    def send(self) -> None:
        """Deliver scans in order; one that the hub has not taken after 10 s is dropped (nobody waits that long)."""
        while not self._stop.is_set():
            try:
                seen_at, scan = self._scans.get(timeout=0.2)
            except queue.Empty:
                continue
            self._deliver(scan, seen_at + SCAN_LIVES_SECONDS)

    def _deliver(self, scan: Scan, until: float) -> None:
        backoff = Backoff()
        while not self._stop.is_set() and time.monotonic() < until:
            try:
                log.info("scan.sent id=%s outcome=%s", scan.id, self._hub.scan(scan))
                return
            except HubRefused as error:
                log.warning("scan.refused id=%s code=%s", scan.id, error.code)
                return
            except HubGone:
                self._stop.wait(backoff.failed())
        log.warning("scan.dropped id=%s", scan.id)

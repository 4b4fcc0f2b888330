"""Hands each code that was read, by camera or hand scanner, to the hub."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, Scan

log = logging.getLogger("kiosk.agent")

SCAN_LIVES_SECONDS = 10.0


class Scans:
    """`put` from any thread; `run` delivers in order, in a thread of its own: a slow hub makes no eye blink."""

    def __init__(self, hub: HubLink, stop: threading.Event) -> None:
        self._hub = hub
        self._stop = stop
        self._waiting: queue.Queue[tuple[float, Scan]] = queue.Queue()

    def put(self, raw: bytes, symbology: str) -> None:
        """This was read now; it gets its id here, once."""
        self._waiting.put((time.monotonic(), Scan(str(uuid.uuid4()), raw, symbology)))

    def run(self) -> None:
        """Deliver until the program stops; what the hub has not taken after 10 s is dropped: nobody waits longer."""
        while not self._stop.is_set():
            try:
                read_at, scan = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            self._deliver(scan, read_at + SCAN_LIVES_SECONDS)

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

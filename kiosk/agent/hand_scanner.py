"""The thread that owns the hand scanner: opens it, again after it was unplugged, and hands each code on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kiosk.agent.scans import Scans
from kiosk.config_devices import Scanner as ScannerSettings
from kiosk.devices.scanner import ScannedCode, Scanner, ScannerLost, open_scanner

log = logging.getLogger("kiosk.agent")

REOPEN_SECONDS = 2.0
SAME_CODE_SECONDS = 1.5
LISTEN_SECONDS = 0.5


class Last:
    """The code that came last: a scanner may fire twice at one pull of the trigger."""

    def __init__(self) -> None:
        self._raw = b""
        self._at = 0.0

    def is_news(self, raw: bytes, now: float) -> bool:
        """Another code than the last, or the last was 1.5 s before `now` (seconds, monotonic)."""
        if raw == self._raw and now - self._at < SAME_CODE_SECONDS:
            return False
        self._raw, self._at = raw, now
        return True


class HandScanner:
    """What the hand scanner reads goes to `scans`. `changed` is called when the scanner comes or goes."""

    def __init__(
        self, scanner: ScannerSettings, scans: Scans, stop: threading.Event, changed: Callable[[], None]
    ) -> None:
        self._settings = scanner
        self._scans = scans
        self._stop = stop
        self._changed = changed
        self._last = Last()
        self._ready = False
        self._detail = ""

    @property
    def state(self) -> str:
        """`none` (no scanner is set), `ready`, or `lost`."""
        if not self._settings.device:
            return "none"
        return "ready" if self._ready else "lost"

    @property
    def detail(self) -> str:
        """Why it is lost, for a technician."""
        return self._detail

    def run(self) -> None:
        """Listen until the program stops."""
        wanted = self._settings
        while wanted.device and not self._stop.is_set():
            try:
                scanner = open_scanner(wanted.device, wanted.layout, wanted.baud)
            except ScannerLost as error:
                self._lose(str(error))
            else:
                self._listen(scanner)
            self._stop.wait(REOPEN_SECONDS)

    def _listen(self, scanner: Scanner) -> None:
        log.info("scanner.found kind=%s", scanner.symbology)
        self._ready, self._detail = True, ""
        self._changed()
        try:
            while not self._stop.is_set():
                code = scanner.read(LISTEN_SECONDS)
                if code:
                    self._hand_on(code, scanner.symbology)
        except ScannerLost as error:
            self._lose(str(error))
        finally:
            scanner.close()

    def _hand_on(self, code: ScannedCode, symbology: str) -> None:
        if not code.sure:
            # A number that lost a digit looks like another number; the person scans once more.
            log.warning("scanner.torn_code kind=%s length=%d", symbology, len(code.raw))
        elif self._last.is_news(code.raw, time.monotonic()):
            self._scans.put(code.raw, symbology)

    def _lose(self, why: str) -> None:
        known = not self._ready and self._detail == why
        self._ready, self._detail = False, why
        if not known:
            log.warning("scanner.lost why=%s", why)
            self._changed()

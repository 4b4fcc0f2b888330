"""What a program tells systemd of itself: that it is ready, that it still works, that it ends. Nothing outside a unit.

Each word is a datagram to `$NOTIFY_SOCKET` (sd_notify(3)). The words go out only while a self-check says that the
program works: one that only lives is no use to anybody, and systemd then starts it again.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger("kiosk.notify")

# Until the first check has passed it is asked this often: people wait for the box.
FIRST_LOOKS_SECONDS = 0.2
# So often in each interval, so that one slow answer is no restart.
FEEDINGS = 3


class Notify:
    """The line to systemd. It takes the address out of the environment: no child, no library speaks in our name.

    `interval`: seconds in which it wants to hear of us, None where it does not watch.
    """

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        watched = os.environ.pop("WATCHDOG_USEC", "")
        other = os.environ.pop("WATCHDOG_PID", "") not in ("", str(os.getpid()))
        self.interval = int(watched) / 1e6 if watched.isdigit() and int(watched) and not other else None

    @property
    def heard(self) -> bool:
        """Does anybody listen?"""
        return bool(self._address)

    def send(self, words: str) -> None:
        """`READY=1`, `WATCHDOG=1`, `STOPPING=1`, …; lost where nobody listens any more."""
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.settimeout(1)
            line.sendto(words.encode(), address)

    def stopping(self) -> None:
        """From now on it is no wonder that it does not answer."""
        self.send("STOPPING=1")


class Feeder:
    """The thread that checks and feeds. `check`: "" while the program works, else a word on what does not.

    It may take its time, but a check that never comes back feeds nobody.
    """

    def __init__(self, notify: Notify, check: Callable[[], str]) -> None:
        self._notify = notify
        self._check = check
        self._stop = threading.Event()

    def start(self) -> None:
        """Begins; nothing to do where nobody listens."""
        if self._notify.heard:
            threading.Thread(target=self._run, name="feeder", daemon=True).start()

    def stop(self) -> None:
        """The program ends: systemd hears so, and nothing is checked any more."""
        if not self._stop.is_set():
            self._stop.set()
            self._notify.stopping()

    def _run(self) -> None:
        while not self._stop.is_set() and self._check():
            self._stop.wait(FIRST_LOOKS_SECONDS)
        if self._stop.is_set():
            return
        self._notify.send("READY=1")
        interval = self._notify.interval
        failed = ""
        while interval and not self._stop.wait(interval / FEEDINGS):
            wrong = self._check()
            if wrong != failed:
                self._tell(wrong)
                failed = wrong
            if not wrong and not self._stop.is_set():
                self._notify.send("WATCHDOG=1")

    def _tell(self, wrong: str) -> None:
        """`systemctl status` and the log name what does not answer: whoever reads them finds a restart without it."""
        self._notify.send(f"STATUS={wrong}")
        if wrong:
            log.error("check.failed why=%s", wrong)
        else:
            log.info("check.passed")

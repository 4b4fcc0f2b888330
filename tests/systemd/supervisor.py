"""The other end of sd_notify: a datagram socket, as systemd has one, and programs that are started with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 60.0


class Supervisor:
    """Hears what one program says. `watchdog`: the seconds in which it wants to hear of it."""

    def __init__(self, path: Path, watchdog: float = 0.6) -> None:
        self.path, self.watchdog = path, watchdog
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.heard: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What systemd puts in it."""
        return os.environ | {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(int(self.watchdog * 1e6))}

    def next(self, seconds: float = PATIENCE) -> str:
        """The next word; "" when none comes for so long."""
        self.socket.settimeout(seconds)
        try:
            self.heard.append(self.socket.recv(4096).decode())
        except TimeoutError:
            return ""
        return self.heard[-1]

    def until(self, words: str) -> None:
        """Until it says what begins with these words."""
        end = time.monotonic() + PATIENCE
        while not self.next(max(0.01, end - time.monotonic())).startswith(words):
            assert time.monotonic() < end, f"never heard {words}, but {self.heard}"

    def silence(self) -> list[str]:
        """What it says while four feedings would come, after what was on its way."""
        self.drain()
        begun = len(self.heard)
        end = time.monotonic() + 4 * self.watchdog / 3
        while (left := end - time.monotonic()) > 0:
            self.next(left)
        return self.heard[begun:]

    def drain(self) -> None:
        """Hears all that was said up to now."""
        self.socket.setblocking(False)
        try:
            while True:
                self.heard.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            pass


@contextmanager
def supervised(supervisor: Supervisor, *words: str, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Python with these words, under the supervisor; gone at the end with all that it began, as systemd does it.

    `log`: where its standard error is kept.
    """
    with open(log or os.devnull, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, *words], env=supervisor.environment, stderr=errors, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        supervisor.socket.close()

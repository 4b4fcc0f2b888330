"""The programs that the demo runs: started, watched, stopped, and killed on purpose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

CLEAR_SECONDS = 5


class Running(Protocol):
    """A program of a site, whoever starts it."""

    @property
    def alive(self) -> bool:
        """Is it running?"""

    def start(self) -> None:
        """Starts it unless it runs."""

    def kill(self) -> None:
        """As a power cut would."""

    def said(self) -> str:
        """The end of what it printed."""


class Program:
    """`python -m MODULE --folder FOLDER …` in its own process; unless told otherwise `python -m kiosk … NAME`.

    Its output goes to `logs/NAME.log` in that folder.
    """

    def __init__(self, name: str, folder: Path, module: str = "kiosk", *more: str) -> None:
        self.name = name
        self._command = [sys.executable, "-m", module, "--folder", str(folder), *(more or (name,))]
        self._logs = folder / "logs"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self._logs / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Is it running?"""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts it unless it runs."""
        if self.alive:
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._note.write_text(str(self._process.pid))

    @property
    def _note(self) -> Path:
        return self._logs / f"{self.name}.pid"

    def said(self) -> str:
        """What it printed, all of it; "" before it was ever started."""
        return self.log.read_text() if self.log.exists() else ""

    def _left_over(self) -> int | None:
        with suppress(OSError, ValueError):
            pid = int(self._note.read_text())
            said = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
            return pid if said[1:5] == self._command[1:5] else None
        return None

    def clear(self) -> None:
        """Ends what an earlier demo left running when it was killed itself; its ports are free when this returns."""
        pid = self._left_over()
        until = time.monotonic() + CLEAR_SECONDS
        with suppress(ProcessLookupError):
            while pid is not None and time.monotonic() < until:
                os.killpg(pid, signal.SIGKILL)
                time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would: no goodbye, no clean-up, its children too."""
        if self._process is not None and self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self, seconds: float = 8) -> None:
        """Asks it to end, and insists after `seconds`."""
        if self._process is None or not self.alive:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

"""The programs of an installed box, which systemd runs: asked, killed on purpose, and awaited when they come back."""

from __future__ import annotations

import os
import subprocess
import time

RETURN_SECONDS = 60.0
ALIVE = ("active", "activating", "reloading")


class Unit:
    """One unit, as `processes.Program` is one process; only root may kill or start it.

    A unit that was killed is never started from here: systemd must bring it back by itself.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._killed = ""

    @property
    def alive(self) -> bool:
        """Does it run, or is systemd bringing it back?"""
        return self._show("ActiveState") in ALIVE

    def start(self) -> None:
        """Returns when it runs and said that it is ready. Raises TimeoutError when it does not within 60 s."""
        if self._show("ActiveState") == "inactive":
            _systemctl("start", self.name)
        end = time.monotonic() + RETURN_SECONDS
        while self._show("ActiveState") != "active" or self._show("MainPID") in ("0", self._killed):
            if time.monotonic() > end:
                raise TimeoutError(f"{self.name} did not come back within {RETURN_SECONDS:.0f} s")
            time.sleep(0.05)
        self._killed = ""

    def kill(self) -> None:
        """As a power cut would: no goodbye, its children too; returns when that process is gone."""
        self._killed = self._show("MainPID")
        if self._killed == "0":
            return
        _systemctl("kill", "--signal=KILL", self.name)
        end = time.monotonic() + RETURN_SECONDS
        while self._show("MainPID") == self._killed and time.monotonic() < end:
            time.sleep(0.02)

    def said(self) -> str:
        """The last lines of its journal."""
        return _as_before(["journalctl", "--no-pager", "--lines=40", f"--unit={self.name}"])

    def _show(self, key: str) -> str:
        return _systemctl("show", "--value", f"--property={key}", self.name).strip()


def _systemctl(*arguments: str) -> str:
    return _as_before(["systemctl", *arguments])


def _as_before(command: list[str]) -> str:
    # The walk has stepped down to the owner of the data; whoever it was before, root, may speak to systemd.
    return subprocess.run(
        command, check=True, capture_output=True, text=True, user=os.getuid(), group=os.getgid()
    ).stdout

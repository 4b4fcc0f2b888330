"""The invented national platform: the simulator in its own process, and what it is told to do wrong."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests

from kiosk.demo.processes import Program

# By the names of the demo's switches: what `/control` calls it, and how it is when it is on.
FAULTS: dict[str, tuple[str, bool | float]] = {
    "refuse": ("refuse", True), "busy": ("busy", True), "forget": ("forget", True), "duplicate": ("duplicate", True),
    "login_page": ("login_page", True), "slow": ("delay", 5), "no_certificate": ("no_certificate", True),
    "other_certificate": ("other_certificate", True),
}  # fmt: skip
READY_SECONDS = 10


class Platform(Program):
    """`python -m kiosk.upstream.simulator`; its doses are in FOLDER. A new process is told what is wrong with it."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__("platform", folder, "kiosk.upstream.simulator", "--port", str(port))
        self.port = port
        self._wrong: dict[str, bool | float] = {}

    @property
    def url(self) -> str:
        """Its FHIR, without the network in between."""
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def broken(self) -> set[str]:
        """Names of the switches that are on."""
        return {switch for switch, (fault, value) in FAULTS.items() if self._wrong.get(fault) == value}

    @property
    def doses(self) -> int | None:
        """How many it holds; None while it does not run."""
        try:
            return int(self._control()["doses"])
        except requests.RequestException:
            return None

    def start(self) -> None:
        """Returns when it answers and does wrong what it was told to, or after 10 s."""
        if self.alive:
            return
        super().start()
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.alive:
            try:
                self._control(self._wrong)
                return
            except requests.RequestException:
                time.sleep(0.05)

    def turn(self, switch: str, broken: bool) -> None:
        """Does this wrong from now on, or right again; kept for the next process while there is none."""
        fault, value = FAULTS[switch]
        self.misbehave(**{fault: value if broken else type(value)()})

    def misbehave(self, **faults: bool | float) -> None:
        """Sets faults of the simulator by its own names."""
        self._wrong |= faults
        if self.alive:
            self._control(self._wrong)

    def _control(self, changes: dict[str, bool | float] | None = None) -> dict[str, Any]:
        address = f"http://127.0.0.1:{self.port}/control"
        answer = (
            requests.get(address, timeout=2) if changes is None else requests.post(address, json=changes, timeout=2)
        )
        answer.raise_for_status()
        return dict(answer.json())

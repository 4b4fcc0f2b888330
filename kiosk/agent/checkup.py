"""How this machine is, for the hub: measured once a minute, and at once when the program begins."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

from kiosk.devices.box import measure

EVERY_SECONDS = 60.0


class Checkup:
    """What a heartbeat says of the machine, when it is time to. `folder`: where this agent's files lie.

    It is measured once a minute whatever the hub does: while that is away, the last word waits for it.
    """

    def __init__(self, folder: Path, root: Path = Path("/")) -> None:
        self._folder, self._root = folder, root
        self._measured_at = -math.inf
        self._untold: dict[str, Any] = {}

    def due(self) -> dict[str, Any]:
        """`{"box": …}`, or {} while the hub has heard of it within the last minute."""
        if time.monotonic() - self._measured_at >= EVERY_SECONDS:
            self._measured_at = time.monotonic()
            self._untold = {"box": measure(self._folder, self._root).told()}
        return self._untold

    def told(self) -> None:
        """The hub has heard it."""
        self._untold = {}

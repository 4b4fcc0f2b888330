"""The demo's clock set ahead, so that nobody waits for half an hour of observation."""

from __future__ import annotations

import os
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo


class Shift:
    """By how many seconds the clock of every program of the site is ahead, as `kiosk/clock` reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def seconds(self) -> float:
        """0.0 when the clock is right."""
        return float(self._path.read_text()) if self._path.exists() else 0.0

    def advance(self, minutes: float) -> None:
        """Time passes for all programs at once."""
        self.put(self.seconds + minutes * 60)

    def set_to(self, wall: time, zone: ZoneInfo) -> None:
        """Today's date there, this time of day."""
        now = datetime.now(zone)
        self.put((now.replace(hour=wall.hour, minute=wall.minute, second=0, microsecond=0) - now).total_seconds())

    def put(self, seconds: float) -> None:
        """Whole or not at all: the programs read while we write."""
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        draft.write_text(f"{seconds:.6f}")
        draft.replace(self._path)

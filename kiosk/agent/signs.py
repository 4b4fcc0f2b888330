"""What the eyes tell whoever stands before the camera: where a code is, one word of advice, that something was read.

Never what was read. The live picture draws the outlines, the kiosk's page hears the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.devices.coach import Advice
from kiosk.devices.decoder import Reading, Sighting

# An outline older than this would be drawn beside the card that has moved on.
OUTLINE_SECONDS = 0.4
# Where the eyes have gone silent (the camera is lost) the last advice must not stay.
ADVICE_SECONDS = 3.0


@dataclass(frozen=True)
class Outline:
    """The corners of a code in pixels of the frame, and whether it was read or only seen."""

    corners: tuple[tuple[int, int], ...]
    read: bool


class Signs:
    """Written by the eyes, read by any number of viewers. Times are seconds, monotonic."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._outlines: tuple[Outline, ...] = ()
        self._advice: Advice | None = None
        self._reads = 0
        self._version = 0
        self._at = -ADVICE_SECONDS

    def show(
        self, readings: Sequence[Reading], sighting: Sighting | None, advice: Advice | None, entered: int, at: float
    ) -> None:
        """What one frame held; `entered`: how many of its codes are new and were handed on."""
        outlines = [Outline(reading.corners, read=True) for reading in readings if len(reading.corners) > 2]
        if not outlines and sighting is not None and len(sighting.corners) > 2:
            outlines = [Outline(sighting.corners, read=False)]
        with self._news:
            if entered or advice is not self._advice:
                self._version += 1
                self._news.notify_all()
            self._outlines, self._advice, self._at = tuple(outlines), advice, at
            self._reads += entered

    def outlines(self, at: float) -> tuple[Outline, ...]:
        """What to draw now."""
        with self._news:
            return self._outlines if at - self._at <= OUTLINE_SECONDS else ()

    def told(self, at: float) -> tuple[str, int]:
        """The advice ("" for none), and how many codes were read since the program began."""
        with self._news:
            return self._advice or "" if at - self._at <= ADVICE_SECONDS else "", self._reads

    def after(self, version: int, timeout: float) -> int:
        """Waits until there is other news than `version`, at most `timeout` seconds; the version of what is told then.

        The first is 0.
        """
        with self._news:
            self._news.wait_for(lambda: self._version != version, timeout)
            return self._version

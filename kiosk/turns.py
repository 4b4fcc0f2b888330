"""Whether each thread of a program still turns: every loop asks whether to stop, and asking is the sign of life."""

from __future__ import annotations

import threading
import time


class Turn(threading.Event):
    """The program's stop, as one thread sees it: it also remembers when that thread last asked.

    Other threads may ask too (a viewer of the live picture does); that is no turn.
    """

    def __init__(self, stop: threading.Event, bound: float) -> None:
        super().__init__()
        self._stop = stop
        self._bound = bound
        self._thread = 0
        self._at: float | None = None

    def begin(self) -> None:
        """The thread that calls this is the one that is watched from now on."""
        self._thread, self._at = threading.get_ident(), time.monotonic()

    def end(self) -> None:
        """It has nothing left to do (no scanner is set): nobody waits for it."""
        self._at = None

    def taken(self) -> None:
        """A turn, where the thread has no need to ask."""
        self._at = time.monotonic()

    def late(self, now: float) -> bool:
        """Has it begun, and not turned for longer than its bound? `now`: seconds, monotonic."""
        return self._at is not None and now - self._at > self._bound

    def is_set(self) -> bool:
        """Is the program to stop?"""
        self._turned()
        return self._stop.is_set()

    def set(self) -> None:
        """The program is to stop."""
        self._stop.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Until the program is to stop, at most `timeout` seconds."""
        try:
            return self._stop.wait(timeout)
        finally:
            self._turned()

    def _turned(self) -> None:
        if self._at is not None and threading.get_ident() == self._thread:
            self._at = time.monotonic()


class Turns:
    """The threads of one program, by name."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._turns: dict[str, Turn] = {}

    def of(self, name: str, bound: float) -> Turn:
        """The stop that this thread is to be given; `bound`: seconds that one turn of it may take."""
        turn = self._turns[name] = Turn(self._stop, bound)
        return turn

    def late(self) -> str:
        """Names of those that have not come round, "" for none."""
        now = time.monotonic()
        return " ".join(name for name, turn in self._turns.items() if turn.late(now))

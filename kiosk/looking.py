"""A thread of the hub that looks again and again whether there is something to do."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

STOP_SECONDS = 3.0


class Looking(ABC):
    """`look` in a thread of its own until `stop`."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def look(self) -> float:
        """Looks once; how many seconds to wait before the next time. Never raises."""

    def goes_on(self) -> bool:
        """Nobody has asked it to stop."""
        return not self._stop.is_set()

    def start(self) -> None:
        """Looks now, and from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look in hand."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while self.goes_on():
            self._stop.wait(self.look())

"""Talking with a printer over one link: questions and answers, each with a limit. It ends with its link."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.devices.escpos_replies import Heard, Status, status_from_answers
from kiosk.devices.printer_links import Link, LinkLost

_NOTHING = memoryview(b"")


@dataclass(frozen=True)
class Deadlines:
    """Limits in seconds. `fault` is how long a job waits for new paper before a person must decide."""

    connect: float = 3.0
    answer: float = 1.0
    stall: float = 15.0
    finish: float = 6.0
    mechanism: float = 3.0
    fault: float = 180.0
    grace: float = 0.4
    poll: float = 0.5
    drain: float = 2.0


class Conversation:
    """What was said and heard on one link. Every method raises LinkLost when the link is gone."""

    def __init__(self, link: Link, limits: Deadlines) -> None:
        self._link = link
        self._limits = limits
        self.heard = Heard()

    def exchange(self, data: memoryview, wait: float) -> int:
        """Send what goes at once, hear what comes; how many bytes were taken."""
        sent, received = self._link.exchange(data, wait)
        self.heard.take(received)
        return sent

    def write(self, data: bytes) -> None:
        """A short message; LinkLost also when the printer does not even take that."""
        left, until = memoryview(data), time.monotonic() + self._limits.answer
        while left:
            left = left[self.exchange(left, self._limits.poll) :]
            if left and time.monotonic() > until:
                raise LinkLost("takes nothing")

    def listen(self, wait: float, enough: Callable[[], bool]) -> None:
        """Hear until `enough()` or `wait` seconds are over."""
        until = time.monotonic() + wait
        while not enough():
            left = until - time.monotonic()
            self.exchange(_NOTHING, max(0.0, left))
            if left <= 0:
                return

    def ask_status(self) -> Status | None:
        """DLE EOT 1, 4 and 2, one at a time because the answers look alike. None when the first stays unanswered."""
        printer = self._answer_to(1)
        if printer is None:
            return None
        paper = self._answer_to(4) or 0
        cause = self._answer_to(2) or 0
        self.heard.pushed = None
        return status_from_answers(printer, cause, paper)

    def is_delivered(self) -> bool:
        """Whether everything that was taken has reached the printer, as far as this machine can know."""
        return not self._link.unsent()

    def paper_is_out(self) -> bool:
        """The paper line of a printer that does not answer."""
        return self._link.paper_is_out()

    def close(self) -> None:
        self._link.close(self._limits.drain)

    def _answer_to(self, question: int) -> int | None:
        self.heard.answers.clear()
        self.write(b"\x10\x04" + bytes([question]))
        self.listen(self._limits.answer, lambda: bool(self.heard.answers))
        return self.heard.answers[0] if self.heard.answers else None

"""Talking with a printer over one link: questions and answers, each with a limit. It ends with its link."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.devices.escpos_replies import Heard, Status, status_from_answers
from kiosk.devices.printer_links import Link

_NOTHING = memoryview(b"")
# A clone that leaves the same question unanswered so often does not know it.
_SILENCES = 2
_QUESTION_BYTES = 3
# Times the usual wait, after which a question was lost rather than late: printers miss some while they cut.
_LOST_AFTER = 3


@dataclass(frozen=True)
class Deadlines:
    """Limits in seconds. `fault` is how long a job waits for new paper before a person must decide.

    `passing` is how long a printer known to be mute is listened to; `still` when one that moves nothing is said to be
    stuck, although it gives no reason.
    """

    connect: float = 1.5
    answer: float = 1.0
    passing: float = 0.1
    still: float = 1.5
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
        self._unsaid = b""
        self._open_question = False
        self._asked_at = 0.0
        self._silences: dict[int, int] = {}
        self._line_free_at = 0.0
        self._unsent = 0
        self._moved_at = time.monotonic()
        self.heard = Heard()
        self.may_be_off = link.may_be_off

    def exchange(self, data: memoryview, wait: float) -> int:
        """Send what goes at once, hear what comes; how many bytes were taken."""
        if self._unsaid:
            self._unsaid = self._unsaid[self._pass(memoryview(self._unsaid), wait) :]
            return 0
        sent = self._pass(data, wait)
        self._moved_at = time.monotonic() if sent else self._moved_at
        return sent

    def say(self, data: bytes) -> bool:
        """A short message. False while the printer takes nothing: then what is left goes out before anything else."""
        self._unsaid += data
        until = time.monotonic() + self._limits.answer
        while self._unsaid and time.monotonic() < until + self.backlog:
            self.exchange(_NOTHING, self._limits.poll)
        return not self._unsaid

    def listen(self, wait: float, enough: Callable[[], bool]) -> None:
        """Hear until `enough()` or `wait` seconds are over."""
        until = time.monotonic() + wait
        while not enough():
            left = until - time.monotonic()
            self.exchange(_NOTHING, max(0.0, left))
            if left <= 0:
                return

    def ask_status(self, wait: float | None = None, *, behind_job: bool = False) -> Status | None:
        """DLE EOT 1, 4 and 2, one at a time because the answers look alike, and 3 when there is an error.

        None when the first stays unanswered for `wait` seconds. `behind_job`: a question may still be on its way behind
        the slip, and then no second is asked, whose answer could be taken for another's.
        """
        if not behind_job:
            self._open_question = False
        printer = self._answer_to(1, self._limits.answer if wait is None else wait)
        if printer is None:
            return None
        sure = bool(printer & 0x08)
        paper = self._known_answer_to(4, ask=sure)
        cause = self._known_answer_to(2, ask=sure)
        error = self._known_answer_to(3, ask=True) if cause & 0x40 else 0
        self.heard.pushed = None
        return status_from_answers(printer, cause, error, paper)

    @property
    def takes_nothing(self) -> bool:
        """Whether not even a question was taken."""
        return bool(self._unsaid)

    @property
    def backlog(self) -> float:
        """Seconds that the line may still need to carry what it was given."""
        return max(0.0, self._line_free_at - time.monotonic())

    @property
    def still(self) -> float:
        """Seconds since a byte of a job left or any byte came."""
        return time.monotonic() - self._moved_at

    def is_delivered(self) -> bool:
        """Whether everything that was taken has reached the printer, as far as this machine can know."""
        return not self._link.unsent()

    def paper_is_out(self) -> bool:
        """The paper line of a printer that does not answer."""
        return self._link.paper_is_out()

    def close(self, *, abruptly: bool = False) -> None:
        """`abruptly`: nothing that matters is on its way."""
        self._link.close(0.0 if abruptly else self._limits.drain)

    def _pass(self, data: memoryview, wait: float) -> int:
        sent, received = self._link.exchange(data, wait)
        self.heard.take(received)
        now, unsent = time.monotonic(), self._link.unsent()
        # That a network card takes our own question is no sign of life.
        if received or abs(unsent - self._unsent) > _QUESTION_BYTES:
            self._moved_at = now
        self._unsent = unsent
        if sent:
            self._line_free_at = max(now, self._line_free_at) + sent / self._link.bytes_per_second
        return sent

    def _known_answer_to(self, question: int, *, ask: bool) -> int:
        """0 when it is not answered; where it never was, only `ask` makes us wait for it again."""
        if not ask and self._silences.get(question, 0) >= _SILENCES:
            return 0
        answer = self._answer_to(question, self._limits.answer)
        self._open_question = False  # the one before it was answered at once: this one is not late, it is not known
        self._silences[question] = 0 if answer is not None else self._silences.get(question, 0) + 1
        return answer or 0

    def _answer_to(self, question: int, wait: float) -> int | None:
        answers = self.heard.answers
        if self._open_question:
            self.listen(wait, lambda: bool(answers))
            lost = not self.backlog and time.monotonic() - self._asked_at > _LOST_AFTER * self._limits.answer
            if not answers and not lost:
                return None
        answers.clear()
        self._open_question, self._asked_at = True, time.monotonic()
        if self.say(b"\x10\x04" + bytes([question])):
            self.listen(wait, lambda: bool(answers))
        self._open_question = not answers
        return answers[0] if answers else None

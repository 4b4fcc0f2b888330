"""What a printer says back, sorted out of one stream: answers, pushed state, marks of finished jobs.

The fixed bits are those of Epson's books: real-time answers `0xx1xx10`, pushed state `0xx1xx00` and three bytes more,
a finished job `7" <mark> NUL`, a paper sensor answer `0xx0xxxx`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal[
    "ready", "paper_out", "cover_open", "cutter_error", "error", "offline", "unreachable", "mute", "none"
]  # fmt: skip

_JOB_DONE = 0x37


@dataclass(frozen=True)
class Status:
    """`state` and whether the roll is nearly used up (many printers have no such sensor and say False).

    `detail`: why a printer cannot be reached, for a technician.
    """

    state: State
    near_end: bool = False
    detail: str = field(default="", compare=False)


@dataclass
class Heard:
    """Everything heard since `forget()`. `answers` are the bytes answering DLE EOT, oldest first.

    `fault`: the first that was pushed or that somebody noted with `live_through`.
    """

    answers: list[int] = field(default_factory=list)
    marks: set[bytes] = field(default_factory=set)
    sensors: int = 0
    pushed: Status | None = None
    fault: State | None = None
    _pending: bytearray = field(default_factory=bytearray)

    def forget(self) -> None:
        """Drop what belongs to an earlier job; pushed state stays true until the next push."""
        self.answers.clear()
        self.marks.clear()
        self.sensors = 0
        self.fault = None

    def live_through(self, fault: State) -> None:
        """The first fault of a job is what people are told; a cover is opened because the paper has run out."""
        self.fault = self.fault or fault

    def take(self, received: bytes) -> None:
        """Sort received bytes; an unfinished message waits for its rest."""
        self._pending += received
        while self._pending:
            used = self._take_one(self._pending)
            if not used:
                return
            del self._pending[:used]

    def _take_one(self, waiting: bytearray) -> int:
        """How many bytes the first message has, 0 when its end is missing."""
        first = waiting[0]
        if first == _JOB_DONE:
            end = waiting.find(0)
            if end < 0:
                return 0 if len(waiting) < 16 else 1
            self.marks.add(bytes(waiting[2:end]))
            return end + 1
        if first & 0x93 == 0x10:
            if len(waiting) < 4:
                return 0
            self.pushed = _pushed_status(waiting[0], waiting[1], waiting[2])
            if self.pushed.state != "ready":
                self.live_through(self.pushed.state)
            return 4
        if first & 0x93 == 0x12:
            self.answers.append(first)
        elif first & 0x90 == 0:
            self.sensors += 1
        return 1


def status_from_answers(printer: int, cause: int, error: int, paper: int) -> Status:
    """The status behind the answers to DLE EOT 1, 2, 3 and 4 (0 for a question that was not asked or not answered)."""
    near_end = bool(paper & 0x0C)
    if cause & 0x04:
        return Status("cover_open", near_end)
    if paper & 0x60 or cause & 0x20:
        return Status("paper_out", near_end)
    if cause & 0x40:
        return Status("cutter_error" if error & 0x08 else "error", near_end)
    return Status("offline" if printer & 0x08 else "ready", near_end)


def _pushed_status(first: int, errors: int, paper: int) -> Status:
    near_end = bool(paper & 0x03)
    if first & 0x20:
        return Status("cover_open", near_end)
    if paper & 0x0C:
        return Status("paper_out", near_end)
    if errors & 0x68:
        return Status("cutter_error" if errors & 0x08 else "error", near_end)
    return Status("offline" if first & 0x08 else "ready", near_end)

"""One print job as a transaction with an ESC/POS printer, the same over TCP and USB.

Nothing is sent to a printer that is not ready. A job is printed when the printer says so: `GS ( H` gives back the job's
mark, a clone answers the `GS r 1` after the cut. What cannot be known is doubtful, and is never sent again by itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from kiosk.devices.escpos_conversation import Conversation, Deadlines
from kiosk.devices.escpos_encoder import (
    CUT,
    INITIALISE,
    REPORT_CHANGES,
    RESYNCHRONISE,
    Dots,
    ask_when_done,
    encode_picture,
    mark,
)
from kiosk.devices.escpos_replies import Status
from kiosk.devices.printer_links import Link, LinkLost

_SYNC = b"SYNC"
_NOTHING = memoryview(b"")
_DOTS_PER_SECOND = 8 * 50  # 50 mm/s, the slowest mechanism we know


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `reason` is a code; `fault` is what stopped it on its way, "" when nothing did."""

    state: Literal["printed", "sent", "doubtful", "held"]
    reason: str = ""
    fault: str = ""


class _Doubt(Exception):
    """Bytes have left and what became of them is not known; the text is the reason's code."""


class EscPosPrinter:
    """A printer behind a link that is made when needed and made again when lost. Safe to call from several threads."""

    def __init__(self, connect: Callable[[], Link], limits: Deadlines, *, torn: bool = False) -> None:
        self._connect = connect
        self._limits = limits
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._talk: Conversation | None = None
        self._status = Status("unreachable")
        self._torn = torn
        self._in_step = False  # an earlier process may have died inside a picture
        self._awaits_sync = False
        self._expects_answers = True
        self._returns_marks = False
        self._confirms = False

    def status(self) -> Status:
        if not self._lock.acquire(blocking=False):
            return self._status
        try:
            self._status = self._ask_status()
            return self._status
        finally:
            self._lock.release()

    def print(self, job_id: str, dots: Dots, first_byte: Callable[[], None]) -> Outcome:
        letters = mark(job_id)
        body = INITIALISE + REPORT_CHANGES + encode_picture(dots) + CUT + ask_when_done(letters)
        with self._lock:
            self._status = self._ask_status()
            if self._status.state not in ("ready", "mute"):
                return Outcome("held", self._status.state)
            if self._talk is None or not self._is_synchronised(self._talk):
                return Outcome("held", "not_in_step")
            self._talk.heard.forget()
            first_byte()
            return self._deliver(self._talk, body, letters, dots.shape[0])

    def close(self) -> None:
        """A job that is still waiting for its printer ends as doubtful."""
        self._closing.set()
        with self._lock:
            self._drop()
            self._closing.clear()

    def _deliver(self, talk: Conversation, body: bytes, letters: bytes, rows: int) -> Outcome:
        mute = self._status.state == "mute"
        try:
            if not self._send(talk, body):
                return Outcome("held", "unreachable")
            outcome = self._see_it_off(talk) if mute else self._wait_until_done(talk, letters, rows)
        except (LinkLost, _Doubt) as doubt:
            self._in_step, self._torn = False, True
            self._drop()
            reason = str(doubt) if isinstance(doubt, _Doubt) else "link_lost"
            return Outcome("doubtful", reason, talk.heard.fault or "")
        return outcome

    def _send(self, talk: Conversation, body: bytes) -> bool:
        """False when not one byte was taken. A stall may last as long as new paper takes when the printer said why."""
        left, moved_at = memoryview(body), time.monotonic()
        while left:
            try:
                sent = talk.exchange(left, self._limits.poll)
            except LinkLost:
                if len(left) == len(body):
                    self._drop()
                    return False
                raise
            left = left[sent:]
            self._status = talk.heard.pushed or self._status
            stopped = self._status.state not in ("ready", "mute")
            if sent:
                moved_at = time.monotonic()
            elif time.monotonic() - moved_at > (self._limits.fault if stopped else self._limits.stall):
                raise _Doubt(self._status.state if stopped else "stalled")
            self._doubt_when_closing()
        return True

    def _see_it_off(self, talk: Conversation) -> Outcome:
        """A printer that does not answer: mostly all that can be known is that it took every byte."""
        until = time.monotonic() + self._limits.stall
        while not talk.is_delivered():
            talk.exchange(_NOTHING, min(self._limits.poll, 0.05))
            if time.monotonic() > until:
                raise _Doubt("stalled")
        heard = talk.heard
        talk.listen(self._limits.grace, lambda: bool(heard.marks or heard.sensors))
        return Outcome("printed") if heard.marks or heard.sensors else Outcome("sent", "mute")

    def _wait_until_done(self, talk: Conversation, letters: bytes, rows: int) -> Outcome:
        allowed = max(self._limits.finish, rows / _DOTS_PER_SECOND + self._limits.mechanism)
        until, fault_since = time.monotonic() + allowed, 0.0
        while not self._is_done(talk, letters):
            self._doubt_when_closing()
            # A full receive buffer lets no question through; what the printer pushed last still holds.
            status = talk.ask_status() or talk.heard.pushed
            now = time.monotonic()
            if status is None or status.state == "ready":
                fault_since = 0.0
                if now > until:
                    return self._unconfirmed(talk, status)
                continue
            self._status, talk.heard.fault = status, status.state
            fault_since, until = fault_since or now, now + allowed
            if now - fault_since > self._limits.fault:
                raise _Doubt(status.state)
        return Outcome("printed", "", talk.heard.fault or "")

    def _is_done(self, talk: Conversation, letters: bytes) -> bool:
        """Wait one poll for the mark; the sensor's answer counts when this printer never gave a mark back."""
        heard = talk.heard
        talk.listen(self._limits.poll, lambda: letters in heard.marks or bool(heard.sensors))
        if letters not in heard.marks and heard.sensors:
            talk.listen(self._limits.grace, lambda: letters in heard.marks)
        if letters in heard.marks:
            self._returns_marks = self._confirms = True
            return True
        if heard.sensors and not self._returns_marks:
            self._confirms = True
            return True
        return False

    def _unconfirmed(self, talk: Conversation, status: Status | None) -> Outcome:
        if status is not None and not self._confirms:
            return Outcome("sent", "no_confirmation", talk.heard.fault or "")
        raise _Doubt("no_answer")

    def _doubt_when_closing(self) -> None:
        if self._closing.is_set():
            raise _Doubt("closing")

    def _ask_status(self) -> Status:
        try:
            self._hear_what_waits()
            talk = self._conversation()
            status = talk.ask_status()
            if status is None and self._expects_answers:
                # One silence makes no mute printer: is it the link, a slow start, or the printer? A new link tells.
                self._drop()
                self._expects_answers = False
                if self._awaits_sync:  # and whether it got the end of the broken job
                    self._in_step, self._torn = False, True
                talk = self._conversation()
                status = talk.ask_status()
            if status is None:
                return Status("paper_out" if talk.paper_is_out() else "mute")
            self._expects_answers = True
            return status
        except LinkLost:
            self._drop()
            return Status("unreachable")

    def _hear_what_waits(self) -> None:
        """A printer closes idle connections: notice it before anything is asked."""
        if self._talk is None:
            return
        try:
            self._talk.listen(0, lambda: False)
        except LinkLost:
            self._drop()

    def _conversation(self) -> Conversation:
        """The conversation that is on, else a new one; in step with the printer either way. Raises LinkLost.

        After a broken job: fill up what the printer still waits for, cut the torn slip off, start afresh.
        """
        if self._talk is None:
            self._talk = Conversation(self._connect(), self._limits)
        if not self._in_step:
            self._talk.write(RESYNCHRONISE + (CUT + ask_when_done(_SYNC) if self._torn else b""))
            self._in_step, self._awaits_sync, self._torn = True, self._torn, False
        return self._talk

    def _is_synchronised(self, talk: Conversation) -> bool:
        """Whether the printer reached the end of the broken job: its late answers must not be taken for ours."""
        if not self._awaits_sync:
            return True
        self._awaits_sync = False
        try:
            wait = self._limits.finish if self._returns_marks else self._limits.answer
            talk.listen(wait, lambda: _SYNC in talk.heard.marks)
            self._in_step = _SYNC in talk.heard.marks or not self._returns_marks
        except LinkLost:
            self._drop()
            self._in_step = False
        return self._in_step

    def _drop(self) -> None:
        if self._talk is not None:
            self._talk.close()
            self._talk = None

"""One print job as a transaction with an ESC/POS printer, the same over TCP, USB and a serial line.

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
from kiosk.devices.escpos_encoder import CUT, INITIALISE, REPORT_CHANGES, Dots, ask_when_done, encode_picture, mark
from kiosk.devices.escpos_replies import Status
from kiosk.devices.escpos_session import Session
from kiosk.devices.printer_links import Link, LinkLost

_NOTHING = memoryview(b"")
_DOTS_PER_SECOND = 8 * 50  # 50 mm/s, the slowest mechanism we know
_GOES_ON = ("ready", "mute")


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `reason` is a code; `fault` is the first that stopped it on its way, "" when nothing did."""

    state: Literal["printed", "sent", "doubtful", "held"]
    reason: str = ""
    fault: str = ""


class _Doubt(Exception):
    """Bytes have left and what became of them is not known; the text is the reason's code."""


class EscPosPrinter:
    """A printer behind a link that is made when needed and made again when lost. Safe to call from several threads."""

    def __init__(self, connect: Callable[[], Link], limits: Deadlines, *, torn: bool = False) -> None:
        self._limits = limits
        self._session = Session(connect, limits, torn=torn)
        self._lock = threading.Lock()
        self._status = self._at_best = Status("unreachable")
        self._listener: Callable[[Status], None] = lambda status: None

    def watch(self, listener: Callable[[Status], None]) -> None:
        self._listener = listener

    def status(self) -> Status:
        if not self._lock.acquire(blocking=False):
            return self._status
        try:
            return self._tell(self._session.ask_status(self._tell))
        finally:
            self._lock.release()

    def print(self, job_id: str, dots: Dots, first_byte: Callable[[], None]) -> Outcome:
        letters = mark(job_id)
        body = INITIALISE + REPORT_CHANGES + encode_picture(dots) + CUT + ask_when_done(letters)
        with self._lock:
            if self._tell(self._session.ask_status(self._tell)).state not in _GOES_ON:
                return Outcome("held", self._status.state)
            if not self._session.catch_up(self._tell) or self._session.talk is None:
                return Outcome("held", "not_in_step" if self._status.state in _GOES_ON else self._status.state)
            self._at_best = self._status
            self._session.talk.heard.forget()
            first_byte()
            return self._deliver(self._session.talk, body, letters, dots.shape[0])

    def close(self) -> None:
        with self._lock:
            self._session.drop(abruptly=False)

    def _tell(self, status: Status) -> Status:
        if status != self._status:
            self._status = status
            self._listener(status)
        return status

    def _deliver(self, talk: Conversation, body: bytes, letters: bytes, rows: int) -> Outcome:
        mute = self._status.state == "mute"
        try:
            if not self._send(talk, body):
                return Outcome("held", "unreachable")
            return self._see_it_off(talk) if mute else self._wait_until_done(talk, letters, rows)
        except LinkLost as lost:
            self._tell(Status("unreachable", detail=str(lost)))
            self._session.drop(broken=True)
            return Outcome("doubtful", "link_lost", talk.heard.fault or "")
        except _Doubt as doubt:
            self._session.drop(broken=True, abruptly=False)
            return Outcome("doubtful", str(doubt), talk.heard.fault or "")

    def _send(self, talk: Conversation, body: bytes) -> bool:
        """False when not one byte was taken. A stall may last as long as new paper takes when the printer said why."""
        left = memoryview(body)
        while left:
            try:
                sent = talk.exchange(left, self._limits.poll)
            except LinkLost as lost:
                if len(left) == len(body):
                    self._tell(Status("unreachable", detail=str(lost)))
                    self._session.drop()
                    return False
                raise
            left = left[sent:]
            pushed = talk.heard.pushed
            self._tell(self._seems(talk))
            stopped = pushed is not None and pushed.state != "ready"
            if talk.still > (self._limits.fault if stopped else self._limits.stall):
                raise _Doubt(self._status.state if stopped else "stalled")
        return True

    def _see_it_off(self, talk: Conversation) -> Outcome:
        """A printer that does not answer: mostly all that can be known is that it took every byte."""
        while (paper_is_out := talk.paper_is_out()) or not talk.is_delivered():
            talk.exchange(_NOTHING, min(self._limits.poll, 0.05))
            if paper_is_out:
                self._tell(Status("paper_out"))
                talk.heard.live_through("paper_out")
            if talk.still > (self._limits.fault if paper_is_out else self._limits.stall):
                raise _Doubt("paper_out" if paper_is_out else "stalled")
        heard = talk.heard
        talk.listen(self._limits.grace, lambda: bool(heard.marks or heard.sensors))
        if heard.marks or heard.sensors:
            return Outcome("printed", "", heard.fault or "")
        if self._session.confirms:
            raise _Doubt("no_answer")  # it could say so before: frozen, or switched off behind a print server
        return Outcome("sent", "mute", heard.fault or "")

    def _wait_until_done(self, talk: Conversation, letters: bytes, rows: int) -> Outcome:
        allowed = max(self._limits.finish, rows / _DOTS_PER_SECOND + self._limits.mechanism)
        # What a slow line still carries is not late. An answer proves that all that went before it has arrived.
        until, arrived, fault_since = time.monotonic() + talk.backlog + allowed, False, 0.0
        while not self._is_done(talk, letters):
            # A full receive buffer lets no question through; what the printer pushed last still holds.
            answer = talk.ask_status(behind_job=True)
            status, now = answer or talk.heard.pushed, time.monotonic()
            if answer is not None and not arrived:
                until, arrived = now + allowed, True
            self._tell(answer or self._seems(talk))
            if status is None or status.state == "ready":
                fault_since = 0.0
                if now > until:
                    return self._unconfirmed(talk, answer)
                continue
            talk.heard.live_through(status.state)
            fault_since, until = fault_since or now, now + allowed
            if now - fault_since > self._limits.fault:
                raise _Doubt(status.state)
        return Outcome("printed", "", talk.heard.fault or "")

    def _seems(self, talk: Conversation) -> Status:
        """As it pushed last; but one that has long been still, and not because its line is slow, is stuck or silent."""
        if talk.heard.pushed is not None:
            if talk.heard.pushed.state != "ready":
                return talk.heard.pushed
            self._at_best = talk.heard.pushed
        delivered = talk.is_delivered()
        if talk.still <= self._limits.still or (delivered and talk.backlog):
            return self._at_best
        return Status("mute" if delivered else "offline", self._at_best.near_end)

    def _is_done(self, talk: Conversation, letters: bytes) -> bool:
        """Wait one poll for the mark; the sensor's answer counts when this printer never gave a mark back."""
        heard, session = talk.heard, self._session
        talk.listen(self._limits.poll, lambda: letters in heard.marks or self._is_answered(talk))
        if letters not in heard.marks and self._is_answered(talk):
            talk.listen(self._limits.grace, lambda: letters in heard.marks)
        session.learn(talk)
        return letters in heard.marks or self._is_answered(talk)

    def _is_answered(self, talk: Conversation) -> bool:
        return bool(talk.heard.sensors) and not self._session.returns_marks

    def _unconfirmed(self, talk: Conversation, answer: Status | None) -> Outcome:
        if answer is not None and not self._session.confirms:
            return Outcome("sent", "no_confirmation", talk.heard.fault or "")
        self._session.forget_confirming()
        raise _Doubt("no_answer")

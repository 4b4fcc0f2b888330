"""The way to one printer through its days: made when needed, made again when lost, in step before a job begins.

It learns on the way whether the printer answers at all, and how it says that a job is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.devices.escpos_conversation import Conversation, Deadlines
from kiosk.devices.escpos_encoder import CUT, RESYNCHRONISE, ask_when_done
from kiosk.devices.escpos_replies import Heard, Status
from kiosk.devices.printer_links import Link, LinkLost

_SYNC = b"SYNC"


class Session:
    """Not safe for several threads: its printer holds a lock around it.

    `returns_marks`: this printer gives the mark of a finished job back. `confirms`: it does, or it answers the question
    behind a job.
    """

    def __init__(self, connect: Callable[[], Link], limits: Deadlines, *, torn: bool) -> None:
        self._connect = connect
        self._limits = limits
        self._torn = torn
        self._in_step = False  # an earlier process may have died inside a picture
        self._awaits_sync = False
        self._able_since = 0.0
        self._expects_answers = True
        self._has_answered = False
        self.returns_marks = False
        self.confirms = False
        self.talk: Conversation | None = None

    def ask_status(self, meanwhile: Callable[[Status], object]) -> Status:
        """The state now. `meanwhile` is told that the printer is silent, before it is asked once more."""
        try:
            self._hear_what_waits()
            status = self._ask(meanwhile)
        except LinkLost as lost:
            self.drop()
            return Status(lost.state, detail=str(lost))
        if status.state != "ready":
            self._able_since = time.monotonic()
        return status

    def catch_up(self, tell: Callable[[Status], object]) -> bool:
        """Whether the printer has reached the end of what came before: its late answers must not be taken for new ones.

        What its buffer held when the paper ran out comes out when there is paper, and is answered then. It is not
        cleared away: only some printers know that command (DLE DC4 8), and these say whose answer they give.
        """
        talk = self.talk
        if talk is None or not self._awaits_sync:
            return talk is not None
        limit = self._able_since + max(self._limits.finish, self._limits.mechanism) + self._limits.mechanism
        try:
            while self._expects_answers and not self._hears_sync(talk):
                status = talk.ask_status(behind_job=True)
                if status is not None and status.state != "ready":
                    tell(status)
                    return False
                if time.monotonic() > limit + talk.backlog:
                    return self._forgives_silence()
        except LinkLost:
            self.drop()
            return False
        self._awaits_sync = self._torn = False
        return True

    def learn(self, talk: Conversation) -> None:
        """Notes how this printer says that a job is done."""
        self.returns_marks = self.returns_marks or bool(talk.heard.marks)
        self.confirms = self.confirms or self.returns_marks or bool(talk.heard.sensors)

    def forget_confirming(self) -> None:
        """It confirmed once and does not any more: it may be another printer, of which nothing is known."""
        self.returns_marks = self.confirms = False

    def drop(self, *, broken: bool = False, abruptly: bool = True) -> None:
        """Lets the link go. `broken`: in the middle of a job, whose end the printer waits for."""
        if broken or self._awaits_sync:
            self._torn = self._torn or broken
            self._in_step = self._awaits_sync = False
        if self.talk is not None:
            self.talk.close(abruptly=abruptly)
            self.talk = None

    def _ask(self, meanwhile: Callable[[Status], object]) -> Status:
        status = None
        if self._expects_answers:
            talk = self._conversation()
            status = talk.ask_status(self._limits.answer + talk.backlog)
            if status is None:
                # One silence makes no mute printer: is it the link, a slow start, or the printer? A new link tells.
                meanwhile(Status("mute"))
                self.drop()
        if status is None:
            talk = self._conversation()
            spoke = self._expects_answers or bool(talk.heard.answers)
            status = talk.ask_status(self._limits.answer + talk.backlog if spoke else self._limits.passing)
        if talk.takes_nothing:
            raise LinkLost("takes nothing")
        self._expects_answers = status is not None
        self._has_answered = self._has_answered or self._expects_answers
        if _SYNC in talk.heard.marks:
            self.learn(talk)
            self._awaits_sync = self._torn = False
        return status or self._silent(talk)

    def _silent(self, talk: Conversation) -> Status:
        if talk.paper_is_out():
            return Status("paper_out")
        # Off or mute? On a line that stays there, one that could speak is not mute.
        return Status("offline" if talk.may_be_off and self._has_answered else "mute")

    def _hear_what_waits(self) -> None:
        """A printer closes idle connections: notice it before anything is asked."""
        if self.talk is None:
            return
        try:
            self.talk.listen(0, lambda: False)
        except LinkLost:
            self.drop()

    def _conversation(self) -> Conversation:
        """The conversation that is on, else a new one; in step with the printer either way. Raises LinkLost.

        What the printer still waits for is filled up, a torn slip cut off, and it is asked to say when it is there.
        """
        if self.talk is None:
            try:
                self.talk = Conversation(self._connect(), self._limits)
            except LinkLost:
                self._expects_answers, self._has_answered = True, False  # what comes next may be another printer
                raise
        if not self._in_step:
            cut = CUT if self._torn else b""
            if not self.talk.say(RESYNCHRONISE + cut + ask_when_done(_SYNC)):
                raise LinkLost("takes nothing")
            self._in_step = self._awaits_sync = True
            self._able_since = time.monotonic()
        return self.talk

    def _hears_sync(self, talk: Conversation) -> bool:
        heard = talk.heard
        talk.listen(self._limits.poll, lambda: _SYNC in heard.marks or self._is_answered_namelessly(heard))
        if self._is_answered_namelessly(heard):
            # That may be the broken job's answer; then ours follows it soon.
            first = heard.sensors
            talk.listen(self._limits.mechanism + talk.backlog, lambda: bool(heard.marks) or heard.sensors > first)
        in_step = _SYNC in heard.marks or self._is_answered_namelessly(heard)
        self.learn(talk)
        return in_step

    def _is_answered_namelessly(self, heard: Heard) -> bool:
        return bool(heard.sensors) and not heard.marks and not self.returns_marks

    def _forgives_silence(self) -> bool:
        """It reached the end long ago if it can: one that has confirmed jobs is brought in step again."""
        if not self.confirms:
            self._awaits_sync = self._torn = False
            return True
        self.forget_confirming()
        self._in_step = self._awaits_sync = False
        return False

"""`python -m kiosk forward`: the program that tells the national platform of each dose and each void, one at a time.

One a site: two senders are what makes doubles. What it has in hand when it is killed is sent again at its next start.
While no dose is due it asks for certificates; how that goes says nothing of the line.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import uniform
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask

from kiosk.actions import certificates, forwarding
from kiosk.actions.forwarding import FORWARDER
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.errors import Refusal
from kiosk.notify import Feeder, Notify
from kiosk.rules import messages
from kiosk.store import certificates as asked
from kiosk.store import doses, figures, outbox
from kiosk.store.database import open_lock
from kiosk.turns import Turns
from kiosk.upstream import profile
from kiosk.upstream.client import Acknowledged, Answer, Certificate, Client, Later, NeedsHuman, Trouble

log = structlog.get_logger("kiosk.forwarder")
LOOK_SECONDS = 1.0
BEAT_SECONDS = 10.0
STOP_SECONDS = 1.5
LONGEST_PAUSE = 30.0
# How long the database may say nothing, and the sender beside the exchanges of one message: after that they hang.
BEAT_LATE_SECONDS, SEND_SECONDS = 90.0, 90.0
# A message is asked about, sent, sent again and read back; as many for a certificate.
EXCHANGES = 8
NOT_SET, FAILED = "not_set", "failed"


class Forwarder:
    """Sends what is due. `trouble`: "" or the code of what keeps everything; `pause` seconds until the next try."""

    def __init__(self, app: Flask, clock: Clock, client: Client | None) -> None:
        self._app, self._clock, self._client = app, clock, client
        self._failures = 0
        self._begun = False
        self._resume_at = 0.0
        self.trouble = "" if client else NOT_SET
        self.changed: Callable[[], None] = lambda: None

    @property
    def pause(self) -> float:
        """How long the whole line still waits."""
        return max(0.0, self._resume_at - time.monotonic())

    def do_one(self) -> bool:
        """Sends the message that is due next, or asks for the certificate that is. False: neither, or a bad line."""
        if self._client is None:
            return False
        with self._app.app_context():
            taken = self._take()
        if taken is None:
            if self.trouble == FAILED:
                self._tell("")
            return self._ask(self._client)
        id, body = taken
        answer = self._submit(self._client, body)
        with self._app.app_context():
            return self._settle(id, answer)

    def beat(self) -> None:
        """Says that it runs, and how its line is."""
        with self._app.app_context():
            forwarding.beat(self._clock.now(), self.trouble)

    def go_on(self) -> bool:
        """As `do_one`, whatever happens to the database: a failure is logged, and what was in hand sent again later."""
        try:
            return self.do_one()
        except Exception as error:
            self._begun = False
            log.error("forwarder.failed", error=type(error).__name__)
            self._wait(None)
            self._tell(FAILED)
            return False

    def count_left(self) -> dict[str, int]:
        """How many messages the platform does not have, by state."""
        with self._app.app_context():
            return figures.count_undelivered()

    def _take(self) -> tuple[str, dict[str, Any]] | None:
        now = self._clock.now()
        if not self._begun:
            forwarding.recover(FORWARDER, now, str(uuid4()))
            self._begun = True
        if not outbox.is_due(now.at):
            return None
        id = forwarding.take_message(FORWARDER, now, str(uuid4()))
        return (id, outbox.get(id).body) if id else None

    @staticmethod
    def _submit(client: Client, body: dict[str, Any]) -> Answer:
        try:
            message = messages.read(body)
        except (ValueError, TypeError, KeyError):
            return NeedsHuman("unreadable")
        return client.submit(message)

    def _ask(self, client: Client) -> bool:
        """Asks for the certificate that is due next. False: none is, or nobody answered."""
        with self._app.app_context():
            row = asked.find_due(self._clock.now().at)
            if row is None:
                return False
            id, dose = row.id, doses.find(row.visit_id)
            message = outbox.find_of(dose.id) if dose else None
        answer = self._certificate(client, message)
        with self._app.app_context():
            state = self._note(id, answer)
        log.info("certificate.asked", certificate=id, state=state)
        return not isinstance(answer, Later) or not answer.link

    @staticmethod
    def _certificate(client: Client, message: outbox.Message | None) -> Certificate | Trouble | None:
        if message is None or message.receipt is None:
            return NeedsHuman("forgotten")
        try:
            told = messages.read_given(message.body)
        except (ValueError, TypeError, KeyError):
            return NeedsHuman("unreadable")
        return client.ask_certificate(told, message.receipt.remote_id)

    def _note(self, id: str, answer: Certificate | Trouble | None) -> str:
        now, key = self._clock.now(), str(uuid4())
        if isinstance(answer, Certificate):
            return certificates.give(FORWARDER, now, key, id, answer.to_json())
        if isinstance(answer, NeedsHuman):
            return certificates.refuse(FORWARDER, now, key, id, answer.reason)
        reason, wait = (answer.reason, answer.wait_seconds) if answer else ("", None)
        return certificates.put_off(FORWARDER, now, key, id, reason, wait)

    def _settle(self, id: str, answer: Answer) -> bool:
        now, key = self._clock.now(), str(uuid4())
        if isinstance(answer, Later) and answer.link:
            forwarding.put_off(FORWARDER, now, key, id, answer.reason, answer.wait_seconds)
            self._wait(answer.wait_seconds)
            self._tell(answer.reason)
            return False
        if isinstance(answer, Acknowledged):
            forwarding.acknowledge(
                FORWARDER, now, key, id, answer.server, answer.remote_id, answer.version, answer.read_back_sha256
            )
            log.info("message.acknowledged", message=id)
        else:
            settle = forwarding.suspect if isinstance(answer, Later) else forwarding.park
            state = settle(FORWARDER, now, key, id, answer.reason)
            log.warning("message.not_taken", message=id, reason=answer.reason, state=state)
        self._failures, self._resume_at = 0, 0.0
        self._tell("")
        return True

    def _wait(self, asked: float | None) -> None:
        """Full jitter, so that the sites of a province do not come back in the same second; the server's wish first."""
        self._failures += 1
        drawn = uniform(0, min(LONGEST_PAUSE, 2.0 ** min(self._failures, 10)))
        self._resume_at = time.monotonic() + max(drawn, asked or 0.0)

    def _tell(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.info("line.changed", trouble=trouble)
            self.trouble = trouble
            self.changed()


class Program:
    """The forwarder in a thread of its own, so that its beat does not wait for a slow platform."""

    def __init__(self, forwarder: Forwarder, notify: Notify | None = None, deadline: float = 20.0) -> None:
        self._forwarder = forwarder
        self._stop = threading.Event()
        self._turns = Turns(self._stop)
        self._sending = self._turns.of("send", SEND_SECONDS + EXCHANGES * deadline)
        self._beating = self._turns.of("beat", BEAT_LATE_SECONDS)
        self._has_beaten = False
        self._feeder = Feeder(notify or Notify(), self._late)
        self._changed = threading.Event()
        forwarder.changed = self._changed.set

    def stop(self) -> None:
        """Asks it to end; `run` returns soon after."""
        self._feeder.stop()
        self._stop.set()
        self._changed.set()

    def run(self) -> None:
        """Blocks until `stop`. An exchange that goes on for longer is abandoned: at the next start it is sent again."""
        sending = threading.Thread(target=self._send, name="send", daemon=True)
        sending.start()
        self._beating.begin()
        self._feeder.start()
        log.info("forwarder.started", trouble=self._forwarder.trouble)
        while not self._stop.is_set():
            self._beat()
            self._changed.wait(BEAT_SECONDS)
            self._changed.clear()
        sending.join(STOP_SECONDS)
        log.info("forwarder.stopped")

    def _late(self) -> str:
        """A platform that is away is no reason to be started again; a loop that hangs, or a database that does, is."""
        return self._turns.late() if self._has_beaten else "beat"

    def _send(self) -> None:
        self._sending.begin()
        while not self._sending.is_set():
            more = not self._forwarder.pause and self._forwarder.go_on()
            if not more:
                self._sending.wait(min(LOOK_SECONDS, self._forwarder.pause or LOOK_SECONDS))

    def _beat(self) -> None:
        try:
            self._forwarder.beat()
            self._beating.taken()
            self._has_beaten = True
        except Exception as error:
            log.error("forwarder.beat_failed", error=type(error).__name__)


def open_forwarder(settings: Settings) -> Forwarder:
    """The forwarder of this site. Raises ConfigError when the key to the platform is missing."""
    upstream = settings.upstream
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    client = None
    if upstream.url:
        token = settings.upstream_token()
        client = Client(
            upstream.url, profile.load(), token,
            deadline_seconds=upstream.deadline_seconds, ca_file=settings.upstream_authority(),
        )  # fmt: skip
    return Forwarder(create_app(settings), clock, client)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the site's one place for a forwarder. Raises Refusal `forwarder_running` when it is taken."""
    lock = open_lock(str(folder / "forwarder.lock"), folder)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal("forwarder_running") from None
        yield
    finally:
        os.close(lock)


def run(settings: Settings) -> None:
    """Runs until SIGTERM or SIGINT. Raises Refusal `forwarder_running`, ConfigError."""
    notify = Notify()
    with alone(settings.folder):
        program = Program(open_forwarder(settings), notify, settings.upstream.deadline_seconds)
        for number in (signal.SIGTERM, signal.SIGINT):
            # In a thread of its own: the signal may come while the main thread holds the lock that `stop` needs.
            signal.signal(number, lambda *_: threading.Thread(target=program.stop).start())
        program.run()


def run_once(settings: Settings) -> tuple[str, dict[str, int]]:
    """Sends what is due until nothing is or the line fails; what troubles the line, and what is left, by state.

    Raises Refusal `forwarder_running`, ConfigError.
    """
    with alone(settings.folder):
        forwarder = open_forwarder(settings)
        while forwarder.go_on():
            pass
        forwarder.beat()
        return forwarder.trouble, forwarder.count_left()

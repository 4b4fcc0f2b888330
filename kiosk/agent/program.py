"""`python -m kiosk agent`: the composition root of the program beside a kiosk."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from kiosk.agent.checkup import Checkup
from kiosk.agent.eyes import Eyes
from kiosk.agent.frames import Frames
from kiosk.agent.hand_scanner import HandScanner
from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, NotPaired
from kiosk.agent.journal import Journal
from kiosk.agent.live import Live
from kiosk.agent.paper import Paper
from kiosk.agent.pulse import Pulse
from kiosk.agent.scans import Scans
from kiosk.agent.sight import Sight
from kiosk.agent.signs import Signs
from kiosk.config import ConfigError, Settings
from kiosk.devices.printer import open_printer
from kiosk.notify import Feeder, Notify
from kiosk.turns import Turns

log = logging.getLogger("kiosk.agent")

STOP_SECONDS = 1.5
# Before an agent that its hub does not know is started again by systemd: a person has to do something first.
UNKNOWN_SECONDS = 30.0
# How long one turn of each thread may take, in seconds, before it hangs. No camera, no hub and a slow printer are turns
# like others: a camera is opened and read within a few seconds or lost, the hub has 10 to answer (28 where it lets us
# wait), a scan is dropped after 10 more, and a slip waits three minutes for paper before a person decides.
BOUNDS = {
    "sight": 30.0, "live": 30.0, "introduce": 60.0, "look": 60.0, "hand scanner": 30.0, "scans": 60.0, "paper": 420.0,
    "pulse": 60.0, "frames": 120.0,
}  # fmt: skip


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT.

    Raises SystemExit with a sentence when this machine is not paired, and when this agent runs already.
    """
    try:
        token, authority = settings.agent_token(), settings.agent_authority()
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    notify = Notify()
    _keep_others_out(journal_path(settings).with_suffix(".lock"))
    agent = AgentProgram(settings, token, notify, authority)
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a thread of its own: the signal may come while the main thread holds the lock that `stop` needs.
        signal.signal(number, lambda *_: threading.Thread(target=agent.stop).start())
    agent.run()


def _keep_others_out(path: Path) -> None:
    """Until this process ends, however it ends. Two that share a journal would call each other's slips unprinted."""
    try:
        fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit("this agent runs already") from None
    except OSError as error:
        log.warning("lock.failed why=%s", error.strerror)  # a disk that takes nothing stops no agent


class AgentProgram:
    """The parts, wired: sight feeds eyes and live; paper prints; pulse tells the hub how they are."""

    def __init__(
        self, settings: Settings, token: str, notify: Notify | None = None, authority: str | None = None
    ) -> None:
        self._stop = threading.Event()
        self._turns = Turns(self._stop)
        stops = {name: self._turns.of(name, bound) for name, bound in BOUNDS.items()}
        self._stops = stops
        notify = notify or Notify()
        self._supervised = notify.heard
        self._feeder = Feeder(notify, self._turns.late)
        self._changed = threading.Event()
        self._failed = ""
        self._hub = HubLink(settings.agent.hub, token, str(uuid.uuid4()), authority)
        self._journal = Journal(journal_path(settings))
        self._sight = Sight(settings.camera, stops["sight"], self._changed.set)
        self._signs = Signs()
        self._live = Live(self._sight, settings.agent.live_port, stops["live"], self._signs, settings.agent.hub)
        self._scans = Scans(self._hub, stops["scans"])
        self._eyes = Eyes(self._sight, self._scans, stops["look"], self._signs)
        self._frames = Frames(self._hub, stops["frames"])
        self._hand_scanner = HandScanner(settings.scanner, self._scans, stops["hand scanner"], self._changed.set)
        printer = open_printer(settings.printer.target, baud=settings.printer.baud, torn=self._journal.ended_in_doubt())
        self._paper = Paper(self._hub, self._journal, printer, settings.printer, stops["paper"], self._changed.set)
        self._pulse = Pulse(
            self._hub, self._sight, self._live, self._hand_scanner, self._paper, self._changed, stops["pulse"],
            Checkup(settings.folder),
        )  # fmt: skip
        self._threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Ask every thread to end; `run` returns soon after."""
        self._feeder.stop()
        self._stop.set()
        self._changed.set()

    def run(self) -> None:
        """Blocks until `stop`. Raises SystemExit when the hub does not know us or a thread has failed."""
        self._begin("sight", self._sight.run)
        self._begin("live", self._live.run)
        self._stops["introduce"].begin()
        self._feeder.start()
        try:
            self._introduce()
            self._stops["introduce"].end()
            for name, work in (
                ("look", self._eyes.look),
                ("hand scanner", self._hand_scanner.run),
                ("scans", self._scans.run),
                ("paper", self._paper.run),
                ("pulse", self._pulse.run),
            ):
                self._begin(name, work)
            # At the end only a picture is waited for: else it waits for the hub itself, and holds nothing.
            self._thread("frames", self._frames.run).start()
            self._stop.wait()
        finally:
            self._end()
        if self._failed:
            raise SystemExit(f"the agent's {self._failed} failed; the log says how")

    def _introduce(self) -> None:
        """Tell the hub that a new process begins and what the last one left behind; again until it listens."""
        self._paper.look()
        left_behind = self._journal.left_behind()
        backoff = Backoff()
        while not self._stops["introduce"].is_set():
            try:
                welcome = self._hub.start(left_behind)
            except NotPaired:
                self._end_unknown()
            except HubRefused as error:
                log.warning("start.refused code=%s", error.code)
                self._stop.wait(backoff.failed())
            except HubGone:
                self._stop.wait(backoff.failed())
            else:
                self._eyes.look_for(welcome.formats)
                for report in left_behind:
                    self._journal.reported(report.job)
                log.info("agent.started station=%s left_behind=%d", welcome.station, len(left_behind))
                return

    def _end_unknown(self) -> NoReturn:
        """A new process reads a new token; this one cannot. Where systemd starts it again, it is in no hurry to."""
        sentence = (
            "the hub does not know this machine's token: run `python -m kiosk pair STATION` on the hub and put the new "
            "token here; an extra machine joins again with a new code from the hub's page /devices"
        )
        if self._supervised:
            log.error("start.unknown why=%s", sentence)
            self._stop.wait(UNKNOWN_SECONDS)
        raise SystemExit(sentence)

    def _begin(self, name: str, work: Callable[[], None]) -> None:
        thread = self._thread(name, work)
        self._threads.append(thread)
        thread.start()

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=self._guarded, args=(name, work), name=name, daemon=True)

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        self._stops[name].begin()
        try:
            work()
            self._stops[name].end()
        except Exception:
            # A program with a dead part must not look alive: it ends, and whoever started it starts it again.
            log.exception("%s.failed", name)
            self._failed = name
            self.stop()

    def _end(self) -> None:
        self.stop()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._frames.wait_until_idle(max(0.0, until - time.monotonic()))
        log.info("agent.stopped")


def journal_path(settings: Settings) -> Path:
    """The journal stands beside the token, so that two agents on one machine do not share one."""
    return settings.folder / Path(settings.agent.token_file).with_suffix(".journal").name

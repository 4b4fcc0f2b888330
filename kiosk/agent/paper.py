"""Prints slips: claims a job only while the printer is ready, and writes down each step before it is taken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, JobReport, PrintJob
from kiosk.agent.journal import Journal
from kiosk.devices.printer import Printer, Status
from kiosk.devices.raster import DOTS_PER_MM, draw
from kiosk.rules.slips import from_json

log = logging.getLogger("kiosk.agent")

POLL_SECONDS = 0.4
LOOK_SECONDS = 1.0
# A job that came back unprinted is not tried again at once: neither the paper nor the program has changed since.
HELD_PAUSE_SECONDS = 2.0
# A mute printer cannot say that it is ready; it is given the job and the outcome is `sent`.
PRINTING_STATES = {"ready", "mute"}


class Paper:
    """The printer's thread. `changed` is called when the printer's state is news."""

    def __init__(
        self,
        hub: HubLink,
        journal: Journal,
        printer: Printer,
        width_dots: int,
        stop: threading.Event,
        changed: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._printer = printer
        self._width_dots = width_dots
        self._stop = stop
        self._changed = changed
        self._backoff = Backoff()
        self._looked_at = 0.0
        self._printing = False
        self._status = Status("unreachable", False)

    @property
    def status(self) -> Status:
        """What the printer last said; during a job, what the job sees (it may be waiting for new paper)."""
        return self._printer.status() if self._printing else self._status

    def run(self) -> None:
        """Turn after turn until the program stops."""
        while not self._stop.is_set():
            self._stop.wait(self.turn())
        self._printer.close()

    def look(self) -> None:
        """Ask the printer how it is."""
        status = self._printer.status()
        self._looked_at = time.monotonic()
        if status != self._status:
            log.info("printer.changed state=%s near_end=%s", status.state, status.near_end)
            self._status = status
            self._changed()

    def turn(self) -> float:
        """One turn: look, report what is open, print at most one job. Returns the seconds to wait before the next."""
        if time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self.look()
        try:
            pause = self._work()
        except HubGone:
            return self._backoff.failed()
        except HubRefused as error:
            log.warning("print.refused code=%s", error.code)
            return HELD_PAUSE_SECONDS
        self._backoff.worked()
        return pause

    def _work(self) -> float:
        self._report_open()
        if self._status.state not in PRINTING_STATES or not self._hub.waiting():
            return POLL_SECONDS
        self.look()
        if self._status.state not in PRINTING_STATES:
            return POLL_SECONDS
        job = self._hub.claim()
        if job is None:
            return POLL_SECONDS
        report = self._printed(job)
        log.info("print.ended job=%s state=%s reason=%s", report.job, report.state, report.reason)
        self._journal.outcome(report)
        self._looked_at = 0.0
        self._report_open()
        return HELD_PAUSE_SECONDS if report.state == "held" else 0.0

    def _report_open(self) -> None:
        for report in self._journal.unreported():
            try:
                self._hub.report(report)
            except HubRefused as error:
                # The hub knows better what became of its job; asking again would not change its mind.
                log.warning("outcome.refused job=%s code=%s", report.job, error.code)
            self._journal.reported(report.job)

    def _printed(self, job: PrintJob) -> JobReport:
        self._journal.claimed(job.id)
        try:
            dots = draw(from_json(job.blocks), self._width_dots)
        except Exception as error:
            # No retry mends it (the hub may be newer than this program), and the slips behind it must not wait:
            # a person sees it at the desk.
            log.warning("slip.unknown job=%s why=%s", job.id, type(error).__name__)
            return JobReport(job.id, "doubtful", "unknown_block")
        self._printing = True
        try:
            outcome = self._printer.print(job.id, dots, lambda: self._journal.first_byte(job.id))
        finally:
            self._printing = False
        mm = 0 if outcome.state == "held" else round(dots.shape[0] / DOTS_PER_MM)
        return JobReport(job.id, outcome.state, outcome.reason, outcome.fault, mm)

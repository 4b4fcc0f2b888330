"""Prints slips: claims a job only while the printer is ready, and writes down each step before it is taken."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, JobReport, PrintJob
from kiosk.agent.journal import Journal
from kiosk.config_devices import Printer as PrinterSettings
from kiosk.devices.printer import Dots, Outcome, Printer, Status
from kiosk.devices.raster import DOTS_PER_MM, draw
from kiosk.rules.slips import Code, Heading, Line, Number, from_json

log = logging.getLogger("kiosk.agent")

# Between two questions to a hub that does not let us wait, or where it makes no sense to ask.
POLL_SECONDS = 0.4
LOOK_SECONDS = 1.0
# A job that came back unprinted is not tried again at once: neither the paper nor the program has changed since.
HELD_PAUSE_SECONDS = 2.0
# A mute printer cannot say that it is ready; it is given the job and the outcome is `sent`.
PRINTING_STATES = {"ready", "mute"}
WARM_UP = (Heading("0"), Number("0"), Line("0"), Code("0"))


class Paper:
    """The printer's thread. `changed` is called when the printer's state is news, in the middle of a job too."""

    def __init__(
        self,
        hub: HubLink,
        journal: Journal,
        printer: Printer,
        settings: PrinterSettings,
        stop: threading.Event,
        changed: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._journal = journal
        self._printer = printer
        self._settings = settings
        self._stop = stop
        self._changed = changed
        self._backoff = Backoff()
        self._looked_at = 0.0
        self._rest_until = 0.0
        self._width_dots = settings.width_dots
        self._status = Status("unreachable")
        printer.watch(self._know)

    @property
    def status(self) -> Status:
        """What the printer last said; during a job, what the job sees (it may be waiting for new paper)."""
        return self._status

    def facts(self) -> dict[str, Any]:
        """The printer's part of a heartbeat: its state, the width that is drawn, the length of a new roll in m."""
        status = self._status
        return {
            "state": status.state, "near_end": status.near_end,
            "width_dots": self._width_dots, "roll_m": self._settings.new_roll_m,
        }  # fmt: skip

    def run(self) -> None:
        """Turn after turn until the program stops."""
        draw(WARM_UP, self._width_dots)  # the day's first ticket need not wait for its fonts
        while not self._stop.is_set():
            self._stop.wait(self.turn())
        self._printer.close()

    def look(self) -> None:
        """Ask the printer how it is."""
        status = self._printer.status()
        self._looked_at = time.monotonic()
        self._know(status)

    def turn(self) -> float:
        """One turn: look, report what is open, print at most one job. Returns the seconds to wait before the next."""
        if self._until_look() <= 0:
            self.look()
        if time.monotonic() < self._rest_until:
            return POLL_SECONDS
        try:
            pause = self._work()
        except HubGone:
            return self._rest(self._backoff.failed())
        except HubRefused as error:
            log.warning("print.refused code=%s", error.code)
            return self._rest(HELD_PAUSE_SECONDS)
        self._backoff.worked()
        return pause

    def _rest(self, seconds: float) -> float:
        """Print nothing for so long; the printer is looked at all the same."""
        self._rest_until = time.monotonic() + seconds
        return min(seconds, POLL_SECONDS)

    def _know(self, status: Status) -> None:
        if status != self._status:
            log.info("printer.changed state=%s near_end=%s why=%s", status.state, status.near_end, status.detail)
            self._status = status
            self._changed()

    def _until_look(self) -> float:
        return self._looked_at + LOOK_SECONDS - time.monotonic()

    def _work(self) -> float:
        self._report_open()
        if self._status.state not in PRINTING_STATES:
            return POLL_SECONDS
        asked, wait = time.monotonic(), max(0.0, self._until_look())
        job = self._hub.claim(wait)
        if job is None:
            return max(0.0, min(POLL_SECONDS, wait) - (time.monotonic() - asked))
        known = self._journal.settled(job.id)  # the hub's file is older than the paper: it is told, nothing is printed
        report = known or self._printed(job)
        log.info("print.ended job=%s state=%s reason=%s", report.job, report.state, report.reason)
        self._journal.outcome(report)
        self._report_open()
        return self._rest(HELD_PAUSE_SECONDS) if known or report.state == "held" else 0.0

    def _report_open(self) -> None:
        for report in self._journal.unreported():
            try:
                self._hub.report(report)
            except HubRefused as error:
                # The hub knows better what became of its job; asking again would not change its mind.
                log.warning("outcome.refused job=%s code=%s", report.job, error.code)
            self._journal.reported(report.job)

    def _printed(self, job: PrintJob) -> JobReport:
        try:
            self._journal.claimed(job.id)
        except OSError as error:
            return self._not_written(job, error)
        try:
            dots = draw(from_json(job.blocks), job.width_dots or self._settings.width_dots)
        except Exception as error:
            # No retry mends it (the hub may be newer than this program), and the slips behind it must not wait:
            # a person sees it at the desk.
            log.warning("slip.unknown job=%s why=%s", job.id, type(error).__name__)
            return JobReport(job.id, "doubtful", "unknown_block")
        self._width_dots = job.width_dots or self._settings.width_dots
        mm = round(dots.shape[0] / DOTS_PER_MM)
        try:
            outcome = self._print(job.id, dots, mm)
        except OSError as error:
            if self._journal.has_begun(job.id):
                raise  # not the journal's: bytes may have left, and the next process calls the slip doubtful
            return self._not_written(job, error)
        return JobReport(job.id, outcome.state, outcome.reason, outcome.fault, 0 if outcome.state == "held" else mm)

    def _print(self, job: str, dots: Dots, mm: int) -> Outcome:
        outcome = self._printer.print(job, dots, lambda: self._journal.first_byte(job, mm))
        self._looked_at = 0.0 if outcome.state in ("doubtful", "held") else time.monotonic()
        return outcome

    def _not_written(self, job: PrintJob, error: OSError) -> JobReport:
        """A full or broken disk: what cannot be written down first is not done, and no byte has left."""
        log.error("journal.failed job=%s why=%s", job.id, error.strerror)
        return JobReport(job.id, "held", "journal_failed")

"""What the agent did with each print job, on disk before it does the next step, so that kill -9 cannot make it lie.

One JSON object a line: {"job": id, "step": "claimed" | "first_byte" | "outcome" | "settled", …}. The first is not
forced to the disk: a power cut may lose it, but no byte had left, and the hub, which knows to whom it gave the job,
asks a person. The last is a memory of what the hub has been told: a hub whose file is older than the paper offers a
job again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kiosk.agent.hub_link import JobReport

log = logging.getLogger("kiosk.agent")

# More slips than come out of one printer between a backup that holds them as waiting and its return.
SETTLED_KEPT = 200


class Journal:
    """The journal in `path`. What it has on disk is never more hopeful than the truth, also when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: dict[str, JobReport | None] = {}
        self._begun: dict[str, int] = {}
        self._settled: dict[str, JobReport] = {}
        for line in _whole_lines(path):
            self._apply(line)
        self._tidy()

    def claimed(self, job: str) -> None:
        """The hub gave us this job; no byte has left. Raises OSError: then nothing may be printed."""
        self._write({"job": job, "step": "claimed"}, now=False)

    def first_byte(self, job: str, mm: int = 0) -> None:
        """The first byte is about to leave; from here on nobody knows what is on paper until the printer says so.

        `mm`: the paper that the slip takes. Raises OSError: then the byte must not leave.
        """
        self._write({"job": job, "step": "first_byte", "mm": mm})

    def has_begun(self, job: str) -> bool:
        """Whether a byte of this job may have left."""
        return job in self._begun

    def outcome(self, report: JobReport) -> None:
        """What became of the job; kept until `reported`.

        Where the disk does not take it this process knows it all the same, and a next one will call the job doubtful.
        """
        self._open[report.job] = report
        try:
            self._write({"step": "outcome", **asdict(report)})
        except OSError as error:
            log.error("journal.failed job=%s why=%s", report.job, error.strerror)

    def reported(self, job: str) -> None:
        """The hub has taken the outcome: the job is no longer ours. One of which paper may exist is remembered."""
        report = self._open.pop(job, None) or self._guess(job)
        self._begun.pop(job, None)
        if report.state != "held":
            self._settled[job] = report
        while len(self._settled) > SETTLED_KEPT:
            del self._settled[next(iter(self._settled))]
        self._tidy()

    def settled(self, job: str) -> JobReport | None:
        """What the hub was told of this job, if it was not long ago: it must not be printed again."""
        return self._settled.get(job)

    def ended_in_doubt(self) -> bool:
        """Whether the last slip may have been torn: its half may hang in the printer, and comes off before the next."""
        last = [*self._settled.values(), *self.left_behind()][-1:]
        return any(report.state == "doubtful" for report in last)

    def unreported(self) -> list[JobReport]:
        """Outcomes that the hub has not taken yet, oldest first."""
        return [report for report in self._open.values() if report is not None]

    def left_behind(self) -> list[JobReport]:
        """At start, the truth about each open job: its outcome; doubtful if a byte may have left; otherwise held."""
        return [report or self._guess(job) for job, report in self._open.items()]

    def _guess(self, job: str) -> JobReport:
        if job in self._begun:
            return JobReport(job, "doubtful", "agent_died_printing", mm=self._begun[job])
        return JobReport(job, "held", "agent_died_before_printing")

    def _apply(self, line: dict[str, Any]) -> None:
        job = str(line["job"])
        if line["step"] in ("outcome", "settled"):
            told = self._open if line["step"] == "outcome" else self._settled
            told[job] = JobReport(job, line["state"], line["reason"], line.get("fault", ""), line.get("mm", 0))
            return
        # A new attempt: an outcome before it is of an earlier one, whose end this disk did not take.
        self._open[job] = None
        self._begun.pop(job, None)
        if line["step"] == "first_byte":
            self._begun[job] = line.get("mm", 0)

    def _write(self, line: dict[str, Any], *, now: bool = True) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            # The newline in front keeps this line whole when the one before was cut off by a full disk.
            file.write("\n" + json.dumps(line) + "\n")
            file.flush()
            if now:
                os.fsync(file.fileno())
        self._apply(line)

    def _tidy(self) -> None:
        """What the hub has settled is taken out; on a disk that does not take that, the hub hears of it once more."""
        with contextlib.suppress(OSError):
            self._rewrite()

    def _rewrite(self) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in self._lines())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _lines(self) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = [{"step": "settled", **asdict(report)} for report in self._settled.values()]
        for job, report in self._open.items():
            begun = {"step": "first_byte", "mm": self._begun[job]} if job in self._begun else {"step": "claimed"}
            lines.append({"job": job, **begun})
            if report:
                lines.append({"step": "outcome", **asdict(report)})
        return lines


def _whole_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of the journal. One that was cut off while it was written had not been promised yet: it is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    lines: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"job", "step"} <= entry.keys():
            lines.append(entry)
    return lines

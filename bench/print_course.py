"""Rounds of check-ins with one fault each, on one site; the machine is mended, and every slip judged from the paper."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import Counter

import requests

from bench.print_desk import Volunteer
from bench.print_paper import Judge, Slip
from bench.print_rig import Job, PrintRig, WatchedPrinter
from bench.rig import until
from kiosk import wording
from kiosk.devices.escpos_encoder import encode
from kiosk.devices.raster import draw
from kiosk.rules.slips import Code, from_json

# What the desk's strip must say of each: the printer's state; "" where the printer has nothing to say.
KINDS = {
    "paper_out": "paper_out",
    "near_end": "near_end",
    "cover_open": "cover_open",
    "cutter_error": "cutter_error",
    "offline": "offline",
    "power_cut": "unreachable",
    "mute": "mute",
    "unplugged": "unreachable",
    "reset_link": "",
    "slow": "",
    "chinese_mode": "",
    "hub_killed": "",
    "agent_killed": "",
}
LOST, DOUBLED, UNKNOWN = "lost, and the desk does not know", "doubled by the program", "commands unknown to the printer"
UNSHOWN = "faults that the desk did not show in words"
UNREAD, STUCK, WITHOUT = "codes not read back from paper", "jobs stuck", "people without a whole ticket"
STRIKE_SECONDS, SHOW_SECONDS, SETTLE_SECONDS = 60.0, 30.0, 120.0
HASTY = 0.25  # the share of faults that are mended before anybody could have read of them
# Each must be zero.
PROMISES = (LOST, DOUBLED, UNKNOWN, UNREAD, STUCK, WITHOUT)


class Course:
    """One site's run: rounds of a few check-ins with one fault each, and what became of every slip."""

    def __init__(self, rig: PrintRig, chance: random.Random) -> None:
        self.rig, self.chance = rig, chance
        self.desk = Volunteer(rig)
        self.judge = Judge()
        self.counts: Counter[str] = Counter()
        self.seconds: list[tuple[float, str]] = []
        self.slips: dict[str, Slip] = {}
        self._settled: dict[str, str] = {}
        self._people = iter(rig.people)
        self._kind = "none"
        self._asked = self._rows = self._bytes = 0

    def run(self, jobs: int) -> None:
        """Rounds until so many people have a number. Raises TimeoutError when a slip is stuck."""
        self.begin()
        kinds: list[str] = []
        while self._asked < jobs:
            if not kinds:
                kinds = self.chance.sample(list(KINDS), len(KINDS))
            self.round(kinds.pop(), min(self.chance.randint(1, 4), jobs - self._asked))

    def begin(self) -> None:
        """One ticket without a fault: how long it is."""
        self._check_in(1)
        self._settle()
        slip = next(iter(self.slips.values()))
        # Not the last part: another ticket may be shorter than this one, and the fault must come in its round.
        self._rows, self._bytes = len(slip.dots) * 3 // 4, len(encode(slip.dots)) * 3 // 4

    def round(self, kind: str, people: int) -> None:
        """One fault, mended; every slip settled, by a person where nobody else can know."""
        printer = self.rig.printer
        printer.came.clear()
        self._kind = kind
        self.counts[f"fault {kind}"] += 1
        self._arm(kind, people)
        self._check_in(people)
        hasty = self.chance.random() < HASTY
        until(f"the fault {kind}", lambda: self._has_come(kind), STRIKE_SECONDS)
        if KINDS[kind] and not hasty:
            self._wait_for_words(kind)
        else:
            time.sleep(self.chance.uniform(0, 1.0))
        self._mend(kind)
        self._settle()
        for _ in range(3):
            if not self._decide():
                break
            self._settle()

    def _arm(self, kind: str, people: int) -> None:
        """At a random row, byte or moment of what this round prints."""
        printer, name = self.rig.printer, kind
        if self._is_event(kind):
            name = WatchedPrinter.EVENT
            kill = {"hub_killed": self.rig.hub.kill, "agent_killed": self.rig.agent.kill}.get(kind, self._pull_out)
            printer.event = kill
        elif kind == "power_cut" and self.rig.link == "device":
            # A USB printer without power is gone from its bus.
            threading.Thread(target=self._pull_out_when_dark, daemon=True).start()
        how = self.chance.choice(("rows", "bytes", "bytes", "seconds"))
        if how == "rows":
            printer.fault_after_rows(name, self.chance.randint(1, self._rows * people))
        elif how == "bytes":
            printer.fault_after_bytes(name, self.chance.randint(1, self._bytes * people))
        else:
            printer.fault_after_seconds(name, self.chance.uniform(0, 0.4 * people))

    def _pull_out(self) -> None:
        threading.Thread(target=self.rig.pull_out, daemon=True).start()  # the printer's own thread cannot end itself

    def _pull_out_when_dark(self) -> None:
        until("the dark", lambda: "power_cut" in self.rig.printer.faults, STRIKE_SECONDS)
        self.rig.pull_out()

    def _has_come(self, kind: str) -> bool:
        printer = self.rig.printer
        if kind == "cutter_error" and kind in printer.faults:
            printer.came.setdefault(kind, time.monotonic())
        return (WatchedPrinter.EVENT if self._is_event(kind) else kind) in printer.came

    def _is_event(self, kind: str) -> bool:
        """Something that the virtual printer cannot do to itself; a device file has no connection to be reset."""
        away = kind == "reset_link" and self.rig.link == "device"
        return away or kind in ("unplugged", "hub_killed", "agent_killed")

    def _check_in(self, people: int) -> None:
        self._asked += people
        for _ in range(people):
            person = next(self._people)
            while True:
                try:
                    self.desk.check_in(person)
                    break
                except requests.RequestException:
                    time.sleep(0.2)
                    self.rig.start_hub()  # whoever runs the box starts it again; the volunteer tries again
        for job in self.rig.jobs():
            self._know(job)

    def _know(self, job: Job) -> None:
        if job.id not in self.slips:
            blocks = from_json(job.blocks)
            payload = next((block.payload for block in blocks if isinstance(block, Code)), "")
            width = self.rig.settings.printer.width_dots
            self.slips[job.id] = Slip(job.id, draw(blocks, width), payload)

    def _wait_for_words(self, kind: str) -> None:
        words = wording.say(f"strip.printer.{KINDS[kind]}", "vi", station="Máy 1")
        came = self.rig.printer.came[WatchedPrinter.EVENT if kind == "unplugged" else kind]
        self.counts["faults that the desk should show"] += 1
        try:
            until(words, lambda: words in self.desk.strip(), SHOW_SECONDS)
        except TimeoutError:
            self.counts[UNSHOWN] += 1
            print(f"  never at the desk: {kind}; instead: {self.desk.strip()}", file=sys.stderr)
        else:
            self.seconds.append((time.monotonic() - came, kind))

    def _mend(self, kind: str) -> None:
        if kind == "hub_killed":
            self.rig.start_hub()
        elif kind == "agent_killed":
            until("the agent dead", lambda: not self.rig.agent.alive)
            self.rig.start_agent()
        elif kind == "unplugged" or (self.rig.link == "device" and kind in ("power_cut", "reset_link")):
            until("the cable out", lambda: not self.rig.plugged)
            self.rig.printer.set_fault("power_cut", False)
            self.rig.plug_in()
        elif kind != "reset_link":
            self.rig.printer.set_fault(kind, False)

    def _settle(self) -> None:
        """Waits for the machines to be done, then looks at the paper. Raises TimeoutError when a job is stuck."""
        try:
            until("every slip settled", lambda: not any(job.open for job in self.rig.jobs()), SETTLE_SECONDS)
        except TimeoutError:
            self.counts[STUCK] += sum(job.open for job in self.rig.jobs())
            raise
        self.desk.wait_for_paper()
        jobs = self.rig.jobs()
        for job in jobs:
            self._know(job)
        self.judge.look(self.rig.printer.papers, [self.slips[job.id] for job in jobs[-40:]])
        for job in jobs:
            if self._settled.get(job.id) != job.state:
                self._settled[job.id] = job.state
                self._note(job)

    def _note(self, job: Job) -> None:
        """What the machines, not a person, say of a job that has just come to rest, against the paper."""
        if job.reason == "seen" or job.state not in ("printed", "sent", "doubtful"):
            return
        self.counts[job.state] += 1
        self.counts["lived through a fault"] += bool(job.fault)
        whole = self._is_whole(job)
        self.counts[f"{job.state}, whole on paper"] += whole
        if not whole and (job.state == "printed" or (job.state == "sent" and job.reason != "mute")):
            self.counts[LOST] += 1
            said = " ".join((job.id, job.state, job.reason, job.fault))
            print(f"  lost after {self._kind} on {self.rig.link}: {said}", file=sys.stderr)

    def _is_whole(self, job: Job) -> bool:
        return bool(self.judge.whole[job.id]) or self.desk.hangs_out(self.slips[job.id])

    def _decide(self) -> bool:
        """The volunteer answers for slips that nobody else can know of; was there one?"""
        newest = {job.visit: job for job in self.rig.jobs()}
        asked = [job for job in newest.values() if job.state == "doubtful"]
        missed = [job for job in newest.values() if job.state == "sent" and not self._is_whole(job)]
        for job in asked:
            whole = self._is_whole(job)
            self.counts["confirmed by a person" if whole else "reprinted by a person"] += 1
            (self.desk.confirm if whole else self.desk.reprint)(job)
        for job in missed:
            self.counts["reprinted by a person"] += 1
            self.desk.reprint_for(job, self.rig.people)
        return bool(asked or missed)

    def figures(self) -> Counter[str]:
        """Every count of the run, the promises also where they are kept."""
        self.counts.update(dict.fromkeys(PROMISES, 0))
        jobs = self.rig.jobs()
        whole = {job.visit for job in jobs if self._is_whole(job)}
        self.counts[WITHOUT] = len({job.visit for job in jobs} - whole)
        self.counts[DOUBLED] = sum(max(0, count - 1) for count in self.judge.whole.values())
        self.counts[UNKNOWN] = len(self.rig.printer.unknown)
        for command in self.rig.printer.unknown:
            print(f"  unknown to the printer on {self.rig.link}: {command}", file=sys.stderr)
        self.counts[UNREAD] = self.judge.unread
        self.counts["tickets"], self.counts["jobs"] = len({job.visit for job in jobs}), len(jobs)
        self.counts["papers"], self.counts["papers torn"] = self.judge.papers, self.judge.torn
        self.counts["void"] = sum(job.state == "void" for job in jobs)
        return self.counts

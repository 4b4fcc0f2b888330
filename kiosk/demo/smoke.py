"""`./dev smoke`: one invented person, from a card in front of the camera to a called number on the board.

Everything is real: HTTP pages, camera frames through the decoder, ESC/POS bytes through a socket. One line a step.
`--kill` kills hub and agent with -9 on the way and starts them again: one visit, one number, one known slip remain.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import requests
from PIL import Image

from kiosk.app import create_app
from kiosk.demo import cards
from kiosk.demo.program import Demo, free_ports
from kiosk.demo.site import STAFF
from kiosk.demo.visitor import Visitor
from kiosk.devices import decoder
from kiosk.devices.virtual_printer import Paper
from kiosk.rules import codes
from kiosk.rules.codes import TicketCode
from kiosk.rules.person import masked_name
from kiosk.store import audit, print_jobs, visits
from kiosk.store.database import db

PATIENCE = 20.0
MOST_TAPS = 6
NUMBER = re.compile(r"\b([A-Z] \d{3,4})\b")


T = TypeVar("T")


class Failed(Exception):
    """A step did not see what it must see."""


def until(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """Looks again until something is seen. Raises Failed naming what was awaited."""
    end = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except (requests.RequestException, LookupError):
            seen = None
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"never saw {what}")
        time.sleep(0.1)


class Walk:
    """The walk, and what it has seen so far."""

    def __init__(self, demo: Demo, *, kill: bool) -> None:
        self.demo = demo
        self.kill = kill
        self.kiosk = Visitor(demo.url)
        self.lead = Visitor(demo.url)
        self.desk = Visitor(demo.url)
        self.table = Visitor(demo.url)
        self.begun = time.monotonic()
        self.step = "start"
        self.person = demo.people[41]
        self.number = ""
        self.slip: Paper | None = None

    @contextmanager
    def saying(self, step: str) -> Iterator[list[str]]:
        """One step: prints its time and what was seen when it ends well."""
        self.step = step
        begun, seen = time.monotonic(), list[str]()
        yield seen
        print(f"{time.monotonic() - begun:6.2f} s  {step:<10} {' · '.join(seen)}", flush=True)

    def run(self) -> None:
        """All steps in order. Raises Failed, LookupError or requests.RequestException at the first that fails."""
        with self.saying("site") as seen:
            self.demo.start()
            seen += [f"{len(self.demo.people)} people invented", f"hub and agent up at {self.demo.url}"]
        for step, does in (
            ("day", self._open_day), ("screen", self._pair), ("card", self._hold_card), ("number", self._take_number),
            ("paper", self._see_paper), ("code", self._follow_code), ("desk", self._ask_desk),
            ("call", self._call), ("board", self._see_board), ("truth", self._count),
        ):  # fmt: skip
            with self.saying(step) as seen:
                seen.extend(does())

    def _sign_in(self, visitor: Visitor, role: str) -> None:
        member = next(member for member in STAFF if member.role == role)
        visitor.open("/sign-in").send("/sign-in", who=member.badge, pin=member.pin)

    def _open_day(self) -> list[str]:
        self._sign_in(self.lead, "site_lead")
        self.lead.open("/lead").send("/lead/open", half="morning")
        if self.lead.status != 200:
            raise Failed(f"the day did not open: {self.lead.text[:200]}")
        return ["the site lead opened the clinic day"]

    def _pair(self) -> list[str]:
        self.kiosk.open("/kiosk/kiosk-1").send("/pair", code=self.demo.pairing_codes["kiosk-1"])
        picture = until("the live picture on the kiosk's page", self._live_picture)
        return ["the kiosk's screen is paired", f"live picture of {picture} bytes from the agent"]

    def _live_picture(self) -> int | None:
        page = self.kiosk.open("/kiosk/kiosk-1")
        source = re.search(r"http://127\.0\.0\.1:\d+/live\.mjpeg", page.html)
        if not source:
            return None
        with requests.get(source[0], stream=True, timeout=5) as stream:
            return len(next(stream.iter_content(4096)))

    def _hold_card(self) -> list[str]:
        self.demo.camera.hold(cards.national_card(self.person))
        if self.kill:
            self._kill_agent()
        name = masked_name(self.person.identity.name)
        until(f"{name} on the kiosk", lambda: name in self.kiosk.open("/kiosk/kiosk-1").text)
        if self.person.identity.name in self.kiosk.text:
            raise Failed("the kiosk shows the full name")
        return [f"{name} on the screen, on today's list"]

    def _take_number(self) -> list[str]:
        self.kiosk.taps = 0
        if self.kill:
            self.demo.printer.set_fault("paper_out", on=True)
            self._kill_hub()
        self.kiosk.send("/answers")
        while any("/answers" in form.action for form in self.kiosk.forms):
            last = self.kiosk.find("/answers")
            if self.kill:
                self._kill_hub()
            self.kiosk.send("/answers", none="yes")
        if self.kiosk.taps > MOST_TAPS:
            raise Failed(f"{self.kiosk.taps} taps from card to number")
        taps, self.number = self.kiosk.taps, self._shown_number()
        self.kiosk.submit(last, none="yes")
        if self._shown_number() != self.number:
            raise Failed("a second tap gave a second number")
        return [f"number {self.number} after {taps} taps; a second tap gave the same"]

    def _shown_number(self) -> str:
        found = NUMBER.search(self.kiosk.text)
        if not found:
            raise Failed(f"no number on the screen: {self.kiosk.text[:200]}")
        return found[1]

    def _see_paper(self) -> list[str]:
        if self.kill:
            self._kill_agent()
            self._kill_hub()
            self.demo.printer.set_fault("paper_out", on=False)
        job = until("a settled slip", self._settled)
        self.slip = until("paper", lambda: self.demo.printer.papers[-1] if self.demo.printer.papers else None, 2)
        return [f"{len(self.demo.printer.papers)} paper(s), {self.slip.dots.shape[0] / 8:.0f} mm, the hub says {job}"]

    def _settled(self) -> str | None:
        with self._hub_data():
            states = [job.state for job in list(db.session.query(print_jobs.PrintJob))]
        return states[0] if len(states) == 1 and states[0] in ("printed", "doubtful") else None

    def _follow_code(self) -> list[str]:
        if self.slip is None:
            raise Failed("no paper")
        picture = Image.fromarray((~self.slip.dots).astype("uint8") * 255).convert("RGB")
        found = [reading.text for reading in decoder.decode(np.asarray(picture))]
        ticket = codes.read(found[0]) if found else None
        if not isinstance(ticket, TicketCode):
            raise Failed(f"no ticket code on the paper: {found}")
        self.kiosk.open("/kiosk/kiosk-1").taps = 0
        self.demo.camera.hold(None)
        time.sleep(2)
        self.demo.camera.hold(picture)
        until("the slip's number on the kiosk", lambda: self.number in self.kiosk.open("/kiosk/kiosk-1").text)
        self.demo.camera.hold(None)
        return [f"token {ticket.token} read from the printed dots; held to the camera it shows {self.number}"]

    def _ask_desk(self) -> list[str]:
        self._sign_in(self.desk, "volunteer")
        until(f"{self.number} at the desk", lambda: self.number in self.desk.open("/desk/desk-1").text)
        return [f"the volunteer's desk knows {self.number} and its slip"]

    def _call(self) -> list[str]:
        self._sign_in(self.table, "screener")
        self.table.open("/table/screening-1").send("/call")
        if self.number not in self.table.text or self.person.identity.name not in self.table.text:
            raise Failed(f"the table does not show whom it called: {self.table.text[:200]}")
        return [f"Bàn khám 1 called {self.number} and sees {self.person.identity.name}"]

    def _see_board(self) -> list[str]:
        board = Visitor(self.demo.url)
        until("the number on the board", lambda: self.number in board.open("/board").text, 2)
        if "Bàn khám 1" not in board.text:
            raise Failed("the board does not say where to go")
        if self.person.identity.name in board.text or masked_name(self.person.identity.name) in board.text:
            raise Failed("the board shows a name")
        return [f"{self.number} -> Bàn khám 1; no name"]

    def _count(self) -> list[str]:
        with self._hub_data():
            rows = db.session.query(visits.Visit).count()
            jobs = list(db.session.query(print_jobs.PrintJob))
            broken = list(audit.verify())
        if rows != 1 or len(jobs) != 1 or broken:
            raise Failed(f"{rows} visits, {len(jobs)} slips, {len(broken)} broken audit entries")
        return [f"one visit, one number, one slip ({jobs[0].state}); the audit chain holds"]

    @contextmanager
    def _hub_data(self) -> Iterator[None]:
        with create_app(self.demo.settings).app_context():
            yield

    def _kill_hub(self) -> None:
        self.demo.hub.kill()
        self.demo.hub.start()
        self.demo.wait_for_hub()

    def _kill_agent(self) -> None:
        self.demo.agent.kill()
        self.demo.agent.start()


def main(arguments: list[str] | None = None) -> int:
    """Runs the walk in a folder of its own; 0, or 1 naming the step that failed."""
    parser = argparse.ArgumentParser(prog="./dev smoke", description=__doc__)
    parser.add_argument("--kill", action="store_true", help="kill hub and agent with -9 on the way")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="diem-tiem-") as folder:
        demo = Demo(Path(folder), free_ports("hub", "live", "camera", "printer"), open_day=False)
        walk = Walk(demo, kill=options.kill)
        try:
            walk.run()
        except (Failed, LookupError, requests.RequestException) as error:
            print(f"FAILED at {walk.step}: {error}", file=sys.stderr)
            print(demo.hub.log.read_text()[-3000:] if demo.hub.log.exists() else "", file=sys.stderr)
            return 1
        finally:
            demo.stop()
    print(f"{time.monotonic() - begun:6.2f} s  all steps seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())

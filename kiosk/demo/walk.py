"""One invented person's way through the site, and what has been seen of it so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.app import create_app
from kiosk.demo.crew import Kiosk, Lead, Table
from kiosk.demo.installed import Box
from kiosk.demo.processes import Running
from kiosk.demo.program import Demo
from kiosk.devices.virtual_printer import Paper
from kiosk.store.database import db
from kiosk.store.print_jobs import PrintJob


class Walk:
    """`kill`: programs are killed with -9 on the way and started again. Each step is a function of this."""

    def __init__(self, demo: Demo | Box, *, kill: bool) -> None:
        self.demo = demo
        self.kill = kill
        self.kiosk: Kiosk
        self.lead: Lead
        self.nurse: Table
        self.step = "start"
        self.person = demo.people[41]
        self.number = ""
        self.visit = ""
        self.receipt = ""
        self.slip: Paper | None = None
        self._older_jobs: set[str] = set()

    @property
    def name(self) -> str:
        """Of the person."""
        return self.person.identity.name

    def code(self, station: str) -> str:
        """What pairs a tablet with the station; "" where the site takes any."""
        return self.demo.pairing_codes.get(station, "")

    @contextmanager
    def saying(self, step: str) -> Iterator[list[str]]:
        """One step: prints its time and what was seen when it ends well."""
        self.step = step
        begun, seen = time.monotonic(), list[str]()
        yield seen
        print(f"{time.monotonic() - begun:6.2f} s  {step:<10} {' · '.join(seen)}", flush=True)

    @contextmanager
    def hub_rows(self) -> Iterator[None]:
        """Reads the hub's database from outside."""
        with create_app(self.demo.settings).app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def begin(self) -> None:
        """An installed box has queued its status slip before anybody came: that one is not of the walk."""
        with self.hub_rows():
            self._older_jobs = {job.id for job in db.session.query(PrintJob)}

    def jobs(self) -> list[PrintJob]:
        """The slips of this walk; only within `hub_rows`."""
        return [job for job in db.session.query(PrintJob) if job.id not in self._older_jobs]

    def kill_hub(self) -> None:
        """As a power cut of the box would, and the box is back."""
        self.demo.hub.kill()
        self.demo.hub.start()
        self.demo.wait_for_hub()

    def kill_and_start(self, program: Running) -> None:
        """Any other program."""
        program.kill()
        program.start()

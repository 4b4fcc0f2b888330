"""One invented person's way through the site, and what has been seen of it so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.app import create_app
from kiosk.demo.crew import Kiosk, Lead, Table
from kiosk.demo.processes import Program
from kiosk.demo.program import Demo
from kiosk.devices.virtual_printer import Paper
from kiosk.store.database import db


class Walk:
    """`kill`: programs are killed with -9 on the way and started again. Each step is a function of this."""

    def __init__(self, demo: Demo, *, kill: bool) -> None:
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

    @property
    def name(self) -> str:
        """Of the person."""
        return self.person.identity.name

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

    def kill_hub(self) -> None:
        """As a power cut of the box would, and the box is back."""
        self.demo.hub.kill()
        self.demo.hub.start()
        self.demo.wait_for_hub()

    def kill_and_start(self, program: Program) -> None:
        """Any other program."""
        program.kill()
        program.start()

"""A site that prints, as the real processes it is: hub, agent, and a virtual printer at the end of a real link.

The link is TCP, or a device file under /dev as the kernel gives a USB printer. People are checked in over HTTP, and a
volunteer at the desk decides over HTTP what only a person can.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import requests

from bench.rig import late_in_the_day, until
from kiosk import config, importer
from kiosk.actions import day
from kiosk.actions.staff import add_staff
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.demo import cards, commune
from kiosk.demo.commune import Invented
from kiosk.demo.crew import Kiosk
from kiosk.demo.processes import Program
from kiosk.demo.program import free_ports
from kiosk.demo.site import STAFF
from kiosk.demo.visitor import Form
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.actor import OPERATOR
from kiosk.store.database import db
from kiosk.upkeep import setup

SITE = """
[site]
mode = "demo"
name = "Điểm tiêm Trường Tiểu học Nguyễn Huệ"
code = "BENCH"

[hub]
listen = "127.0.0.1:{hub}"

[agent]
hub = "http://127.0.0.1:{hub}"
live_port = {live}

[printer]
target = "{target}"

[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = {{ vi = "Máy 1", en = "Kiosk 1" }}

[[stations]]
code = "desk-1"
kind = "desk"
name = {{ vi = "Bàn 1", en = "Desk 1" }}
prints_at = "kiosk-1"
"""
DESK = "/desk/desk-1"
KIOSK = "/kiosk/kiosk-1"


@dataclass(frozen=True)
class Job:
    """A row of the hub's print jobs, as a fresh look at the file says. `blocks` is the slip as JSON."""

    id: str
    visit: str
    copy: int
    state: str
    reason: str
    fault: str
    blocks: list[dict[str, Any]]

    @property
    def open(self) -> bool:
        """Is a machine still to do something with it?"""
        return self.state in ("queued", "held", "sending")


class WatchedPrinter(VirtualPrinter):
    """Notes when each fault came (`time.monotonic`).

    EVENT is a lack that no bench gives its printer; after so many bytes or rows it calls `event` instead.
    """

    EVENT = "no_near_end_sensor"

    def __init__(self, port: int, width_dots: int) -> None:
        super().__init__("127.0.0.1", port, width_dots)
        self.came: dict[str, float] = {}
        self.event: Callable[[], None] = lambda: None

    def set_fault(self, name: str, on: bool) -> None:
        """As the virtual printer does, except for EVENT."""
        if on:
            self.came[name] = time.monotonic()
        if name == self.EVENT:
            self.event()
        else:
            super().set_fault(name, on)


class PrintRig:
    """A site in an empty folder with `people` on its list and an open day. Use it in a `with`.

    `link`: "tcp" or "device". `clone`: the printer knows neither marks of jobs nor pushed states, as cheap ones do.
    """

    def __init__(self, folder: Path, people: int, link: str = "tcp", *, clone: bool = False) -> None:
        ports = free_ports("hub", "live", "printer")
        self.folder, self.link = folder, link
        # The agent takes a device only under /dev; a symlink there is what udev gives a USB printer.
        self._dev = tempfile.TemporaryDirectory(dir="/dev/shm", prefix="diem-tiem-") if link == "device" else None
        self._node = Path(self._dev.name) / "lp0" if self._dev else None
        target = str(self._node) if self._node else f"tcp://127.0.0.1:{ports['printer']}"
        text = SITE.format(target=target, **ports)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        self.settings = config.load(folder)
        late_in_the_day(self.settings)
        self.hub_url = f"http://127.0.0.1:{ports['hub']}"
        setup.migrate(self.settings)
        (folder / "agent.token").write_text(setup.pair(self.settings, "kiosk-1"))
        self._page_code, self._scanner = (setup.pair(self.settings, "kiosk-1") for _ in range(2))
        self.people = _fill(self.settings, people)
        self.hub, self.agent = Program("web", folder), Program("agent", folder)
        self.printer = WatchedPrinter(ports["printer"], self.settings.printer.width_dots)
        for lack in ("no_process_id", "no_asb") if clone else ():
            self.printer.set_fault(lack, True)
        self.plugged = False
        self._plugging = threading.Lock()

    def __enter__(self) -> Self:
        self.plug_in()
        self.start_hub()
        self.start_agent()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for program in (self.agent, self.hub):
            program.kill()  # the folder goes too: nothing to say goodbye for
        self.printer.stop()
        if self._dev:
            self._dev.cleanup()

    def start_hub(self) -> None:
        """Starts it unless it runs, and waits until it answers."""

        def answers() -> bool:
            self.hub.start()  # again each time: one that is just being killed still looks alive
            return requests.get(f"{self.hub_url}/board", timeout=2).ok

        until("the hub", answers)

    def start_agent(self) -> None:
        """Starts it unless it runs, and waits until it has introduced itself."""
        before = self._introductions()
        if not self.agent.alive:
            self.agent.start()
            until("the agent", lambda: self._introductions() > before)

    def _introductions(self) -> int:
        return self.agent.log.read_text(encoding="utf-8").count('"agent.started ') if self.agent.log.exists() else 0

    def plug_in(self) -> None:
        """The printer's cable is in, at whatever device the kernel gives it this time."""
        with self._plugging:
            self.printer.start()
            self.plugged = True
            if self._node:
                self._node.symlink_to(self.printer.device())

    def pull_out(self) -> None:
        """The cable is out; the printer keeps what it has, as one with its own power does."""
        with self._plugging:
            if self._node:
                self._node.unlink(missing_ok=True)
            self.printer.stop()
            self.plugged = False

    def citizen(self) -> Kiosk:
        """Whoever stands at the kiosk, whose screen is paired."""
        return Kiosk(self.hub_url, self._page_code)

    def last_question(self, kiosk: Kiosk, person: Invented) -> Form:
        """A card is read and everything answered but the last question: its form, not yet sent."""
        said = requests.post(
            f"{self.hub_url}/device/scans", timeout=10, headers={"Authorization": f"Bearer {self._scanner}"},
            json={
                "id": str(uuid4()), "symbology": "QRCode",
                "raw": base64.b64encode(cards.card_text(person).encode()).decode("ascii"),
            },
        )  # fmt: skip
        said.raise_for_status()
        kiosk.open(KIOSK)
        return kiosk.reach_last_question()

    def jobs(self) -> list[Job]:
        """Every print job, oldest first."""
        rows = self._read("SELECT id, about, copy, state, reason, fault, blocks FROM print_job ORDER BY seq")
        return [
            Job(id, visit, copy, state, reason, fault, json.loads(blocks))
            for id, visit, copy, state, reason, fault, blocks in rows
        ]

    def number_of(self, visit: str) -> str:
        """The personal number of whose visit this is."""
        query = "SELECT number FROM person JOIN visit ON person.id = visit.person_id WHERE visit.id = ?"
        return str(self._read(query, visit)[0][0])

    def _read(self, query: str, *facts: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.folder / 'kiosk.db'}?mode=ro", uri=True, timeout=10)) as file:
            return file.execute(query, facts).fetchall()


def _fill(settings: config.Settings, count: int) -> tuple[Invented, ...]:
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    now = clock.now()
    people = commune.invent(count, now.on)
    listed = settings.folder / "bench.csv"
    commune.write_roster(people, now.on, listed)
    with create_app(settings).app_context():
        member = next(each for each in STAFF if each.role == "volunteer")
        add_staff(OPERATOR, now, str(uuid4()), member.name, member.role, member.badge, member.pin)
        importer.bring(OPERATOR, now, str(uuid4()), listed.name, listed.read_bytes())
        day.open_day(OPERATOR, now, str(uuid4()), day.half_of(clock.local(now.at)))
        db.session.remove()
        db.engine.dispose()
    return people

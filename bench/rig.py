"""A hub and an agent as the real processes they are, before a still camera and a virtual printer, for benches."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from bench.still_camera import StillCamera
from kiosk import config
from kiosk.clock import Clock
from kiosk.demo.processes import Program
from kiosk.demo.program import free_ports
from kiosk.demo.shift import Shift
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.upkeep import setup

SITE = """
[site]
mode = "demo"
name = "Điểm tiêm đo tốc độ"
code = "BENCH"

[hub]
listen = "127.0.0.1:{hub}"

[agent]
hub = "http://127.0.0.1:{hub}"
live_port = {live}

[camera]
source = "{camera}"

[printer]
target = "tcp://127.0.0.1:{printer}"

[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = {{ vi = "Máy 1", en = "Kiosk 1" }}
"""
PATIENCE_SECONDS = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
AFTERNOON = datetime.time(16)


def until(what: str, true: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Returns when `true()` is. Raises TimeoutError naming what was awaited."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise TimeoutError(f"never saw {what}")


def late_in_the_day(settings: config.Settings) -> None:
    """Sets a demo site's clock to four in the afternoon: at whatever hour a bench runs, nobody on its list is early."""
    assert settings.clock_shift
    Shift(settings.clock_shift).set_to(AFTERNOON, Clock(settings.site.time_zone).zone)


def cpu_seconds(pid: int) -> float:
    """What a process with all its threads has used up to now; children do not count."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


class Rig:
    """A site in an empty folder; `prepare` fills its database before anything runs. Use it in a `with`."""

    def __init__(
        self, folder: Path, camera: StillCamera, prepare: Callable[[config.Settings, Clock], None] | None = None
    ) -> None:
        ports = free_ports("hub", "live", "printer")
        self.camera = camera
        self.hub_url = f"http://127.0.0.1:{ports['hub']}"
        self.live_url = f"http://127.0.0.1:{ports['live']}"
        (folder / "site.toml").write_text(SITE.format(camera=camera.url, **ports), encoding="utf-8")
        self.settings = config.load(folder)
        setup.migrate(self.settings)
        token = folder / "agent.token"
        token.write_text(setup.pair(self.settings, "kiosk-1"))
        self.page_code = setup.pair(self.settings, "kiosk-1")
        if prepare:
            prepare(self.settings, Clock(self.settings.site.time_zone, self.settings.clock_shift))
        self.hub, self.agent = Program("web", self.settings.folder), Program("agent", self.settings.folder)
        self._printer = VirtualPrinter("127.0.0.1", ports["printer"], self.settings.printer.width_dots)

    def __enter__(self) -> Self:
        self._printer.start()
        self.hub.start()
        until("the hub", lambda: requests.get(f"{self.hub_url}/board", timeout=2).ok)
        self.agent.start()
        until("the live picture", lambda: requests.get(f"{self.live_url}/live.jpg", timeout=2).ok)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for program in (self.agent, self.hub):
            program.kill()  # the folder goes too: nothing to say goodbye for
        self._printer.stop()

    @property
    def agent_pid(self) -> int:
        """The agent's process."""
        return int((self.settings.folder / "logs" / "agent.pid").read_text())

    def agent_said(self, event: str) -> list[str]:
        """Lines of the agent's log that begin with `event`."""
        return [line for line in self.agent.log.read_text(encoding="utf-8").splitlines() if f'"{event} ' in line]

"""`python -m kiosk demo`: an invented site with everything running, the virtual camera and printer in this process."""

from __future__ import annotations

import datetime
import fcntl
import signal
import socket
import threading
import time
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click
import requests

from kiosk import config
from kiosk.clock import Clock
from kiosk.config import ConfigError, Settings
from kiosk.config_tables import Site
from kiosk.demo import commune, desk
from kiosk.demo.platform import Platform
from kiosk.demo.processes import Program, Running
from kiosk.demo.shift import Shift
from kiosk.demo.site import PEOPLE, STAFF, TABLE, invent, load_settings, write_settings
from kiosk.demo.wire import Wire
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_printer import VirtualPrinter

LOCAL = "127.0.0.1"
# New ones go to the end: a folder that an earlier demo made keeps the ports of its site.toml.
PORTS = ("hub", "live", "camera", "printer", "desk", "table_live", "table_camera", "upstream", "platform")
READY_SECONDS = 40
# A walk begins when a site does: begun late in the evening, its half hour of observation would end on the next day.
OPENING, CLOSING = datetime.time(7, 30), datetime.time(16, 30)
# 100 mm a second, as a cheap printer does: slow enough to be watched.
PAPER_ROWS_PER_SECOND = 800


class Demo:
    """The running parts of an invented site."""

    def __init__(
        self,
        folder: Path,
        ports: dict[str, int],
        *,
        open_day: bool = True,
        begins: datetime.time | None = None,
        rows_per_second: float | None = None,
    ) -> None:
        """`begins`: the time of today that the site's clock is set to; without it the clock stays as it was."""
        self.settings: Settings = write_settings(folder, ports)
        table: Settings = config.load(folder / TABLE)
        assert self.settings.clock_shift  # a demo's clock can be set ahead
        self.shift = Shift(self.settings.clock_shift)
        self.clock = Clock(self.settings.site.time_zone, self.settings.clock_shift)
        if begins:
            self.shift.set_to(begins, self.clock.zone)
        self.people = commune.invent(PEOPLE, self.clock.now().on)
        self.strangers = commune.strangers(5, seed=2)
        self.staff = STAFF
        self.pairing_codes = invent(self.settings, self.people, open_day=open_day)
        self.camera = VirtualCamera(LOCAL, _virtual_port(self.settings.camera.source))
        self.table_camera = VirtualCamera(LOCAL, _virtual_port(table.camera.source))
        self.printer = VirtualPrinter(
            LOCAL,
            _virtual_port(self.settings.printer.target),
            self.settings.printer.width_dots,
            rows_per_second=rows_per_second,
        )
        self.wire = Wire(LOCAL, _virtual_port(self.settings.upstream.url), ports["platform"])
        self.hub, self.agent, self.table_agent, self.forwarder, self.platform = programs(
            self.settings.folder, ports["platform"]
        )
        self.url = f"http://{self.settings.hub.listen}"

    @property
    def links(self) -> list[tuple[str, str]]:
        """(what, address) of every screen; a kiosk's brings its pairing code along, behind the "#"."""
        rooms = {kind: kind for kind in ("kiosk", "desk", "door", "observation")}
        stations = [
            (
                station.code,
                f"{self.url}/{rooms.get(station.kind, 'table')}/{station.code}"
                + (f"#{self.pairing_codes[station.code]}" if station.kind == "kiosk" else ""),
            )
            for station in self.settings.stations
        ]
        return [*stations, ("board", f"{self.url}/board?voice=1"), ("lead", f"{self.url}/lead")]

    def start(self) -> None:
        """Starts devices and programs; returns when the hub answers. Raises ConfigError when it does not."""
        for device in (self.camera, self.table_camera, self.printer, self.wire):
            device.start()
        self.hub.start()
        self.platform.start()
        self.wait_for_hub()
        for program in (self.agent, self.table_agent, self.forwarder):
            program.start()

    def wait_for_hub(self) -> None:
        """Returns when the hub answers. Raises ConfigError when it does not within 40 s."""
        wait_for_hub(self.url, self.hub)

    def stop(self) -> None:
        """Stops everything cleanly."""
        for part in (self.agent, self.table_agent, self.forwarder, self.hub, self.platform):
            part.stop()
        for device in (self.wire, self.printer, self.table_camera, self.camera):
            device.stop()


def wait_for_hub(url: str, hub: Running) -> None:
    """Returns when the hub at that address answers. Raises ConfigError when it does not within 40 s."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and hub.alive:
        try:
            requests.get(f"{url}/board", timeout=2).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise ConfigError(f"the hub did not start: {hub.said()[-3000:]}")


def programs(folder: Path, platform_port: int) -> tuple[Program, Program, Program, Program, Platform]:
    """Hub, the agents of kiosk and injection table, forwarder, platform: not started."""
    return (
        Program("web", folder),
        Program("agent", folder),
        Program("agent", folder / TABLE),
        Program("forward", folder),
        Platform(folder / "upstream", platform_port),
    )


def _virtual_port(address: str) -> int:
    """The port to stand on when `site.toml` names our virtual device; any free one when it names a real device."""
    parts = urlsplit(address)
    return parts.port or 0 if parts.hostname == LOCAL else 0


def free_ports(*names: str, first: int = 0) -> dict[str, int]:
    """A port for each name: `first` and the following, or any free ones. Raises ConfigError when one is taken."""
    held, ports = [], {}
    for offset, name in enumerate(names):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((LOCAL, first + offset if first else 0))
        except OSError:
            raise ConfigError(
                f"port {first + offset} is taken: is the demo running already? Another port: ./dev run --port 9000"
            ) from None
        held.append(door)
        ports[name] = door.getsockname()[1]
    for door in held:
        door.close()
    return ports


def run(folder: Path, port: int) -> None:
    """Runs the demo until Ctrl-C. Raises ConfigError on a real site's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it when this process ends
        except OSError:
            raise ConfigError(
                f"the demo of {folder} is running already; another one: --folder OTHER --port 9000"
            ) from None
        _run_alone(folder, port)


def _run_alone(folder: Path, port: int) -> None:
    if (folder / "site.toml").exists():
        settings = load_settings(folder)
        port = settings.hub.port
        for program in programs(settings.folder, 0):
            program.clear()
    ports = free_ports(*PORTS, first=port)
    demo = Demo(folder, ports, begins=_begins(folder), rows_per_second=PAPER_ROWS_PER_SECOND)
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    try:
        demo.start()
        desk.serve(desk.create_desk(demo), LOCAL, ports["desk"])
        _introduce(demo, f"http://{LOCAL}:{ports['desk']}")
        ended.wait()
        click.echo("\nĐang dừng… / stopping…")
    finally:
        demo.stop()


def _begins(folder: Path) -> datetime.time | None:
    """At an hour at which no site is open everybody on the list would be early: the demo's morning begins then."""
    there = (folder / "site.toml").exists()
    zone = load_settings(folder).site.time_zone if there else Site.model_fields["time_zone"].default
    clock = Clock(zone, folder / "clock-shift")
    wall = clock.local(clock.now().at).time()
    return None if OPENING <= wall < CLOSING else OPENING


def _introduce(demo: Demo, desk_url: str) -> None:
    click.echo(f"\n{demo.settings.site.name} · chế độ tập / demo · {demo.settings.folder}\n")
    click.echo(f"  Bàn tập / demo desk   {desk_url}   <- bắt đầu ở đây / start here\n")
    for what, url in demo.links:
        click.echo(f"  {what:<14} {url}")
    click.echo("\n  Đăng nhập / sign in (thẻ/badge · PIN)")
    for member in demo.staff:
        click.echo(f"  {member.badge:<10} {member.pin}   {member.name} ({member.role})")
    click.echo("\n  Ctrl-C để dừng / to stop", nl=True)

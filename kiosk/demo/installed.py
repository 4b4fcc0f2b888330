"""An installed box, walked through as the demo is: its units are the programs, what is plugged in is virtual.

The box must be a practice site (`[site] mode = "demo"`) whose `site.toml` names this machine's ports for camera,
printer and platform. The camera of the injection table is an agent of its own, as on a second Pi.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.clock import Clock
from kiosk.config import ConfigError, Settings
from kiosk.demo import commune
from kiosk.demo.platform import Platform
from kiosk.demo.processes import Program
from kiosk.demo.program import LOCAL, OPENING, free_ports, wait_for_hub
from kiosk.demo.shift import Shift
from kiosk.demo.site import PEOPLE, STAFF, TABLE, fill, load_settings, write_table
from kiosk.demo.units import Unit
from kiosk.demo.wire import Wire
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.upkeep import setup

OWNER = "kiosk-hub"
SECRETS = "secrets"
SCREEN = "screen.token"
# Not the name of the box's own agent's: whoever reads secrets looks into the box's first.
TABLE_TOKEN = "table.token"


class Box:
    """The parts of an installed practice site that a walk needs; it has the shape of `program.Demo`."""

    def __init__(self, folder: Path) -> None:
        """Steps down to the owner of the data, and fills the site. Raises ConfigError where that cannot be."""
        self.settings: Settings = load_settings(folder)
        devices = (self.settings.camera.source, self.settings.printer.target, self.settings.upstream.url)
        camera, printer, upstream = (_port(address) for address in devices)
        screen = _screen_token(folder)
        _become_owner(folder)
        assert self.settings.clock_shift  # a practice site's clock can be set ahead
        self.shift = Shift(self.settings.clock_shift)
        self.clock = Clock(self.settings.site.time_zone, self.settings.clock_shift)
        self.shift.set_to(OPENING, self.clock.zone)
        self.people = commune.invent(PEOPLE, self.clock.now().on)
        self.staff = STAFF
        fill(self.settings, self.people, open_day=False)
        stations = [station.code for station in self.settings.stations if station.kind != "kiosk"]
        self.pairing_codes = {"kiosk-1": screen} | {code: setup.pair(self.settings, code) for code in stations}
        ports = free_ports("platform", "live", "table_camera")
        self.folder = Path(tempfile.mkdtemp(prefix="diem-tiem-"))
        self.camera = VirtualCamera(LOCAL, camera)
        self.table_camera = VirtualCamera(LOCAL, ports["table_camera"])
        self.printer = VirtualPrinter(LOCAL, printer, self.settings.printer.width_dots)
        self.wire = Wire(LOCAL, upstream, ports["platform"])
        self.hub, self.agent, self.forwarder = (Unit(f"kiosk-{name}") for name in ("hub", "agent", "forwarder"))
        self.table_agent = Program("agent", _write_table(self.folder, self.settings, ports))
        self.platform = Platform(self.folder / "upstream", ports["platform"])
        self.url = f"http://{self.settings.hub.listen}"

    def start(self) -> None:
        """Starts what is plugged in; the units run already. Raises ConfigError when the hub does not answer."""
        for device in (self.camera, self.table_camera, self.printer, self.wire):
            device.start()
        self.platform.start()
        for unit in (self.hub, self.agent, self.forwarder):
            unit.start()
        self.wait_for_hub()
        self.table_agent.start()

    def wait_for_hub(self) -> None:
        """Returns when the hub answers. Raises ConfigError when it does not within 40 s."""
        wait_for_hub(self.url, self.hub)

    def stop(self) -> None:
        """Unplugs what is virtual; the units go on."""
        for program in (self.table_agent, self.platform):
            program.stop()
        for device in (self.wire, self.printer, self.table_camera, self.camera):
            device.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _port(address: str) -> int:
    parts = urlsplit(address)
    if parts.hostname != LOCAL or not parts.port:
        raise ConfigError(f"{address!r} is no port of this machine: camera, printer and platform of a walk are virtual")
    return parts.port


def _screen_token(folder: Path) -> str:
    path = folder / SECRETS / SCREEN
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: is the box installed, and are you root? {error}") from None


def _become_owner(folder: Path) -> None:
    """What root would write into the folder, the units could not write again."""
    os.environ["CREDENTIALS_DIRECTORY"] = str(folder / SECRETS)
    os.umask(0o007)
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.initgroups(owner.pw_name, owner.pw_gid)
        os.setegid(folder.stat().st_gid)
        os.seteuid(owner.pw_uid)


def _write_table(folder: Path, settings: Settings, ports: dict[str, int]) -> Path:
    table = folder / TABLE
    write_table(table, settings.hub.listen, ports["live"], ports["table_camera"], TABLE_TOKEN)
    (table / TABLE_TOKEN).write_text(setup.pair(settings, TABLE))
    return table

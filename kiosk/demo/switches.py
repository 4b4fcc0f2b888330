"""Everything that can be broken in the demo, and mended: one switch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from kiosk.demo.platform import FAULTS as PLATFORM
from kiosk.errors import Refusal

# Switch to what the virtual printer calls it; `slow` alone is a switch of the platform.
PAPER = {name: name for name in ("paper_out", "near_end", "cover_open", "cutter_error")}
PRINTER_LINE = {name: name for name in ("offline", "mute", "power_cut", "chinese_mode")} | {"slow_line": "slow"}
PRINTER = PAPER | PRINTER_LINE
ONCE = ("reset_link",)
PROGRAMS = ("hub", "agent", "table_agent", "forwarder", "platform")
# Which sign stands beside the switch: when all is well, when it is broken.
SIGNS = {
    "paper_out": ("printer", "printer-off"), "near_end": ("printer", "printer-off"),
    "cover_open": ("printer", "printer-off"), "cutter_error": ("printer", "printer-off"),
    "offline": ("printer", "printer-off"), "mute": ("volume", "volume-off"), "power_cut": ("printer", "printer-off"),
    "chinese_mode": ("languages", "languages"), "slow_line": ("check", "hourglass"),
    "reset_link": ("wifi-off", "wifi-off"), "unplugged": ("camera", "camera-off"), "hub": ("monitor", "octagon-x"),
    "agent": ("smartphone", "octagon-x"), "table_agent": ("smartphone", "octagon-x"),
    "forwarder": ("smartphone", "octagon-x"), "platform": ("monitor", "octagon-x"),
    "network": ("check", "wifi-off"), **dict.fromkeys(PLATFORM, ("check", "octagon-x")),
}  # fmt: skip


class Program(Protocol):
    """A program of the demo that runs in its own process. `kill` is kill -9."""

    @property
    def alive(self) -> bool: ...

    def kill(self) -> None: ...

    def start(self) -> None: ...


class Wire(Protocol):
    """The network between site and platform."""

    @property
    def down(self) -> bool: ...

    def cut(self) -> None: ...

    def mend(self) -> None: ...


class Platform(Program, Protocol):
    """The invented national platform; `broken`: names of switches, `doses`: None while it does not run."""

    @property
    def broken(self) -> set[str]: ...

    @property
    def doses(self) -> int | None: ...

    def turn(self, switch: str, broken: bool) -> None: ...


@dataclass(frozen=True)
class Switch:
    """`name` also names its words (`demo.switch.<name>.…`). `once`: it happens and is over."""

    name: str
    broken: bool = False
    once: bool = False

    @property
    def sign(self) -> str:
        """A name in icons.svg."""
        return SIGNS[self.name][self.broken]


def facts(demo: Any) -> dict[str, object]:
    """The switches by part of the site, what the platform holds, and a word that changes with any of them."""
    faults, wrong, doses = demo.printer.faults, demo.platform.broken, demo.platform.doses
    parts = {
        "printer": [Switch(name, fault in faults) for name, fault in PAPER.items()],
        "printer_line": [Switch(name, fault in faults) for name, fault in PRINTER_LINE.items()]
        + [Switch(name, once=True) for name in ONCE],
        "camera": [Switch("unplugged", demo.camera.state == "unplugged")],
        "network": [Switch("network", demo.wire.down)],
        "platform": [Switch(name, name in wrong) for name in PLATFORM],
        "programs": [Switch(name, not getattr(demo, name).alive) for name in PROGRAMS],
    }
    seen = ".".join(switch.name for part in parts.values() for switch in part if switch.broken)
    return {"parts": parts, "doses": doses, "switches_seen": f"{seen or 'well'}.{doses}"}


def turn(demo: Any, name: str, broken: bool) -> None:
    """Break `name` or mend it. Raises Refusal `no_such_switch`."""
    if name in PRINTER or name in ONCE:
        demo.printer.set_fault(PRINTER.get(name, name), broken)
    elif name == "unplugged":
        (demo.camera.unplug if broken else demo.camera.plug)()
    elif name == "network":
        (demo.wire.cut if broken else demo.wire.mend)()
    elif name in PLATFORM:
        demo.platform.turn(name, broken)
    elif name in PROGRAMS:
        program = getattr(demo, name)
        if program.alive == broken:
            (program.kill if broken else program.start)()
    else:
        raise Refusal("no_such_switch", field="name")

"""Everything that can be broken in the demo, and mended: one switch each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from kiosk.errors import Refusal

PRINTER = ("paper_out", "near_end", "cover_open", "mute", "power_cut")
ONCE = ("reset_link",)
PROGRAMS = ("hub", "agent")
# Which sign stands beside the switch: when all is well, when it is broken.
SIGNS = {
    "paper_out": ("printer", "printer-off"), "near_end": ("printer", "printer-off"),
    "cover_open": ("printer", "printer-off"), "mute": ("volume", "volume-off"), "power_cut": ("printer", "printer-off"),
    "reset_link": ("wifi-off", "wifi-off"), "unplugged": ("camera", "camera-off"), "hub": ("monitor", "octagon-x"),
    "agent": ("smartphone", "octagon-x"),
}  # fmt: skip


class Program(Protocol):
    """A program of the demo that runs in its own process. `kill` is kill -9."""

    name: str

    @property
    def alive(self) -> bool: ...

    def kill(self) -> None: ...

    def start(self) -> None: ...


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
    """The switches by part of the site, and a word that changes with any of them."""
    faults = demo.printer.faults
    parts = {
        "printer": [Switch(name, name in faults) for name in PRINTER] + [Switch(name, once=True) for name in ONCE],
        "camera": [Switch("unplugged", demo.camera.state == "unplugged")],
        "programs": [Switch(name, not getattr(demo, name).alive) for name in PROGRAMS],
    }
    seen = ".".join(switch.name for part in parts.values() for switch in part if switch.broken)
    return {"parts": parts, "switches_seen": seen or "well"}


def turn(demo: Any, name: str, broken: bool) -> None:
    """Break `name` or mend it. Raises Refusal `no_such_switch`."""
    if name in PRINTER or name in ONCE:
        demo.printer.set_fault(name, broken)
    elif name == "unplugged":
        (demo.camera.unplug if broken else demo.camera.plug)()
    elif name in PROGRAMS:
        program = getattr(demo, name)
        if program.alive == broken:
            (program.kill if broken else program.start)()
    else:
        raise Refusal("no_such_switch", field="name")

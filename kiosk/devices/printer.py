"""The ticket printer as the agent sees it: what it says of itself, and one job at a time with an honest end."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from kiosk.devices.escpos_conversation import Deadlines
from kiosk.devices.escpos_encoder import Dots, encode
from kiosk.devices.escpos_printer import EscPosPrinter, Outcome
from kiosk.devices.escpos_replies import Status
from kiosk.devices.printer_links import DeviceLink, Link, TcpLink
from kiosk.devices.printer_ports import UsbPorts
from kiosk.devices.printer_serial import SerialLink

__all__ = ["Deadlines", "Dots", "NoPrinter", "Outcome", "Printer", "Status", "UsbPorts", "encode", "open_printer"]

_RAW_PORT = 9100
_SERIAL = "serial:"


class Printer(Protocol):
    """A printer, or none. No method raises for a fault of the printer, and none waits without a limit."""

    def watch(self, listener: Callable[[Status], None]) -> None:
        """Tell `listener` each new state at once, in the middle of a job too; it is called in the printer's thread."""
        ...

    def status(self) -> Status:
        """The state now; while a job is being printed, the state that the job last saw."""
        ...

    def print(self, job_id: str, dots: Dots, first_byte: Callable[[], None]) -> Outcome:
        """Print dots of shape (height, width), True is black, and cut.

        `first_byte` is called just before the first byte that could make a mark on paper; what it raises stops the job.
        held: nothing has left, safe to try again. printed: the printer said that it printed. sent: it cannot say.
        doubtful: a person must look; it must never be sent again by itself.
        """
        ...

    def close(self) -> None:
        """Let what was sent arrive, then close; a job that is being printed comes to its end first."""
        ...


class NoPrinter:
    """A station without paper: every job is held."""

    def watch(self, listener: Callable[[Status], None]) -> None:
        """There is never news."""

    def status(self) -> Status:
        return Status("none")

    def print(self, job_id: str, dots: Dots, first_byte: Callable[[], None]) -> Outcome:
        return Outcome("held", "none")

    def close(self) -> None:
        """Nothing is open."""


def open_printer(
    target: str,
    *,
    baud: int = 115_200,
    deadlines: Deadlines | None = None,
    torn: bool = False,
    ports: UsbPorts | None = None,
) -> Printer:
    """The printer at `target`; "" is no printer. Opening never waits for the printer.

    `auto` is the USB printer of `ports` (this machine's) that is plugged in, `tcp://host[:port]` one in the network,
    `serial:/dev/…` one on a serial line of `baud` bits a second, and `/dev/…` a certain USB printer.
    `torn` says that an earlier process died inside a job: half a slip may stand in the printer and is cut off first.
    Raises ValueError for a target that is none of these.
    """
    limits = deadlines or Deadlines()
    if not target:
        return NoPrinter()
    return EscPosPrinter(_way_to(target, baud, limits, ports or UsbPorts()), limits, torn=torn)


def _way_to(target: str, baud: int, limits: Deadlines, ports: UsbPorts) -> Callable[[], Link]:
    if target == "auto":
        return ports.connect
    if target.startswith("/dev/"):
        return functools.partial(DeviceLink, target)
    if target.startswith(f"{_SERIAL}/dev/"):
        return functools.partial(SerialLink, target.removeprefix(_SERIAL), baud)
    parts = urlsplit(target)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError(f"printer target {target!r} is neither auto, tcp://host:port, serial:/dev/… nor /dev/…")
    return functools.partial(TcpLink, parts.hostname, parts.port or _RAW_PORT, limits.connect)

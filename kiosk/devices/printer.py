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
from kiosk.devices.printer_links import DeviceLink, TcpLink

__all__ = ["Deadlines", "NoPrinter", "Outcome", "Printer", "Status", "encode", "open_printer"]

_RAW_PORT = 9100


class Printer(Protocol):
    """A printer, or none. No method raises for a fault of the printer, and none waits without a limit."""

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
        """Let what was sent arrive, then close."""
        ...


class NoPrinter:
    """A station without paper: every job is held."""

    def status(self) -> Status:
        return Status("none")

    def print(self, job_id: str, dots: Dots, first_byte: Callable[[], None]) -> Outcome:
        return Outcome("held", "none")

    def close(self) -> None:
        """Nothing is open."""


def open_printer(target: str, *, deadlines: Deadlines | None = None, torn: bool = False) -> Printer:
    """The printer at `tcp://host[:port]` or at a device path; "" is no printer. Opening never waits for the printer.

    `torn` says that an earlier process died inside a job: half a slip may stand in the printer and is cut off first.
    Raises ValueError for a target that is none of these.
    """
    if not target:
        return NoPrinter()
    limits = deadlines or Deadlines()
    if target.startswith("/dev/"):
        return EscPosPrinter(functools.partial(DeviceLink, target), limits, torn=torn)
    parts = urlsplit(target)
    if parts.scheme != "tcp" or not parts.hostname:
        raise ValueError(f"printer target {target!r} is neither tcp://host:port nor a path under /dev/")
    connect = functools.partial(TcpLink, parts.hostname, parts.port or _RAW_PORT, limits.connect)
    return EscPosPrinter(connect, limits, torn=torn)

"""Hand scanners as the agent sees them: a code now and then, from a keyboard or a serial line."""

from __future__ import annotations

import os
import stat
from typing import Protocol

from kiosk.devices import serial_scanner, wedge
from kiosk.devices.scanner_port import ScannedCode, ScannerLost

__all__ = ["ScannedCode", "Scanner", "ScannerLost", "open_scanner"]


class Scanner(Protocol):
    """Something that gives codes. `symbology` says how far they can be trusted: `Keyboard` loses letters."""

    symbology: str

    def read(self, wait: float) -> ScannedCode | None:
        """The next code; None when there is none within about `wait` seconds. Raises ScannerLost."""
        ...

    def close(self) -> None:
        """Let go of the device. Closing twice does no harm."""
        ...


def open_scanner(device: str, layout: str, baud: int) -> Scanner:
    """The scanner at `device`: under `/dev/input/` a keyboard, else a serial line. Raises ScannerLost.

    A named pipe is a keyboard too: that is how the virtual one plays its events.
    """
    return wedge.open_wedge(device, layout) if _is_keyboard(device) else serial_scanner.open_serial(device, baud)


def _is_keyboard(device: str) -> bool:
    try:
        # /dev/kiosk/scanner is a link to the one or the other.
        return os.path.realpath(device).startswith("/dev/input/") or stat.S_ISFIFO(os.stat(device).st_mode)
    except OSError:
        return False

"""A hand scanner that is a keyboard. Its keys are read from the kernel and kept from everybody else.

Neither the browser, nor the machine's layout, nor an input method (Telex would turn `aa` into `â`) sees them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import struct
import time

from kiosk.devices.keyboard_layouts import LAYOUTS
from kiosk.devices.keystrokes import Event, Keystrokes
from kiosk.devices.scanner_port import ScannedCode, ScannerLost, ScannerPort, open_device

SYMBOLOGY = "Keyboard"

INPUT_EVENT = struct.Struct("@llHHi")  # linux/input.h: seconds, microseconds, kind, code, value
_EVIOCGRAB = 0x40044590
_EVIOCSCLOCKID = 0x400445A0


def open_wedge(path: str, layout: str) -> ScannerPort:
    """The scanner at `/dev/input/by-id/usb-…-event-kbd`, ours alone until it is closed. Raises ScannerLost.

    `layout`: the keyboard that the scanner believes it is. A named pipe plays events that somebody else writes.
    """
    file = open_device(path, os.O_RDONLY, "input")
    try:
        _take_over(file)
    except OSError as error:
        os.close(file)
        raise ScannerLost(f"another program holds it, or it is no keyboard ({error.strerror})") from error
    return ScannerPort(file, WedgeEvents(layout), SYMBOLOGY)


class WedgeEvents:
    """The kernel's `struct input_event`, many in a row, to codes."""

    def __init__(self, layout: str = "us") -> None:
        self._keys = Keystrokes(LAYOUTS[layout])
        self._rest = b""

    @property
    def begun(self) -> bool:
        """Has anything been pressed since the last code?"""
        return self._keys.begun

    def take(self, received: bytes) -> list[ScannedCode]:
        """The codes that are whole with these bytes; half an event waits for its other half."""
        waiting = self._rest + received
        whole = len(waiting) - len(waiting) % INPUT_EVENT.size
        self._rest = waiting[whole:]
        codes: list[ScannedCode] = []
        for seconds, micros, kind, code, value in INPUT_EVENT.iter_unpack(waiting[:whole]):
            codes += self._keys.take(Event(seconds + micros / 1e6, kind, code, value))
        return codes

    def quiet(self) -> list[ScannedCode]:
        """The code so far, if there is any, ends here."""
        return self._keys.quiet()


def _take_over(file: int) -> None:
    if stat.S_ISFIFO(os.fstat(file).st_mode):
        return  # a pipe has one reader
    fcntl.ioctl(file, _EVIOCGRAB, 1)
    # Silence is measured by the events' own times: the wall clock may jump in the middle of a code.
    fcntl.ioctl(file, _EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))
    with contextlib.suppress(BlockingIOError):
        while os.read(file, INPUT_EVENT.size * 64):
            pass  # pressed before it was ours: half a code at best, and by another clock

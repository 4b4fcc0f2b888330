"""What both kinds of hand scanner share: an open device whose bytes become codes, ended by a key or by silence."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

SILENCE_SECONDS = 0.15
LONGEST_CODE = 8000  # more than the largest QR code holds: something leans on the trigger, or it is no scanner
_PORTION = 4096


class ScannerLost(Exception):
    """The scanner is not there, unplugged, or not ours to use. Opening it again later may help."""


@dataclass(frozen=True)
class ScannedCode:
    """One code as the scanner gave it. Not `sure`: a part is known to be lost, and then not even a digit is safe."""

    raw: bytes = field(repr=False)
    sure: bool = True


class Assembler(Protocol):
    """Makes codes of what a device sends."""

    @property
    def begun(self) -> bool:
        """Has something come that is not a whole code yet?"""
        ...

    def take(self, received: bytes) -> list[ScannedCode]:
        """The codes that are whole with these bytes."""
        ...

    def quiet(self) -> list[ScannedCode]:
        """Nothing more comes: what has begun is the code."""
        ...


class ScannerPort:
    """A scanner that is open. It owns `file`; a code cut short by unplugging is dropped with it."""

    def __init__(self, file: int, assembler: Assembler, symbology: str) -> None:
        self.symbology = symbology
        self._file = file
        self._assembler = assembler
        self._codes: deque[ScannedCode] = deque()
        self._poll = select.poll()
        self._poll.register(file, select.POLLIN)

    def read(self, wait: float) -> ScannedCode | None:
        """The next code; None when there is none within about `wait` seconds. Raises ScannerLost."""
        until = time.monotonic() + wait
        while not self._codes:
            left = until - time.monotonic()
            if self._ready(SILENCE_SECONDS if self._assembler.begun else max(0.0, left)):
                self._codes += self._assembler.take(self._receive())
            elif self._assembler.begun:
                self._codes += self._assembler.quiet()
            if left <= 0:
                break
        return self._codes.popleft() if self._codes else None

    def close(self) -> None:
        """Let go of the device. Closing twice does no harm."""
        file, self._file = self._file, -1
        if file >= 0:
            with contextlib.suppress(OSError):  # it may have been pulled out
                os.close(file)

    def _ready(self, wait: float) -> bool:
        events = dict(self._poll.poll(wait * 1000)).get(self._file, 0)
        if events and not events & select.POLLIN:
            raise ScannerLost("unplugged")
        return bool(events)

    def _receive(self) -> bytes:
        try:
            received = os.read(self._file, _PORTION)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise ScannerLost(error.strerror or "unplugged") from error
        if not received:
            raise ScannerLost("unplugged")
        return received


def open_device(path: str, flags: int, group: str) -> int:
    """The device at `path`, for the assembler's port. Raises ScannerLost; `group` is whose members may open it."""
    try:
        return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except PermissionError as error:
        raise ScannerLost(f"may not be opened: the program's user must be in the group {group}") from error
    except FileNotFoundError as error:
        raise ScannerLost("not plugged in") from error
    except OSError as error:
        raise ScannerLost(error.strerror or "does not open") from error

"""Hand scanners in software, for the demo and the tests: a keyboard and a serial one, that can be pulled out.

The keyboard speaks real `struct input_event`: through a named pipe anywhere, or as a device of the kernel where
/dev/uinput may be opened. The serial one is a pseudo terminal.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
import tty
from collections.abc import Iterable
from pathlib import Path

from kiosk.devices.keyboard_layouts import LAYOUTS
from kiosk.devices.keystrokes import ALT, ALTGR, DOWN, ENTER, KEY, KEYPAD, OVERRUN, SYN, UP, Event
from kiosk.devices.wedge import INPUT_EVENT

UINPUT = "/dev/uinput"
KEY_SECONDS = 0.002
_LEFT_SHIFT = 42
_KEYPAD_KEYS = {digit: key for key, digit in KEYPAD.items()}

# linux/uinput.h
_UI_SET_EVBIT, _UI_SET_KEYBIT = 0x40045564, 0x40045565
_UI_DEV_SETUP, _UI_DEV_CREATE, _UI_DEV_DESTROY = 0x405C5503, 0x5501, 0x5502
_UI_GET_SYSNAME = 0x8040552C
_USB, _LAST_KEY = 3, 127
_APPEARS_SECONDS = 5.0


def typed(text: str, layout: str = "us") -> list[Event]:
    """The events of a scanner that believes in `layout`; it leaves out what its keyboard has no key for."""
    known = LAYOUTS[layout]
    keys = {letter: (key, ALTGR) for key, letter in known.altgr.items()}
    keys |= {letter: (key, _LEFT_SHIFT) for key, letter in known.shift.items()}
    keys |= {letter: (key, 0) for key, letter in known.plain.items()}
    keys |= {"\n": (ENTER, 0)}
    strokes: list[tuple[int, int]] = []
    for letter in text:
        if letter in keys:
            key, modifier = keys[letter]
            around = [(modifier, DOWN)] if modifier else []
            strokes += [*around, (key, DOWN), (key, UP), *[(held, UP) for held, _ in around]]
    return _timed(strokes)


def typed_by_number(numbers: Iterable[int]) -> list[Event]:
    """The events of a scanner set to ALT mode: each number with a zero before it on the keypad, then Enter."""
    strokes: list[tuple[int, int]] = []
    for number in numbers:
        strokes.append((ALT, DOWN))
        for digit in f"0{number}":
            strokes += [(_KEYPAD_KEYS[digit], DOWN), (_KEYPAD_KEYS[digit], UP)]
        strokes.append((ALT, UP))
    return _timed([*strokes, (ENTER, DOWN), (ENTER, UP)])


def recorded(text: str) -> list[Event]:
    """Events from lines of what a scanner reported: seconds, then `+key` down, `-key` up, `=key` the kernel's repeat.

    `lost` stands for an overrun of the kernel's buffer; what follows a # is a remark.
    """
    events: list[Event] = []
    for line in filter(None, (line.split("#")[0].split() for line in text.splitlines())):
        at, strokes = float(line[0]), line[1:]
        for stroke in strokes:
            lost = stroke == "lost"
            event = Event(at, SYN, OVERRUN, 0) if lost else Event(at, KEY, int(stroke[1:]), "-+=".index(stroke[0]))
            events.append(event)
        events.append(Event(at, SYN, 0, 0))
    return events


def packed(events: Iterable[Event]) -> bytes:
    """The same as the kernel writes them."""
    return b"".join(
        INPUT_EVENT.pack(int(event.at), round(event.at % 1 * 1e6) % 1_000_000, event.kind, event.code, event.value)
        for event in events
    )


def _timed(strokes: Iterable[tuple[int, int]]) -> list[Event]:
    events: list[Event] = []
    for nth, (key, value) in enumerate(strokes):
        at = nth * KEY_SECONDS
        events += [Event(at, KEY, key, value), Event(at, SYN, 0, 0)]
    return events


class VirtualWedge:
    """A keyboard scanner at `path`, a named pipe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1

    def plug(self) -> None:
        """It appears."""
        os.mkfifo(self.path)
        self._file = os.open(self.path, os.O_RDWR)
        fcntl.fcntl(self._file, fcntl.F_SETPIPE_SZ, 1 << 20)  # a whole card fits, also while nobody reads

    def unplug(self) -> None:
        """It is gone, with whatever was not read. Once is enough: the number may be another file's by now."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            self.path.unlink()

    def play(self, events: Iterable[Event]) -> None:
        """These keys go down and up now, at the distances from each other that they have."""
        began = time.monotonic()
        os.write(self._file, packed(Event(began + one.at, one.kind, one.code, one.value) for one in events))


class UinputWedge:
    """The same as a device of the kernel. Needs the right to open /dev/uinput. `path` is there after `plug`."""

    def __init__(self) -> None:
        self.path = Path("/dev/input")
        self._file = -1

    def plug(self) -> None:
        """It appears. Raises OSError where the kernel does not allow it."""
        self._file = os.open(UINPUT, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.ioctl(self._file, _UI_SET_EVBIT, KEY)
        for key in range(1, _LAST_KEY + 1):
            fcntl.ioctl(self._file, _UI_SET_KEYBIT, key)
        name = b"virtual hand scanner"
        fcntl.ioctl(self._file, _UI_DEV_SETUP, struct.pack("@HHHH80sI", _USB, 0, 0, 1, name, 0))
        fcntl.ioctl(self._file, _UI_DEV_CREATE)
        told = fcntl.ioctl(self._file, _UI_GET_SYSNAME, bytes(64))
        folder = Path("/sys/devices/virtual/input", told.split(b"\0")[0].decode())
        self.path = Path("/dev/input", next(folder.glob("event*")).name)
        until = time.monotonic() + _APPEARS_SECONDS
        while not self.path.exists() and time.monotonic() < until:
            time.sleep(0.02)

    def unplug(self) -> None:
        """It is gone."""
        if self._file >= 0:
            fcntl.ioctl(self._file, _UI_DEV_DESTROY)
            os.close(self._file)
            self._file = -1

    def play(self, events: Iterable[Event]) -> None:
        """These keys go down and up now; the kernel gives them its own times and forgets what is not read soon."""
        for event in events:
            os.write(self._file, packed([event]))
            time.sleep(KEY_SECONDS / 2)


class VirtualSerialScanner:
    """A serial scanner at `path`, which stays the same as a stable name does while the terminal behind it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: tuple[int, ...] = ()

    def plug(self) -> None:
        """It appears."""
        self._files = os.openpty()
        tty.setraw(self._files[1])
        self.path.symlink_to(os.ttyname(self._files[1]))

    def unplug(self) -> None:
        """It is gone, with whatever was not read. Once is enough: the numbers may be other files' by now."""
        if self._files:
            for file in self._files:
                os.close(file)
            self._files = ()
            self.path.unlink()

    def send(self, raw: bytes) -> None:
        """It has read this."""
        os.write(self._files[0], raw)

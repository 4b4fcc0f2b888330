"""ESC/POS bytes become commands, in pieces of any size. Every known command is taken at its full length,
so that one which nobody draws cannot turn what follows it into garbage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_Sizer = Callable[[bytearray], int | None]
_REAL_TIME = re.compile(rb"\x10(?:\x04[\x01-\x04]|\x05[\x01\x02]|\x14\x08\x01\x03\x14\x01\x06\x02\x08)")
_LONGEST_ORDER = 10
_LEADS = {0x10: "DLE", 0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"}


@dataclass(frozen=True)
class Command:
    """`name` as the books write it ("ESC @", "GS ( L", "DLE EOT"); `body` is what follows the name and any length.

    Printable bytes are "text", single control bytes "control", and "unknown" is an unlisted lead byte with its next.
    """

    name: str
    body: bytes = b""


class Parser:
    """Remembers an unfinished command between `feed` calls, as a printer does even between connections."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, received: bytes) -> list[Command]:
        """The commands that are complete now."""
        self._waiting += received
        commands: list[Command] = []
        while self._waiting:
            taken = _first(self._waiting)
            if taken is None:
                break
            command, length = taken
            del self._waiting[:length]
            commands.append(command)
        return commands


class RealTimeEar:
    """Hears DLE EOT, DLE ENQ and the clearing DLE DC4 wherever they stand in the stream, also inside a picture.

    So Epson's books have it: the bytes are obeyed when they arrive, and a picture keeps them as its dots.
    """

    def __init__(self) -> None:
        self._tail = b""

    def split(self, received: bytes) -> Iterator[tuple[bytes, Command | None]]:
        """The received bytes in pieces, each with the order that its last byte completes."""
        heard, at = self._tail + received, 0
        start, done = len(self._tail), 0
        for match in _REAL_TIME.finditer(heard):
            done = match.end()
            order = f"DLE {_SPELT[match[0][:2]]}"
            yield received[at : done - start], Command(order, match[0][2:])
            at = done - start
        self._tail = heard[done:][-_LONGEST_ORDER + 1 :]
        if at < len(received):
            yield received[at:], None


def _first(waiting: bytearray) -> tuple[Command, int] | None:
    lead = waiting[0]
    if lead not in _LEADS:
        return _plain(waiting)
    if len(waiting) < 2:
        return None
    key = bytes(waiting[:2])
    if key in _WITH_SUBNAME:
        if len(waiting) < 3:
            return None
        key = bytes(waiting[:3])
        name = f"{_LEADS[lead]} {chr(key[1])} {chr(key[2])}"
    else:
        name = f"{_LEADS[lead]} {_SPELT.get(key, chr(key[1]))}"
    sizer = _SIZES.get(key) or _SIZES.get(key[:2])
    if sizer is None:
        return Command("unknown", key), len(key)
    length = sizer(waiting)
    if length is None or len(waiting) < length:
        return None
    body_at = _BODY_AT.get(key[:2], len(key))
    return Command(name, bytes(waiting[body_at:length])), length


def _plain(waiting: bytearray) -> tuple[Command, int]:
    if waiting[0] < 0x20:
        return Command("control", bytes(waiting[:1])), 1
    end = next((at for at, byte in enumerate(waiting) if byte < 0x20), len(waiting))
    return Command("text", bytes(waiting[:end])), end


def _number(waiting: bytearray, at: int, size: int = 2) -> int | None:
    return int.from_bytes(waiting[at : at + size], "little") if len(waiting) >= at + size else None


def _fixed(length: int) -> _Sizer:
    return lambda _: length


def _counted(at: int, size: int = 2) -> _Sizer:
    """A little-endian length of `size` bytes stands at `at` and counts what follows it."""

    def total(waiting: bytearray) -> int | None:
        count = _number(waiting, at, size)
        return None if count is None else at + size + count

    return total


def _until_nul(waiting: bytearray) -> int | None:
    end = waiting.find(0, 2)
    return None if end < 0 else end + 1


def _raster(waiting: bytearray) -> int | None:
    columns, rows = _number(waiting, 4), _number(waiting, 6)
    return None if columns is None or rows is None else 8 + columns * rows


def _columns(waiting: bytearray) -> int | None:
    count = _number(waiting, 3)
    return None if count is None else 5 + count * (3 if waiting[2] in (32, 33) else 1)


def _downloaded_image(waiting: bytearray) -> int | None:
    return None if len(waiting) < 4 else 4 + waiting[2] * waiting[3] * 8


def _user_letters(waiting: bytearray) -> int | None:
    if len(waiting) < 5:
        return None
    at = 5
    for _ in range(waiting[3], waiting[4] + 1):
        if len(waiting) <= at:
            return None
        at += 1 + waiting[at] * waiting[2]
    return at


def _stored_images(waiting: bytearray) -> int | None:
    if len(waiting) < 3:
        return None
    at = 3
    for _ in range(waiting[2]):
        columns, rows = _number(waiting, at), _number(waiting, at + 2)
        if columns is None or rows is None:
            return None
        at += 4 + columns * rows * 8
    return at


def _barcode(waiting: bytearray) -> int | None:
    if len(waiting) < 4:
        return None
    if waiting[2] >= 65:
        return 4 + waiting[3]
    end = waiting.find(0, 3)
    return None if end < 0 else end + 1


def _cut(waiting: bytearray) -> int | None:
    if len(waiting) < 3:
        return None
    return 4 if waiting[2] in (65, 66, 97, 98, 103, 104) else 3


def _state_question(waiting: bytearray) -> int | None:
    if len(waiting) < 3:
        return None
    return 4 if waiting[2] in (7, 8, 18) else 3


def _real_time_order(waiting: bytearray) -> int | None:
    if len(waiting) < 3:
        return None
    return {1: 5, 2: 5, 7: 4, 8: 10}.get(waiting[2], 3)


def _counter(waiting: bytearray) -> int | None:
    return None if len(waiting) < 3 else {0x30: 5, 0x31: 8, 0x32: 3, 0x3B: 9}.get(waiting[2], 3)


def _fixed_sizes(lead: int, lengths: dict[int, bytes]) -> dict[bytes, _Sizer]:
    return {bytes([lead, letter]): _fixed(2 + extra) for extra, letters in lengths.items() for letter in letters}


_WITH_SUBNAME = {b"\x1b(", b"\x1c(", b"\x1d(", b"\x1d8", b"\x1dv", b"\x1dQ", b"\x1dg", b"\x1bc"}
_BODY_AT = {b"\x1b(": 5, b"\x1c(": 5, b"\x1d(": 5, b"\x1d8": 7}
_SPELT = {b"\x10\x04": "EOT", b"\x10\x05": "ENQ", b"\x10\x14": "DC4", b"\x1b\x0c": "FF", b"\x1b ": "SP"}
_SIZES: dict[bytes, _Sizer] = {
    b"\x10\x04": _state_question,
    b"\x10\x05": _fixed(3),
    b"\x10\x14": _real_time_order,
    **_fixed_sizes(0x1B, {0: b"@2ijmvLS<\x0c", 1: b" !%-3=?EGJKMRTVUadertu{", 2: b"$\\Bc", 3: b"p", 8: b"W"}),
    b"\x1b*": _columns,
    b"\x1b&": _user_letters,
    b"\x1bD": _until_nul,
    b"\x1b(": _counted(3),
    **_fixed_sizes(0x1C, {0: b".&", 1: b"!-WC", 2: b"Sp", 74: b"2"}),
    b"\x1cq": _stored_images,
    b"\x1c(": _counted(3),
    **_fixed_sizes(0x1D, {0: b":c", 1: b"!/BEHITabfhrw", 2: b"$LWP\\", 3: b"^z", 4: b"g"}),
    b"\x1d*": _downloaded_image,
    b"\x1d(": _counted(3),
    b"\x1d8": _counted(3, 4),
    b"\x1dv": _raster,
    b"\x1dQ": _raster,
    b"\x1dk": _barcode,
    b"\x1dV": _cut,
    b"\x1dC": _counter,
}

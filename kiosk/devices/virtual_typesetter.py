"""What a thermal printer draws for each ESC/POS command: rows of dots, ready for the paper."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kiosk.devices.escpos_parser import Command

Dots = NDArray[np.bool_]

_CELL = (24, 12)
_FACE = Path(__file__).resolve().parent.parent / "static" / "fonts" / "BeVietnamPro-Regular.ttf"
_USUAL_SPACING = 30
_QR_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}
# Settings that leave no mark, or that only matter to hardware which is not here.
_WITHOUT_MARK = frozenset(
    {"ESC R", "ESC t", "ESC M", "ESC =", "ESC -", "ESC r", "ESC U", "ESC S", "ESC p", "ESC c 3", "ESC c 4", "ESC c 5"}
    | {"FS .", "FS C", "FS -", "FS !", "GS ( D", "GS ( A", "GS ( E", "GS ( K", "GS b", "GS f", "GS h", "GS w", "GS H"}
)


class UnknownCommand(Exception):
    """A command that this printer does not draw."""


class Typesetter:
    """The line that is being set and the settings that hold for it."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.reset()

    def reset(self) -> None:
        """`ESC @`: settings as after power on, an unprinted line is lost."""
        self._line = np.zeros((0, 0), np.bool_)
        self._align = 0
        self._scale = (1, 1)
        self._bold = False
        self._spacing = _USUAL_SPACING
        self._stored: Dots | None = None
        self._qr_size, self._qr_level, self._qr_content = 3, "L", b""

    def set(self, command: Command) -> Dots:
        """The rows that now go to the paper, shape (n, width). Raises UnknownCommand."""
        if command.name in _WITHOUT_MARK:
            return self._nothing()
        draw = _DRAWERS.get(command.name)
        if draw is None:
            raise UnknownCommand(f"unknown {command.body.hex(' ')}" if command.name == "unknown" else command.name)
        return draw(self, command.body)

    def flush(self, at_least: int) -> Dots:
        """Print the line that is being set and feed, `at_least` rows in all."""
        line, self._line = self._line, np.zeros((0, 0), np.bool_)
        rows = np.zeros((max(at_least, line.shape[0]), self.width), np.bool_)
        if line.size:
            rows[: line.shape[0]] = self._placed(line)
        return rows

    def _nothing(self) -> Dots:
        return np.zeros((0, self.width), np.bool_)

    def _placed(self, picture: Dots) -> Dots:
        """As wide as the paper: aligned, and what is too wide is cut off as printers do."""
        picture = picture[:, : self.width]
        free = self.width - picture.shape[1]
        left = (0, free // 2, free)[self._align]
        return np.pad(picture, ((0, 0), (left, free - left)))

    def _picture(self, picture: Dots) -> Dots:
        return np.concatenate([self.flush(0), self._placed(picture)])

    def _append(self, picture: Dots) -> Dots:
        """Put a picture at the end of the line; a full line is printed first."""
        out = self._nothing()
        if self._line.size and self._line.shape[1] + picture.shape[1] > self.width:
            out = self.flush(self._spacing)
        height = max(self._line.shape[0], picture.shape[0])
        # Letters of different heights stand on one line.
        parts = [np.pad(part, ((height - part.shape[0], 0), (0, 0))) for part in (self._line, picture) if part.size]
        self._line = np.concatenate(parts, axis=1) if parts else self._line
        return out

    def _control(self, body: bytes) -> Dots:
        if body == b"\n":
            return self.flush(self._spacing)
        if body in b"\x00\x07\r\x18":
            return self._nothing()
        raise UnknownCommand(f"control {body.hex()}")

    def _text(self, body: bytes) -> Dots:
        if any(byte > 0x7E for byte in body):
            raise UnknownCommand(f"text beyond ASCII {body[:24].hex(' ')}")
        wide, high = self._scale
        out = [self._nothing()]
        for byte in body:
            letter = _letter(chr(byte))
            if self._bold:
                letter = letter | np.pad(letter, ((0, 0), (1, 0)))[:, :-1]
            out.append(self._append(letter.repeat(high, axis=0).repeat(wide, axis=1)))
        return np.concatenate(out)

    def _initialise(self, _body: bytes) -> Dots:
        self.reset()
        return self._nothing()

    def _choose(self, name: str, body: bytes) -> Dots:
        value = body[0]
        match name:
            case "align":
                self._align = value % 48 if value % 48 < 3 else self._align
            case "bold":
                self._bold = bool(value & 1)
            case "scale":
                self._scale = ((value >> 4 & 7) + 1, (value & 7) + 1)
            case "mode":
                self._bold = bool(value & 8)
                self._scale = (2 if value & 0x20 else 1, 2 if value & 0x10 else 1)
            case "spacing":
                self._spacing = value
        return self._nothing()

    def _usual_spacing(self, _body: bytes) -> Dots:
        self._spacing = _USUAL_SPACING
        return self._nothing()

    def _raster(self, body: bytes) -> Dots:
        bits = _bits(body[5:], int.from_bytes(body[1:3], "little"))
        return self._picture(bits.repeat(2 if body[0] & 2 else 1, axis=0).repeat(2 if body[0] & 1 else 1, axis=1))

    def _columns(self, body: bytes) -> Dots:
        high = 3 if body[0] in (32, 33) else 1
        bits = _bits(body[3:], high).T
        return self._append(bits.repeat(3 // high, axis=0).repeat(1 if body[0] in (1, 33) else 2, axis=1))

    def _graphics(self, body: bytes) -> Dots:
        function = body[1]
        if function == 112:
            width = int.from_bytes(body[6:8], "little")
            bits = _bits(body[10:], (width + 7) // 8)[:, :width]
            self._stored = bits.repeat(body[4], axis=0).repeat(body[3], axis=1)
            return self._nothing()
        if function not in (2, 50):
            raise UnknownCommand(f"GS ( L function {function}")
        stored, self._stored = self._stored, None
        return self._nothing() if stored is None else self._picture(stored)

    def _qr(self, body: bytes) -> Dots:
        kind, function = body[0], body[1]
        if kind != 49 or function not in (65, 67, 69, 80, 81):
            raise UnknownCommand(f"GS ( k {kind} {function}")
        if function == 67:
            self._qr_size = body[2]
        elif function == 69:
            self._qr_level = _QR_LEVELS[body[2]]
        elif function == 80:
            self._qr_content = body[3:]
        elif function == 81:
            code = segno.make_qr(self._qr_content, error=self._qr_level, boost_error=False)
            modules = np.array([[bool(bit) for bit in row] for row in code.matrix])
            return self._picture(modules.repeat(self._qr_size, axis=0).repeat(self._qr_size, axis=1))
        return self._nothing()


def _bits(payload: bytes, row_bytes: int) -> Dots:
    if not row_bytes:
        return np.zeros((0, 0), np.bool_)
    return np.unpackbits(np.frombuffer(payload, np.uint8).reshape(-1, row_bytes), axis=1).astype(np.bool_)


@functools.lru_cache(maxsize=128)
def _letter(letter: str) -> Dots:
    face = ImageFont.truetype(_FACE, 18)
    cell = Image.new("L", (_CELL[1], _CELL[0]), 255)
    ImageDraw.Draw(cell).text((_CELL[1] / 2, 18), letter, font=face, fill=0, anchor="ms")
    return np.asarray(cell) < 128


def _chooser(name: str) -> Callable[[Typesetter, bytes], Dots]:
    return lambda typesetter, body: typesetter._choose(name, body)


_DRAWERS: dict[str, Callable[[Typesetter, bytes], Dots]] = {
    "text": Typesetter._text,
    "control": Typesetter._control,
    "ESC @": Typesetter._initialise,
    "ESC a": _chooser("align"),
    "ESC E": _chooser("bold"),
    "ESC G": _chooser("bold"),
    "ESC !": _chooser("mode"),
    "GS !": _chooser("scale"),
    "ESC 3": _chooser("spacing"),
    "ESC 2": Typesetter._usual_spacing,
    "ESC J": lambda typesetter, body: typesetter.flush(body[0]),
    "ESC d": lambda typesetter, body: typesetter.flush(body[0] * typesetter._spacing),
    "ESC *": Typesetter._columns,
    "GS v 0": Typesetter._raster,
    "GS ( L": Typesetter._graphics,
    "GS 8 L": Typesetter._graphics,
    "GS ( k": Typesetter._qr,
}

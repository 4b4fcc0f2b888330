"""The pictures and codes that ESC/POS commands carry, as dots."""

from __future__ import annotations

import numpy as np
import segno
from numpy.typing import NDArray

from kiosk.devices.virtual_settings import UnknownCommand

Dots = NDArray[np.bool_]

_QR_LEVELS = {48: "L", 49: "M", 50: "Q", 51: "H"}


def raster(body: bytes) -> Dots:
    """`GS v 0`."""
    bits = _bits(body[5:], int.from_bytes(body[1:3], "little"))
    return bits.repeat(2 if body[0] & 2 else 1, axis=0).repeat(2 if body[0] & 1 else 1, axis=1)


def columns(body: bytes) -> Dots:
    """`ESC *`: 24 rows high, whether it carries 24 or 8."""
    high = 3 if body[0] in (32, 33) else 1
    bits = _bits(body[3:], high).T
    return bits.repeat(3 // high, axis=0).repeat(1 if body[0] in (1, 33) else 2, axis=1)


class Graphics:
    """`GS ( L` and `GS 8 L`: a picture is stored, then printed once. In page mode storing it puts it on the page."""

    def __init__(self) -> None:
        self._stored: Dots | None = None

    def take(self, body: bytes, on_page: bool) -> Dots | None:
        """The picture when this prints it. Raises UnknownCommand for functions other than 112 and 50."""
        function = body[1]
        if function == 112:
            width = int.from_bytes(body[6:8], "little")
            bits = _bits(body[10:], (width + 7) // 8)[:, :width]
            self._stored = bits.repeat(body[4], axis=0).repeat(body[3], axis=1)
            if not on_page:
                return None
        elif function not in (2, 50):
            raise UnknownCommand(f"GS ( L function {function}")
        stored, self._stored = self._stored, None
        return stored


class NativeCode:
    """`GS ( k`: a QR code in the printer's own hand, without a quiet zone. `content` is what it says."""

    def __init__(self) -> None:
        self._module = 3
        self._level = "L"
        self.content = b""

    def take(self, body: bytes) -> Dots | None:
        """The code when this prints it. Raises UnknownCommand for other kinds of codes."""
        kind, function = body[0], body[1]
        if kind != 49 or function not in (65, 67, 69, 80, 81):
            raise UnknownCommand(f"GS ( k {kind} {function}")
        if function == 67:
            self._module = body[2]
        elif function == 69:
            self._level = _QR_LEVELS[body[2]]
        elif function == 80:
            self.content = body[3:]
        elif function == 81 and self.content:
            code = segno.make_qr(self.content, error=self._level, boost_error=False)
            modules = np.array([[bool(bit) for bit in row] for row in code.matrix])
            return modules.repeat(self._module, axis=0).repeat(self._module, axis=1)
        return None


def _bits(payload: bytes, row_bytes: int) -> Dots:
    if not row_bytes:
        return np.zeros((0, 0), np.bool_)
    return np.unpackbits(np.frombuffer(payload, np.uint8).reshape(-1, row_bytes), axis=1).astype(np.bool_)

"""QR codes as dots: whole dots a module (a scaled module cannot be read), four white modules around."""

from __future__ import annotations

import numpy as np
import segno
from numpy.typing import NDArray

from kiosk.rules.slips import Code

QUIET_MODULES = 4


def modules(payload: str) -> NDArray[np.bool_]:
    """The code's modules with its quiet zone, True is black; EC level M, more where it costs no larger code.

    Capitals, digits and `$%*+-./: ` alone take the alphanumeric mode, which needs fewer modules.
    """
    rows = segno.make_qr(payload, error="m").matrix
    bits = np.frombuffer(b"".join(map(bytes, rows)), dtype=np.uint8).reshape(len(rows), -1)
    return np.pad(bits.astype(np.bool_), QUIET_MODULES)


def most_dots(block: Code, side: int, width: int) -> int:
    """Dots a module of a code of `side` modules: as many as the block wishes, fewer where `width` is too narrow.

    Raises ValueError when that were fewer than the least the block allows.
    """
    dots = min(block.dots, width // side)
    if dots < block.least:
        raise ValueError(f"a QR code of {side} modules does not fit on {width} dots at {block.least} dots a module")
    return dots

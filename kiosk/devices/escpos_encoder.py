"""Dots become ESC/POS bytes: raster bands that every printer of the last twenty years understands, and a cut.

`GS v 0` is called obsolete in Epson's books and is what clones do; `GS ( L` prints random characters on some of them.
For the same reason `GS ( D`, which would let pictures hold real-time commands, is not sent: ours hold none.
python-escpos names the commands that it knows; it is not used for pictures, which it dithers and sends white and all.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

import numpy as np
from escpos.constants import ESC, FS, GS, HW_INIT, NUL, S_RASTER_N
from numpy.typing import NDArray

Dots = NDArray[np.bool_]

BAND_ROWS = 64  # small bands suit small clone buffers and bound the damage of a broken link
# FS . leaves the double-byte mode in which many clones are delivered.
INITIALISE: bytes = HW_INIT + FS + b"."
# Feed to the cutter and cut; python-escpos has only the cut without the feed.
CUT: bytes = GS + b"VB" + NUL
# State is pushed on every change, also while the receive buffer is full and no question gets through.
REPORT_CHANGES: bytes = GS + b"a\x0e"
# More than one band of the widest paper: what a broken link left unfinished swallows it, and NULs alone do nothing.
RESYNCHRONISE: bytes = NUL * (BAND_ROWS * 80 + 64) + INITIALISE

_FEED: bytes = ESC + b"J"
_SKIPPED_ROWS = 8  # fewer blank rows are cheaper inside a band
_MARK_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")


def encode(dots: Dots) -> bytes:
    """The whole job for a picture of shape (height, width): initialise, bands, feed and cut."""
    return INITIALISE + encode_picture(dots) + CUT


def encode_picture(dots: Dots) -> bytes:
    """Bands of at most 64 rows; blank rows as `ESC J`, white at the right of a band left out.

    Raises ValueError when the picture is not two-dimensional.
    """
    if dots.ndim != 2:
        raise ValueError(f"dots must have the shape (height, width), not {dots.shape}")
    packed = np.packbits(dots, axis=1)
    inked = [bool(row) for row in np.any(packed, axis=1)]
    return b"".join(_band(packed[start:end]) if ink else _feed(end - start) for start, end, ink in _stretches(inked))


def mark(job_id: str) -> bytes:
    """Four base-36 letters that the printer says back when the job with this id has been printed."""
    number, letters = zlib.crc32(job_id.encode()), ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        letters += _MARK_LETTERS[digit]
    return letters.encode("ascii")


def ask_when_done(letters: bytes) -> bytes:
    """`GS ( H` function 48 with the mark, and `GS r 1` for clones that know only that; both wait their turn in line."""
    asked: bytes = GS + b"(H\x06\x00\x30\x30" + letters + GS + b"r\x01"
    return asked


def _stretches(inked: list[bool]) -> Iterator[tuple[int, int, bool]]:
    """(first row, row after the last, has ink): short blank gaps belong to the band around them."""
    row, height = 0, len(inked)
    while row < height:
        start = row
        while row < height and not inked[row]:
            row += 1
        if row - start >= _SKIPPED_ROWS or row == height:
            yield start, row, False
            start = row
        last_ink = row
        while row < height and row - start < BAND_ROWS and row - last_ink < _SKIPPED_ROWS:
            last_ink = row if inked[row] else last_ink
            row += 1
        if row > start:
            row = min(row, last_ink + 1)
            yield start, row, True


def _feed(rows: int) -> bytes:
    whole, rest = divmod(rows, 255)
    return (_FEED + b"\xff") * whole + (_FEED + bytes([rest]) if rest else b"")


def _band(packed: NDArray[np.uint8]) -> bytes:
    columns = int(np.flatnonzero(np.any(packed, axis=0))[-1]) + 1
    rows = len(packed)
    header: bytes = S_RASTER_N + columns.to_bytes(2, "little") + rows.to_bytes(2, "little")
    return header + _without_real_time(packed[:, :columns].tobytes())


def _without_real_time(payload: bytes) -> bytes:
    """Printers obey DLE EOT, ENQ and DC4 inside pictures too; a lone dot made two dots wide is not seen on paper."""
    return _REAL_TIME.sub(b"\x18", payload)

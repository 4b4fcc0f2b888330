"""What a decoder gives: one code, its bytes and its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
Corners = tuple[tuple[int, int], ...]

# Control signs of Latin-1 and the sign for "could not be decoded": nobody prints them, a wrong charset makes them.
_MOJIBAKE = re.compile("[\x80-\x9f\ufffd]")


@dataclass(frozen=True)
class Reading:
    """One code: its bytes, the same as text, and its corners in pixels of the frame (as many as the stage gives)."""

    raw: bytes
    text: str
    symbology: str
    corners: Corners
    stage: str


def readings(raw: bytes, symbology: str, corners: Iterable[tuple[float, float]], stage: str) -> list[Reading]:
    """One reading, or none when the bytes are no strict UTF-8: no reader can tell which charset a code meant."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return []
    if not text or _MOJIBAKE.search(text):
        return []
    return [Reading(raw, text, symbology, tuple((int(x), int(y)) for x, y in corners), stage)]

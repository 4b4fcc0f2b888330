"""How good a camera's picture is for reading codes: brightness, sharpness, and pixels per module."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
import zxingcpp

from kiosk.devices.decoder import Frame, Reading

TILES = 8
# On a card in the virtual camera: the first stage reads down to about 100, and 300 is a lens in focus.
SOFT, SHARP = 100.0, 300.0
# The mean of the picture, 0 to 255: below the first nothing is read, below the second not everything.
DARK, DIM = 25.0, 60.0
# Below the first no decoder reads a code that is as blurred as real ones are (2.3 to 2.6 pixels a module); above the
# second hardly any is lost. docs/decisions/camera.md
MODULE_PX_LEAST, MODULE_PX_ENOUGH = 2.6, 3.5
MARGIN = 0.25


def brightness(frame: Frame) -> float:
    """The mean of the picture, 0 to 255."""
    return float(frame.mean())


def sharpness(frame: Frame) -> float:
    """The variance of the Laplacian of the sharpest of 8×8 tiles: a blurred background says nothing of the lens."""
    grey = cv2.GaussianBlur(_grey(frame), (3, 3), 0)  # else a noisy sensor passes for a sharp lens
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    high, wide = max(1, grey.shape[0] // TILES), max(1, grey.shape[1] // TILES)
    return max(
        float(edges[y : y + high, x : x + wide].var())
        for y in range(0, grey.shape[0] - high + 1, high)
        for x in range(0, grey.shape[1] - wide + 1, wide)
    )


def module_px(frame: Frame, reading: Reading) -> float:
    """Pixels per module of a QR code that was read in `frame`; 0.0 where it cannot be told.

    The code's version says how many modules it has; only zxing-cpp tells the version, so it reads the place again.
    """
    if len(reading.corners) < 4:
        return 0.0
    for grey, scale in _views(_grey(frame), reading):
        for code in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)):
            if code.bytes == reading.raw and isinstance(code.extra, dict) and code.extra.get("Version"):
                modules = 17 + 4 * int(code.extra["Version"])
                box = code.position
                return _side([box.top_left, box.top_right, box.bottom_right, box.bottom_left]) / modules / scale
    return 0.0


def _views(grey: Frame, reading: Reading) -> Iterator[tuple[Frame, int]]:
    """Where the code is: as it is, then enlarged, which reads what is small."""
    corners = np.array(reading.corners)
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = int(MARGIN * (high - low).max()) + 4
    (x0, y0), (x1, y1) = np.maximum(low - margin, 0), high + margin
    place = np.ascontiguousarray(grey[y0:y1, x0:x1])
    yield grey, 1
    if place.size:
        for scale in (1, 2, 3):
            yield (
                np.asarray(cv2.resize(place, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8),
                scale,
            )


def _side(corners: list[zxingcpp.Point]) -> float:
    """The mean length of the four sides."""
    points = [np.array((point.x, point.y), float) for point in [*corners, corners[0]]]
    return float(np.mean([np.linalg.norm(b - a) for a, b in pairwise(points)]))


def _grey(frame: Frame) -> Frame:
    return frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)

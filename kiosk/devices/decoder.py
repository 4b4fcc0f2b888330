"""A picture in, the QR codes in it out. Three stages, the cheap one first; the next runs only when nothing was found.

Naming the format makes zxing-cpp about ten times cheaper than its default call. zbar is used in its binary mode only:
its own guess at a charset (Big5, Shift-JIS) turns Vietnamese UTF-8 into wrong text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from ctypes import string_at
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import cast

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

log = logging.getLogger("kiosk.devices.decoder")

Frame = NDArray[np.uint8]

STAGES = ("plain", "enlarged", "zbar")
# Enlarging helps small codes in a camera frame; a photo of this many pixels has no small codes worth the memory.
LARGEST_TO_ENLARGE = 4_000_000
ZBAR_CFG_BINARY = 4  # zbar >= 0.23.1; pyzbar's own enumeration does not know it
FORMAT = zxingcpp.BarcodeFormat.QRCodeModel2  # `QRCode` would admit Micro QR and rMQR as well
GREY_800 = int.from_bytes(b"Y800", "little")

cv2.setNumThreads(1)


@dataclass(frozen=True)
class Reading:
    """One code: its bytes, the same as text, and its corners in pixels of the frame (as many as the stage gives)."""

    raw: bytes
    text: str
    symbology: str
    corners: tuple[tuple[int, int], ...]
    stage: str


@dataclass(frozen=True)
class Sighting:
    """Something code-like that no stage has read: its four corners in pixels of the frame, and how large it is.

    `module_px`: pixels per module (the smallest square of a code), 0.0 where it cannot be told.
    """

    corners: tuple[tuple[int, int], ...]
    module_px: float


class Stream:
    """Decodes the newest frames of one camera; a costly stage runs on at most one of them a time.

    `formats`: what is looked for beside QR codes, by zxing's names (`DataMatrix`, `Aztec`, `PDF417`, `Code128`, …).
    """

    def __init__(self, formats: Iterable[str] = ()) -> None:
        self._formats = tuple(formats)
        self._turn = 0
        self.sighting: Sighting | None = None

    def feed(self, frame: Frame) -> list[Reading]:
        """The codes in this frame; `sighting` then says what else was seen. Raises ValueError as `decode` does."""
        self._turn += 1
        return decode(frame, ("plain", STAGES[1 + self._turn % 2]))


def decode(frame: Frame, stages: Iterable[str] = STAGES) -> list[Reading]:
    """The QR codes of `frame` (uint8, H×W grey or H×W×3 BGR), found by the first of `stages` that finds any.

    A code that is not strict UTF-8 is left out. Raises ValueError on a frame of another shape or type.
    """
    grey = _grey(frame)
    for stage in stages:
        if readings := _STAGES[stage](grey):
            return readings
    return []


def read_plain(grey: Frame) -> list[Reading]:
    """Stage 1: zxing-cpp on the picture as it is; also reads light on dark."""
    return _zxing(grey, "plain", 1)


def read_enlarged(grey: Frame) -> list[Reading]:
    """Stage 2: zxing-cpp on the picture twice as large; finds codes of 2.6 pixels a module where stage 1 needs 3.5."""
    if grey.size > LARGEST_TO_ENLARGE:
        return []
    larger = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return _zxing(np.asarray(larger, np.uint8), "enlarged", 2)


def read_zbar(grey: Frame) -> list[Reading]:
    """Stage 3: zbar in binary mode; nothing where libzbar is missing or too old."""
    wrapper = _zbar()
    return _scan(wrapper, np.ascontiguousarray(grey)) if wrapper else []


_STAGES: dict[str, Callable[[Frame], list[Reading]]] = {
    "plain": read_plain,
    "enlarged": read_enlarged,
    "zbar": read_zbar,
}


def _grey(frame: Frame) -> Frame:
    if frame.dtype != np.uint8 or frame.size == 0:
        raise ValueError("a frame is a non-empty array of uint8")
    if frame.ndim == 2:
        return frame
    if frame.ndim == 3 and frame.shape[2] == 3:
        return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
    raise ValueError(f"a frame is H×W or H×W×3, not {frame.shape}")


def _reading(raw: bytes, corners: Iterable[tuple[float, float]], stage: str) -> list[Reading]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return []
    whole = tuple((int(x), int(y)) for x, y in corners)
    return [Reading(raw, text, "QRCode", whole, stage)] if text else []


def _zxing(grey: Frame, stage: str, scale: int) -> list[Reading]:
    readings: list[Reading] = []
    for code in zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(FORMAT)):
        box = code.position
        corners = [(p.x / scale, p.y / scale) for p in (box.top_left, box.top_right, box.bottom_right, box.bottom_left)]
        readings += _reading(code.bytes, corners, stage)
    return readings


@cache
def _zbar() -> ModuleType | None:
    try:
        # Imported here because importing it loads libzbar, which a machine may not have.
        from pyzbar import wrapper  # noqa: PLC0415
    except ImportError:
        log.warning("zbar.missing: the third decoding stage is off (Debian: apt-get install libzbar0)")
        return None
    scanner = wrapper.zbar_image_scanner_create()
    try:
        if wrapper.zbar_image_scanner_set_config(scanner, wrapper.ZBarSymbol.QRCODE, ZBAR_CFG_BINARY, 1):
            log.warning("zbar.too_old: the third decoding stage is off (0.23.1 or newer is needed)")
            return None
    finally:
        wrapper.zbar_image_scanner_destroy(scanner)
    return cast(ModuleType, wrapper)


def _scan(zbar: ModuleType, grey: Frame) -> list[Reading]:
    height, width = grey.shape
    scanner = zbar.zbar_image_scanner_create()
    picture = zbar.zbar_image_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, 0, zbar.ZBarConfig.CFG_ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, zbar.ZBarConfig.CFG_ENABLE, 1)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, ZBAR_CFG_BINARY, 1)
        zbar.zbar_image_set_format(picture, GREY_800)
        zbar.zbar_image_set_size(picture, width, height)
        zbar.zbar_image_set_data(picture, grey.ctypes.data, grey.size, None)
        zbar.zbar_scan_image(scanner, picture)
        return _symbols(zbar, picture)
    finally:
        zbar.zbar_image_destroy(picture)
        zbar.zbar_image_scanner_destroy(scanner)


def _symbols(zbar: ModuleType, picture: object) -> list[Reading]:
    readings: list[Reading] = []
    symbol = zbar.zbar_image_first_symbol(picture)
    while symbol:
        raw = string_at(zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol))
        corners = [
            (zbar.zbar_symbol_get_loc_x(symbol, n), zbar.zbar_symbol_get_loc_y(symbol, n))
            for n in range(zbar.zbar_symbol_get_loc_size(symbol))
        ]
        readings += _reading(raw, corners, "zbar")
        symbol = zbar.zbar_symbol_next(symbol)
    return readings

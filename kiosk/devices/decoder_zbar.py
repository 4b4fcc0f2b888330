"""zbar through pyzbar's wrapper, in binary mode only: its own guess at a charset (Big5, Shift-JIS) turns Vietnamese
UTF-8 into wrong text, and `pyzbar.decode` offers no way around it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import string_at
from functools import cache
from types import ModuleType
from typing import Any, cast

import numpy as np

from kiosk.devices.reading import Frame, Reading, readings

log = logging.getLogger("kiosk.devices.decoder")

ZBAR_CFG_BINARY = 4  # zbar >= 0.23.1; pyzbar's own enumeration does not know it
GREY_800 = int.from_bytes(b"Y800", "little")


def read(grey: Frame, stage: str) -> list[Reading]:
    """The QR codes in `grey` (uint8, H×W), dark on light; nothing where libzbar is missing or too old."""
    zbar = _zbar()
    if zbar is None:
        return []
    whole = np.ascontiguousarray(grey)
    height, width = whole.shape
    with _made(zbar.zbar_image_scanner_create, zbar.zbar_image_scanner_destroy) as scanner:
        zbar.zbar_image_scanner_set_config(scanner, 0, zbar.ZBarConfig.CFG_ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, zbar.ZBarConfig.CFG_ENABLE, 1)
        zbar.zbar_image_scanner_set_config(scanner, zbar.ZBarSymbol.QRCODE, ZBAR_CFG_BINARY, 1)
        with _made(zbar.zbar_image_create, zbar.zbar_image_destroy) as picture:
            zbar.zbar_image_set_format(picture, GREY_800)
            zbar.zbar_image_set_size(picture, width, height)
            zbar.zbar_image_set_data(picture, whole.ctypes.data, whole.size, None)
            zbar.zbar_scan_image(scanner, picture)
            return _symbols(zbar, picture, stage)


@contextmanager
def _made(make: Any, destroy: Any) -> Iterator[Any]:
    thing = make()
    try:
        yield thing
    finally:
        destroy(thing)


@cache
def _zbar() -> ModuleType | None:
    try:
        # Imported here because importing it loads libzbar, which a machine may not have.
        from pyzbar import wrapper  # noqa: PLC0415
    except ImportError:
        log.warning("zbar.missing: one decoding stage is off (Debian: apt-get install libzbar0)")
        return None
    with _made(wrapper.zbar_image_scanner_create, wrapper.zbar_image_scanner_destroy) as scanner:
        if wrapper.zbar_image_scanner_set_config(scanner, wrapper.ZBarSymbol.QRCODE, ZBAR_CFG_BINARY, 1):
            log.warning("zbar.too_old: one decoding stage is off (0.23.1 or newer is needed)")
            return None
    return cast(ModuleType, wrapper)


def _symbols(zbar: ModuleType, picture: object, stage: str) -> list[Reading]:
    found: list[Reading] = []
    symbol = zbar.zbar_image_first_symbol(picture)
    while symbol:
        raw = string_at(zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol))
        corners = [
            (zbar.zbar_symbol_get_loc_x(symbol, n), zbar.zbar_symbol_get_loc_y(symbol, n))
            for n in range(zbar.zbar_symbol_get_loc_size(symbol))
        ]
        found += readings(raw, "QRCode", corners, stage)
        symbol = zbar.zbar_symbol_next(symbol)
    return found

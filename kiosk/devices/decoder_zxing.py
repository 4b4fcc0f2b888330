"""zxing-cpp. Naming the formats makes it about ten times cheaper than its default call, at no loss."""

from __future__ import annotations

from functools import cache

import zxingcpp

from kiosk.devices.reading import Frame, Reading, readings

# `QRCode` would admit Micro QR and rMQR as well.
NAMES = {"QRCode": zxingcpp.BarcodeFormat.QRCodeModel2}


@cache
def formats_of(names: tuple[str, ...]) -> zxingcpp.BarcodeFormats:
    """zxing's own list of formats. Raises ValueError for a name that it does not know."""
    return zxingcpp.BarcodeFormats([NAMES.get(name) or zxingcpp.barcode_format_from_str(name) for name in names])


def read(grey: Frame, formats: tuple[str, ...], stage: str) -> list[Reading]:
    """The codes of these formats in `grey` (uint8, H×W); reads light on dark too."""
    return _readings(zxingcpp.read_barcodes(grey, formats=formats_of(formats)), stage)


def read_quickly(grey: Frame, formats: tuple[str, ...], stage: str) -> list[Reading]:
    """The same at half the price: dark on light only, and nothing that shows only in a smaller picture."""
    codes = zxingcpp.read_barcodes(grey, formats=formats_of(formats), try_invert=False, try_downscale=False)
    return _readings(codes, stage)


def read_evenly_lit(grey: Frame, formats: tuple[str, ...], stage: str) -> list[Reading]:
    """The same with one threshold for the whole of `grey`: for a small part of a frame; cheap, blind to shadow."""
    binarizer = zxingcpp.Binarizer.GlobalHistogram
    return _readings(zxingcpp.read_barcodes(grey, formats=formats_of(formats), binarizer=binarizer), stage)


def _readings(codes: list[zxingcpp.Barcode], stage: str) -> list[Reading]:
    found: list[Reading] = []
    for code in codes:
        box = code.position
        corners = [(p.x, p.y) for p in (box.top_left, box.top_right, box.bottom_right, box.bottom_left)]
        found += readings(code.bytes, code.format.name, corners, stage)
    return found

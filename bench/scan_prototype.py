"""The prototype that a decoder has to beat: forty lines, no thought for cost. A peer of `bench.scan`, nothing else.

Stage A: zxing-cpp, QR only; if nothing, the same on the picture twice as large. Stage B: zbar in binary mode; then the
box that OpenCV's detector finds, enlarged, through zxing and zbar, as it is and with CLAHE and unsharp masking.
"""

from __future__ import annotations

from ctypes import string_at

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import wrapper

Grey = NDArray[np.uint8]
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
BINARY = 4  # ZBAR_CFG_BINARY


def decode(grey: Grey) -> list[str]:
    """The texts of the first stage that finds any."""
    if texts := _zxing(grey) or _zxing(_enlarged(grey, 2)) or _zbar(grey):
        return texts
    box = _box(grey)
    if box is None:
        return []
    contrast = cv2.createCLAHE(3.0, (8, 8)).apply(box)
    crisp = np.asarray(cv2.addWeighted(contrast, 2.0, cv2.GaussianBlur(contrast, (0, 0), 2), -1.0, 0), np.uint8)
    return _zxing(box) or _zbar(box) or _zxing(crisp) or _zbar(crisp)


def _zxing(grey: Grey) -> list[str]:
    return _texts([code.bytes for code in zxingcpp.read_barcodes(grey, formats=QR)])


def _zbar(grey: Grey) -> list[str]:
    scanner, image = wrapper.zbar_image_scanner_create(), wrapper.zbar_image_create()
    grey = np.ascontiguousarray(grey)
    try:
        for symbology, setting, on in (
            (0, 0, 0),
            (wrapper.ZBarSymbol.QRCODE, 0, 1),
            (wrapper.ZBarSymbol.QRCODE, BINARY, 1),
        ):
            wrapper.zbar_image_scanner_set_config(scanner, symbology, setting, on)
        wrapper.zbar_image_set_format(image, int.from_bytes(b"Y800", "little"))
        wrapper.zbar_image_set_size(image, grey.shape[1], grey.shape[0])
        wrapper.zbar_image_set_data(image, grey.ctypes.data, grey.size, None)
        wrapper.zbar_scan_image(scanner, image)
        found, symbol = [], wrapper.zbar_image_first_symbol(image)
        while symbol:
            size = wrapper.zbar_symbol_get_data_length(symbol)
            found.append(string_at(wrapper.zbar_symbol_get_data(symbol), size))
            symbol = wrapper.zbar_symbol_next(symbol)
        return _texts(found)
    finally:
        wrapper.zbar_image_destroy(image)
        wrapper.zbar_image_scanner_destroy(scanner)


def _box(grey: Grey) -> Grey | None:
    try:
        found, corners = cv2.QRCodeDetector().detect(grey)
    except cv2.error:
        return None
    if not found or corners is None:
        return None
    points = np.asarray(corners).reshape(-1, 2)
    margin = 0.15 * float(np.ptp(points, axis=0).max())
    x0, y0 = np.maximum(points.min(axis=0) - margin, 0).astype(int)
    x1, y1 = (points.max(axis=0) + margin).astype(int)
    box = grey[y0:y1, x0:x1]
    longest = max(box.shape)
    return _enlarged(box, min(4.0, max(2.0, 1000 / longest))) if min(box.shape) >= 16 and longest <= 1400 else None


def _enlarged(grey: Grey, times: float) -> Grey:
    return np.asarray(cv2.resize(grey, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)


def _texts(found: list[bytes]) -> list[str]:
    texts = []
    for raw in found:
        try:
            texts.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            continue
    return [text for text in texts if text]

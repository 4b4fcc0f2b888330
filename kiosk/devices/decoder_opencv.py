"""OpenCV's own QR reader: the weakest of the three on flat codes, the only one that straightens a bent one."""

from __future__ import annotations

import re

import cv2

from kiosk.devices.reading import Frame, Reading, readings

# OpenCV turns bytes that are no UTF-8 into it, taking them for Latin-1: then every sign is one of Latin-1's, and some
# are not ASCII's. Real Vietnamese hardly ever looks like that.
_LATIN_1 = re.compile("[\x00-\xff]*[\x80-\xff][\x00-\xff]*")

# It warns on the terminal of every code that names its charset.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


def read(grey: Frame, stage: str) -> list[Reading]:
    """The QR code in `grey` (uint8, H×W), or nothing; also where OpenCV fails inside."""
    try:
        raw, corners, _ = cv2.QRCodeDetector().detectAndDecodeBytes(grey)
    except (cv2.error, UnicodeDecodeError):
        return []
    if not raw or corners is None:
        return []
    found = readings(bytes(raw), "QRCode", [(x, y) for x, y in corners.reshape(-1, 2)], stage)
    return [reading for reading in found if not _LATIN_1.fullmatch(reading.text)]

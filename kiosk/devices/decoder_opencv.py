"""OpenCV's own QR reader: the weakest of the three on flat codes, the only one that straightens a bent one."""

from __future__ import annotations

from functools import cache

import cv2

from kiosk.devices.reading import Frame, Reading, readings


@cache
def _detector() -> cv2.QRCodeDetector:
    return cv2.QRCodeDetector()


def read(grey: Frame, stage: str) -> list[Reading]:
    """The QR code in `grey` (uint8, H×W), or nothing; also where OpenCV fails inside."""
    try:
        raw, corners, _ = _detector().detectAndDecodeBytes(grey)
    except (cv2.error, UnicodeDecodeError):
        return []
    if not raw or corners is None:
        return []
    return readings(bytes(raw), "QRCode", [(x, y) for x, y in corners.reshape(-1, 2)], stage)

"""One small grey picture of what the camera sees, for a technician who asked; and how light and sharp the large one is.

Whether the camera looks the right way, and whether a window blinds it, is seen in 160 pixels across. A card is not read
in them: and where one is held before the camera no picture is made at all.
"""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np

from kiosk.agent.sight import Glance
from kiosk.devices import decoder, measure
from kiosk.devices.decoder import Frame
from kiosk.devices.shot import BrokenPicture

# The picture is sent twice as wide as what it shows: pages draw it without making it sharper.
DETAIL, WIDEST = 160, 320
QUALITY = 60


def portrait(glance: Glance | None) -> dict[str, Any]:
    """What the hub is told: `jpeg` (base64), `width` and `height` of the camera's own picture, and how light and sharp
    that one is (good, soft, poor); or `trouble`: no_picture, held (a code is in view).
    """
    try:
        frame = glance.frame if glance else None
    except BrokenPicture:
        frame = None
    if frame is None:
        return {"trouble": "no_picture"}
    if decoder.decode(frame):
        return {"trouble": "held"}
    small = _small(frame)
    done, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        return {"trouble": "no_picture"}
    return {
        "jpeg": base64.b64encode(jpeg.tobytes()).decode("ascii"),
        "width": int(frame.shape[1]),
        "height": int(frame.shape[0]),
        "light": _grade(measure.brightness(frame), measure.DARK, measure.DIM),
        "sharp": _grade(measure.sharpness(frame), measure.SOFT, measure.SHARP),
    }


def _grade(figure: float, least: float, enough: float) -> str:
    return "poor" if figure < least else "soft" if figure < enough else "good"


def _small(frame: Frame) -> Frame:
    """Grey, at most 320 pixels wide, of which each two by two are one: what is finer is gone before it is sent."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame
    height, width = grey.shape
    scale = min(1.0, DETAIL / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    little = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    factor = WIDEST / DETAIL
    size = (round(little.shape[1] * factor), round(little.shape[0] * factor))
    return np.asarray(cv2.resize(little, size, interpolation=cv2.INTER_LINEAR), np.uint8)

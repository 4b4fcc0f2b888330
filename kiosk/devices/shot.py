"""A camera, and one picture as it sent it: decoded only as far as somebody asks, for receiving a JPEG is cheap."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import Literal, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.devices.decoder import Frame

SMALLER = 8
# A camera that has been opened and gives nothing for so long is lost.
SILENCE_SECONDS = 3.0
BROKEN_IN_A_ROW = 5


AUTO: Literal["auto"] = "auto"
OrAuto = int | Literal["auto"]


class Wishes(NamedTuple):
    """What a camera is asked for: size in pixels, exposure in 100 µs, focus and gain as it counts them."""

    width: int = 1280
    height: int = 720
    frames_per_second: int = 30
    focus: OrAuto = AUTO
    exposure: OrAuto = AUTO
    gain: OrAuto = AUTO

    @classmethod
    def of(cls, settings: object) -> Wishes:
        """Those of a camera's settings, whose keys have the same names."""
        return cls(**{name: getattr(settings, name) for name in cls._fields})


USUAL = Wishes()


class CameraLost(Exception):
    """There is no picture: not plugged in, unplugged, or silent. Opening it again later may help."""


class BrokenPicture(CameraLost):
    """This one cannot be decoded: bytes are lost on a cable now and then, and a camera's first picture is often cut."""


class Shot(Protocol):
    """A picture in two sizes."""

    @property
    def frame(self) -> Frame:
        """All of it: uint8, H×W×3, BGR. Raises BrokenPicture."""
        ...

    @property
    def small(self) -> Frame:
        """An eighth as wide and high, uint8, grey: enough to see whether something moved. Raises BrokenPicture."""
        ...


class Camera(Protocol):
    """Something that gives pictures."""

    def shoot(self) -> Shot:
        """The newest picture not given yet; waits for the next one. Raises CameraLost, after 3 s of silence too."""
        ...

    def read(self) -> Frame:
        """The same, decoded: uint8, H×W×3, BGR. Of a few broken ones the next whole one."""
        for _ in range(BROKEN_IN_A_ROW):
            with contextlib.suppress(BrokenPicture):
                return self.shoot().frame
        return self.shoot().frame

    def close(self) -> None:
        """Let go of the device. Closing twice does no harm."""
        ...


class JpegShot:
    """A JPEG, or the MJPG of a USB camera. Each size is decoded at most once, from the same bytes."""

    def __init__(self, jpeg: bytes) -> None:
        self._jpeg = np.frombuffer(jpeg, np.uint8)

    @cached_property
    def frame(self) -> Frame:
        """All of it, BGR."""
        return _decoded(self._jpeg, cv2.IMREAD_COLOR)

    @cached_property
    def small(self) -> Frame:
        """An eighth, grey: libjpeg gives this size at a third of the price."""
        return _decoded(self._jpeg, cv2.IMREAD_REDUCED_GRAYSCALE_8)


class PlainShot:
    """A picture that came decoded."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    @cached_property
    def small(self) -> Frame:
        """An eighth, grey."""
        height, width = self.frame.shape[:2]
        size = (max(1, width // SMALLER), max(1, height // SMALLER))
        little = cv2.resize(self.frame, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(little, cv2.COLOR_BGR2GRAY), np.uint8)


def _decoded(jpeg: NDArray[np.uint8], how: int) -> Frame:
    try:
        frame = cv2.imdecode(jpeg, how)
    except cv2.error:
        frame = None
    if frame is None:
        raise BrokenPicture("the camera sends pictures that are not JPEG")
    return np.asarray(frame, np.uint8)

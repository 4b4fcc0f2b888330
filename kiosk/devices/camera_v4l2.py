"""A USB or CSI camera through V4L2: what is asked of it, what it really does, and its pictures as it sends them.

MJPG, because raw YUYV at 720p does not fit through USB 2 at a useful rate. Exposure counts in 100 µs; focus and gain
count in whatever the camera likes: `v4l2-ctl --list-ctrls` shows their range.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator

import cv2
import numpy as np

from kiosk.devices.decoder import Frame
from kiosk.devices.shot import AUTO, SILENCE_SECONDS, Camera, CameraLost, JpegShot, PlainShot, Shot, Wishes

log = logging.getLogger("kiosk.devices.camera")

MJPG = cv2.VideoWriter.fourcc(*"MJPG")
# V4L2's own numbers for "by hand" and "aperture priority", which is what USB cameras call automatic.
EXPOSURE_BY_HAND, EXPOSURE_AUTO = 1, 3
CLOSE_SECONDS = 1.0


class V4l2Camera(Camera):
    """One thread takes every picture from the device, so that none grows old in its queue, and keeps the asked one."""

    def __init__(self, source: str, wishes: Wishes) -> None:
        # Resolved at each opening: the stable name outlives unplugging, the number behind it does not.
        target = int(source) if source.isdigit() else os.path.realpath(source)
        self._capture = cv2.VideoCapture(target, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise CameraLost(f"camera {source} does not open")
        self._set_format(wishes)
        self.refused = tuple(self._set_controls(wishes))
        for what in self.refused:
            log.warning("camera.refused what=%s", what)
        log.info("camera.opened %s", self._said())
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._news = threading.Condition()
        self._newest: Shot | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._take, name="v4l2", daemon=True)
        self._thread.start()

    def shoot(self) -> Shot:
        """The first picture taken from now on. Raises CameraLost after three silent seconds or when it is unplugged."""
        self._wanted.set()
        with self._news:
            self._news.wait_for(lambda: self._newest or self._ended, SILENCE_SECONDS)
            shot, self._newest = self._newest, None
        if shot is None:
            raise CameraLost("the camera gives no frames any more")
        return shot

    def close(self) -> None:
        """Release the device; one that hangs is released when it lets go."""
        self._closed.set()
        self._thread.join(CLOSE_SECONDS)

    def _set_format(self, wishes: Wishes) -> None:
        for key, value in (
            (cv2.CAP_PROP_FOURCC, MJPG),
            (cv2.CAP_PROP_FRAME_WIDTH, wishes.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, wishes.height),
            (cv2.CAP_PROP_FPS, wishes.frames_per_second),
            # The fewest buffers: an old frame is of no use to anybody.
            (cv2.CAP_PROP_BUFFERSIZE, 1),
            # The JPEG as it is. A build that does not do this gives decoded pictures, which is as well.
            (cv2.CAP_PROP_CONVERT_RGB, 0),
        ):
            self._capture.set(key, value)
        if int(self._capture.get(cv2.CAP_PROP_FOURCC)) != MJPG:
            # Its pixels as they are would be no picture: OpenCV makes one of them.
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 1)

    def _set_controls(self, wishes: Wishes) -> Iterator[str]:
        """Sets them; yields what the camera did not accept. A camera without a motor has no focus to set: no news."""
        self._capture.set(cv2.CAP_PROP_AUTOFOCUS, int(wishes.focus == AUTO))
        self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, EXPOSURE_AUTO if wishes.exposure == AUTO else EXPOSURE_BY_HAND)
        for name, key, wanted in (
            ("focus", cv2.CAP_PROP_FOCUS, wishes.focus),
            ("exposure", cv2.CAP_PROP_EXPOSURE, wishes.exposure),
            ("gain", cv2.CAP_PROP_GAIN, wishes.gain),
        ):
            if wanted == AUTO:
                continue
            taken, got = self._capture.set(key, wanted), self._capture.get(key)
            if not taken or round(got) != wanted:
                yield f"{name}={wanted} got={got:g}"

    def _said(self) -> str:
        width, height = (int(self._capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        letters = int(self._capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        return f"width={width} height={height} frames_per_second={rate:g} format={letters.decode('ascii', 'replace')}"

    def _take(self) -> None:
        try:
            while not self._closed.is_set() and self._capture.grab():
                if self._wanted.is_set():
                    self._keep()
        except cv2.error as error:
            log.debug("camera.broke %s", error)
        finally:
            self._capture.release()
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _keep(self) -> None:
        there, given = self._capture.retrieve()
        if not there:
            return
        picture: Frame = np.asarray(given, np.uint8)
        raw = picture.ndim == 2 or 1 in picture.shape[:2]
        self._wanted.clear()
        with self._news:
            self._newest = JpegShot(picture.tobytes()) if raw else PlainShot(picture)
            self._news.notify_all()

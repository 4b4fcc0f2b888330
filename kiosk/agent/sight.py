"""The newest frame, and the thread that keeps it new: opens the camera, reads it, opens it again when it is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config import Camera as CameraSettings
from kiosk.devices.camera import Camera, CameraLost, open_camera
from kiosk.devices.decoder import Frame

log = logging.getLogger("kiosk.agent")

REOPEN_SECONDS = 2.0
STALE_SECONDS = 2.5


@dataclass(frozen=True)
class Glance:
    """One frame (uint8, H×W×3, BGR) and its number; numbers only grow."""

    number: int
    frame: Frame


class Sight:
    """What the camera sees now. `changed` is called when the camera comes or goes."""

    def __init__(self, camera: CameraSettings, stop: threading.Event, changed: Callable[[], None]) -> None:
        self._camera = camera
        self._stop = stop
        self._changed = changed
        self._news = threading.Condition()
        self._glance: Glance | None = None
        self._number = 0
        self._seen_at = 0.0
        self._detail = ""

    @property
    def state(self) -> str:
        """`none` (no camera is set), `ready`, or `lost` (also when an open camera has gone silent)."""
        if not self._camera.source:
            return "none"
        return "ready" if self.newest() else "lost"

    @property
    def detail(self) -> str:
        """Why there is no picture, for a technician."""
        return "" if self.newest() else self._detail

    def newest(self) -> Glance | None:
        """The newest frame if it is fresh: an old one must never pass for what the camera sees."""
        with self._news:
            return self._glance if time.monotonic() - self._seen_at < STALE_SECONDS else None

    def after(self, number: int, timeout: float) -> Glance | None:
        """The first fresh frame newer than `number`; None when there is none within `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self._glance and self._glance.number > number, timeout)
        glance = self.newest()
        return glance if glance and glance.number > number else None

    def run(self) -> None:
        """Keep the frame new until the program stops."""
        while self._camera.source and not self._stop.is_set():
            try:
                camera = open_camera(self._camera.source, self._camera.width, self._camera.height)
            except CameraLost as error:
                self._lose(str(error))
            else:
                self._watch(camera)
            self._stop.wait(REOPEN_SECONDS)

    def _watch(self, camera: Camera) -> None:
        try:
            while not self._stop.is_set():
                self._put(camera.read())
        except CameraLost as error:
            self._lose(str(error))
        finally:
            camera.close()

    def _put(self, frame: Frame) -> None:
        with self._news:
            first = self._glance is None
            self._number += 1
            self._glance = Glance(self._number, frame)
            self._seen_at = time.monotonic()
            self._detail = "the camera is silent"
            self._news.notify_all()
        if first:
            log.info("camera.found width=%d height=%d", frame.shape[1], frame.shape[0])
            self._changed()

    def _lose(self, why: str) -> None:
        with self._news:
            known = self._glance is None and self._detail == why
            self._glance = None
            self._detail = why
            self._news.notify_all()
        if not known:
            log.warning("camera.lost why=%s", why)
            self._changed()

"""What the camera sees now, and the thread that keeps it new: opens the camera, looks, opens it again when it is lost.

It looks eight times a second whether anything moved. While something does, and for a few seconds more, every look is a
glance for the others; in front of an empty wall a quiet one comes twice a second, for the live picture.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.config_devices import Camera as CameraSettings
from kiosk.devices.camera import Camera, CameraLost, Wishes, open_camera
from kiosk.devices.decoder import Frame
from kiosk.devices.motion import Motion
from kiosk.devices.shot import SILENCE_SECONDS, BrokenPicture, Shot

log = logging.getLogger("kiosk.agent")

REOPEN_SECONDS = 2.0
STALE_SECONDS = 2.5
LOOK_SECONDS = 1 / 8
QUIET_SECONDS = 0.5
# People hold still in order to be read: so long after the last motion somebody is taken to be there.
LINGER_SECONDS = 4.0
# A poster with something like a code on it must not keep a kiosk awake all night.
ATTEND_SECONDS = 30.0


@dataclass(frozen=True)
class Glance:
    """One picture and its number; numbers only grow. `quiet`: nothing has moved for a while."""

    number: int
    shot: Shot
    quiet: bool

    @property
    def frame(self) -> Frame:
        """uint8, H×W×3, BGR; decoded when somebody first asks."""
        return self.shot.frame


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
        self._moved_at = 0.0
        self._awake_until = 0.0
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

    def attend(self) -> None:
        """There is something to read: go on looking closely although nothing moves, for half a minute at most."""
        self._awake_until = min(time.monotonic() + LINGER_SECONDS, self._moved_at + ATTEND_SECONDS)

    def run(self) -> None:
        """Keep the frame new until the program stops."""
        while self._camera.source and not self._stop.is_set():
            try:
                camera = open_camera(self._camera.source, Wishes.of(self._camera))
            except CameraLost as error:
                self._lose(str(error))
            else:
                self._watch(camera)
            self._stop.wait(REOPEN_SECONDS)

    def _watch(self, camera: Camera) -> None:
        motion, whole_at = Motion(), time.monotonic()
        try:
            while not self._stop.is_set():
                began = time.monotonic()
                try:
                    self._look(camera.shoot(), motion)
                    whole_at = began
                except BrokenPicture:
                    if began - whole_at > SILENCE_SECONDS:
                        raise
                self._stop.wait(max(0.0, LOOK_SECONDS - (time.monotonic() - began)))
        except CameraLost as error:
            self._lose(str(error))
        finally:
            camera.close()

    def _look(self, shot: Shot, motion: Motion) -> None:
        """Shows the shot to the others when it is worth it."""
        now = time.monotonic()
        if motion.sees(shot.small):
            self._moved_at = now
            self._awake_until = now + LINGER_SECONDS
        awake = now < self._awake_until
        if awake or now - self._seen_at >= QUIET_SECONDS:
            self._put(shot, quiet=not awake)

    def _put(self, shot: Shot, *, quiet: bool) -> None:
        first = self._glance is None
        height, width = shot.frame.shape[:2] if first else (0, 0)
        with self._news:
            self._number += 1
            self._glance = Glance(self._number, shot, quiet)
            self._seen_at = time.monotonic()
            self._detail = "the camera is silent"
            self._news.notify_all()
        if first:
            log.info("camera.found width=%d height=%d", width, height)
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

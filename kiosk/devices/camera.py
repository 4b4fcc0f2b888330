"""Cameras: V4L2, the Pi's own, a video file, a folder of pictures, an MJPEG address: one shot after another."""

from __future__ import annotations

import logging
import os
import threading
import time
from http.client import HTTPException
from pathlib import Path

import cv2
import numpy as np
import requests
from urllib3.exceptions import HTTPError

from kiosk.devices.camera_pi import PI_CAMERA, PiCamera
from kiosk.devices.camera_v4l2 import V4l2Camera
from kiosk.devices.decoder import Frame
from kiosk.devices.multipart import Parts
from kiosk.devices.shot import SILENCE_SECONDS, USUAL, Camera, CameraLost, JpegShot, PlainShot, Shot, Wishes

__all__ = ["Camera", "CameraLost", "Wishes", "open_camera"]

log = logging.getLogger("kiosk.devices.camera")

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}
SECONDS_PER_PICTURE = 2.0
FOLDER_FRAMES_PER_SECOND = 10


def open_camera(source: str, wishes: Wishes = USUAL) -> Camera:
    """The camera at `source`: `/dev/…` or an index, `pi`, `http://…` (MJPEG), a video file, or a folder of pictures.

    A V4L2 device and a Pi camera are told the wishes; the others are as they are. Raises CameraLost.
    """
    if source.startswith(("http://", "https://")):
        return MjpegCamera(source)
    if source.isdigit() or source.startswith("/dev/"):
        return V4l2Camera(source, wishes)
    if PI_CAMERA.fullmatch(source):
        return PiCamera(source, wishes)
    if source and os.path.isdir(source):
        return FolderCamera(Path(source))
    if source and os.path.isfile(source):
        return VideoCamera(source)
    raise CameraLost(f"there is no camera at {source!r}")


class VideoCamera(Camera):
    """A video file, at its own speed or slower (none of its frames is left out), again and again."""

    def __init__(self, path: str) -> None:
        self._capture = cv2.VideoCapture(path)
        if not self._capture.isOpened():
            raise CameraLost("the video file does not open")
        self._beat = _Beat(self._capture.get(cv2.CAP_PROP_FPS) or 25.0)

    def shoot(self) -> Shot:
        """The frame whose time has come. Raises CameraLost when the file has none."""
        self._beat.wait()
        there, frame = self._capture.read()
        if not there:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            there, frame = self._capture.read()
        if not there:
            raise CameraLost("the video file has no frames")
        return PlainShot(np.asarray(frame, np.uint8))

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class FolderCamera(Camera):
    """The pictures of a folder, in the order of their names, two seconds each, again and again."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        if not self._paths:
            raise CameraLost("the folder holds no pictures")
        self._beat = _Beat(FOLDER_FRAMES_PER_SECOND)
        self._began = time.monotonic()
        self._shown: tuple[Path, Shot] | None = None

    def shoot(self) -> Shot:
        """The picture whose turn it is. Raises CameraLost when it cannot be read."""
        self._beat.wait()
        turn = int((time.monotonic() - self._began) / SECONDS_PER_PICTURE)
        path = self._paths[turn % len(self._paths)]
        if self._shown is None or self._shown[0] != path:
            self._shown = (path, PlainShot(_picture(path)))
        return self._shown[1]

    def close(self) -> None:
        """Nothing is held open."""


class MjpegCamera(Camera):
    """A camera that sends `multipart/x-mixed-replace` JPEGs over HTTP. A thread keeps the newest one only."""

    def __init__(self, url: str) -> None:
        session = requests.Session()
        session.trust_env = False
        try:
            self._response = session.get(url, stream=True, timeout=(2.0, SILENCE_SECONDS))
            self._response.raise_for_status()
        except requests.RequestException as error:
            raise CameraLost(f"the camera's address does not answer ({type(error).__name__})") from error
        kind = self._response.headers.get("Content-Type", "")
        if not kind.startswith("multipart/"):
            self._response.close()
            raise CameraLost("the camera's address does not send MJPEG")
        self._parts = Parts(kind)
        self._news = threading.Condition()
        self._newest = b""
        self._ended = False
        self._closed = False
        threading.Thread(target=self._receive, name="mjpeg", daemon=True).start()

    def shoot(self) -> Shot:
        """The newest picture not yet given. Raises CameraLost after three silent seconds or when the stream ends."""
        with self._news:
            self._news.wait_for(lambda: self._newest or self._ended, SILENCE_SECONDS)
            jpeg, self._newest = self._newest, b""
        if not jpeg:
            raise CameraLost("the camera's stream has ended")
        return JpegShot(jpeg)

    def close(self) -> None:
        """Stop listening; the thread ends with the next bytes or after three silent seconds."""
        self._closed = True

    def _receive(self) -> None:
        try:
            while not self._closed and (chunk := self._response.raw.read1(65536)):
                for jpeg in self._parts.feed(chunk):
                    with self._news:
                        self._newest = jpeg
                        self._news.notify_all()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            log.debug("stream.broke %s", type(error).__name__)
        finally:
            self._response.close()
            with self._news:
                self._ended = True
                self._news.notify_all()


class _Beat:
    """Waits so that turns come at a steady rate."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = time.monotonic()

    def wait(self) -> None:
        """Until the next turn; a turn that is late is not made up for."""
        now = time.monotonic()
        time.sleep(max(0.0, self._next - now))
        self._next = max(self._next, now) + self._interval


def _picture(path: Path) -> Frame:
    try:
        # Not cv2.imread: it cannot open every Vietnamese file name on every system.
        frame = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise CameraLost(f"{path.name} cannot be read") from error
    if frame is None:
        raise CameraLost(f"{path.name} is not a picture")
    return np.asarray(frame, np.uint8)

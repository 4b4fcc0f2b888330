"""What is asked of a USB camera, and what happens when it does not do it.

No device stands behind these tests: the stand-in speaks for OpenCV's `VideoCapture`, which is where our code ends.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from kiosk.devices.camera import Camera, CameraLost, Wishes, open_camera
from kiosk.devices.camera_v4l2 import V4l2Camera
from kiosk.devices.virtual_scene import hall

HALL = hall(320, 240)
YUYV = np.zeros((240, 320, 2), np.uint8)
MJPG = cv2.VideoWriter.fourcc(*"MJPG")
JPEG = cv2.imencode(".jpg", HALL)[1].reshape(1, -1)


class Device:
    """A camera as OpenCV shows it. `limits` is what it makes of a wish; `unplug` and `hang` are what cables do."""

    limits: ClassVar[dict[int, float]] = {}
    raw = True
    opens = True

    def __init__(self, target: str | int, backend: int) -> None:
        self.target, self.backend = target, backend
        self.wishes: dict[int, float] = {}
        self.hangs = self.unplugged = self.released = False
        made.append(self)

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def set(self, key: int, value: float) -> bool:
        self.wishes[key] = value
        return key not in self.limits

    def get(self, key: int) -> float:
        return float(self.limits.get(key, self.wishes.get(key, -1)))

    def grab(self) -> bool:
        time.sleep(0.005)
        if self.hangs:
            let_go.wait(20)
        return not self.unplugged

    def retrieve(self) -> tuple[bool, np.ndarray]:
        if self.wishes[cv2.CAP_PROP_CONVERT_RGB]:
            return True, HALL
        return True, JPEG if self.raw else HALL if self.get(cv2.CAP_PROP_FOURCC) == MJPG else YUYV

    def release(self) -> None:
        self.released = True


made: list[Device] = []
let_go = threading.Event()


@pytest.fixture(autouse=True)
def device(monkeypatch: pytest.MonkeyPatch) -> type[Device]:
    class Here(Device):
        """This test's alone."""

    made.clear()
    monkeypatch.setattr(cv2, "VideoCapture", Here)
    return Here


def opened(**wishes: int) -> Camera:
    return open_camera("/dev/v4l/by-id/usb-Bia_Camera-video-index0", Wishes(1920, 1080, **wishes))


def read_all(camera: Camera) -> None:
    """Reads what is still in the pipe."""
    for _ in range(5):
        camera.read()


def test_what_site_toml_says_is_asked_of_the_device(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    camera = opened(frames_per_second=15, focus=40, exposure=60, gain=12)
    asked = made[0].wishes
    assert made[0].backend == cv2.CAP_V4L2
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT], asked[cv2.CAP_PROP_FPS]) == (
        1920, 1080, 15,
    )  # fmt: skip
    assert asked[cv2.CAP_PROP_FOURCC] == MJPG
    assert (asked[cv2.CAP_PROP_AUTOFOCUS], asked[cv2.CAP_PROP_FOCUS]) == (0, 40)
    assert (asked[cv2.CAP_PROP_AUTO_EXPOSURE], asked[cv2.CAP_PROP_EXPOSURE]) == (1, 60)
    assert asked[cv2.CAP_PROP_GAIN] == 12
    assert "width=1920 height=1080 frames_per_second=15 format=MJPG" in caplog.text
    assert "camera.refused" not in caplog.text
    camera.close()
    assert made[0].released


def test_left_to_itself_nothing_is_set_by_hand() -> None:
    opened().close()
    asked = made[0].wishes
    assert (asked[cv2.CAP_PROP_AUTOFOCUS], asked[cv2.CAP_PROP_AUTO_EXPOSURE]) == (1, 3)
    assert not {cv2.CAP_PROP_FOCUS, cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_GAIN} & asked.keys()


def test_what_the_camera_does_not_accept_is_said_once(device: type[Device], caplog: pytest.LogCaptureFixture) -> None:
    device.limits = {cv2.CAP_PROP_FOCUS: 0.0, cv2.CAP_PROP_EXPOSURE: 60.0, cv2.CAP_PROP_FRAME_WIDTH: 640}
    camera = opened(focus=40, gain=3)
    for _ in range(3):
        camera.read()
    camera.close()
    assert camera.refused == ("focus=40 got=0",)
    assert caplog.text.count("camera.refused") == 1


@pytest.mark.parametrize("raw", [True, False])
def test_its_pictures_come_as_jpeg_or_decoded(device: type[Device], raw: bool) -> None:
    device.raw = raw
    camera = opened()
    shot = camera.shoot()
    assert (shot.frame.shape, shot.small.shape) == ((240, 320, 3), (30, 40))
    assert np.abs(shot.frame.astype(int) - HALL).mean() < 4
    camera.close()


def test_a_camera_without_mjpg_gives_pictures_all_the_same(device: type[Device]) -> None:
    device.raw = False
    device.limits = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV")}
    camera = opened()
    assert np.array_equal(camera.shoot().frame, HALL)
    assert camera.shoot().small.shape == (30, 40)
    camera.close()


def test_unplugged_it_is_lost_and_a_silent_one_too(device: type[Device], monkeypatch: pytest.MonkeyPatch) -> None:
    camera = opened()
    camera.read()
    made[0].unplugged = True
    with pytest.raises(CameraLost):
        read_all(camera)
    assert made[0].released, "its name is free for the next plug"
    camera.close()

    monkeypatch.setattr("kiosk.devices.camera_v4l2.SILENCE_SECONDS", 0.3)
    monkeypatch.setattr("kiosk.devices.camera_v4l2.CLOSE_SECONDS", 0.1)
    silent = opened()
    made[1].hangs = True
    with pytest.raises(CameraLost):
        read_all(silent)
    let_go.set()
    silent.close()
    device.opens = False
    with pytest.raises(CameraLost):
        opened()


def test_a_stable_name_is_followed_anew_at_each_opening(tmp_path: Path) -> None:
    name = tmp_path / "usb-Bia_Camera-video-index0"
    for number in (0, 2):
        name.unlink(missing_ok=True)
        name.symlink_to(f"/dev/video{number}")
        V4l2Camera(str(name), Wishes()).close()
    assert [each.target for each in made] == ["/dev/video0", "/dev/video2"]

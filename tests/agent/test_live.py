"""The live picture is for this machine's browser only, and never shows what is no longer there."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time

import cv2
import numpy as np
import pytest
import requests

from kiosk.agent.live import Live
from kiosk.agent.sight import Sight
from kiosk.config import Camera
from kiosk.devices.camera import CameraLost, open_camera


def serve(sight: Sight, stop: threading.Event, port: int = 0) -> Live:
    live = Live(sight, port, stop)
    for work in (sight.run, live.run):
        threading.Thread(target=work, daemon=True).start()
    return live


@pytest.fixture
def live(virtual, stop, eventually) -> Live:
    sight = Sight(Camera(source=virtual.url), stop, lambda: None)
    served = serve(sight, stop)
    assert eventually(lambda: sight.state == "ready")
    return served


def address(live: Live, name: str = "live.jpg") -> str:
    return f"http://127.0.0.1:{live.port}/{name}"


def test_one_frame_is_640_wide_and_is_not_kept(live) -> None:
    answer = requests.get(address(live), timeout=20)
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (360, 640, 3)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "image/jpeg"


def test_the_stream_moves_at_no_more_than_about_ten_frames_a_second(live) -> None:
    camera = open_camera(address(live, "live.mjpeg"), 640, 360)
    frames = [camera.read()]
    began = time.monotonic()
    frames += [camera.read() for _ in range(15)]
    assert 15 / (time.monotonic() - began) < 14
    assert all(np.any(a != b) for a, b in itertools.pairwise(frames))
    camera.close()


def test_it_listens_on_loopback_only(live) -> None:
    assert live._server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "192.168.1.20", "", "127.0.0.1.evil.example"])
def test_a_foreign_host_name_is_refused(live, name: str) -> None:
    for path in ("live.jpg", "live.mjpeg"):
        assert requests.get(address(live, path), headers={"Host": name}, timeout=20).status_code == 403


def test_localhost_is_not_foreign(live) -> None:
    assert requests.get(address(live), headers={"Host": f"localhost:{live.port}"}, timeout=20).status_code == 200


def test_other_paths_do_not_exist(live) -> None:
    assert requests.get(address(live, "etc/passwd"), timeout=20).status_code == 404


def test_a_lost_camera_ends_the_stream_and_refuses_new_ones(live, virtual, eventually) -> None:
    camera = open_camera(address(live, "live.mjpeg"), 640, 360)
    camera.read()
    virtual.unplug()
    frames = []
    with contextlib.suppress(CameraLost):
        for _ in range(20):
            frames.append(camera.read())
    assert len(frames) < 20
    assert np.ptp(frames[-1].reshape(-1, 3), axis=0).max() <= 2, "the last picture still shows something"
    assert requests.get(address(live), timeout=20).status_code == 503
    assert requests.get(address(live, "live.mjpeg"), timeout=20).status_code == 503
    virtual.plug()
    assert eventually(lambda: requests.get(address(live), timeout=20).status_code == 200)


def test_without_a_camera_there_is_no_picture(stop) -> None:
    assert requests.get(address(serve(Sight(Camera(), stop, lambda: None), stop)), timeout=20).status_code == 503


def test_a_taken_port_is_given_way_to(live, stop) -> None:
    second = serve(Sight(Camera(), stop, lambda: None), stop, live.port)
    assert second.port not in (0, live.port)


def test_viewers_beyond_the_sixth_are_turned_away_and_seats_come_free(live, eventually) -> None:
    viewers = [requests.get(address(live, "live.mjpeg"), stream=True, timeout=20) for _ in range(6)]
    assert requests.get(address(live), timeout=20).status_code == 503
    for viewer in viewers:
        viewer.close()
    assert eventually(lambda: requests.get(address(live), timeout=20).status_code == 200)

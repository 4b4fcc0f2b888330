"""The live picture is for this machine's browser only, and never shows what is no longer there."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
import requests

from kiosk.agent.live import AMBER, GREEN, Live
from kiosk.agent.sight import Sight
from kiosk.agent.signs import Signs
from kiosk.config_devices import Camera
from kiosk.devices.camera import CameraLost, Wishes, open_camera
from kiosk.devices.coach import Advice
from kiosk.devices.decoder import Reading, Sighting

HUB = "http://127.0.0.1:8080"
CORNERS = ((400, 200), (800, 200), (800, 600), (400, 600))
READ = [Reading(b"secret", "secret", "QRCode", CORNERS, "plain")]


def serve(sight: Sight, stop: threading.Event, port: int = 0) -> Live:
    live = Live(sight, port, stop, Signs(), HUB)
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
    camera = open_camera(address(live, "live.mjpeg"), Wishes(640, 360))
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
    for path in ("live.jpg", "live.mjpeg", "live.events"):
        assert requests.get(address(live, path), headers={"Host": name}, timeout=20).status_code == 403


def test_localhost_is_not_foreign(live) -> None:
    assert requests.get(address(live), headers={"Host": f"localhost:{live.port}"}, timeout=20).status_code == 200


def test_other_paths_do_not_exist(live) -> None:
    assert requests.get(address(live, "etc/passwd"), timeout=20).status_code == 404


def test_a_lost_camera_ends_the_stream_and_refuses_new_ones(live, virtual, eventually) -> None:
    camera = open_camera(address(live, "live.mjpeg"), Wishes(640, 360))
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


def events(live: Live, **headers: str) -> requests.Response:
    return requests.get(address(live, "live.events"), headers=headers, stream=True, timeout=20)


def lines(answer: requests.Response) -> Iterator[str]:
    """What is told: `event data`; what only keeps the line open is left out."""
    told = (line for line in answer.iter_lines(chunk_size=1, decode_unicode=True) if line and line != ":")
    return (f"{name.partition(': ')[2]} {next(told).partition(': ')[2]}".strip() for name in told)


def test_the_page_hears_the_advice_and_that_something_was_read_but_never_what(live) -> None:
    with events(live, Origin=HUB) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Access-Control-Allow-Origin"] == HUB
        told = lines(answer)
        assert next(told) == "advice"
        live.signs.show([], Sighting(CORNERS, 2.0), Advice.NEARER, 0, time.monotonic())
        assert next(told) == "advice nearer"
        live.signs.show(READ, None, None, 1, time.monotonic())
        assert [next(told), next(told)] == ["read 1", "advice"]
        live.signs.show(READ, None, None, 0, time.monotonic())
        live.signs.show(READ, None, Advice.STILL, 1, time.monotonic())
        assert [next(told), next(told)] == ["read 2", "advice still"]
    with events(live) as later:
        assert next(lines(later)) == "advice still", "who comes later hears no old reading"
        assert "Access-Control-Allow-Origin" not in later.headers


def test_advice_ends_with_the_camera(live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.agent.signs.ADVICE_SECONDS", 1.0)
    live.signs.show([], None, Advice.DARK, 0, time.monotonic())
    with events(live) as answer:
        told = lines(answer)
        assert next(told) == "advice dark"
        assert next(told) == "advice"


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        (HUB, 200),
        ("http://localhost:8080", 200),
        ("http://127.0.0.1:8081", 403),
        ("https://127.0.0.1:8080", 403),
        ("http://evil.example:8080", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_the_hubs_own_pages_may_listen(live, origin: str, code: int) -> None:
    with events(live, Origin=origin) as answer:
        assert answer.status_code == code


@pytest.mark.parametrize("port", ["", ":443"])
def test_a_hub_elsewhere_is_no_page_of_this_machine(stop, port: str) -> None:
    live = Live(Sight(Camera(), stop, lambda: None), 0, stop, Signs(), f"https://hub.example{port}/")
    assert live.origins == {"https://hub.example"}, "as a browser spells it"
    live._server.server_close()


def test_the_code_is_outlined_amber_while_it_is_seen_and_green_when_it_is_read(live, eventually) -> None:
    def colour() -> list[int]:
        picture = cv2.imdecode(np.frombuffer(requests.get(address(live), timeout=20).content, np.uint8), 1)
        return [int(value) for value in picture[99:102, 250:350].mean((0, 1))]  # the upper side, at half size

    def drawn(wanted: tuple[int, int, int]) -> bool:
        return max(abs(here - there) for here, there in zip(colour(), wanted, strict=True)) < 30

    def seen(*reading: Reading) -> bool:
        live.signs.show(reading, Sighting(CORNERS, 2.0), None, 0, time.monotonic())
        return drawn(GREEN if reading else AMBER)

    assert eventually(seen)
    assert eventually(lambda: seen(*READ))
    assert eventually(lambda: not drawn(GREEN)), "an old outline stays beside a card that is gone"


def test_a_listener_that_goes_away_frees_its_seat(live, eventually) -> None:
    listeners = [events(live) for _ in range(6)]
    assert all(each.status_code == 200 for each in listeners)
    assert events(live).status_code == 503
    for each in listeners:
        each.close()
    assert eventually(lambda: requests.get(address(live), timeout=20).status_code == 200)

"""A code before the camera is one scan at the hub, however long it stays and whatever happens meanwhile."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from typing import get_args

import cv2
import numpy as np
import pytest

from kiosk.agent.eyes import Eyes, View
from kiosk.agent.hub_link import HubLink
from kiosk.agent.scans import Scans
from kiosk.agent.sight import Sight
from kiosk.config_devices import Camera as Settings
from kiosk.config_tables import CodeFormat
from kiosk.devices.camera import Camera
from kiosk.devices.decoder import Frame, Reading, Stream, decode
from kiosk.devices.shot import BrokenPicture, JpegShot
from kiosk.devices.virtual_scene import hall

CARD = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"


def reading(raw: bytes) -> Reading:
    return Reading(raw, raw.decode(), "QRCode", (), "plain")


@pytest.fixture
def sight(virtual, stop) -> Sight:
    seen = Sight(Settings(source=virtual.url), stop, lambda: None)
    threading.Thread(target=seen.run, daemon=True).start()
    return seen


@pytest.fixture
def eyes(sight, hub, stop) -> Eyes:
    return open_eyes(sight, hub, stop)


def open_eyes(sight: Sight, hub, stop: threading.Event) -> Eyes:
    scans = Scans(HubLink(hub.url, hub.token, "run-1"), stop)
    opened = Eyes(sight, scans, stop)
    for work in (opened.look, scans.run):
        threading.Thread(target=work, daemon=True).start()
    return opened


def test_a_code_that_stays_in_view_is_said_again_every_four_seconds() -> None:
    view = View()
    said = [at for at in range(100) if view.entering([reading(b"a")], at / 8)]
    assert said == [0, 32, 64, 96]


def test_a_code_that_flickers_is_said_no_oftener() -> None:
    view = View()
    shown = [[reading(b"a")] if at % 10 < 2 else [] for at in range(100)]
    said = [at / 8 for at, readings in enumerate(shown) if view.entering(readings, at / 8)]
    assert all(later - earlier >= 4 for earlier, later in itertools.pairwise(said))
    assert len(said) == 3


def test_a_code_that_was_away_for_one_and_a_half_seconds_enters_again() -> None:
    view = View()
    assert view.entering([reading(b"a")], 10.0)
    assert not view.entering([reading(b"a")], 11.4)
    assert view.entering([reading(b"a")], 12.95)


def test_two_codes_do_not_hide_each_other_and_one_seen_twice_is_one() -> None:
    view = View()
    assert len(view.entering([reading(b"a"), reading(b"b"), reading(b"a")], 0.0)) == 2
    assert [r.raw for r in view.entering([reading(b"a"), reading(b"c")], 1.0)] == [b"c"]
    assert [r.raw for r in view.entering([reading(b"a"), reading(b"b")], 2.0)] == [b"b"]


def test_a_card_becomes_one_scan_and_another_when_it_comes_back(eyes, hub, virtual, card, eventually) -> None:
    virtual.hold(card(CARD))
    assert eventually(hub.scans)
    time.sleep(2.5)
    assert hub.scans() == [CARD.encode()]
    virtual.hold(None)
    time.sleep(2.0)
    virtual.hold(card(CARD))
    assert eventually(lambda: len(hub.scans()) == 2)
    assert len({body["id"] for body in hub.bodies("/device/scans")}) == 2


def test_a_scan_waits_for_a_hub_that_comes_back(eyes, hub, virtual, card, eventually) -> None:
    hub.die()
    virtual.hold(card(CARD))
    time.sleep(1.5)
    hub.start()
    assert eventually(hub.scans)
    time.sleep(0.5)
    assert hub.scans() == [CARD.encode()]


def test_a_refused_scan_is_not_sent_again(eyes, hub, virtual, card, eventually) -> None:
    hub.refusals["/device/scans"] = "no"
    virtual.hold(card(CARD))
    assert eventually(hub.scans)
    time.sleep(1)
    assert len(hub.scans()) == 1


def test_a_scan_that_nobody_took_is_dropped_after_its_time(
    hub, sight, stop, virtual, card, eventually, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kiosk.agent.scans.SCAN_LIVES_SECONDS", 1.0)
    caplog.set_level(logging.INFO, "kiosk.agent")
    hub.die()
    open_eyes(sight, hub, stop)
    virtual.hold(card(CARD))
    assert eventually(lambda: any(r.getMessage().startswith("scan.dropped") for r in caplog.records))
    hub.start()
    time.sleep(0.5)
    assert hub.scans() == []


def test_no_log_line_holds_what_was_scanned(
    eyes, hub, virtual, card, eventually, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    virtual.hold(card(CARD))
    assert eventually(hub.scans)
    time.sleep(0.2)
    assert "scan.sent" in caplog.text
    assert not any(word in caplog.text for word in ("001190123456", "Nguyễn", "Kon Tum"))


def test_the_eyes_do_not_read_more_than_eight_frames_a_second(
    sight, hub, stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[float] = []
    monkeypatch.setattr(Stream, "feed", lambda stream, frame: times.append(time.monotonic()) or decode(frame))
    open_eyes(sight, hub, stop)
    time.sleep(2.5)
    assert 1 < len([at for at in times if at < times[0] + 2]) <= 17


def test_an_empty_wall_is_quiet_and_a_card_is_not(
    eyes, sight, hub, virtual, card, eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.agent.sight.LINGER_SECONDS", 0.3)

    def quiet() -> bool:
        glance = sight.newest()
        return glance is not None and glance.quiet

    assert eventually(quiet), "a sensor's noise is not somebody"
    assert sight.state == "ready", "a quiet picture is fresh all the same"
    virtual.hold(card(CARD))
    assert eventually(lambda: not quiet())
    assert eventually(hub.scans)
    virtual.hold(None)
    assert eventually(quiet)


def test_what_can_be_read_keeps_it_awake_but_not_for_ever(sight, eventually, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.agent.sight.LINGER_SECONDS", 0.3)
    assert eventually(lambda: sight.newest() and sight.newest().quiet)
    monkeypatch.setattr("kiosk.agent.sight.LINGER_SECONDS", 60.0)
    sight.attend()
    assert eventually(lambda: not sight.newest().quiet)
    monkeypatch.setattr("kiosk.agent.sight.ATTEND_SECONDS", 0.0)
    sight.attend()
    assert eventually(lambda: sight.newest().quiet)


def test_a_picture_cut_on_its_way_is_not_the_end_of_a_camera(stop, eventually, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cable(Camera):
        """Its first picture is cut, as those of USB cameras are, and every third."""

        opened, loose, shots = 0, False, 0

        def shoot(self) -> JpegShot:
            self.shots += 1
            time.sleep(0.01)
            return JpegShot(whole[:500] if self.loose or self.shots % 3 == 1 else whole)

        def close(self) -> None:
            pass

    def opens(*_: object) -> Cable:
        cable.opened += 1
        return cable

    monkeypatch.setattr("kiosk.agent.sight.open_camera", opens)
    monkeypatch.setattr("kiosk.agent.sight.SILENCE_SECONDS", 0.5)
    whole, cable = cv2.imencode(".jpg", hall(320, 240))[1].tobytes(), Cable()
    sight = Sight(Settings(source="cable"), stop, lambda: None)
    threading.Thread(target=sight.run, daemon=True).start()
    assert eventually(lambda: sight.state == "ready")
    assert eventually(lambda: cable.shots > 10)
    assert (sight.state, cable.opened) == ("ready", 1)
    cable.loose = True
    assert eventually(lambda: sight.state == "lost")
    assert "not JPEG" in sight.detail


def test_the_eyes_outlive_a_picture_that_cannot_be_decoded(
    sight, hub, stop, virtual, card, eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [BrokenPicture("cut")] * 3
    feed = Stream.feed

    def cut(stream: Stream, frame: Frame) -> list[Reading]:
        if broken:
            raise broken.pop()
        return feed(stream, frame)

    monkeypatch.setattr(Stream, "feed", cut)
    open_eyes(sight, hub, stop)
    virtual.hold(card(CARD))
    assert eventually(hub.scans)


def test_what_a_station_looks_for_is_what_the_decoder_knows(sight, hub, stop) -> None:
    eyes = Eyes(sight, Scans(HubLink(hub.url, hub.token, "run-1"), stop), stop)
    eyes.look_for(get_args(CodeFormat))
    assert eyes._stream.feed(np.full((72, 128), 120, np.uint8)) == []


def test_sight_says_lost_and_found(sight, virtual, eventually) -> None:
    assert eventually(lambda: sight.state == "ready")
    assert sight.detail == ""
    virtual.unplug()
    assert eventually(lambda: sight.state == "lost")
    assert sight.detail
    assert sight.newest() is None
    virtual.plug()
    assert eventually(lambda: sight.state == "ready")


def test_no_camera_is_a_state_of_its_own(stop) -> None:
    sight = Sight(Settings(), stop, lambda: None)
    sight.run()
    assert (sight.state, sight.detail, sight.newest()) == ("none", "", None)


def test_a_camera_that_goes_silent_is_lost_before_it_admits_it(
    stop, virtual, eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.devices.camera.SILENCE_SECONDS", 60.0)
    jpeg = virtual.jpeg()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"
    part = b"--b\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n--b"
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def show_one_frame() -> None:
            viewer, _ = listener.accept()
            viewer.recv(4096)
            viewer.sendall(head + part)
            stop.wait(60)
            viewer.close()

        threading.Thread(target=show_one_frame, daemon=True).start()
        source = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        sight = Sight(Settings(source=source), stop, lambda: None)
        threading.Thread(target=sight.run, daemon=True).start()
        assert eventually(lambda: sight.state == "ready")
        assert eventually(lambda: sight.state == "lost")
        stop.set()

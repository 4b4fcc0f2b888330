"""Every camera gives frames the same way; the virtual one over a real socket."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import requests
import segno
from PIL import Image

from kiosk.devices.camera import Camera, CameraLost, open_camera
from kiosk.devices.decoder import decode
from kiosk.devices.multipart import Parts
from kiosk.devices.shot import JpegShot
from kiosk.devices.virtual_camera import VirtualCamera
from kiosk.devices.virtual_scene import hall

CARD = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"


def card(code_mm: int = 14) -> Image.Image:
    """A card of 85.6 × 54 mm, 15 pixels a millimetre, with a QR code at its top right."""
    picture = Image.new("RGB", (1284, 810), (206, 228, 222))
    file = io.BytesIO()
    segno.make_qr(CARD.encode(), error="m", mode="byte").save(file, kind="png", scale=10)
    size = code_mm * 15
    picture.paste(Image.open(file).convert("RGB").resize((size, size), Image.Resampling.LANCZOS), (1244 - size, 40))
    return picture


def until_read(camera: Camera, text: str, seconds: float = 20.0) -> bool:
    """Whether the code appears within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if [reading.text for reading in decode(camera.read())] == [text]:
            return True
    return False


@pytest.fixture
def virtual() -> Iterator[VirtualCamera]:
    camera = VirtualCamera()
    camera.start()
    yield camera
    camera.stop()


@pytest.mark.parametrize("code_mm", [11, 14, 20])
def test_a_card_held_before_the_virtual_camera_is_read(virtual: VirtualCamera, code_mm: int) -> None:
    camera = open_camera(virtual.url)
    assert camera.read().shape == (720, 1280, 3)
    assert decode(camera.read()) == []
    virtual.hold(card(code_mm))
    assert virtual.state == "holding"
    assert until_read(camera, CARD)
    camera.close()


def test_a_phone_screen_and_a_bare_array_can_be_held(virtual: VirtualCamera) -> None:
    camera = open_camera(virtual.url)
    phone = np.full((1600, 760, 3), 30, np.uint8)
    file = io.BytesIO()
    segno.make_qr("DT1:23456789AB", error="m").save(file, kind="png", scale=20)
    code = np.array(Image.open(file).convert("L"))
    phone[300 : 300 + len(code), 90 : 90 + len(code)] = code[:, :, None]
    virtual.hold(phone)
    assert until_read(camera, "DT1:23456789AB")
    virtual.hold(None)
    time.sleep(0.4)
    camera.read()
    assert decode(camera.read()) == []
    camera.close()


def test_the_scene_is_never_twice_the_same(virtual: VirtualCamera) -> None:
    camera = open_camera(virtual.url)
    assert np.any(camera.read() != camera.read())
    camera.close()


def test_unplugged_loses_the_picture_without_waiting_for_silence_and_plugged_gives_it_back(
    virtual: VirtualCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.devices.camera.SILENCE_SECONDS", 30.0)
    camera = open_camera(virtual.url)
    camera.read()
    began = time.monotonic()
    virtual.unplug()
    with pytest.raises(CameraLost):
        [camera.read() for _ in range(5)]
    assert time.monotonic() - began < 30
    assert requests.get(virtual.url, timeout=20).status_code == 503
    with pytest.raises(CameraLost):
        open_camera(virtual.url)
    virtual.plug()
    assert open_camera(virtual.url).read().shape == (720, 1280, 3)


def test_reading_goes_on_behind_a_picture_that_was_cut() -> None:
    class Cable(Camera):
        """The first few of its pictures are cut."""

        def __init__(self, cut: int) -> None:
            self.cut = cut

        def shoot(self) -> JpegShot:
            self.cut -= 1
            return JpegShot(whole[:500] if self.cut >= 0 else whole)

    whole = cv2.imencode(".jpg", hall(320, 240))[1].tobytes()
    assert Cable(3).read().shape == (240, 320, 3)
    with pytest.raises(CameraLost):
        Cable(30).read()


def test_the_newest_frame_comes_first_after_a_pause(virtual: VirtualCamera) -> None:
    camera = open_camera(virtual.url)
    camera.read()
    time.sleep(0.6)
    virtual.hold(card())
    time.sleep(1.0)
    assert [reading.text for reading in decode(camera.read())] == [CARD]
    camera.close()


def test_a_stream_that_falls_silent_is_a_lost_camera() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            viewer, _ = listener.accept()
            viewer.recv(4096)
            viewer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b\r\n")
            silent.wait(60)
            viewer.close()

        silent = threading.Event()
        threading.Thread(target=answer, daemon=True).start()
        camera = open_camera(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        began = time.monotonic()
        with pytest.raises(CameraLost):
            camera.read()
        assert 2 < time.monotonic() - began < 60
        silent.set()


def test_a_folder_shows_its_pictures_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, shade in (("2 Hà.png", 200), ("1 Ánh.png", 50)):
        Image.new("RGB", (320, 240), (shade, shade, shade)).save(tmp_path / name)
    (tmp_path / "ghi chú.txt").write_text("not a picture")
    camera = open_camera(str(tmp_path))
    assert camera.read()[0, 0, 0] == 50
    end = time.monotonic() + 20
    while camera.read()[0, 0, 0] == 50 and time.monotonic() < end:
        pass
    assert camera.read()[0, 0, 0] == 200


def test_a_video_file_begins_again_at_its_end(tmp_path: Path) -> None:
    path = str(tmp_path / "hall.avi")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for shade in (0, 80, 160, 240):
        writer.write(np.full((240, 320, 3), shade, np.uint8))
    writer.release()
    camera = open_camera(path)
    shades = [int(camera.read().mean()) for _ in range(9)]
    assert np.abs(np.array(shades) - [0, 80, 160, 240, 0, 80, 160, 240, 0]).max() < 6
    camera.close()


@pytest.mark.parametrize("source", ["", "/dev/video97", "/no/such/file.mp4", "http://127.0.0.1:9/camera.mjpeg"])
def test_what_is_not_there_is_a_lost_camera(source: str) -> None:
    with pytest.raises(CameraLost):
        open_camera(source)


def test_an_empty_folder_and_a_broken_picture_are_lost_cameras(tmp_path: Path) -> None:
    with pytest.raises(CameraLost):
        open_camera(str(tmp_path))
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(CameraLost):
        open_camera(str(tmp_path)).read()


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize("length", ["Content-Length: 9\r\n", ""])
@pytest.mark.parametrize("header", ["boundary=xyz", 'boundary="--xyz"'])
def test_multipart_is_taken_apart_in_any_pieces(step: int, length: str, header: str) -> None:
    wire = "".join(f"--xyz\r\nContent-Type: image/jpeg\r\n{length}\r\npicture-{n}\r\n" for n in range(3)).encode()
    wire += b"--xyz--\r\n"
    parts = Parts(f"multipart/x-mixed-replace; {header}")
    found = [part for at in range(0, len(wire), step) for part in parts.feed(wire[at : at + step])]
    assert found == [b"picture-0", b"picture-1", b"picture-2"]


def test_a_part_without_end_is_refused() -> None:
    parts = Parts("multipart/x-mixed-replace; boundary=xyz")
    with pytest.raises(ValueError, match="too large"):
        [parts.feed(bytes(1024 * 1024)) for _ in range(17)]

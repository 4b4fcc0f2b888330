"""The decoder gives exactly the bytes of the code, or nothing."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno
from PIL import Image

from kiosk.devices import decoder

CARD = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"
PICTURES = Path(__file__).parent / "pictures"


def code(payload: str | bytes, scale: int, error: str = "m") -> np.ndarray:
    """A clean grey picture of the code, `scale` pixels a module, UTF-8 without ECI as on the national card."""
    raw = payload.encode() if isinstance(payload, str) else payload
    file = io.BytesIO()
    segno.make_qr(raw, error=error, mode="byte").save(file, kind="png", scale=scale)
    return np.array(Image.open(file).convert("L"))


def in_frame(picture: np.ndarray, top: int = 120, left: int = 700) -> np.ndarray:
    """The picture on a 720p BGR frame."""
    frame = np.full((720, 1280, 3), 205, np.uint8)
    frame[top : top + picture.shape[0], left : left + picture.shape[1]] = picture[:, :, None]
    return frame


@pytest.mark.parametrize("scale", [2, 3, 4, 6, 9])
def test_vietnamese_text_is_exact_at_every_size(scale: int) -> None:
    (reading,) = decoder.decode(in_frame(code(CARD, scale)))
    assert reading.text == CARD
    assert reading.raw == CARD.encode()
    assert reading.symbology == "QRCode"


def test_grey_and_colour_frames_read_alike() -> None:
    frame = in_frame(code(CARD, 4))
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    assert decoder.decode(grey) == decoder.decode(frame)


def test_corners_surround_the_code_in_pixels_of_the_frame() -> None:
    picture = code("DT1:23456789AB", 5)
    for stage in ("plain", "enlarged"):
        (reading,) = decoder.decode(in_frame(picture, 200, 300), [stage])
        quiet, size = 4 * 5, picture.shape[0]
        expected = [(300 + quiet, 200 + quiet), (300 + size - quiet, 200 + size - quiet)]
        assert np.abs(np.array([reading.corners[0], reading.corners[2]]) - expected).max() <= 5


def test_two_codes_are_two_readings() -> None:
    frame = in_frame(code("DT1:23456789AB", 5), 100, 100)
    frame[400:600, 700:900] = cv2.resize(code("DT1:CDEFGHJKMN", 5), (200, 200))[:, :, None]
    assert {reading.text for reading in decoder.decode(frame)} == {"DT1:23456789AB", "DT1:CDEFGHJKMN"}


def test_light_on_dark_is_read() -> None:
    assert [reading.text for reading in decoder.decode(255 - in_frame(code(CARD, 4)))] == [CARD]


def test_an_empty_frame_holds_nothing() -> None:
    grain = np.random.default_rng(1).normal(128, 20, (720, 1280, 3)).clip(0, 255).astype(np.uint8)
    assert decoder.decode(np.zeros((720, 1280, 3), np.uint8)) == []
    assert decoder.decode(grain) == []


@pytest.mark.parametrize("stage", decoder.STAGES)
def test_bytes_that_are_not_utf_8_are_dropped_by_every_stage(stage: str) -> None:
    frame = in_frame(code(b"Nguy\xea\xf1n V\xe3n \xff", 6))
    assert decoder.decode(frame, [stage]) == []


def test_other_symbologies_are_left_alone() -> None:
    file = io.BytesIO()
    segno.make_micro("12345").save(file, kind="png", scale=8)
    assert decoder.decode(in_frame(np.array(Image.open(file).convert("L")))) == []


def test_small_blurred_code_needs_the_enlarged_stage() -> None:
    frame = cv2.GaussianBlur(
        in_frame(cv2.resize(code(CARD, 8), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)), (0, 0), 0.95
    )
    assert decoder.decode(frame, ["plain"]) == []
    (reading,) = decoder.decode(frame)
    assert (reading.text, reading.stage) == (CARD, "enlarged")


@pytest.mark.parametrize("number", range(12))
def test_zbar_gives_the_bytes_and_guesses_no_charset(number: int) -> None:
    text = f"0011901234{number:02}||Đỗ Thị Bích Ngọc {number}|0102199{number % 10}|Nữ|Tổ {number}, Vĩnh Bảo|15042021"
    (reading,) = decoder.decode(in_frame(code(text, 5)), ["zbar"])
    assert reading.raw == text.encode()
    assert reading.stage == "zbar"


def test_without_libzbar_the_first_two_stages_work(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "card.png"), in_frame(code(CARD, 4)))
    program = (
        "import sys; sys.modules['pyzbar'] = None\n"
        "import cv2, numpy\n"
        "from kiosk.devices.decoder import decode\n"
        "assert decode(numpy.zeros((200, 200), numpy.uint8)) == []\n"
        f"assert decode(cv2.imread({str(tmp_path / 'card.png')!r}))[0].raw == {CARD.encode()!r}\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_zbar_reads_a_picture_that_zxing_cannot() -> None:
    frame = cv2.imread(str(PICTURES / "zbar_only.png"))
    assert decoder.decode(frame, ["plain", "enlarged"]) == []
    (reading,) = decoder.decode(frame)
    assert (reading.text, reading.stage) == ("001190123456||Nguyễn Thị Ánh Tuyết", "zbar")


@pytest.mark.parametrize(("name", "count"), [("thalassiodracon.png", 1), ("thalassiodracon_turned.png", 2)])
def test_pictures_that_others_made(name: str, count: int) -> None:
    readings = decoder.decode(cv2.imread(str(PICTURES / name)))
    assert [reading.text for reading in readings] == ["Thalassiodracon"] * count


@pytest.mark.parametrize(
    "frame", [np.zeros((0, 0), np.uint8), np.zeros((10, 10), np.float32), np.zeros((10, 10, 4), np.uint8)]
)
def test_what_is_no_frame_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frame"):
        decoder.decode(frame)

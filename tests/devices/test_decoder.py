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
import zxingcpp
from PIL import Image

from kiosk.devices import decoder, decoder_zxing

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


def attempted(frame: np.ndarray, stage: str) -> list[decoder.Reading]:
    """What one attempt alone finds in the likeliest part of the frame."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    (attempt,) = (each for each in decoder.ATTEMPTS if each.stage == stage)
    return attempt.read(decoder.parts_of(grey, ("QRCode",))[0], stage)


# A clean code is overdone by the attempt that is for the worst of lenses.
@pytest.mark.parametrize("stage", [attempt.stage for attempt in decoder.ATTEMPTS if attempt.stage != "focused more"])
def test_every_attempt_gives_the_exact_text_and_where_it_stands(stage: str) -> None:
    picture = code(CARD, 5)
    (reading,) = attempted(in_frame(picture, 200, 300), stage)
    assert (reading.raw, reading.text, reading.symbology, reading.stage) == (CARD.encode(), CARD, "QRCode", stage)
    quiet, size = 4 * 5, picture.shape[0]
    middle = np.array(reading.corners).mean(axis=0)
    assert np.abs(middle - [300 + size / 2, 200 + size / 2]).max() <= 5
    assert np.ptp(np.array(reading.corners), axis=0).max() == pytest.approx(size - 2 * quiet, abs=12)


def test_corners_surround_the_code_in_pixels_of_the_frame() -> None:
    picture = code("DT1:23456789AB", 5)
    (reading,) = decoder.decode(in_frame(picture, 200, 300))
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


@pytest.mark.parametrize("stage", [attempt.stage for attempt in decoder.ATTEMPTS])
def test_bytes_that_are_not_utf_8_are_dropped_by_every_stage(stage: str) -> None:
    frame = in_frame(code(b"Nguy\xea\xf1n V\xe3n \xff", 6))
    assert attempted(frame, stage) == []
    assert decoder.decode(frame) == []


def test_signs_that_only_a_wrong_charset_makes_are_dropped() -> None:
    assert decoder.decode(in_frame(code("Nguyá»\x85n VÄ\x83n An".encode(), 6))) == []


def test_other_symbologies_are_left_alone_unless_asked_for() -> None:
    file = io.BytesIO()
    segno.make_micro("12345").save(file, kind="png", scale=8)
    assert decoder.decode(in_frame(np.array(Image.open(file).convert("L")))) == []
    matrix = zxingcpp.create_barcode("0104012345678901", zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=6)
    frame = in_frame(np.array(matrix))
    assert decoder.decode(frame) == []
    (reading,) = decoder.decode(frame, ["DataMatrix"])
    assert (reading.text, reading.symbology) == ("0104012345678901", "DataMatrix")
    assert decoder.Stream(["DataMatrix"]).feed(frame) == [reading]


def test_a_format_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="Hieroglyph"):
        decoder.decode(in_frame(code(CARD, 4)), ["Hieroglyph"])


def small(blur: float) -> np.ndarray:
    picture = cv2.resize(code(CARD, 8), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(in_frame(picture), (0, 0), blur)


def moved(length: int) -> np.ndarray:
    trace = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    cv2.line(trace, (length // 2, length), (length // 2 + length, length - length // 3), 1.0)
    return cv2.filter2D(in_frame(code(CARD, 5)), -1, trace / trace.sum())


@pytest.mark.parametrize(("frame", "stage"), [(small(0.95), "focused"), (moved(9), "stilled")])
def test_what_the_first_look_cannot_read_an_attempt_reads(frame: np.ndarray, stage: str) -> None:
    assert decoder_zxing.read(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), ("QRCode",), "") == []
    assert [reading.text for reading in attempted(frame, stage)] == [CARD]
    assert [reading.text for reading in decoder.decode(frame)] == [CARD]


def test_a_stream_reads_over_several_frames_what_decode_reads_at_once() -> None:
    stream, frame = decoder.Stream(), moved(9)
    found = next(found for _ in decoder.ATTEMPTS if (found := stream.feed(frame)))
    assert [reading.text for reading in found] == [CARD]


def test_a_stream_says_where_it_sees_a_code_that_it_cannot_read() -> None:
    stream, picture = decoder.Stream(), code(CARD, 3)
    picture[: len(picture) // 2, : len(picture) // 3] = 128  # two of the corner marks are hidden by a thumb
    for _ in range(2 * len(decoder.ATTEMPTS)):
        assert stream.feed(in_frame(picture, 200, 300)) == []
        assert stream.sighting is not None
    middle = np.array(stream.sighting.corners).mean(axis=0)
    assert np.abs(middle - [300 + picture.shape[1] / 2, 200 + picture.shape[0] / 2]).max() < 45
    assert stream.sighting.module_px == pytest.approx(3, rel=0.35)
    assert stream.feed(np.full((720, 1280, 3), 90, np.uint8)) == []
    assert stream.sighting is None


@pytest.mark.parametrize("number", range(12))
def test_zbar_gives_the_bytes_and_guesses_no_charset(number: int) -> None:
    text = f"0011901234{number:02}||Đỗ Thị Bích Ngọc {number}|0102199{number % 10}|Nữ|Tổ {number}, Vĩnh Bảo|15042021"
    (reading,) = attempted(in_frame(code(text, 4)), "zbar")
    assert reading.raw == text.encode()


def test_without_libzbar_the_others_go_on(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "card.png"), in_frame(code(CARD, 4)))
    cv2.imwrite(str(tmp_path / "hidden.png"), in_frame(code(CARD, 4)[:90]))
    program = (
        "import sys; sys.modules['pyzbar'] = None\n"
        "import cv2\n"
        "from kiosk.devices.decoder import decode\n"
        f"assert decode(cv2.imread({str(tmp_path / 'hidden.png')!r})) == []\n"
        f"assert decode(cv2.imread({str(tmp_path / 'card.png')!r}))[0].raw == {CARD.encode()!r}\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_zbar_reads_a_picture_that_zxing_cannot() -> None:
    frame = cv2.imread(str(PICTURES / "zbar_only.png"))
    (reading,) = decoder.decode(frame)
    assert reading.text == "001190123456||Nguyễn Thị Ánh Tuyết"


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


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (7, 9), (40, 40, 3), (64, 2000, 3), (3100, 4100)])
def test_no_shape_of_frame_is_too_odd(shape: tuple[int, ...]) -> None:
    frame = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
    assert decoder.decode(frame) == decoder.Stream(["DataMatrix"]).feed(frame) == []


def test_a_large_photo_is_read_like_a_frame() -> None:
    frame = cv2.resize(moved(11), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    (reading,) = decoder.decode(frame)
    assert reading.text == CARD
    assert np.array(reading.corners).max() > 1280, "its corners are those of the photo"

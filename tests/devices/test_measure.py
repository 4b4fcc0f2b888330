"""What a technician is told of a picture agrees with how it was drawn."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import segno
from PIL import Image

from kiosk.devices import measure
from kiosk.devices.decoder import Frame, Reading, decode

TEXT = "001190123456||Nguyễn Thị Ánh Tuyết|01021990|Nữ|Thôn Đắk Rơ Chót, Ngọc Hồi, Kon Tum|15042021"


def drawn(module_px: float, turn: float = 0.0, version: int | None = None) -> Frame:
    """A code of exactly so many pixels a module on a grey picture, turned by degrees."""
    file = io.BytesIO()
    segno.make_qr(TEXT.encode(), error="m", mode="byte", version=version).save(file, kind="png", scale=10)
    large = np.asarray(Image.open(file).convert("L"), np.uint8)
    matrix = cv2.getRotationMatrix2D((large.shape[1] / 2, large.shape[0] / 2), turn, module_px / 10)
    matrix[:, 2] += 360 - large.shape[0] / 2
    grey = cv2.warpAffine(large, matrix, (720, 720), flags=cv2.INTER_AREA, borderValue=(200,))
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(grey, (0, 0), 0.8), cv2.COLOR_GRAY2BGR), np.uint8)


@pytest.mark.parametrize(
    ("px", "turn", "version"), [(8.0, 0, None), (5.0, 0, None), (5.0, 30, None), (3.0, 12, None), (2.6, 0, 10)]
)
def test_pixels_per_module_are_those_that_were_drawn(px: float, turn: float, version: int | None) -> None:
    frame = drawn(px, turn, version)
    [reading] = decode(frame)
    assert measure.module_px(frame, reading) == pytest.approx(px, rel=0.08)


def test_what_no_reader_sees_again_has_no_size() -> None:
    frame = drawn(5.0)
    [reading] = decode(frame)
    assert measure.module_px(np.full_like(frame, 200), reading) == 0.0
    assert measure.module_px(frame, Reading(b"another", "another", "QRCode", reading.corners, "plain")) == 0.0
    assert measure.module_px(frame, Reading(reading.raw, reading.text, "QRCode", (), "zbar")) == 0.0


def test_a_lens_out_of_focus_is_less_sharp_and_noise_is_not_sharpness() -> None:
    frame = drawn(5.0)
    blurred = [np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), np.uint8) for sigma in (1.0, 2.0, 4.0)]
    found = [measure.sharpness(each) for each in (frame, *blurred)]
    assert found == sorted(found, reverse=True)
    assert found[0] > measure.SHARP
    assert found[-1] < measure.SOFT
    noisy = 128 + np.random.default_rng(1).normal(0, 4, (360, 640))
    assert measure.sharpness(np.clip(noisy, 0, 255).astype(np.uint8)) < measure.SOFT
    assert measure.brightness(np.full((4, 4, 3), 90, np.uint8)) == 90

"""What moves is seen at once; noise, lamps and exposure are not motion."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from kiosk.devices.decoder import Frame
from kiosk.devices.motion import Motion
from kiosk.devices.shot import JpegShot
from kiosk.devices.virtual_scene import hall

SIZE = (640, 360)
HALL = hall(*SIZE).astype(np.float32)
LOOKS_A_SECOND = 10
Change = Callable[[np.ndarray, int], np.ndarray]


def still(frame: np.ndarray, _nth: int) -> np.ndarray:
    return frame


def flicker(frame: np.ndarray, nth: int) -> np.ndarray:
    """Lamps at 100 Hz against a rolling shutter: bright and dark bands that wander."""
    rows = np.arange(frame.shape[0])[:, None, None]
    return frame * (1 + 0.15 * np.sin(rows / 31 + nth * 1.7))


def drift(frame: np.ndarray, nth: int) -> np.ndarray:
    """The exposure goes up and down by a third within two seconds, and bright places clip."""
    return frame * (1 + 0.33 * np.sin(nth * np.pi / 2 / LOOKS_A_SECOND))


def dark(frame: np.ndarray, _nth: int) -> np.ndarray:
    return frame * 0.15


def looks(change: Change, noise: float, seed: int = 1) -> Iterator[np.ndarray]:
    """The hall, look after look; the noise is moved about, which is quicker than making it anew."""
    chance = np.random.default_rng(seed)
    height, width = HALL.shape[:2]
    grains = chance.normal(0, noise, (height + 64, width + 64, 3)).astype(np.float32)
    for nth in itertools.count():
        y, x = chance.integers(64, size=2)
        yield change(HALL, nth) + grains[y : y + height, x : x + width]


def small(frame: np.ndarray, quality: int = 85) -> Frame:
    whole = np.clip(frame, 0, 255).astype(np.uint8)
    return JpegShot(cv2.imencode(".jpg", whole, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes()).small


CONDITIONS = [
    pytest.param(still, 2.0, id="a good sensor"),
    pytest.param(still, 14.0, id="a noisy sensor"),
    pytest.param(flicker, 3.0, id="flickering lamps"),
    pytest.param(drift, 3.0, id="drifting exposure"),
    pytest.param(dark, 6.0, id="dark and noisy"),
]


@pytest.mark.parametrize(("change", "noise"), CONDITIONS)
def test_an_empty_wall_does_not_move_and_a_card_does(change: Change, noise: float) -> None:
    motion, scene = Motion(), looks(change, noise)
    assert motion.sees(small(next(scene))), "the first picture is news"
    still = [motion.sees(small(next(scene))) for _ in range(5 * LOOKS_A_SECOND)]
    assert not any(still)
    held = next(scene)
    held[150:195, 280:360] *= 0.45  # an eighth of the picture's width and height: as small as a phone ever is
    assert motion.sees(small(held))


def test_what_comes_slowly_is_seen_too_and_what_stays_grows_old() -> None:
    motion, scene = Motion(), looks(still, 2.0)
    motion.sees(small(next(scene)))
    seen = []
    for nth in range(8 * LOOKS_A_SECOND):
        frame = next(scene)
        frame[100:240, : min(300, 4 * nth)] = (60, 40, 200)
        seen.append(motion.sees(small(frame)))
    assert sum(seen[:75]) > 40
    for _ in range(4 * LOOKS_A_SECOND):
        frame = next(scene)
        frame[100:240, :300] = (60, 40, 200)
        last = motion.sees(small(frame))
    assert not last


def test_a_low_quality_jpeg_is_no_motion() -> None:
    motion, scene = Motion(), looks(still, 4.0)
    motion.sees(small(next(scene), 25))
    assert not any(motion.sees(small(next(scene), 25)) for _ in range(24))


def test_pictures_of_another_size_and_tiny_ones_are_taken() -> None:
    motion = Motion()
    for shape in ((90, 160), (45, 80), (3, 2)):
        assert motion.sees(np.full(shape, 120, np.uint8))
        assert not motion.sees(np.full(shape, 121, np.uint8))

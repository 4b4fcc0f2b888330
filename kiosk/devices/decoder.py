"""A picture in, the codes in it out: one cheap look at the whole, then dearer ones at what looks like a code.

The whole frame goes through zxing-cpp once, quickly where nothing looks like a code (`code_finder`). Only where
something does are there more attempts, on that part alone and in the order of what they find for what they cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from kiosk.devices import code_finder, decoder_opencv, decoder_zbar, decoder_zxing
from kiosk.devices.code_finder import Region
from kiosk.devices.deblur import Spectrum
from kiosk.devices.reading import Corners, Frame, Reading

__all__ = ["ATTEMPTS", "Frame", "Reading", "Sighting", "Stream", "decode"]

QR = "QRCode"
PLAIN = "plain"
# A code that fills a larger region has modules enough to be made smaller, and the attempts cost by the pixel; then most
# readers see best what is twice as large.
LARGEST_PART = 256
TWICE = 2.0
# How like a code a region must be (see `code_finder`): 98 of 100 sharp codes are over LIKELY, few other things are.
SUSPECT, LIKELY, SURE = 6.0, 14.0, 60.0
# Above this share of the contrast in one pixel an edge is sharp.
SHARP = 0.42

cv2.setNumThreads(1)


@dataclass(frozen=True)
class Sighting:
    """Something code-like that no stage has read: its four corners in pixels of the frame, and how large it is.

    `module_px`: pixels per module (the smallest square of a code), if it is a card's.
    """

    corners: Corners
    module_px: float


@dataclass
class Part:
    """A region of a frame, and what several attempts need of it; each is made once, when it is first asked for."""

    region: Region
    formats: tuple[str, ...]
    picture: Frame
    reduction: float = 1.0

    @cached_property
    def spectrum(self) -> Spectrum:
        """For taking blur out."""
        return Spectrum(self.picture)

    @cached_property
    def sharpness(self) -> float:
        """The steepest edges, as a share of the contrast over one pixel."""
        some = self.picture[::2].astype(np.float32)
        low, high = np.percentile(some[:, ::2], (5, 95))
        return float(np.percentile(np.abs(np.diff(some, axis=1))[:, ::2], 97) / max(1.0, high - low))

    def placed(self, found: list[Reading], scale: float) -> list[Reading]:
        """Readings of this part, `scale` times as large, with their corners where they are in the frame."""
        left, top, scale = self.region.left, self.region.top, scale * self.reduction
        return [
            replace(each, corners=tuple((round(x / scale) + left, round(y / scale) + top) for x, y in each.corners))
            for each in found
        ]


@dataclass(frozen=True)
class Attempt:
    """One way to read a part; on how many of a frame's likeliest parts it is tried, and how likely they must be.

    `blurred`: it is of no use to a part that is sharp.
    """

    stage: str
    parts: int
    least: float
    read: Callable[[Part, str], list[Reading]]
    blurred: bool = False

    def worth(self, parts: list[Part]) -> list[Part]:
        """Those of `parts`, which are in the order of their likeness, that it is tried on."""
        return [
            part
            for part in parts[: self.parts]
            if part.region.likeness >= self.least and not (self.blurred and part.sharpness > SHARP)
        ]


def _resized(picture: Frame, scale: float) -> Frame:
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _zxing(part: Part, picture: Frame, stage: str) -> list[Reading]:
    return part.placed(decoder_zxing.read(_resized(picture, TWICE), part.formats, stage), TWICE)


def _evened(part: Part, stage: str) -> list[Reading]:
    enlarged = _resized(part.picture, TWICE)
    return part.placed(decoder_zxing.read_evenly_lit(enlarged, part.formats, stage), TWICE)


def _reduced(part: Part, stage: str) -> list[Reading]:
    scale = 0.7
    picture = np.asarray(cv2.GaussianBlur(_resized(part.picture, scale), (0, 0), 0.8), np.uint8)
    return part.placed(decoder_zxing.read(picture, part.formats, stage), scale)


def _smoothed(part: Part, stage: str) -> list[Reading]:
    low, high = np.percentile(part.picture[::2, ::2], (1, 99))
    clear = (part.picture.astype(np.float32) - low) * (255 / max(1.0, float(high - low)))
    whole = np.asarray(np.clip(clear, 0, 255), np.uint8)
    return _zxing(part, np.asarray(cv2.GaussianBlur(whole, (0, 0), 1.2), np.uint8), stage)


def _focused(sigma: float, noise: float) -> Callable[[Part, str], list[Reading]]:
    return lambda part, stage: _zxing(part, part.spectrum.focused(sigma, noise), stage)


def _stilled(part: Part, stage: str) -> list[Reading]:
    return _zxing(part, part.spectrum.stilled(*part.spectrum.motion()), stage)


def _zbar(part: Part, stage: str) -> list[Reading]:
    return part.placed(decoder_zbar.read(part.picture, stage), 1)


def _opencv(part: Part, stage: str) -> list[Reading]:
    return part.placed(decoder_opencv.read(_resized(part.picture, TWICE), stage), TWICE)


# In the order of what each finds that those before it did not, for what it costs; measured on invented frames.
ATTEMPTS = (
    Attempt("evened", 2, SUSPECT, _evened),
    Attempt("focused", 1, LIKELY, _focused(1.0, 0.02)),
    Attempt("reduced", 1, LIKELY, _reduced),
    Attempt("smoothed", 1, LIKELY, _smoothed),
    Attempt("zbar", 2, LIKELY, _zbar),
    Attempt("focused more", 1, LIKELY, _focused(3.0, 0.02), blurred=True),
    Attempt("stilled", 1, LIKELY, _stilled, blurred=True),
    Attempt("focused less", 1, LIKELY, _focused(1.8, 0.03), blurred=True),
    Attempt("opencv", 1, SURE, _opencv),
)


def decode(frame: Frame, formats: Iterable[str] = ()) -> list[Reading]:
    """The codes of `frame` (uint8, H×W grey or H×W×3 BGR), found by the first attempt that finds any.

    `formats`: what is looked for beside QR codes, by zxing's names (`DataMatrix`, `Aztec`, `PDF417`, `Code128`, …).
    A code that is no text is left out. Raises ValueError on a frame of another shape or type, or an unknown format.
    """
    grey, wanted = _grey(frame), (QR, *formats)
    parts = parts_of(grey, wanted)
    return _plain(grey, wanted, parts) or _attempted(ATTEMPTS, parts)


class Stream:
    """Decodes the newest frames of one camera; of the dear attempts one runs on each frame, in turn.

    `formats` as in `decode`. `sighting`: what looked like a code in the last frame and was not read.
    """

    def __init__(self, formats: Iterable[str] = ()) -> None:
        self.formats = tuple(formats)
        self.sighting: Sighting | None = None
        self._turn = 0

    def feed(self, frame: Frame) -> list[Reading]:
        """The codes in this frame. Raises ValueError as `decode` does."""
        grey, wanted = _grey(frame), (QR, *self.formats)
        self.sighting = None
        parts = parts_of(grey, wanted)
        if found := _plain(grey, wanted, parts):
            return found
        if not parts:
            self._turn = 0
            return []
        cheap, *others = ATTEMPTS
        dear = [attempt for attempt in others if attempt.worth(parts)]
        in_turn = [dear[self._turn % len(dear)]] if dear else []
        self._turn += 1
        if found := _attempted([cheap, *in_turn], parts):
            return found
        self.sighting = _sighting(parts[0])
        return []


def _plain(grey: Frame, formats: tuple[str, ...], parts: list[Part]) -> list[Reading]:
    """The whole frame as it is; quickly where nothing looks like a code."""
    return (decoder_zxing.read if parts else decoder_zxing.read_quickly)(grey, formats, PLAIN)


def _attempted(attempts: Iterable[Attempt], parts: list[Part]) -> list[Reading]:
    for attempt in attempts:
        for part in attempt.worth(parts):
            if found := attempt.read(part, attempt.stage):
                return found
    return []


def parts_of(grey: Frame, formats: tuple[str, ...]) -> list[Part]:
    """What looks like a code in `grey` (uint8, H×W), the likeliest first."""
    return [_part(grey, region, formats) for region in code_finder.find(grey)]


def _part(grey: Frame, region: Region, formats: tuple[str, ...]) -> Part:
    picture = region.cut(grey)
    reduction = min(1.0, LARGEST_PART / max(picture.shape))
    return Part(region, formats, picture if reduction == 1 else _resized(picture, reduction), reduction)


def _sighting(part: Part) -> Sighting | None:
    if part.region.likeness < LIKELY:
        return None
    box = part.region
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return Sighting(corners, box.module_px)


def _grey(frame: Frame) -> Frame:
    if frame.dtype != np.uint8 or frame.size == 0:
        raise ValueError("a frame is a non-empty array of uint8")
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    if frame.ndim == 3 and frame.shape[2] == 3:
        return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)
    raise ValueError(f"a frame is H×W or H×W×3, not {frame.shape}")

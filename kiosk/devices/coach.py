"""What to say to somebody whose code cannot be read: one word for one frame after another, computed from the frame.

A code that was seen and not read is judged by its light, then by its pixels per module, which decide more than anything
else, then by its glare and its blur. Where no code is seen, something like a card that has come into the picture is
judged. Nothing is said to an empty hall or to people who walk by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.devices.decoder import Frame, Reading, Sighting
from kiosk.devices.held_card import Card, Hall
from kiosk.devices.measure import MODULE_PX_ENOUGH, MODULE_PX_LEAST

Corners = NDArray[np.float32]


class Advice(StrEnum):
    """One sentence of the kiosk."""

    NEARER = "nearer"
    FARTHER = "farther"
    DARK = "dark"
    GLARE = "glare"
    STILL = "still"
    BRIGHTER = "brighter"
    OTHER = "other"


# What can be told of modules that have run together is always too large. A sighting that were a national card's code
# (49 modules) with the usual margin has these; a larger code of fewer modules is not told to come nearer by that.
SIGHTED_MODULES: Final = 56
# Of the frame's width and height: what stands this near to its edge is cut by it.
EDGE: Final = 0.006
LARGEST_SIDE: Final = 0.92
# Brightness of what should be white, 0 to 255. Paper in the same light is hardly ever darker than the middle of the
# hall: what is so much darker is a dimmed screen; what is so much lighter in a dark hall shines by itself.
WHITE_LEAST: Final = 80
DIM_SCREEN: Final = 0.8
SHINES: Final = 2.8
HALL_LIT: Final = 80
SHINES_WEAKLY: Final = 120
# Washed out: cells of a few modules nearly as light as the code's white. A decoder repairs up to 14 % of a code.
# Looked at in the middle only: what was sighted is a box, with some of the card's white around the code.
GLARE_LIGHT: Final = 215
GLARE_LIKE_WHITE: Final = 0.92
GLARE_SHARE: Final = 0.08
CELLS: Final = 10
MIDDLE: Final = 0.36
# White paper is not quite white in a picture, a mirrored lamp is: this share of a card, or of a code's surroundings.
LAMP_LIGHT: Final = 251
LAMP_SHARE: Final = 0.10
# Widths of the frame a second: at 1/30 s of exposure this is a blur of six pixels at 1280, more than can be undone.
FAST: Final = 0.14
# A code has as many edges across as down, however it is turned; a moving one loses those of one direction.
ONE_WAY: Final = 0.4
# Change of brightness beside what there is to change, one pixel on: below it a code's modules have run together.
SOFT: Final = 0.5
# A fixed focus begins behind this: modules that large need no more of them, they need distance.
MODULE_PX_LARGE: Final = 7.0
# Of the frame's width or height: on a smaller card the 11 mm code has fewer pixels than any decoder needs.
CARD_LEAST_SPAN: Final = 0.7

APPEARS_SECONDS: Final = 0.5
STAYS_SECONDS: Final = 1.2
LONGEST_STEP: Final = 0.25
# A code that is near, lit, still and sharp is read within a second or two, unless it is scratched or cracked.
DAMAGED_SECONDS: Final = 3.0
# A code that was just read is seen unread in between: nobody needs advice then.
SILENT_AFTER_READING: Final = 1.5
# No hand keeps a code within a hundredth of the frame's width for so long: it hangs on the wall.
POSTER_SECONDS: Final = 15.0
POSTER_MOVES: Final = 0.01


class Coach:
    """Watches one camera. `at` is in seconds and only grows."""

    def __init__(self) -> None:
        self._hall = Hall()
        self._steady = _Steady()
        self._place: tuple[float, float, float] | None = None
        self._rest: tuple[float, float, float] | None = None
        self._read_at = -SILENT_AFTER_READING
        self._faultless_since: float | None = None

    def watch(self, frame: Frame, readings: Sequence[Reading], sighting: Sighting | None, at: float) -> Advice | None:
        """What to say now. `readings` and `sighting` are what a `Stream` found in this `frame`."""
        if readings:
            self._read_at = at
            self._place = self._faultless_since = None
            self._steady.clear(at)
            return None
        if sighting is not None and self._on_the_wall(sighting, frame.shape[1], at):
            sighting = None
        half = np.ascontiguousarray(frame[::2, ::2, 1] if frame.ndim == 3 else frame[::2, ::2])
        self._hall.look(half, at, may_learn=sighting is None)
        if at - self._read_at < SILENT_AFTER_READING:
            self._steady.clear(at)
            return None
        card = self._hall.card()
        # In bad light anything may look like a code, and the card is the surer sign.
        light = _of_light(card.white, self._hall.light) if card else None
        if light is None and sighting is not None and len(sighting.corners) == 4:
            reason = self._of_code(_Code.seen(half, sighting), card, at)
            return self._steady.after(self._or_damaged(reason, at), at)
        self._faultless_since = None
        return self._steady.after(light or self._of_card(card, at), at)

    def _or_damaged(self, reason: Advice | None, at: float) -> Advice | None:
        """A code that could be read and is not, for long enough: another one may do better."""
        if reason is not None:
            self._faultless_since = None
        elif self._faultless_since is None:
            self._faultless_since = at
        elif at - self._faultless_since > DAMAGED_SECONDS:
            return Advice.OTHER
        return reason

    def _of_code(self, code: _Code, card: Card | None, at: float) -> Advice | None:
        fast = self._speed(code.centre, at) > FAST
        if light := _of_light(code.white, self._hall.light):
            return light
        if (code.cut and code.module_px >= MODULE_PX_ENOUGH) or code.side > LARGEST_SIDE:
            return Advice.FARTHER
        if code.module_px < MODULE_PX_LEAST:
            # A lamp on a code leaves only a part of it to be sighted: the card itself says how near it is.
            near = card is not None and card.span >= CARD_LEAST_SPAN
            return Advice.GLARE if near and code.lamp > LAMP_SHARE else Advice.NEARER
        if code.glare > GLARE_SHARE or code.lamp > LAMP_SHARE:
            return Advice.GLARE
        return Advice.STILL if fast or code.one_way < ONE_WAY else _of_focus(code)

    def _on_the_wall(self, sighting: Sighting, width: int, at: float) -> bool:
        """Has it been in one place since long ago?"""
        x, y = np.mean(sighting.corners, axis=0) / width
        rest = self._rest
        if rest is None or np.hypot(x - rest[0], y - rest[1]) > POSTER_MOVES:
            self._rest = (float(x), float(y), at)
            return False
        return at - rest[2] > POSTER_SECONDS

    def _of_card(self, card: Card | None, at: float) -> Advice | None:
        if card is None:
            self._place = None
            return None
        if self._speed(card.centre, at) > FAST:
            return Advice.STILL
        if card.washed_out(LAMP_LIGHT) > LAMP_SHARE:
            return Advice.GLARE
        return Advice.NEARER if card.span < CARD_LEAST_SPAN else None

    def _speed(self, centre: tuple[float, float], at: float) -> float:
        """Widths of the frame a second since the last look; 0.0 for what has just come."""
        before, self._place = self._place, (*centre, at)
        if before is None or not 0 < at - before[2] < 1.0:
            return 0.0
        return float(np.hypot(centre[0] - before[0], centre[1] - before[1]) / (at - before[2]))


@dataclass(frozen=True)
class _Code:
    """What the picture of one unread code says. `centre` and `side` in widths and heights of the frame."""

    centre: tuple[float, float]
    module_px: float
    side: float
    cut: bool
    white: float
    glare: float
    lamp: float
    one_way: float
    sharpness: float

    @classmethod
    def seen(cls, half: Frame, sighting: Sighting) -> _Code:
        height, width = half.shape
        corners: Corners = np.asarray(sighting.corners, np.float32) / np.float32(2)
        side = max(1.0, float(np.linalg.norm(corners - np.roll(corners, 1, 0), axis=1).max()))
        module_px = min(sighting.module_px or np.inf, 2 * side / SIGHTED_MODULES)
        margin = np.array((width, height)) * EDGE
        cut = bool((corners <= margin).any() or (corners >= (width, height) - margin - 1).any())
        x, y = corners.mean(0) / width
        one_way, sharpness = _edges(_box(half, corners))
        around = _box(half, corners.mean(0) + 1.4 * (corners - corners.mean(0)))
        flat = _flattened(half, corners)
        white = float(np.percentile(flat, 95))
        glare = _washed_out(flat, white)
        lamp = float((around >= LAMP_LIGHT).mean())
        return cls((float(x), float(y)), module_px, side / height, cut, white, glare, lamp, one_way, sharpness)


def _box(half: Frame, corners: Corners) -> Frame:
    x0, y0 = np.clip(corners.min(0).astype(int), 0, np.array(half.shape[::-1]) - 8)
    x1, y1 = np.clip(corners.max(0).astype(int) + 1, (x0 + 8, y0 + 8), half.shape[::-1])
    return half[y0:y1, x0:x1]


def _flattened(half: Frame, corners: Corners) -> Frame:
    """The code alone, 96×96, however it is turned."""
    square = np.array(((0, 0), (96, 0), (96, 96), (0, 96)), np.float32)
    turn = cv2.getPerspectiveTransform(corners, square)
    return np.asarray(cv2.warpPerspective(half, turn, (96, 96), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _washed_out(flat: Frame, white: float) -> float:
    means = cv2.resize(flat, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    across = (np.arange(CELLS) + 0.5) / CELLS - 0.5
    middle = np.hypot(across, across[:, None]) < MIDDLE
    return float((means[middle] >= max(GLARE_LIGHT, GLARE_LIKE_WHITE * white)).mean())


def _edges(box: Frame) -> tuple[float, float]:
    """How alike the edges of all directions are (1: quite), and how sharp."""
    small = box[:160, :160].astype(np.float32)
    across, down = small[:-1, 1:] - small[:-1, :-1], small[1:, :-1] - small[:-1, :-1]
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    middle, apart = (xx + yy) / 2, float(np.hypot((xx - yy) / 2, xy))
    spread = float(small.std()) or 1.0
    return (middle - apart) / (middle + apart + 1e-6), float(np.sqrt(middle)) / spread


def _of_light(white: float, hall: float) -> Advice | None:
    if hall >= HALL_LIT and white < DIM_SCREEN * hall:
        return Advice.BRIGHTER
    if white < SHINES_WEAKLY and white > SHINES * hall:
        return Advice.BRIGHTER
    return Advice.DARK if white < WHITE_LEAST else None


def _of_focus(code: _Code) -> Advice | None:
    if code.module_px < MODULE_PX_ENOUGH:
        return Advice.NEARER
    if code.sharpness * code.module_px / 4 >= SOFT:
        return None
    return Advice.FARTHER if code.module_px >= MODULE_PX_LARGE else Advice.STILL


class _Steady:
    """Says a reason only when it has lasted, and then for long enough to be read."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(Advice, 0.0)
        self._said: Advice | None = None
        self._said_at = 0.0
        self._at = 0.0

    def clear(self, at: float) -> None:
        """From now on nothing, until a reason has lasted again."""
        self._seconds = dict.fromkeys(Advice, 0.0)
        self._said = None
        self._at = at

    def after(self, reason: Advice | None, at: float) -> Advice | None:
        """What is said when `reason` is seen now."""
        step = min(LONGEST_STEP, max(0.0, at - self._at))
        self._at = at
        for each in Advice:
            seconds = self._seconds[each] + (step if each is reason else -step)
            self._seconds[each] = min(APPEARS_SECONDS + 0.2, max(0.0, seconds))
        strongest = max(Advice, key=lambda each: self._seconds[each])
        # A hair less than the whole: eight steps of 1/8 s are not quite one second.
        lasted = self._seconds[strongest] > APPEARS_SECONDS - 0.01
        if self._said is not None and at - self._said_at < STAYS_SECONDS:
            return self._said
        if lasted and strongest is not self._said:
            self._said, self._said_at = strongest, at
        elif self._said is not None and self._seconds[self._said] <= 0.0:
            self._said = None
        return self._said

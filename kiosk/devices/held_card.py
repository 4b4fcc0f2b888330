"""Something like a card or a phone that has come into the picture: found without any code on it, by its shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.devices.decoder import Frame

SMALL: Final = (160, 90)
# The hall is what has been there for so long. Somebody's card becomes a part of it only when it is forgotten there.
LEARNS_SECONDS: Final = 20.0
LONGEST_STEP: Final = 0.5
# How different a spot must be from the hall, and how much of a card must be.
NEW_LEAST: Final = 3.0
NEW_LIKE_LIGHT: Final = 0.1
NEW_SHARE: Final = 0.5
# Of the frame's area: smaller is a badge on somebody's chest, larger is cut by the edge.
LEAST_AREA, MOST_AREA = 0.03, 0.85
# How much of its upright box (turned with it) a card fills: a face or a shoulder fills less.
RECTANGULAR: Final = 0.86
# Long side to short: a card has 1.59, a phone about 2.1, and both are held at a slant.
LEAST_ASPECT, MOST_ASPECT = 1.25, 2.4
LEVELS: Final = (0.35, 0.55, 0.75)


@dataclass(frozen=True)
class Card:
    """Where its middle is (in widths of the frame), what it spans (of the frame's width or height, whichever it fills
    more), how light its light parts are, and its pixels.
    """

    centre: tuple[float, float]
    span: float
    white: float
    pixels: Frame

    def washed_out(self, light: float) -> float:
        """The share of its pixels at least as light as that."""
        return float((self.pixels >= light).mean())


class Hall:
    """Remembers the place as it is with nobody in front; `light`: how light what is left of it now is, 0 to 255."""

    def __init__(self) -> None:
        self.light = 0.0
        self._known: NDArray[np.float32] | None = None
        self._picture: Frame = np.zeros(SMALL[::-1], np.uint8)
        self._new = np.zeros(SMALL[::-1], np.bool_)
        self._at = 0.0

    def look(self, grey: Frame, at: float, *, may_learn: bool) -> None:
        """Takes this grey picture (any size) for what is seen now, `at` seconds."""
        self._picture = np.asarray(cv2.resize(grey, SMALL, interpolation=cv2.INTER_AREA), np.uint8)
        now = self._picture.astype(np.float32)
        if self._known is None:
            self._known = now
        self._new = cv2.absdiff(now, self._known) > max(NEW_LEAST, NEW_LIKE_LIGHT * float(now.mean()))
        # Where all is new the light itself has changed.
        all_new = self._new.mean() > MOST_AREA
        self.light = float(np.median(self._picture if all_new else self._picture[~self._new]))
        if may_learn:
            cv2.accumulateWeighted(now, self._known, min(LONGEST_STEP, max(0.0, at - self._at)) / LEARNS_SECONDS)
        self._at = at

    def card(self) -> Card | None:
        """The card that stands out of the hall in the picture looked at last, if one does."""
        return _card(self._picture, self._new) if self._new.mean() > LEAST_AREA * NEW_SHARE else None


def _card(picture: Frame, new: NDArray[np.bool_]) -> Card | None:
    whole = cv2.morphologyEx(new.astype(np.uint8) * 255, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    came = np.asarray(whole, np.uint8)
    for mask in (came, *_levels(picture, came)):
        for outline in cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
            if card := _as_card(picture, np.asarray(outline, np.int32), new):
                return card
    return None


def _levels(picture: Frame, came: Frame) -> Iterator[Frame]:
    """What has come, lighter or darker than a few levels: a card in front of the shirt of whoever holds it."""
    soft = cv2.GaussianBlur(picture, (5, 5), 0)
    dark, light = np.percentile(soft[came > 0], (5, 95))
    for level in LEVELS:
        for kind in (cv2.THRESH_BINARY, cv2.THRESH_BINARY_INV):
            mask = cv2.threshold(soft, float(dark + level * (light - dark)), 255, kind)[1]
            yield np.asarray(cv2.bitwise_and(mask, came), np.uint8)


def _as_card(picture: Frame, outline: NDArray[np.int32], new: NDArray[np.bool_]) -> Card | None:
    width, height = SMALL
    x, y, w, h = cv2.boundingRect(outline)
    if not LEAST_AREA <= w * h / (width * height) <= MOST_AREA or x < 1 or y < 1 or x + w >= width or y + h >= height:
        return None
    hull = cv2.convexHull(outline)
    (cx, cy), sides, _ = cv2.minAreaRect(hull)
    short, long = min(sides), max(sides)
    if short < 1 or not LEAST_ASPECT <= long / short <= MOST_ASPECT:
        return None
    if cv2.contourArea(outline) < RECTANGULAR * short * long:
        return None
    inside = np.zeros(picture.shape, np.uint8)
    cv2.fillConvexPoly(inside, hull, 1)
    within = inside.astype(bool)
    if new[within].mean() < NEW_SHARE:
        return None
    pixels = np.asarray(picture[within], np.uint8)
    return Card((cx / width, cy / width), max(w / width, h / height), float(np.percentile(pixels, 90)), pixels)

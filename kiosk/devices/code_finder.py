"""Where in a picture something looks like a code: cheap enough to ask of every frame, empty ones included.

A code is dense in edges of both directions, nearly as many across as down, and evenly so; text, faces and furniture are
not. The lesser of the two is summed over cells of eight pixels; what stands out of the picture's own noise and holds
together is a region.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]

# A larger picture is looked at as if it had been taken with fewer pixels: its codes are larger too.
WIDEST = 1920
CELL = 8
# Codes on cards have 41 to 57 modules a side: UTF-8 of 78 to 146 bytes (measured on invented card texts).
MODULES = 45
WITH_MARGIN = 1.2
LEAST_CELLS = 4
LONGEST_TO_WIDE = 3.2
LEAST_FILLED = 0.45
# Energy over the quiet part of the picture: the sensor's noise is the same everywhere, a code is not.
OVER_NOISE = 1.4
OVER_NOTHING = 1.5
LEAST_ENERGY = 3.0
# Shares of the strongest energy at which regions are looked for: a code on a patterned card stands out of the card.
LEVELS = (0.55, 0.3, 0.0)
MOST_PATCHES = 4
LEAST_LIKENESS = 4.0
# Edges of a code run in two directions at right angles and cancel out; bars run one way only.
ONE_WAY = 0.7
PATCH = 112
HALF_DARK = 0.3
NOISY = 6.0
# Shadow and a dim screen divide the light, and with it the edges: on this scale they only take something away.
LIGHT = np.round(255 * np.log1p(np.arange(256) / 16) / np.log1p(255 / 16)).astype(np.uint8)


@dataclass(frozen=True)
class Region:
    """A box in pixels of the frame, `right` and `bottom` outside it; `likeness`: how like a code, without a unit."""

    left: int
    top: int
    right: int
    bottom: int
    likeness: float

    @property
    def module_px(self) -> float:
        """Pixels per module if it is a card's code; told by its size alone, because blur hides the modules first."""
        return min(self.right - self.left, self.bottom - self.top) / WITH_MARGIN / MODULES

    def cut(self, grey: Frame) -> Frame:
        """This part of the picture, as an array of its own."""
        return np.ascontiguousarray(grey[self.top : self.bottom, self.left : self.right])

    def covers(self, other: Region) -> bool:
        """Do both overlap by four fifths of the larger one, in width and in height?"""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        widest = max(self.right - self.left, other.right - other.left)
        highest = max(self.bottom - self.top, other.bottom - other.top)
        return wide > 0.8 * widest and high > 0.8 * highest


def find(grey: Frame, most: int = 3) -> list[Region]:
    """At most `most` regions of `grey` (uint8, H×W) that look like a code, the likeliest first."""
    if max(grey.shape) > WIDEST:
        return _found_in_smaller(grey, most)
    if min(grey.shape) < 2 * CELL * LEAST_CELLS:
        return []
    across, down = _energies(grey)
    both = np.asarray(cv2.blur(cv2.min(across, down), (3, 3)), np.uint8)
    quiet = _quiet(both)
    floor = max(LEAST_ENERGY, OVER_NOISE * quiet + OVER_NOTHING)
    top = float(both.max())
    found: list[Region] = []
    for level in sorted({max(floor, top * share) for share in LEVELS}, reverse=True) if top >= floor else ():
        for x, y, wide, high in _patches(both >= level):
            likeness = _likeness(*(each[y : y + high, x : x + wide] for each in (both, across, down)))
            region = _region(x, y, wide, high, likeness, grey.shape)
            if likeness >= LEAST_LIKENESS and not any(region.covers(other) for other in found):
                found.append(region)
    likeliest = sorted(found, key=lambda region: -region.likeness)[:most]
    weighed = [replace(region, likeness=region.likeness * _weight(region.cut(grey))) for region in likeliest]
    return sorted((each for each in weighed if each.likeness >= LEAST_LIKENESS), key=lambda region: -region.likeness)


def _found_in_smaller(grey: Frame, most: int) -> list[Region]:
    scale = max(grey.shape) / WIDEST
    smaller = cv2.resize(grey, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    return [
        replace(
            region,
            left=int(region.left * scale),
            top=int(region.top * scale),
            right=min(grey.shape[1], round(region.right * scale)),
            bottom=min(grey.shape[0], round(region.bottom * scale)),
        )
        for region in find(np.asarray(smaller, np.uint8), most)
    ]


def _weight(picture: Frame) -> float:
    """How far the middle of a region speaks for a code: half of a code is dark, and its edges run both ways."""
    top, left = ((side - PATCH) // 2 if side > PATCH else 0 for side in picture.shape)
    patch = picture[top : top + PATCH, left : left + PATCH]
    if _one_way(patch) > ONE_WAY:
        return 0.0
    _, light = cv2.threshold(patch, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = 1 - cv2.countNonZero(light) / light.size
    return float(min(1.0, min(dark, 1 - dark) / HALF_DARK) ** 2)


def _one_way(patch: Frame) -> float:
    """How far the edges of `patch` run one way: 0 as many across as down, 1 all of them."""
    soft = cv2.GaussianBlur(patch, (3, 3), 0)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    length = cv2.magnitude(across, down) + 1e-3
    # The direction of an edge, doubled so that its two sides agree, weighted with its strength.
    straight = float(((across * across - down * down) / length).sum())
    slanted = float((2 * across * down / length).sum())
    return float(np.hypot(straight, slanted) / length.sum())


def _energies(grey: Frame) -> tuple[Frame, Frame]:
    across, down = _summed(_halved(grey, cv2.INTER_NEAREST))
    if _quiet(across) > NOISY:
        # Averaging halves the noise and costs the smallest codes; in such a picture they are lost anyway.
        across, down = _summed(cv2.GaussianBlur(_halved(grey, cv2.INTER_LINEAR), (0, 0), 0.8))
    return across, down


def _halved(grey: Frame, interpolation: int) -> Frame:
    return np.asarray(cv2.LUT(cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=interpolation), LIGHT), np.uint8)


def _quiet(energies: Frame) -> float:
    """The energy that three tenths of the picture stay under."""
    some = np.sort(energies[::3, ::3], axis=None)
    return float(some[len(some) * 3 // 10])


def _summed(half: NDArray[Any]) -> tuple[Frame, Frame]:
    across = cv2.absdiff(half[:-1, 1:], half[:-1, :-1])
    down = cv2.absdiff(half[1:, :-1], half[:-1, :-1])
    return _quartered(across), _quartered(down)


def _quartered(differences: NDArray[Any]) -> Frame:
    high, wide = differences.shape
    once = cv2.resize(differences, (wide // 2, high // 2), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(once, (wide // 4, high // 4), interpolation=cv2.INTER_LINEAR), np.uint8)


def _patches(strong: NDArray[np.bool_]) -> list[tuple[int, int, int, int]]:
    """Boxes in cells (left, top, width, height) of what holds together and is roughly square."""
    closed = cv2.morphologyEx(strong.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    rows = cv2.connectedComponentsWithStats(closed, connectivity=4)[2][1:]
    shortest, longest = rows[:, 2:4].min(axis=1), rows[:, 2:4].max(axis=1)
    square = (shortest >= LEAST_CELLS) & (longest <= LONGEST_TO_WIDE * shortest)
    good = rows[square & (rows[:, 4] >= LEAST_FILLED * rows[:, 2] * rows[:, 3])]
    largest = good[np.argsort(-good[:, 4])[:MOST_PATCHES]]
    return [(int(x), int(y), int(wide), int(high)) for x, y, wide, high, _ in largest]


def _likeness(both: Frame, across: Frame, down: Frame) -> float:
    sides = sorted((cv2.mean(across)[0] + 1, cv2.mean(down)[0] + 1))
    mean, spread = (each.item() for each in cv2.meanStdDev(both))
    high, wide = both.shape
    even = 1 / (1 + 2 * spread / (mean + 1))
    return float(mean * (sides[0] / sides[1]) ** 2 * even * min(wide, high) ** 1.7 / max(wide, high))


def _region(x: int, y: int, wide: int, high: int, likeness: float, shape: tuple[int, ...]) -> Region:
    margin = 10 + int(0.06 * CELL * max(wide, high))
    return Region(
        max(0, x * CELL - margin),
        max(0, y * CELL - margin),
        min(shape[1], (x + wide) * CELL + margin),
        min(shape[0], (y + high) * CELL + margin),
        likeness,
    )

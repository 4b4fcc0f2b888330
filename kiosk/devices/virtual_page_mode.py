"""The page that a thermal printer puts together in page mode (`ESC L` to `FF`), in any of four directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Dots = NDArray[np.bool_]

_FIRST_BASELINE = 20
_USUAL_HEIGHT = 1662


class Page:
    """Pictures are placed at (x, y) in dots, seen in the direction of the print area; y is the line letters stand on.

    Direction 0 is as paper comes out, 1 reads from bottom to top, 2 upside down, 3 from top to bottom.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._paper = np.zeros((0, width), np.bool_)
        self._corner, self._size = (0, 0), (width, _USUAL_HEIGHT)
        self._direction = 0
        self._bottom = 0
        self._begin()

    def set_area(self, left: int, top: int, width: int, height: int) -> None:
        """The print area on the paper; what is beyond the paper's width is cut off."""
        self._merge()
        self._corner, self._size = (left, top), (max(0, min(width, self._width - left)), height)
        self._bottom = max(self._bottom, top + height)
        self._begin()

    def turn(self, direction: int) -> None:
        self._merge()
        self._direction = direction % 4
        self._begin()

    def place(self, picture: Dots, below: int = 0) -> None:
        """At the position, its lowest `below` rows under the line; what leaves the area is cut off."""
        height, width = self._area.shape
        top = self.y + 1 + below - picture.shape[0]
        first, last = max(0, top), min(height, top + picture.shape[0])
        columns = min(picture.shape[1], width - self.x)
        if first < last and columns > 0:
            self._area[first:last, self.x : self.x + columns] |= picture[first - top : last - top, :columns]

    def finish(self) -> Dots:
        """The whole page, shape (height, width): down to the lowest area, without one down to the last ink."""
        self._merge()
        self._begin()
        inked = np.flatnonzero(self._paper.any(axis=1))
        height = self._bottom or (int(inked[-1]) + 1 if len(inked) else 0)
        return np.pad(self._paper, ((0, max(0, height - len(self._paper))), (0, 0)))[:height]

    def _begin(self) -> None:
        width, height = self._size
        self._area = np.zeros((width, height) if self._direction % 2 else (height, width), np.bool_)
        self.x, self.y = 0, _FIRST_BASELINE

    def _merge(self) -> None:
        if not self._area.any():
            return
        placed = np.rot90(self._area, self._direction)
        left, top = self._corner
        missing = top + placed.shape[0] - len(self._paper)
        if missing > 0:
            self._paper = np.pad(self._paper, ((0, missing), (0, 0)))
        self._paper[top : top + placed.shape[0], left : left + placed.shape[1]] |= placed

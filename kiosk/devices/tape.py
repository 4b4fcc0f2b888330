"""The paper in the virtual printer: rows that came out, and the papers that were cut off."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Dots = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Paper:
    """The `n`-th paper that was cut off (from 1): dots of shape (height, width), the same as PNG, and when (UTC)."""

    n: int
    dots: Dots
    png: bytes
    at: datetime


class Tape:
    """Rows of `width` dots hanging out of the printer, and the papers cut so far."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.papers: list[Paper] = []
        self._hanging: list[Dots] = []

    def add(self, rows: Dots) -> None:
        if len(rows):
            self._hanging.append(rows.copy())

    def hanging(self) -> Dots:
        """What is not cut off yet, shape (height, width)."""
        if not self._hanging:
            return np.zeros((0, self.width), np.bool_)
        return np.concatenate(self._hanging)

    def cut(self) -> None:
        """Cutting where nothing hangs out makes no paper."""
        dots = self.hanging()
        self._hanging = []
        if len(dots):
            self.papers.append(Paper(len(self.papers) + 1, dots, to_png(dots), datetime.now(UTC)))


def to_png(dots: Dots) -> bytes:
    """A black and white PNG; a picture of one white row when there are no rows."""
    shown = dots if len(dots) else np.zeros((1, dots.shape[1]), np.bool_)
    file = io.BytesIO()
    Image.fromarray(np.where(shown, 0, 255).astype(np.uint8)).convert("1").save(file, "PNG")
    return file.getvalue()

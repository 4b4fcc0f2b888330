"""The line that a thermal printer is setting: pictures side by side until something prints it, and what it said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kiosk.devices.tape import Record, TextLine

Dots = NDArray[np.bool_]


class Line:
    """`x` is where the next picture stands, in dots from the left edge of the print area."""

    def __init__(self) -> None:
        self.x = 0
        self._pictures: list[tuple[int, Dots]] = []
        self._text: list[str] = []
        self._pages: dict[str, None] = {}

    @property
    def last(self) -> str:
        """The letter that was set last, "" when there is none."""
        return self._text[-1] if self._text else ""

    def add(self, picture: Dots, text: str = "", page: str = "") -> None:
        """Put a picture at `x` and go behind it."""
        self._pictures.append((self.x, picture))
        self.x += picture.shape[1]
        if text:
            self._text.append(text)
            self._pages[page] = None

    def take_back(self) -> str:
        """The last letter, which is to be set again with its mark. Raises IndexError when there is none."""
        self.x, _ = self._pictures.pop()
        return self._text.pop()

    def drawn(self) -> Dots:
        """All of it; letters of different heights stand on one line."""
        height = max((picture.shape[0] for _, picture in self._pictures), default=0)
        width = max((x + picture.shape[1] for x, picture in self._pictures), default=0)
        line = np.zeros((height, width), np.bool_)
        for x, picture in self._pictures:
            line[height - picture.shape[0] :, x : x + picture.shape[1]] |= picture
        return line

    def note(self, record: Record) -> None:
        """Write down what the line said, and where it goes."""
        if self._text:
            record.lines.append(TextLine("".join(self._text), tuple(self._pages)))

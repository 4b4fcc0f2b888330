"""Letters as dots: one weight at one size, each letter drawn by FreeType once and then only copied.

Grey antialiased letters are cut at half grey and never dithered: dithered letters are read worse, by people and by
machines (of 525 lines read by a machine, 409 against 359).
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kiosk.rules.spelling import UNKNOWN, spelled

Dots = NDArray[np.bool_]
Weight = Literal["Regular", "SemiBold", "Bold"]
Box = tuple[int, int, int, int]
Edge = NDArray[np.int32]

_FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
_THRESHOLD = 128
_LEADING = 1.45  # below this the stacked marks of capitals (Ẵ, Ễ) touch the line above
_FAR = 10_000
_NOWHERE = "\uffff"  # never a letter: what the font draws for it stands for every letter that it lacks


@dataclass(frozen=True)
class _Glyph:
    """The ink of a letter: its upper left corner from the pen on the baseline, and how far the pen goes on.

    `starts`, `ends`: where the ink of each row begins and ends from the pen, in rows that all letters share.
    """

    dots: Dots
    left: int
    top: int
    advance: int
    starts: Edge
    ends: Edge
    above: bool = False
    below: bool = False


class Lettering:
    """Be Vietnam Pro in one weight, `em` dots tall. Texts are NFC (`line_breaking` sees to it)."""

    def __init__(self, weight: Weight, em: int) -> None:
        self.em = em
        self.leading = round(em * _LEADING)
        self._font = ImageFont.truetype(_FONTS / f"BeVietnamPro-{weight}.ttf", em, layout_engine=ImageFont.Layout.BASIC)
        ascent, descent = self._font.getmetrics()
        # Capitals with marks have air above and below.
        self.baseline = round((self.leading - ascent - descent) / 2) + ascent
        self._lacking = self._signature(_NOWHERE)
        self._glyphs: dict[str, tuple[_Glyph, ...]] = {}
        self._spaces: dict[str, int] = {}

    def length(self, text: str) -> int:
        """How far the pen goes, in dots."""
        own = sum(glyph.advance for letter in text for glyph in self._of(letter))
        return own + sum(map(self._space, text, text[1:]))

    def ink(self, text: str) -> Box:
        """(left, top, right, bottom) of the ink, from the pen on the baseline; nothing drawn: four zeros."""
        boxes = [
            (x, y, x + glyph.dots.shape[1], y + glyph.dots.shape[0])
            for glyph, x, y in self._placed(text)
            if glyph.dots.size
        ]
        if not boxes:
            return 0, 0, 0, 0
        left, top, right, bottom = zip(*boxes, strict=True)
        return min(left), min(top), max(right), max(bottom)

    def draw(self, paper: Dots, text: str, x: int, y: int) -> None:
        """Black dots onto `paper`, the pen beginning at (x, y) on the baseline; all ink must be on the paper."""
        for glyph, left, top in self._placed(text):
            rows, columns = glyph.dots.shape
            paper[y + top : y + top + rows, x + left : x + left + columns] |= glyph.dots

    def _placed(self, text: str) -> Iterator[tuple[_Glyph, int, int]]:
        """Every glyph with its corner; a mark that is a letter of its own stands over the middle of the one before."""
        pen, gap = 0, max(1, self.em // 20)
        before = (0, 0, 0, 0)
        for last, letter in zip(" " + text, text, strict=False):
            pen += self._space(last, letter)
            for glyph in self._of(letter):
                rows, columns = glyph.dots.shape
                left, top = pen + glyph.left, glyph.top
                if glyph.above or glyph.below:
                    left = (before[0] + before[2] - columns) // 2
                    top = min(top, before[1] - gap - rows) if glyph.above else max(top, before[3] + gap)
                yield glyph, left, top
                before = (left, top, left + columns, top + rows)
                pen += glyph.advance

    def _space(self, letter: str, following: str) -> int:
        """White dots to be added between two letters, so that they never touch: the horn of Ư runs into a T."""
        pair = letter + following
        space = self._spaces.get(pair)
        if space is None:
            one, other = self._of(letter)[-1:], self._of(following)[:1]
            between = [int((after.starts - before.ends).min()) + before.advance for before in one for after in other]
            wished = 1 + max(1, self.em // 30)
            space = self._spaces[pair] = max([0, *(wished - gap for gap in between)])
        return space

    def _of(self, letter: str) -> tuple[_Glyph, ...]:
        glyphs = self._glyphs.get(letter)
        if glyphs is None:
            glyphs = self._glyphs[letter] = tuple(map(self._glyph, spelled(letter, self._has)))
        return glyphs

    def _has(self, letter: str) -> bool:
        return letter.isspace() or self._signature(letter) != self._lacking

    def _signature(self, letter: str) -> tuple[float, bytes]:
        return self._font.getlength(letter), bytes(self._font.getmask(letter))

    def _glyph(self, letter: str) -> _Glyph:
        if letter == UNKNOWN and not self._has(letter):
            return self._box()
        room = 2 * self.em
        image = Image.new("L", (2 * room, 2 * room), 255)
        ImageDraw.Draw(image).text((room, room), letter, font=self._font, fill=0, anchor="ls")
        inked = np.asarray(image) < _THRESHOLD
        rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
        advance, kind = round(self._font.getlength(letter)), unicodedata.combining(letter)
        if not rows.size:
            return self._measured(np.zeros((0, 0), dtype=np.bool_), 0, 0, advance)
        dots = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
        glyph = self._measured(dots, int(columns[0]) - room, int(rows[0]) - room, advance)
        return replace(glyph, above=kind == 230, below=kind == 220)

    def _measured(self, dots: Dots, left: int, top: int, advance: int) -> _Glyph:
        starts, ends = np.full(4 * self.em, _FAR, np.int32), np.full(4 * self.em, -_FAR, np.int32)
        if dots.size:
            first = 2 * self.em + top
            filled = np.flatnonzero(dots.any(axis=1)) + first
            starts[filled] = left + dots.argmax(axis=1)[filled - first]
            ends[filled] = left + dots.shape[1] - 1 - dots[:, ::-1].argmax(axis=1)[filled - first]
            # Dots that meet at a corner touch too.
            ends[1:-1] = np.max([ends[:-2], ends[1:-1], ends[2:]], axis=0)
        return _Glyph(dots, left, top, advance, starts, ends)

    def _box(self) -> _Glyph:
        """An empty square, to be ticked or in place of a letter."""
        side, line = round(self.em * 0.72), max(2, self.em // 14)
        dots = np.ones((side, side), dtype=np.bool_)
        dots[line:-line, line:-line] = False
        return self._measured(dots, self.em // 10, -side, side + self.em // 5)


@functools.lru_cache(maxsize=64)
def lettering(weight: Weight, em: int) -> Lettering:
    """The letters of one weight and size, drawn at their first use and kept."""
    return Lettering(weight, em)

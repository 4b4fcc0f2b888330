"""Slip blocks become dots: one bool per printer dot, True is black, 8 dots are 1 mm (203 dpi).

The whole slip is one picture because no code page prints Vietnamese on every printer.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kiosk.devices.lettering import Dots, Lettering, Weight, lettering
from kiosk.devices.line_breaking import break_lines, narrowest
from kiosk.devices.raster_code import modules, most_dots
from kiosk.rules.slips import Align, Block, Code, Heading, Line, Number, Pair, Rule, Size, Space

DOTS_PER_MM = 8
_MARGIN = 8
_TICK = 20
_THICK = 3
_APART = 2


@dataclass(frozen=True)
class _Measures:
    """Sizes in dots for one paper width; no em is under 22, where marks begin to melt together."""

    heading: int
    number: int
    text: dict[Size, int]
    least_beside: int

    def letterings(self) -> Iterator[tuple[Weight, int]]:
        """Every weight and size that a slip is drawn with; a long number, Bold too, goes down to the large text's."""
        yield "SemiBold", self.heading
        yield "Bold", self.number
        for em in self.text.values():
            yield "Regular", em
            yield "Bold", em


_WIDE = _Measures(heading=27, number=224, text={"small": 24, "body": 31, "large": 43}, least_beside=240)
_NARROW = _Measures(heading=25, number=150, text={"small": 22, "body": 26, "large": 34}, least_beside=180)


def draw(blocks: Iterable[Block], width_dots: int) -> Dots:
    """The picture of a slip, shape (height, width), True is black; text wraps and is never clipped.

    It is `width_dots` wide; wider only for a rule that is longer by itself, and then all text keeps within the shortest
    of those rules: it must be read on whichever paper is in. Raises ValueError when a QR code does not fit on the paper
    with its quiet zone at the fewest dots that its block allows.
    """
    blocks = tuple(blocks)
    lengths = [block.dots for block in blocks if isinstance(block, Rule) and block.dots]
    canvas = _Canvas(min([width_dots, *lengths]), max([width_dots, *lengths]))
    for block in blocks:
        _DRAWERS[type(block)](canvas, block)
    return canvas.dots()


class _Canvas:
    """Paper that grows downwards; `y` is where the next block begins."""

    def __init__(self, width: int, whole_width: int) -> None:
        self.width = width
        self.y = _MARGIN
        self._lowest = self._end = 0
        self.measures = _WIDE if width >= 512 else _NARROW
        self._paper: Dots = np.zeros((1024, whole_width), dtype=np.bool_)

    @property
    def text_width(self) -> int:
        return self.width - 2 * _MARGIN

    def room(self, height: int) -> Dots:
        """The paper, when `height` more dots (and the marks around them) are sure to be on it."""
        needed = self.y + height + 64
        if needed > len(self._paper):
            longer = np.zeros((needed * 2, self._paper.shape[1]), dtype=np.bool_)
            longer[: len(self._paper)] = self._paper
            self._paper = longer
        return self._paper

    def lines(self, rows: Sequence[str], font: Lettering, align: Align, left: int, width: int) -> None:
        """Rows of text, each known to fit into `width`, from `left`.

        Rows stand evenly, but a dot below (ạ) and the marks of a capital under it (Ẳ) never run into each other.
        """
        for row in rows:
            if self.y >= self._end:
                self.clear(row, font)
            x = left + ((width - font.length(row)) // 2 if align == "centre" else 0)
            font.draw(self.room(font.leading), row, x, self.y + font.baseline)
            self._lowest = max(self._lowest, self.y + font.baseline + font.ink(row)[3])
            self.y += font.leading
            self._end = self.y

    def clear(self, row: str, font: Lettering) -> None:
        """Move on until a row of text would stand clear of what is above it."""
        self.y = max(self.y, self._lowest + _APART - font.baseline - font.ink(row)[1])

    def paste(self, dots: Dots, left: int, top: int) -> None:
        rows, columns = dots.shape
        self.room(top + rows - self.y)[top : top + rows, left : left + columns] |= dots

    def dots(self) -> Dots:
        """What was drawn so far, with the margin below the last block."""
        return self.room(_MARGIN)[: self.y + _MARGIN].copy()


def _heading(canvas: _Canvas, block: Heading) -> None:
    font = lettering("SemiBold", canvas.measures.heading)
    rows = narrowest(block.text, font.length, canvas.text_width)
    canvas.lines(rows, font, "centre", _MARGIN, canvas.text_width)


def _number(canvas: _Canvas, block: Number) -> None:
    """One line, as large as the paper allows; the ink itself is centred, not the advance widths around it."""
    text, em = unicodedata.normalize("NFC", block.text), canvas.measures.number
    left, _, right, _ = lettering("Bold", em).ink(text)
    if right - left > canvas.text_width:
        em = max(canvas.measures.text["large"], int(em * canvas.text_width / (right - left)))
    font = lettering("Bold", em)
    left, top, right, bottom = font.ink(text)
    if right - left > canvas.text_width:
        canvas.lines(break_lines(text, font.length, canvas.text_width), font, "centre", _MARGIN, canvas.text_width)
        return
    above, below = round(em * 0.1), round(em * 0.14)
    height = above + bottom - top + below
    font.draw(canvas.room(height), text, (canvas.width - (right - left)) // 2 - left, canvas.y + above - top)
    canvas.y += height


def _line(canvas: _Canvas, block: Line) -> None:
    _text(canvas, block, _MARGIN, canvas.text_width)


def _text(canvas: _Canvas, block: Line, left: int, width: int) -> None:
    rows, font = _rows(canvas, block, width)
    canvas.lines(rows, font, block.align, left, width)


def _rows(canvas: _Canvas, block: Line, width: int) -> tuple[list[str], Lettering]:
    font = lettering("Bold" if block.bold else "Regular", canvas.measures.text[block.size])
    breaker = narrowest if block.align == "centre" else break_lines
    return breaker(block.text, font.length, width), font


def _pair(canvas: _Canvas, block: Pair) -> None:
    """Label left and value right, on the label's last row; the value below, indented, where it is long."""
    em, width = canvas.measures.text[block.size], canvas.text_width
    label, value = lettering("Regular", em), lettering("Bold", em)
    labels = break_lines(block.label, label.length, width)
    values = break_lines(block.value, value.length, width)
    free = width - em - value.length(values[0])
    if label.length(labels[-1]) > free >= 0.35 * width:
        labels[-1:] = _halved(labels[-1], label, free)
    beside = len(values) == 1 and label.length(labels[-1]) <= free
    if beside and len(labels) == 1:
        canvas.clear(values[0], value)
    canvas.lines(labels, label, "left", _MARGIN, width)
    if beside:
        canvas.y -= value.leading
        canvas.lines(values, value, "left", _MARGIN + width - value.length(values[0]), width)
        return
    canvas.lines(break_lines(block.value, value.length, width - em), value, "left", _MARGIN + em, width - em)


def _halved(row: str, font: Lettering, free: int) -> list[str]:
    """A row as two, the second at most `free` dots long; as it is when that cannot be, or when it is three words."""
    parts = row.split(" ")
    for first in range((len(parts) + 1) // 2, len(parts) if len(parts) > 3 else 0):
        rest = " ".join(parts[first:])
        if font.length(rest) <= free:
            return [" ".join(parts[:first]), rest]
    return [row]


def _rule(canvas: _Canvas, block: Rule) -> None:
    """A line between the margins; one of a given length stands between end ticks, from the paper's edge."""
    if not block.dots:
        canvas.room(27)[canvas.y + 12 : canvas.y + 12 + _THICK, _MARGIN : canvas.width - _MARGIN] = True
        canvas.y += 27
        return
    height = _TICK + 12
    rows = canvas.room(height)[canvas.y + 6 : canvas.y + 6 + _TICK]
    middle = (_TICK - _THICK) // 2
    rows[middle : middle + _THICK, : block.dots] = True
    rows[:, :_THICK] = True
    rows[:, block.dots - _THICK : block.dots] = True
    canvas.y += height


def _code(canvas: _Canvas, block: Code) -> None:
    """The QR code at the right of its lines, of fewer dots if need be; under them where even that leaves too little."""
    square = modules(block.payload)
    side = square.shape[0]
    beside = canvas.width - _MARGIN - canvas.measures.least_beside
    dots = most_dots(block, side, canvas.width)
    if block.beside and side * block.least <= beside:
        _code_beside(canvas, block, _enlarged(square, min(dots, beside // side)))
        return
    for line in block.beside:
        _line(canvas, replace(line, align="centre"))
    canvas.paste(_enlarged(square, dots), (canvas.width - side * dots) // 2, canvas.y)
    canvas.y += side * dots


def _code_beside(canvas: _Canvas, block: Code, square: Dots) -> None:
    top, side, width = canvas.y, square.shape[0], canvas.width - _MARGIN - square.shape[0]
    lines = [_rows(canvas, replace(line, align="left"), width) for line in block.beside]
    height = sum(font.leading * len(rows) for rows, font in lines)
    canvas.paste(square, canvas.width - side, top + max(0, (height - side) // 2))
    canvas.y = top + max(0, (side - height) // 2)
    for rows, font in lines:
        canvas.lines(rows, font, "left", _MARGIN, width)
    canvas.y = max(canvas.y, top + side)


def _enlarged(square: Dots, dots: int) -> Dots:
    return square.repeat(dots, axis=0).repeat(dots, axis=1)


def _space(canvas: _Canvas, block: Space) -> None:
    canvas.room(block.mm * DOTS_PER_MM)
    canvas.y += block.mm * DOTS_PER_MM


_DRAWERS: dict[type[Block], Callable[[_Canvas, Any], None]] = {
    Heading: _heading,
    Number: _number,
    Line: _line,
    Pair: _pair,
    Rule: _rule,
    Code: _code,
    Space: _space,
}

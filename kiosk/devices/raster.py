"""Slip blocks become dots: one bool per printer dot, True is black, 8 dots are 1 mm (203 dpi).

The whole slip is one picture because no code page prints Vietnamese on every printer. Grey antialiased letters are cut
at 128 and never dithered: dithered letters are read worse, by people and by machines.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import segno
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kiosk.devices.line_breaking import break_lines, narrowest
from kiosk.rules.slips import Align, Block, Code, Heading, Line, Number, Pair, Rule, Size, Space

Dots = NDArray[np.bool_]
Font = ImageFont.FreeTypeFont

DOTS_PER_MM = 8
QUIET_MODULES = 4
_FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
_THRESHOLD = 128
_MARGIN = 8
_LEADING = 1.45  # below this the stacked marks of capitals (Ẵ, Ễ) touch the line above


@dataclass(frozen=True)
class _Measures:
    """Sizes in dots for one paper width; no em is under 22, where marks begin to melt together."""

    heading: int
    number: int
    text: dict[Size, int]
    least_beside: int


_WIDE = _Measures(heading=27, number=224, text={"small": 24, "body": 31, "large": 43}, least_beside=240)
_NARROW = _Measures(heading=25, number=150, text={"small": 22, "body": 26, "large": 34}, least_beside=180)


def draw(blocks: Iterable[Block], width_dots: int) -> Dots:
    """The picture of a slip, shape (height, width_dots), True is black; text wraps and is never clipped.

    Raises ValueError when a QR code does not fit on the paper with its quiet zone, even at 3 dots a module.
    """
    canvas = _Canvas(width_dots)
    for block in blocks:
        _DRAWERS[type(block)](canvas, block)
    return canvas.dots()


class _Canvas:
    """Paper that grows downwards; `y` is where the next block begins."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.y = _MARGIN
        self.measures = _WIDE if width >= 512 else _NARROW
        self._image = Image.new("L", (width, 1024), 255)
        self._pen = ImageDraw.Draw(self._image)

    @property
    def text_width(self) -> int:
        return self.width - 2 * _MARGIN

    def room(self, height: int) -> ImageDraw.ImageDraw:
        """The pen, when `height` more dots (and the marks around them) are sure to be on the paper."""
        needed = self.y + height + 64
        if needed > self._image.height:
            longer = Image.new("L", (self.width, needed * 2), 255)
            longer.paste(self._image, (0, 0))
            self._image, self._pen = longer, ImageDraw.Draw(longer)
        return self._pen

    def lines(self, rows: Sequence[str], font: Font, align: Align, left: int, width: int) -> None:
        """Rows of text, each known to fit into `width`, from `left`."""
        leading = round(font.size * _LEADING)
        for row in rows:
            free = width - font.getlength(row)
            x = left + (round(free / 2) if align == "centre" else 0)
            self.room(leading).text((x, self.y + _baseline(font, leading)), row, font=font, fill=0, anchor="ls")
            self.y += leading

    def paste(self, dots: Dots, left: int, top: int) -> None:
        self.room(top + dots.shape[0] - self.y)
        self._image.paste(Image.fromarray(np.where(dots, 0, 255).astype(np.uint8)), (left, top))

    def dots(self) -> Dots:
        """What was drawn so far, with the margin below the last block."""
        self.room(_MARGIN)
        drawn: Dots = np.asarray(self._image) < _THRESHOLD
        return np.ascontiguousarray(drawn[: self.y + _MARGIN])


@functools.lru_cache(maxsize=64)
def _font(weight: str, em: int) -> Font:
    return ImageFont.truetype(_FONTS / f"BeVietnamPro-{weight}.ttf", em, layout_engine=ImageFont.Layout.BASIC)


def _baseline(font: Font, leading: int) -> int:
    """Where the letters stand in a row of `leading` dots, so that capitals with marks have air above and below."""
    ascent, descent = font.getmetrics()
    return round((leading - ascent - descent) / 2) + ascent


def _heading(canvas: _Canvas, block: Heading) -> None:
    font = _font("SemiBold", canvas.measures.heading)
    rows = narrowest(block.text, font.getlength, canvas.text_width)
    canvas.lines(rows, font, "centre", _MARGIN, canvas.text_width)


def _number(canvas: _Canvas, block: Number) -> None:
    """One line, as large as the paper allows; the ink itself is centred, not the advance widths around it."""
    text, em = unicodedata.normalize("NFC", block.text), canvas.measures.number
    left, _, right, _ = _font("Bold", em).getbbox(text, anchor="ls")
    if right - left > canvas.text_width:
        em = max(22, int(em * canvas.text_width / (right - left)))
    font = _font("Bold", em)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    if right - left > canvas.text_width:
        canvas.lines(break_lines(text, font.getlength, canvas.text_width), font, "centre", _MARGIN, canvas.text_width)
        return
    above, below = round(em * 0.1), round(em * 0.12)
    pen = canvas.room(above + bottom - top + below)
    x = (canvas.width - (right - left)) // 2 - left
    pen.text((x, canvas.y + above - top), text, font=font, fill=0, anchor="ls")
    canvas.y += above + bottom - top + below


def _line(canvas: _Canvas, block: Line) -> None:
    _text(canvas, block, _MARGIN, canvas.text_width)


def _text(canvas: _Canvas, block: Line, left: int, width: int) -> None:
    font = _font("Bold" if block.bold else "Regular", canvas.measures.text[block.size])
    breaker = narrowest if block.align == "centre" else break_lines
    canvas.lines(breaker(block.text, font.getlength, width), font, block.align, left, width)


def _pair(canvas: _Canvas, block: Pair) -> None:
    """Label left and value right on one line when both fit, else the value below, indented."""
    label, value = _font("Regular", canvas.measures.text["body"]), _font("Bold", canvas.measures.text["body"])
    labels = break_lines(block.label, label.getlength, canvas.text_width)
    values = break_lines(block.value, value.getlength, canvas.text_width)
    gap = label.size
    if len(labels) == len(values) == 1:
        value_width = value.getlength(values[0])
        if label.getlength(labels[0]) + gap + value_width <= canvas.text_width:
            top = canvas.y
            canvas.lines(labels, label, "left", _MARGIN, canvas.text_width)
            canvas.y = top
            canvas.lines(values, value, "left", canvas.width - _MARGIN - round(value_width), canvas.text_width)
            return
    canvas.lines(labels, label, "left", _MARGIN, canvas.text_width)
    indent = round(gap)
    values = break_lines(block.value, value.getlength, canvas.text_width - indent)
    canvas.lines(values, value, "left", _MARGIN + indent, canvas.text_width - indent)


def _rule(canvas: _Canvas, _block: Rule) -> None:
    pen = canvas.room(27)
    pen.rectangle((_MARGIN, canvas.y + 12, canvas.width - _MARGIN - 1, canvas.y + 14), fill=0)
    canvas.y += 27


def _code(canvas: _Canvas, block: Code) -> None:
    """The QR code at the right of its lines; under them, centred, where the paper leaves too little beside it."""
    square = _square(block, canvas.width)
    side = square.shape[0]
    beside = canvas.width - _MARGIN - side
    if not block.beside or beside < canvas.measures.least_beside:
        for line in block.beside:
            _line(canvas, replace(line, align="centre"))
        canvas.paste(square, (canvas.width - side) // 2, canvas.y)
        canvas.y += side
        return
    top = canvas.y
    height = _height_of(block.beside, canvas, beside)
    canvas.paste(square, canvas.width - side, top + max(0, (height - side) // 2))
    canvas.y = top + max(0, (side - height) // 2)
    for line in block.beside:
        _text(canvas, replace(line, align="left"), _MARGIN, beside)
    canvas.y = top + max(side, height)


def _height_of(lines: Iterable[Line], canvas: _Canvas, width: int) -> int:
    total = 0
    for line in lines:
        font = _font("Bold" if line.bold else "Regular", canvas.measures.text[line.size])
        total += round(font.size * _LEADING) * len(break_lines(line.text, font.getlength, width))
    return total


def _square(block: Code, width: int) -> Dots:
    """Modules as whole dots (a scaled module cannot be read), fewer dots only where the paper is too narrow."""
    modules = np.array([[bool(bit) for bit in row] for row in segno.make_qr(block.payload, error="m").matrix])
    modules = np.pad(modules, QUIET_MODULES)
    dots = min(block.dots, width // modules.shape[0])
    if dots < 3:
        raise ValueError(f"a QR code of {modules.shape[0]} modules does not fit on {width} dots")
    return modules.repeat(dots, axis=0).repeat(dots, axis=1)


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

"""Where a line of text ends on narrow paper. Widths come from the caller, so that no font is loaded here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Measure = Callable[[str], float]
_BLANKS = re.compile(r"[ \t]+")


def break_lines(text: str, measure: Measure, width: float) -> list[str]:
    """The rows of `text` (NFC), each at most `width` by `measure`; at least one row, which may be empty.

    Breaks at spaces and at line ends; a no-break space holds. A word wider than the paper is broken between letters.
    """
    rows: list[str] = []
    for paragraph in unicodedata.normalize("NFC", text).splitlines() or [""]:
        rows.extend(_break_paragraph(paragraph, measure, width))
    return rows


def narrowest(text: str, measure: Measure, width: float) -> list[str]:
    """As `break_lines` with no more rows, of about equal length: no title with a lone last word."""
    rows = break_lines(text, measure, width)
    if len(rows) == 1:
        return rows
    low, high = width / 2, width
    while high - low > 2:
        middle = (low + high) / 2
        tighter = break_lines(text, measure, middle)
        if len(tighter) == len(rows):
            rows, high = tighter, middle
        else:
            low = middle
    return rows


def _break_paragraph(paragraph: str, measure: Measure, width: float) -> list[str]:
    rows = [""]
    for word in filter(None, _BLANKS.split(paragraph)):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if measure(longer) <= width:
            rows[-1] = longer
            continue
        pieces = _break_word(word, measure, width)
        if rows[-1]:
            rows.append("")
        rows[-1] = pieces[0]
        rows.extend(pieces[1:])
    return rows


def _break_word(word: str, measure: Measure, width: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces

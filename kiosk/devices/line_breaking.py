"""Where a line of text ends on narrow paper. Widths come from the caller, so that no font is loaded here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Measure = Callable[[str], float]
# Between blanks; also after the stroke of "Họ và tên/Name", never inside a date or a fraction.
_WORDS = re.compile(r"[^ \t]+?[^\W\d]{2}/(?=[^\W\d]{2})|[^ \t]+")


def break_lines(text: str, measure: Measure, width: float) -> list[str]:
    """The rows of `text` (NFC), each at most `width` by `measure`; at least one row, which may be empty.

    Breaks at spaces, at line ends and between two words with a stroke; a no-break space holds. A word wider than the
    paper is broken between letters.
    A last word is not left alone: most Vietnamese words are two syllables, and half of one says nothing.
    """
    rows: list[str] = []
    for paragraph in unicodedata.normalize("NFC", text).splitlines() or [""]:
        rows.extend(_break_paragraph(paragraph, measure, width))
    return rows


def narrowest(text: str, measure: Measure, width: float) -> list[str]:
    """As `break_lines` with no more rows, those of one paragraph about equally long: no title with a lone last word."""
    paragraphs = unicodedata.normalize("NFC", text).splitlines() or [""]
    return [row for paragraph in paragraphs for row in _balanced(paragraph, measure, width)]


def _balanced(paragraph: str, measure: Measure, width: float) -> list[str]:
    rows = _break_paragraph(paragraph, measure, width)
    if len(rows) == 1:
        return rows
    low, high = width / 2, width
    while high - low > 2:
        middle = (low + high) / 2
        tighter = _break_paragraph(paragraph, measure, middle)
        if len(tighter) == len(rows):
            rows, high = tighter, middle
        else:
            low = middle
    return rows


def _break_paragraph(paragraph: str, measure: Measure, width: float) -> list[str]:
    rows = [""]
    for found in _WORDS.finditer(paragraph):
        word, blank = found[0], paragraph[: found.start()].endswith((" ", "\t"))
        longer = f"{rows[-1]}{' ' if blank else ''}{word}" if rows[-1] else word
        if measure(longer) <= width:
            rows[-1] = longer
            continue
        pieces = _break_word(word, measure, width)
        if rows[-1]:
            rows.append("")
        rows[-1] = pieces[0]
        rows.extend(pieces[1:])
    return _in_company(rows, measure, width)


def _in_company(rows: list[str], measure: Measure, width: float) -> list[str]:
    """The last row gets a second word where the row above can spare one."""
    if len(rows) > 1 and " " not in rows[-1] and rows[-2].count(" ") > 1 and not rows[-2].endswith("/"):
        above, word = rows[-2].rsplit(" ", 1)
        if measure(f"{word} {rows[-1]}") <= width:
            return [*rows[:-2], above, f"{word} {rows[-1]}"]
    return rows


def _break_word(word: str, measure: Measure, width: float) -> list[str]:
    """Between letters; after a sign where the row is at least half full by then."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter) > width:
            full = pieces[-1]
            end = max(map(full.rfind, "/-:")) + 1
            cut = end if end > len(full) / 2 else len(full)
            pieces[-1:] = [full[:cut], full[cut:]]
        pieces[-1] += letter
    return pieces

"""How a text is written with the letters that a font has, so that no letter of a name is silently left out.

Be Vietnam Pro has every Vietnamese letter, but not those of Ê-đê, Gia Rai and Ba Na names (ĕ ĭ ŏ ŭ ƀ): they are put
together from a letter and a mark of the same font.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

UNKNOWN = "□"
# No mark of the font can be put on these: the letter that stands closest.
_CLOSEST = {"ƀ": "b", "Ƀ": "B", "ʼ": "’", "‘": "’", "‑": "-", "−": "–"}


def spelled(text: str, has: Callable[[str], bool], unknown: str = UNKNOWN) -> str:
    """`text` (NFC) with letters that the font has; a letter that cannot be written at all becomes `unknown`.

    `has` says whether the font has a letter; what is invisible (a byte order mark, a soft hyphen) is left out.
    """
    return "".join(_spelled_letter(letter, has, unknown) for letter in unicodedata.normalize("NFC", text))


def _spelled_letter(letter: str, has: Callable[[str], bool], unknown: str) -> str:
    category = unicodedata.category(letter)
    if category == "Cf":
        return ""
    if letter == "\n" or has(letter):
        return letter
    if category in ("Zs", "Cc"):
        return " "
    parts = unicodedata.normalize("NFD", _CLOSEST.get(letter, letter))
    return parts if all(has(part) for part in parts) else unknown

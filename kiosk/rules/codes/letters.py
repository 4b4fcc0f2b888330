"""From what a camera or scanner handed over to clean text: strict UTF-8, composed letters, nothing garbled.

A wrong name is worse than no name: what a wrong character set made of a code is refused, not shown.
"""

from __future__ import annotations

import re
import unicodedata

# What the largest QR code holds in letters and digits.
LONGEST = 4296
# Byte order mark, the NUL that fills a buffer, and the keys that a scanner presses at the end. Not GS: it is a sign.
_AROUND = "\ufeff\x00\t\r\n "
# Latin letters (with Vietnamese and those of the minorities' names), the marks that complete them, ASCII, the signs
# that addresses hold, the look-alikes of `<` on typed lines; line ends and GS stand between the parts of some codes.
_SIGNS = (
    r"\t\r\n\x1d -~\u00a0"
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01bf\u01c4-\u024f\u1e00-\u1eff\u0300-\u036f"
    r"–—‘’“”°«‹＜"
)
_READABLE = re.compile(f"[{_SIGNS}]*")
_UNREADABLE = re.compile(f"[^{_SIGNS}]")
# No letter carries more; putting thousands of them in order would take long.
_PILED = re.compile(r"[\u0300-\u036f]{5}")
# What keyboards and their layouts make of `|`.
_SEPARATORS = dict.fromkeys(map(ord, "｜∣º°¦│┃︱ǀ"), "|")
# UTF-8 that was read as Windows-1252: no Vietnamese word has such a pair ("Ä‘" was đ, "Æ°" was ư).
_GARBLED = re.compile(r"[ÂÃÄÅÆ][ŠŒŽšœžŸ‘’“”–—°«‹\u00a0]")


def is_readable(text: str) -> bool:
    """May this be shown: Latin letters, digits, ordinary signs, and no trace of a wrong character set."""
    return bool(_READABLE.fullmatch(text)) and not _PILED.search(text) and not _GARBLED.search(text)


def clean(code: bytes | str) -> str | None:
    """The text in NFC, without what surrounds it; None for what is too long, not UTF-8 or not readable."""
    text = _unpacked(code)
    if text is None or not is_readable(text):
        return None
    text = unicodedata.normalize("NFC", text)
    return text if is_readable(text) else None


def clean_keyed(code: bytes | str) -> str | None:
    """The same for what a keyboard typed, whose names are of no use: with `|` restored and `?` for odd signs."""
    text = _unpacked(code)
    if text is None:
        return None
    text = _UNREADABLE.sub("?", text.translate(_SEPARATORS))
    return None if _PILED.search(text) else unicodedata.normalize("NFC", text)


def _unpacked(code: bytes | str) -> str | None:
    if len(code) > LONGEST:
        return None
    try:
        return (code.decode() if isinstance(code, bytes) else code).strip(_AROUND)
    except UnicodeDecodeError:
        return None

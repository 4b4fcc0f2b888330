"""The GS1 DataMatrix on a vaccine's pack or vial: product, lot, expiry (GS1 General Specifications, section 3).

`01` product · `17` expiry · `10` lot · `21` serial. A field of open length ends with the sign GS or with the code. The
form for people, `(01)…(17)…`, is read too. Every other field is skipped.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from kiosk.rules.words import CodeKind

GS = "\x1d"
# How a reader says that the code is GS1's: DataMatrix, QR, Code 128.
SIGNATURES = ("]d2", "]Q3", "]C1")
# Fields of a fixed length have no separator behind them (General Specifications, 7.8.5); lengths with the code.
_FIXED = {"00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16}
_FIXED |= {f"{n}": 8 for n in range(11, 20)} | {f"{n}": 10 for n in range(31, 37)}
_GTIN = re.compile(r"\d{14}", re.ASCII)
_DATE = re.compile(r"\d{6}", re.ASCII)
# GS1's character set 82, at most twenty signs.
_TEXT = re.compile(r"[!\"%-?A-Z_a-z]{1,20}")
_SHOWN = re.compile(r"\((\d{2,4})\)([^()]*)", re.ASCII)
# Two digits of a year: GS1 lets a window of a hundred years slide; ours stands, from 1972 to 2071.
_WINDOW = 72


@dataclass(frozen=True)
class Pack:
    """What the maker printed. A field that the code does not hold is "" or None."""

    kind = CodeKind.PACK

    gtin: str
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""


def write(gtin: str, lot: str, expires_on: date, serial: str = "") -> str:
    """An element string as makers print it, without the reader's signature."""
    return f"01{gtin}17{expires_on:%y%m%d}10{lot}" + (f"{GS}21{serial}" if serial else "")


def read(text: str) -> Pack | None:
    """The pack; None for a wrong check digit, an impossible date, a field twice with two contents, no product."""
    fields = _shown(text) if text.startswith("(") else _elements(text)
    if fields is None or not _GTIN.fullmatch(gtin := fields.get("01", "")) or gtin[-1] != check_digit(gtin[:-1]):
        return None
    lot, serial, expiry = fields.get("10", ""), fields.get("21", ""), fields.get("17", "")
    if any(text and not _TEXT.fullmatch(text) for text in (lot, serial)):
        return None
    expires_on = _day(expiry)
    return None if expiry and expires_on is None else Pack(gtin, lot, expires_on, serial)


def check_digit(digits: str) -> str:
    """GS1's: from the right, weights 3 and 1."""
    return str(-sum(int(digit) * (1 if n % 2 else 3) for n, digit in enumerate(reversed(digits))) % 10)


def _elements(text: str) -> dict[str, str] | None:
    for signature in SIGNATURES:
        text = text.removeprefix(signature)
    pairs = []
    text = text.lstrip(GS)
    while text:
        code = text[:2]
        length = _FIXED.get(code)
        if length is not None:
            if len(text) < length or GS in text[:length]:
                return None
            element, text = text[:length], text[length:]
        else:
            element, _, text = text.partition(GS)
        pairs.append((code, element[2:]))
        text = text.lstrip(GS)
    return _once(pairs)


def _shown(text: str) -> dict[str, str] | None:
    if not re.fullmatch(rf"(?:{_SHOWN.pattern})+", text, re.ASCII):
        return None
    return _once([(code, content.strip()) for code, content in _SHOWN.findall(text)])


def _once(pairs: list[tuple[str, str]]) -> dict[str, str] | None:
    fields = dict(pairs)
    return fields if all(fields[code] == content for code, content in pairs) else None


def _day(expiry: str) -> date | None:
    if not _DATE.fullmatch(expiry):
        return None
    year, month, day = (int(expiry[n : n + 2]) for n in (0, 2, 4))
    year += 1900 if year >= _WINDOW else 2000
    try:
        # A day of 00 means the last of the month.
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except ValueError:
        return None

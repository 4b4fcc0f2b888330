"""The three lines on the back of the national card (ICAO Doc 9303-5, TD1), typed or from a reader.

`IDVNM` + nine digits + check + the 12-digit number + `<<` + check (a national one) · birth, sex, expiry, their checks,
nationality, a check over all · SURNAME<<GIVEN<NAMES. The nine digits are the last nine of the twelve.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from kiosk.rules.person import Identity, century_of, read_date
from kiosk.rules.words import CodeKind, Confidence, Sex

_LINES = re.compile(
    r"I[A-Z<]VNM(?P<document>\d{9})(?P<document_check>\d)(?P<number>\d{12})<<(?P<number_check>\d)"
    r"(?P<birth>\d{6})(?P<birth_check>\d)(?P<sex>[MF<])(?P<expiry>[\d<]{6})(?P<expiry_check>[\d<])"
    r"(?P<nationality>[A-Z<]{3})[A-Z0-9<]{11}(?P<check>\d)"
    r"(?P<name>[A-Z<]{0,30})",
    re.ASCII,
)
_NAME = re.compile(r"[A-Z]+(?:<[A-Z]+)*(?:<<[A-Z]+(?:<[A-Z]+)*)?<*")
# What people and scanners write for `<`.
_FILLERS = str.maketrans({"«": "<<", "‹": "<", "＜": "<"})
_WEIGHTS = (7, 3, 1)
_VALUES = {sign: n for n, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_SEX = {"M": Sex.MALE, "F": Sex.FEMALE}


@dataclass(frozen=True)
class Mrz:
    """What the lines say; every check digit was right. The name stands without marks."""

    kind = CodeKind.MRZ

    identity: Identity
    document_number: str
    nationality: str
    expires_on: date | None
    confidence: Confidence = Confidence.HIGH


def read(text: str) -> Mrz | None:
    """The lines, or None when the text is none or a check digit is wrong."""
    lines = folded(text)
    match = _LINES.fullmatch(lines)
    if match is None or not _checked(lines, match) or not _NAME.fullmatch(match["name"]):
        return None
    return _mrz(match, " ".join(match["name"].replace("<", " ").split()))


def read_keyed(text: str) -> Mrz | None:
    """The same without the name, which alone has no check digit. A lost shift key makes `<` a comma."""
    lines = folded(text.replace(",", "<"))[:60]
    match = _LINES.fullmatch(lines)
    if match is None or not _checked(lines, match):
        return None
    return replace(_mrz(match, ""), confidence=Confidence.LOW)


def folded(text: str) -> str:
    """In capitals, one `<` for every filler, without spaces and line ends: the lines have fixed lengths."""
    return "".join(text.translate(_FILLERS).upper().split())


def check_digit(text: str) -> str:
    """ICAO's: weights 7, 3, 1, modulo ten."""
    return str(sum(_VALUES[sign] * _WEIGHTS[n % 3] for n, sign in enumerate(text)) % 10)


def _checked(lines: str, match: re.Match[str]) -> bool:
    over_all = lines[5:30] + lines[30:37] + lines[38:45] + lines[48:59]
    # A card without an expiry date may have nothing but fillers there.
    expiry_check = match["expiry_check"].replace("<", "0")
    return (
        match["number"].endswith(match["document"])
        and match["document_check"] == check_digit(match["document"])
        and match["number_check"] == check_digit(match["number"] + "<<")
        and match["birth_check"] == check_digit(match["birth"])
        and expiry_check == check_digit(match["expiry"])
        and match["check"] == check_digit(over_all)
        and _born_on(match) is not None
    )


def _born_on(match: re.Match[str]) -> date | None:
    """Two digits of the year: the number's fourth digit says which century."""
    birth = match["birth"]
    return read_date(f"{birth[4:]}{birth[2:4]}{century_of(match['number'])}{birth[:2]}")


def _mrz(match: re.Match[str], name: str) -> Mrz:
    born_on = _born_on(match)
    expiry = match["expiry"]
    return Mrz(
        identity=Identity(
            name=name,
            number=match["number"],
            born_on=born_on,
            born_year=born_on.year if born_on else None,
            sex=_SEX.get(match["sex"], Sex.UNKNOWN),
        ),
        document_number=match["document"],
        nationality=match["nationality"].rstrip("<"),
        # No card was made before 2012: its expiry lies in this century.
        expires_on=read_date(f"{expiry[4:]}{expiry[2:4]}20{expiry[:2]}"),
    )

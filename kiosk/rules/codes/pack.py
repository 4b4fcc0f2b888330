"""The GS1 DataMatrix on a vaccine's pack or vial: product, lot, expiry (GS1 General Specifications, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.rules.words import CodeKind


@dataclass(frozen=True)
class Pack:
    """What the maker printed. A field that the code does not hold is "" or None."""

    kind = CodeKind.PACK

    gtin: str
    lot: str = ""
    expires_on: date | None = None
    serial: str = ""


def read(text: str) -> Pack | None:
    """The pack, or None."""
    return None

"""The QR code of the health-insurance card (BHYT): name and address as hexadecimal UTF-8."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, Confidence


@dataclass(frozen=True)
class InsuranceCard:
    """A health-insurance card. It holds no personal number; `number` is the card's own."""

    kind = CodeKind.INSURANCE_CARD

    identity: Identity
    number: str
    facility: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    extra: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH


def read(text: str) -> InsuranceCard | None:
    """The card, or None when the text is not one."""
    return None

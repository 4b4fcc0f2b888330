"""The national personal QR of the health-book apps: six fields (Quyết định 1405/QĐ-BTTTT, 11/9/2021, version 1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, Confidence


@dataclass(frozen=True)
class NationalQr:
    """The code that every COVID app shows. The name stands without marks; `masked`: number or birth date are starred.

    A masked number is left out of `identity`; of a masked birth date only the year stays.
    """

    kind = CodeKind.NATIONAL_QR

    identity: Identity
    qid: str
    masked: bool
    declared_by_another: bool
    insurance_number: str = ""
    phone: str = ""
    extra: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH


def read(text: str) -> NationalQr | None:
    """The code, or None when the text is not one."""
    return None

"""A vaccination certificate in the European form, `HC1:` (Quyết định 5772/QĐ-BYT, 20/12/2021), signature unchecked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, Confidence


@dataclass(frozen=True)
class CertifiedDose:
    """One vaccination entry, in the certificate's own codes (`product`: `EU/1/21/1529`, …)."""

    product: str
    maker: str
    number: int
    of: int
    given_on: date | None
    country: str
    issuer: str
    certificate_id: str


@dataclass(frozen=True)
class Certificate:
    """What a certificate claims. Nobody has checked its signature: it proves nothing yet."""

    kind = CodeKind.CERTIFICATE

    identity: Identity
    doses: tuple[CertifiedDose, ...]
    issuer: str = ""
    key_id: str = ""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    confidence: Confidence = Confidence.LOW


def read(text: str) -> Certificate | None:
    """The certificate, or None when the text is not one."""
    return None

"""The QR code of the health-insurance card (BHYT): name and address as hexadecimal UTF-8.

`number|name|dd/mm/yyyy|1 male, else female|address|facility|valid from|valid until|…`. The order rests on public
readers; what follows the eighth field is kept and never shown. A dash stands for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from kiosk.rules.codes.letters import is_readable
from kiosk.rules.person import Identity, clean_text, read_date
from kiosk.rules.words import CodeKind, Confidence, Sex

_NUMBER = re.compile(r"[A-Z]{2}\d{13}|\d{10}", re.ASCII)
_DATE = re.compile(r"\d\d/\d\d/\d{4}", re.ASCII)
_YEAR = re.compile(r"(19|20)\d{2}", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE, "0": Sex.FEMALE}


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
    """The card, or None when the text is not one or a hexadecimal field is broken."""
    fields = _fields(text)
    if len(fields) < 6:
        return None
    name, place = _unhexed(fields[1]), _unhexed(fields[4])
    return None if not name or place is None else _card(fields, name, place)


def read_keyed(text: str) -> InsuranceCard | None:
    """The same without name and place: an input method rewrites the letters of a hexadecimal number, too."""
    card = _card(_fields(text), "", "")
    return card and replace(card, facility="", extra=(), confidence=Confidence.LOW)


def _card(fields: list[str], name: str, place: str) -> InsuranceCard | None:
    if not 6 <= len(fields) <= 24 or not _NUMBER.fullmatch(fields[0].upper()):
        return None
    number, _, birth, sex, _, facility, since, until = [*fields, "", ""][:8]
    born_on = read_date(birth) if _DATE.fullmatch(birth) else None
    year = _YEAR.fullmatch(birth)
    if born_on is None and year is None:
        return None
    return InsuranceCard(
        identity=Identity(
            name=name,
            born_on=born_on,
            born_year=born_on.year if born_on else int(birth),
            sex=_SEX.get(sex, Sex.UNKNOWN),
            address=place,
        ),
        number=number.upper(),
        facility=facility,
        valid_from=read_date(since),
        valid_until=read_date(until),
        extra=tuple(fields[8:]),
        confidence=Confidence.HIGH if born_on and len(fields) >= 8 else Confidence.LOW,
    )


def _fields(text: str) -> list[str]:
    return ["" if field.strip() == "-" else clean_text(field) for field in text.split("|")]


def _unhexed(field: str) -> str | None:
    if not _HEX.fullmatch(field):
        return None
    try:
        text = clean_text(bytes.fromhex(field).decode())
    except UnicodeDecodeError:
        return None
    return text if is_readable(text) else None

"""The QR code of the national card, 2021 (seven fields) and 2024 (the same seven, then more).

`number|old number or nothing|full name|ddmmyyyy|Nam or Nữ|residence|ddmmyyyy`. No byte-level specification is
published: order and forms rest on public readers and the content list of Thông tư 06/2021/TT-BCA and
Thông tư 16/2024/TT-BCA. What follows the seventh field is kept and never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from kiosk.rules.person import Identity, clean_text, read_date, read_sex
from kiosk.rules.words import CodeKind, Confidence

_FORM = re.compile(r"\d{12}", re.ASCII)


@dataclass(frozen=True)
class Card:
    """A national card. `confidence` is low for the six-field form, of which no genuine sample is known."""

    kind = CodeKind.NATIONAL_CARD

    identity: Identity
    issued_on: date | None
    extra: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH


def read(text: str) -> Card | None:
    """The card, or None when the text is not one (wrong number, name or birth date included)."""
    fields = [clean_text(field) for field in text.strip().split("|")]
    if not 6 <= len(fields) <= 16 or not _FORM.fullmatch(fields[0]):
        return None
    if len(fields) == 6 and not re.fullmatch(r"\d*", fields[1], re.ASCII):
        fields.insert(1, "")
    number, old_number, name, birth, sex, residence = fields[:6]
    born_on = read_date(birth)
    if born_on is None or not name or not re.fullmatch(r"(\d{9}|\d{12})?", old_number, re.ASCII):
        return None
    identity = Identity(
        name=name,
        number=number,
        old_number=old_number,
        born_on=born_on,
        born_year=born_on.year,
        sex=read_sex(sex),
        address=residence,
    )
    issued_on = read_date(fields[6]) if len(fields) > 6 else None
    confidence = Confidence.HIGH if text.count("|") >= 6 else Confidence.LOW
    return Card(identity, issued_on, tuple(fields[7:]), confidence)

"""The QR code of the national card, 2021 (seven fields) and 2024 (the same seven, then more).

`number|old number or nothing|full name|ddmmyyyy|Nam or Nữ|residence|ddmmyyyy`. No byte-level specification is
published: order and forms rest on public readers and the content list of Thông tư 06/2021/TT-BCA and
Thông tư 16/2024/TT-BCA. What follows the seventh field is kept and never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from kiosk.rules.person import Identity, clean_text, read_date, read_sex
from kiosk.rules.words import CodeKind, Confidence, Sex

_NUMBER = re.compile(r"\d{12}", re.ASCII)
_OLD_NUMBER = re.compile(r"(\d{9}|\d{12})?", re.ASCII)
_DATE = re.compile(r"\d{8}", re.ASCII)
_DATE_WITH_SLASHES = re.compile(r"\d{1,2}/\d{1,2}/\d{4}", re.ASCII)
# Of somebody whose day of birth nobody knows, a card says the year only.
_YEAR = re.compile(r"(?:00(?:0\d|1[0-2]))?((?:19|20)\d{2})", re.ASCII)
# What a keyboard leaves of "Nữ". The keys of "Nam" exist on every keyboard, so an a or an m is never lost.
_MANGLED_FEMALE = re.compile(r"n[^a-z]{0,6}u?[^a-z]{0,6}", re.IGNORECASE)


@dataclass(frozen=True)
class Card:
    """A national card. `confidence` is low for every form of which no genuine sample is known.

    Such are: six fields, dates with slashes, a year alone, no issue date, an unknown sex.
    """

    kind = CodeKind.NATIONAL_CARD

    identity: Identity
    issued_on: date | None
    extra: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH


def read(text: str) -> Card | None:
    """The card, or None when the text is not one (wrong number, name or birth date included).

    A question mark in a name stands where a wrong character set lost a letter.
    """
    card = _card([clean_text(field) for field in text.split("|")])
    return card if card and card.identity.name and "?" not in card.identity.name else None


def read_keyed(text: str) -> Card | None:
    """The card as a keyboard typed it: without name and place, and with the sex only where it is beyond doubt."""
    fields = [clean_text(field) for field in text.split("|")]
    card = _card(fields)
    if card is None:
        return None
    who = card.identity
    sex = who.sex
    if sex is Sex.UNKNOWN and int(who.number[3]) % 2 and _MANGLED_FEMALE.fullmatch(_completed(fields)[4]):
        sex = Sex.FEMALE
    return Card(replace(who, name="", address="", sex=sex), card.issued_on, (), Confidence.LOW)


def _card(fields: list[str]) -> Card | None:
    if not 6 <= len(fields) <= 16 or not _NUMBER.fullmatch(fields[0]):
        return None
    number, old_number, name, birth, sex, residence, issued, *extra = _completed(fields)
    born_on = _day(birth)
    year = _YEAR.fullmatch(birth)
    if (born_on is None and year is None) or not _OLD_NUMBER.fullmatch(old_number):
        return None
    identity = Identity(
        name=name,
        number=number,
        old_number=old_number,
        born_on=born_on,
        born_year=born_on.year if born_on else int(year[1]) if year else None,
        sex=read_sex(sex) if not sex.isdecimal() else Sex.UNKNOWN,
        address=residence,
    )
    usual = len(fields) >= 7 and born_on and _DATE.fullmatch(birth) and _DATE.fullmatch(issued)
    sure = usual and identity.sex is not Sex.UNKNOWN
    return Card(identity, _day(issued), tuple(extra), Confidence.HIGH if sure else Confidence.LOW)


def _day(field: str) -> date | None:
    return read_date(field) if _DATE.fullmatch(field) or _DATE_WITH_SLASHES.fullmatch(field) else None


def _completed(fields: list[str]) -> list[str]:
    """Seven fields at least: of six, either the old number or the issue date is missing."""
    if len(fields) > 6:
        return fields
    if _OLD_NUMBER.fullmatch(fields[1]):
        return [*fields, ""]
    return [fields[0], "", *fields[1:]]

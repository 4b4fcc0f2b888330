"""One cell of the list: what people and spreadsheets make of a date, a number, a phone; what can be mended safely.

A reason stops its row only where taking it would land a wrong identity or a wrong history. Nobody is turned away for a
phone, a group or an insurance card: what cannot be read of these is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from kiosk.errors import Refusal
from kiosk.rules import looking, person
from kiosk.rules.person import Identity, Provinces
from kiosk.rules.words import DocumentKind, Sex

# What a spreadsheet makes of a long number that is not a text: its last digits are gone for good.
_ROUNDED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+")
# Day 0 of a spreadsheet's day count (Excel counts 29/2/1900, which never was).
_DAY_ZERO = date(1899, 12, 30)
_YES = {"co", "x", "1", "da", "dung", "yes", "y", "true", "daduyet", "dacai", "duyet", "approved"}
_NO = {"khong", "0", "chua", "sai", "no", "n", "false", "chuaduyet", "chuacai", "k"}


@dataclass(frozen=True)
class Reason:
    """What is wrong with a cell, or was mended in it (`roster.reason.<code>`). `stops`: the row cannot be taken."""

    column: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    stops: bool = False


@dataclass(frozen=True)
class Numbers:
    """What the cell with the number holds: one of the three."""

    number: str = ""
    old_number: str = ""
    passport: str = ""


def squeezed(text: str) -> str:
    """Letters and digits without marks: what names of vaccines and groups are compared by."""
    return re.sub(r"[^a-z0-9]", "", person.plain(text))


def read_name(cell: str, found: list[Reason]) -> str:
    """A usable name, "" where there is none."""
    try:
        name = person.require_name(cell)
    except Refusal as refusal:
        found.append(Reason("name", refusal.code, stops=True))
        return ""
    # TCVN3 and VNI fonts write "NguyÔn" for "Nguyễn": such a text has lost its letters.
    if re.search(r"[^\W\d_A-ZÀ-ỸĐ][À-ÖØ-ÞĂĐƠƯ]|[µ¶¸¹ª]", name):
        found.append(Reason("name", "name_font", stops=True))
    return name


def read_birth(cell: str, today: date, found: list[Reason]) -> tuple[date | None, int | None]:
    """Birth date and year. A lost zero comes back; a date that could be meant otherwise is only hinted at."""
    text = re.sub(r"[ T]00:00(:00)?$", "", cell.strip())
    lost = re.fullmatch(r"\d{7}", text)
    try:
        born = person.require_birth(f"0{text}" if lost else text, today)
    except Refusal:
        hint = _birth_hint(text, today)
        facts = {"hint": f"{hint:%d/%m/%Y}"} if hint else {}
        found.append(Reason("birth", "birth_hint" if hint else "birth_odd", facts, stops=True))
        return None, None
    typed_year = (born[0] - _DAY_ZERO).days if born[0] else 0
    if 1920 <= typed_year <= today.year:  # a bare year in a cell for dates: 1958 became 11/05/1905
        found.append(Reason("birth", "birth_hint", {"hint": str(typed_year)}, stops=True))
    if lost:
        found.append(Reason("birth", "birth_zero_back"))
    return born


def _birth_hint(text: str, today: date) -> date | None:
    """Month before day, or a spreadsheet's count of days."""
    swapped = re.sub(r"^(\d{1,2})([/.-])(\d{1,2})([/.-])", r"\3\2\1\4", text)
    hint = person.read_date(swapped) if swapped != text else None
    if hint is None and re.fullmatch(r"\d{4,5}", text):
        hint = _DAY_ZERO + timedelta(days=int(text))
    return hint if hint and date(1900, 1, 1) <= hint <= today else None


def read_sex(cell: str, found: list[Reason]) -> Sex:
    """0 or 1 as on the ministry's sheet, or the words."""
    sex = person.read_sex(cell)
    if sex is Sex.UNKNOWN:
        found.append(Reason("sex", "sex_odd", stops=True))
    return sex


def read_numbers(cell: str, known: Identity, provinces: Provinces, today: date, found: list[Reason]) -> Numbers:
    """The personal number, an old card's or a passport's.

    Zeros that a spreadsheet dropped come back only when number, sex, birth year and province agree: else a person must
    look at the card.
    """
    digits = re.sub(r"[\s.-]", "", cell.strip().lstrip("'’`"))
    if re.fullmatch(r"\d{10,11}", digits, re.ASCII):
        return _zeros_back(digits, known, provinces, today, found)
    document = person.read_document_number(digits)
    if document is None or _ROUNDED.fullmatch(cell.strip()):
        code = "number_rounded" if _ROUNDED.fullmatch(cell.strip()) else "number_odd"
        found.extend([Reason("number", code, {"digits": len(digits)}, stops=True)] if digits else [])
        return Numbers()
    if document.kind is DocumentKind.NATIONAL:
        faults = person.check_number(document.number, known, provinces, today)
        found.extend(Reason("number", f"number_{fault}") for fault in faults)
        return Numbers(number=document.number)
    if document.kind is DocumentKind.PASSPORT:
        return Numbers(passport=document.number)
    if document.odd:
        found.append(Reason("number", "old_number_short"))
    return Numbers(old_number=document.number)


def _zeros_back(digits: str, known: Identity, provinces: Provinces, today: date, found: list[Reason]) -> Numbers:
    """Hà Nội's numbers begin with 001 and lose two zeros, those of most provinces lose one."""
    number = digits.zfill(12)
    sure = known.born_year is not None and known.sex is not Sex.UNKNOWN
    if sure and not person.check_number(number, known, provinces, today):
        found.append(Reason("number", "number_zero_back", {"number": person.masked_number(number)}))
        return Numbers(number=number)
    code = "number_zero_lost" if person.read_document_number(digits) else "number_odd"
    found.append(Reason("number", code, {"digits": len(digits)}, stops=True))
    return Numbers()


def read_phone(cell: str, column: str, found: list[Reason]) -> str:
    """A phone that can be called from here, "" where there is none. Several people may share one."""
    first, *more = [part.strip() for part in re.split(r"[/;,]|\s-\s", cell) if part.strip()] or [""]
    phone = "" if _ROUNDED.fullmatch(first) else looking.read_phone(first)
    if not phone:
        found.extend([Reason(column, "phone_odd")] if first else [])
        return ""
    if re.fullmatch(r"[1-9]\d{8}", re.sub(r"\D", "", first), re.ASCII):
        found.append(Reason(column, "phone_zero_back"))
    if more:
        found.append(Reason(column, "phone_several"))
    return phone


def read_group(cell: str, groups: frozenset[str], found: list[Reason]) -> str:
    """A priority group's code, "" where there is none."""
    number = re.fullmatch(r"(?:nhom|group)? ?0?(\d{1,2})", person.plain(cell))
    if number and number[1] in groups:
        return number[1]
    if cell.strip():
        found.append(Reason("group", "group_unknown"))
    return ""


def read_insurance(cell: str, found: list[Reason]) -> str:
    """An insurance card's 15 signs or the 10 digits of its number, "" where there is none."""
    text = re.sub(r"[\s.-]", "", cell).upper()
    if not text or re.fullmatch(r"[A-Z]{2}\d{13}|\d{10}", text, re.ASCII):
        return text
    found.append(Reason("insurance", "insurance_odd"))
    return ""


def read_text(cells: Mapping[str, str], column: str, most: int, found: list[Reason]) -> str:
    """A text as it is; what is too long is cut, and said."""
    text = person.clean_text(cells.get(column, ""))
    if len(text) > most:
        found.append(Reason(column, "cut", {"most": most}))
    return text[:most]


def read_address(cells: Mapping[str, str], found: list[Reason]) -> str:
    """From the house to the province, as on a card; what one part repeats of another is written once."""
    parts: list[str] = []
    for column in ("address", "area", "ward", "district", "province"):
        text = person.clean_text(cells.get(column, ""))
        if text and not any(person.plain(text) in person.plain(part) for part in parts):
            parts.append(text)
    return read_text({"address": ", ".join(parts)}, "address", 200, found)


def read_day(cell: str, on: date | None, today: date, found: list[Reason]) -> date | None:
    """The day that somebody is expected on."""
    day = person.read_date(cell) if cell.strip() else on
    if day is None:
        found.append(Reason("on", "roster_date", stops=True))
    elif day < today:
        found.append(Reason("on", "day_past"))
    return day


def read_slot(cell: str, found: list[Reason]) -> tuple[time, time] | None:
    """From and until, site time; None where the list names no slot."""
    if not cell.strip():
        return None
    match = re.fullmatch(r"\s*(\d{1,2})[:h](\d{2})\s*[-–]\s*(\d{1,2})[:h](\d{2})\s*", cell, re.ASCII)
    try:
        slot = (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))) if match else None
    except ValueError:
        slot = None
    if slot is None or slot[0] >= slot[1]:
        found.append(Reason("slot", "roster_slot", stops=True))
        return None
    return slot


def read_special(cell: str, specials: Mapping[str, str], found: list[Reason]) -> str:
    """A special group's code, "" where there is none."""
    special = specials.get(squeezed(cell), "")
    if cell.strip() and not special:
        found.append(Reason("special", "special_unknown"))
    return special


def read_yes(cells: Mapping[str, str], column: str, found: list[Reason]) -> bool | None:
    """Yes or no; None where the cell is empty. What is neither counts as no, the safe side of both columns."""
    cell = cells.get(column, "").strip()
    if not cell:
        return None
    if squeezed(cell) not in _YES | _NO:
        found.append(Reason(column, "yes_or_no"))
    return squeezed(cell) in _YES


def read_guardian(cells: Mapping[str, str], found: list[Reason]) -> tuple[str, str, str]:
    """Name, number and phone of whoever comes with a child; what cannot be read is left out."""
    name, number = person.clean_text(cells.get("guardian_name", "")), ""
    if name:
        try:
            name = person.require_name(name)
        except Refusal:
            found.append(Reason("guardian_name", "guardian_odd"))
            name = ""
    if cells.get("guardian_number", "").strip():
        document = person.read_document_number(cells["guardian_number"].strip().lstrip("'’`"))
        if document is None or document.odd or document.kind is not DocumentKind.NATIONAL:
            found.append(Reason("guardian_number", "guardian_odd"))
        else:
            number = document.number
    return name, number, read_phone(cells.get("guardian_phone", ""), "guardian_phone", found)

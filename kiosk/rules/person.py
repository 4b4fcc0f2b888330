"""Names, dates, the 12-digit number, masking, and how to address somebody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from kiosk.errors import Refusal
from kiosk.rules.words import DocumentKind, Sex

MASK = "•••"
# Letters with a bar through them, which no normal form takes apart. ð is what old keyboards typed for đ.
_BARRED = str.maketrans("đðƀłø", "ddblo")
_AS_TYPED = str.maketrans("ð’‘ʼ`", "đ''''")
_BEYOND = re.compile(r"[^\x00-\x7f]")
# What a spreadsheet leaves of a personal number: of those of 001 to 008 it takes two zeros.
_ZEROS_LOST = re.compile(r"[0-9]{11}|[12468][0-3][0-9]{8}")
# Grave, acute, tilde, hook and dot below.
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@dataclass(frozen=True)
class Identity:
    """What a card or a list says about a person. `born_on` is None where only the year is known."""

    name: str
    number: str = ""
    old_number: str = ""
    born_on: date | None = None
    born_year: int | None = None
    sex: Sex = Sex.UNKNOWN
    address: str = ""


@dataclass(frozen=True)
class Pronoun:
    """One row of the table of address: from `min_age` on, for `sex` (None: any)."""

    min_age: int
    word: str
    sex: Sex | None = None


def clean_text(text: str) -> str:
    """NFC, single spaces, no spaces at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """Lower case without marks, single spaces: what column titles are compared by."""
    small = text.lower()
    if not small.isascii():  # looked at letter by letter: a list of 50,000 rows asks this half a million times
        marked = unicodedata.normalize("NFD", small.translate(_BARRED))
        small = _BEYOND.sub(lambda letter: "" if unicodedata.combining(letter[0]) else letter[0], marked)
    return " ".join(small.split())


def name_key(name: str) -> str:
    """A name without marks, in capitals, đ as D: what names are searched and compared by."""
    return " ".join(re.sub(r"[^A-Z ]", " ", plain(name).upper()).split())


def same_name(one: str, other: str) -> bool:
    """The same letters with the same marks; capitals and spacing do not count.

    Nor does which letter of a syllable carries its tone (Hòa and Hoà: two ways of spelling one name), nor what a
    keyboard had for đ or an apostrophe.
    """
    one, other = (clean_text(name).casefold().translate(_AS_TYPED) for name in (one, other))
    return one == other or (plain(one) == plain(other) and _tones_apart(one) == _tones_apart(other))


def _tones_apart(name: str) -> list[tuple[str, str]]:
    """Each word without its tones, and its tones."""
    words = unicodedata.normalize("NFD", name).split()
    return [(_TONE.sub("", word), "".join(_TONE.findall(word))) for word in words]


def same_plain_name(one: str, other: str) -> bool:
    """The same name, as far as a source without marks can tell: the same words, family or given name first.

    Only for MRZ, personal QR and certificate: with marks at hand, the order of the words counts.
    """
    words = [name_key(name).split() for name in (one, other)]
    return bool(words[0]) and ("".join(words[0]) == "".join(words[1]) or sorted(words[0]) == sorted(words[1]))


def require_name(text: str) -> str:
    """A usable name. Raises Refusal `name_missing` or `name_odd` (digits and signs do not belong in a name)."""
    name = clean_text(text)
    if not name:
        raise Refusal("name_missing", field="name")
    if len(name) > 60 or not re.fullmatch(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+\.?)*", name):
        raise Refusal("name_odd", field="name")
    return name


def require_number(text: str) -> str:
    """The personal number: exactly 12 digits (Nghị định 137/2015/NĐ-CP Art. 13). "" stays "".

    Raises Refusal `number_zero_lost` where a spreadsheet may have dropped the zeros in front, else `number_odd`.
    """
    number = re.sub(r"[\s.-]", "", text)
    if number and not re.fullmatch(r"[0-9]{12}", number):
        code = "number_zero_lost" if _ZEROS_LOST.fullmatch(number) else "number_odd"
        raise Refusal(code, field="number", digits=len(number))
    return number


@dataclass(frozen=True)
class DocumentNumber:
    """A number as somebody read it out. `odd`: a person must look, a digit seems to be lost."""

    kind: DocumentKind
    number: str
    odd: bool = False


def read_document_number(text: str) -> DocumentNumber | None:
    """Which document has such a number; None when none has.

    Twelve digits are the personal number (a card's or a notice's); eleven have lost the zero that all of Vietnam's
    provinces begin with, and come back with it; ten have lost the two of 001 to 008, where the digit after the province
    is that of a century which has begun. Nine are the old card's, eight are one short. A passport's have six to twelve
    capitals and digits, at least one of them a letter.
    """
    number = re.sub(r"[\s.-]", "", text).upper()
    if re.fullmatch(r"[0-9]{12}", number):
        return DocumentNumber(DocumentKind.NATIONAL, number)
    if _ZEROS_LOST.fullmatch(number):
        return DocumentNumber(DocumentKind.NATIONAL, number.zfill(12), odd=True)
    if re.fullmatch(r"[0-9]{8,9}", number):
        return DocumentNumber(DocumentKind.OLD_CARD, number, odd=len(number) == 8)
    if re.fullmatch(r"(?=.*[A-Z])[A-Z0-9]{6,12}", number):
        return DocumentNumber(DocumentKind.PASSPORT, number)
    return None


@dataclass(frozen=True)
class Provinces:
    """Where births are registered: the first three digits of the personal number."""

    version: str
    source: str
    names: Mapping[str, str]
    countries: range

    def knows(self, prefix: str) -> bool:
        """Is it a province's or a country's?"""
        return prefix in self.names or (re.fullmatch(r"[0-9]{3}", prefix) is not None and int(prefix) in self.countries)


class NumberFault(StrEnum):
    """What speaks against a personal number."""

    NOT_TWELVE_DIGITS = "not_twelve_digits"
    PREFIX_UNKNOWN = "prefix_unknown"
    SEX_DIFFERS = "sex_differs"
    YEAR_DIFFERS = "year_differs"
    YEAR_IN_FUTURE = "year_in_future"

    @property
    def blocks(self) -> bool:
        """Only what is no number at all. The rest warns: births and sexes are registered anew, and rightly so."""
        return self is NumberFault.NOT_TWELVE_DIGITS


def century_of(number: str) -> int:
    """The first two digits of the birth year, from the number's fourth digit (Thông tư 07/2016/TT-BCA, Art. 7)."""
    return 19 + int(number[3]) // 2


def sex_of(number: str) -> Sex:
    """The sex that the number's fourth digit says: odd is female (Thông tư 07/2016/TT-BCA, Art. 7)."""
    return Sex.FEMALE if int(number[3]) % 2 else Sex.MALE


def check_number(number: str, identity: Identity, provinces: Provinces, today: date) -> tuple[NumberFault, ...]:
    """Everything that the twelve digits say otherwise than the other fields. It has no check digit."""
    if not re.fullmatch(r"[0-9]{12}", number):
        return (NumberFault.NOT_TWELVE_DIGITS,)
    sex = sex_of(number)
    year = century_of(number) * 100 + int(number[4:6])
    found = {
        NumberFault.PREFIX_UNKNOWN: not provinces.knows(number[:3]),
        NumberFault.SEX_DIFFERS: identity.sex not in (sex, Sex.UNKNOWN),
        NumberFault.YEAR_DIFFERS: identity.born_year not in (year, None),
        NumberFault.YEAR_IN_FUTURE: year > today.year,
    }
    return tuple(fault for fault, there in found.items() if there)


def read_date(text: str) -> date | None:
    """`dd/mm/yyyy`, `ddmmyyyy` or `yyyy-mm-dd`; None when the text is no date."""
    for pattern in (
        r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})",
        r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>\d{4})",
        r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    ):
        match = re.fullmatch(pattern, text.strip(), re.ASCII)
        if match:
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def require_birth(text: str, today: date) -> tuple[date | None, int]:
    """Birth date and year; a bare year is accepted. Raises Refusal `birth_odd` (no date, future, before 1900)."""
    text = text.strip()
    born_on = read_date(text)
    year = born_on.year if born_on else int(text) if re.fullmatch(r"[0-9]{4}", text) else 0
    if not 1900 <= year <= today.year or (born_on and born_on > today):
        raise Refusal("birth_odd", field="birth")
    return born_on, year


def read_sex(text: str) -> Sex:
    """`Nam`/`Nữ` as on the card, 0/1 as on the ministry's sheet; anything else is unknown and must be asked."""
    word = name_key(text) or text.strip()
    return {"NAM": Sex.MALE, "0": Sex.MALE, "NU": Sex.FEMALE, "1": Sex.FEMALE}.get(word, Sex.UNKNOWN)


def masked_name(name: str) -> str:
    """`Nguyễn Thị Hường` → `Nguyễn Thị H•••`: enough to know oneself, not enough to be known."""
    words = name.split()
    if not words:
        return MASK
    return " ".join([*words[:-1], words[-1][0] + MASK])


def masked_number(number: str) -> str:
    """Only the last four digits are shown."""
    return f"•••• •••• {number[-4:]}" if number else ""


def full_years(born_on: date, on: date) -> int:
    """How old somebody born then is on that day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def birth_text(identity: Identity) -> str:
    """Birth date, or the year where only that is known; "" where neither is."""
    return f"{identity.born_on:%d/%m/%Y}" if identity.born_on else str(identity.born_year or "")


def address(table: Sequence[Pronoun], born_year: int | None, sex: Sex, this_year: int) -> str:
    """How to address somebody: "" while the birth year is unknown. The table is the site's to change."""
    if born_year is None:
        return ""
    age = this_year - born_year
    for row in sorted(table, key=lambda row: -row.min_age):
        if age >= row.min_age and row.sex in (None, sex):
            return row.word
    return ""

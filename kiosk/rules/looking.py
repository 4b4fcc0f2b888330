"""What somebody typed into the field that finds people: a number of one kind or another, or a name.

A number says by itself what it is; where it may be two things (ten digits: a phone or an insurance number), both are
looked for. The lengths are those of Thông tư 07/2016/TT-BCA (12), of the old card (9), of the social-insurance number
(10, Quyết định 1666/QĐ-BHXH: it ends the 15 signs of a health-insurance card), and of Vietnam's phones since 2018.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.errors import Refusal
from kiosk.rules.person import clean_text, name_key, plain, read_date, read_document_number, same_name
from kiosk.rules.words import DocumentKind

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_WITH_YEAR = re.compile(r"(?P<words>.*\S)[\s,]+(?P<year>(?:19|20)[0-9]{2})")
_INSURANCE = re.compile(r"[A-Z]{2}[0-9]{13}")
# 0 and nine digits (a house's: 02 and nine), or the land's 84 in place of the zero, which a spreadsheet takes.
_PHONE = re.compile(r"(?:\+?84|0)?([1-9][0-9]{8}|2[0-9]{9})")


@dataclass(frozen=True)
class Wanted:
    """Whom somebody looks for. Every number that is not "" may be theirs; `name`: as it was typed.

    `other`: an old card's or a passport's number. `ending`: the last four digits of the 12, with the birth year.
    """

    name: str = ""
    number: str = ""
    other: str = ""
    phone: str = ""
    insurance: str = ""
    ending: str = ""
    born_year: int | None = None


def read_wanted(words: str, born_year: str) -> Wanted:
    """What was typed; a year may also stand behind the words, and a whole birth date in place of the year.

    Raises Refusal `search_year_odd`; `search_too_short` (whoever types one letter would see half the commune),
    `search_ending_alone` (four digits without a year), `search_number_odd` (as many digits as no paper has).
    """
    words, year = clean_text(words), _require_year(born_year)
    split = _WITH_YEAR.fullmatch(words)
    if year is None and split and (name_key(split["words"]) or re.fullmatch(r"[0-9]{4}", split["words"])):
        words, year = split["words"], int(split["year"])
    bare = re.sub(r"[\s.()-]", "", words).upper()
    if re.fullmatch(r"\+?[0-9]+", bare):
        return _require_digits(bare, year)
    if _INSURANCE.fullmatch(bare):
        return Wanted(insurance=bare, born_year=year)
    document = read_document_number(bare)
    # Without digits it is a word: a passport's number always has some.
    if document and re.search("[0-9]{4}", bare):
        return Wanted(other=document.number, born_year=year)
    if len(name_key(words)) < 2:
        raise Refusal("search_too_short", field="words")
    return Wanted(name=words, born_year=year)


def _require_year(text: str) -> int | None:
    text, born_on = text.strip(), read_date(text)
    if not text:
        return None
    if born_on is None and not _YEAR.fullmatch(text):
        raise Refusal("search_year_odd", field="born_year")
    return born_on.year if born_on else int(text)


def _require_digits(digits: str, year: int | None) -> Wanted:
    if len(digits) < 4:
        raise Refusal("search_too_short", field="words")
    if len(digits) == 4:
        if year is None:
            raise Refusal("search_ending_alone", field="born_year")
        return Wanted(ending=digits, born_year=year)
    document = read_document_number(digits)
    national = document is not None and document.kind is DocumentKind.NATIONAL
    found = Wanted(
        number=document.number if document and national else "",
        other=document.number if document and not national else "",
        phone=read_phone(digits),
        insurance=digits if len(digits) == 10 else "",
        born_year=year,
    )
    if not (found.number or found.other or found.phone or found.insurance):
        raise Refusal("search_number_odd", field="words", n=len(digits.lstrip("+")))
    return found


def read_phone(text: str) -> str:
    """A phone number as we keep it, `0912345678`, from any way of writing it; "" when it is none."""
    match = _PHONE.fullmatch(re.sub(r"[\s.()-]", "", text))
    return f"0{match[1]}" if match else ""


def closeness(typed: str, name: str) -> int:
    """How well a name fits what was typed, 0 best: the name itself, words with their marks, without, beginnings."""
    words, key = clean_text(name).casefold().split(), name_key(name).split()
    wanted = clean_text(typed).casefold().split()
    # Whoever typed no marks has not said that there are none.
    marked = plain(typed) != clean_text(typed).lower()
    fits = (
        marked and same_name(typed, name),
        marked and all(word in words for word in wanted),
        name_key(typed).split() == key,
        all(word in key for word in name_key(typed).split()),
        marked and all(any(word.startswith(part) for word in words) for part in wanted),
    )
    return next((place for place, well in enumerate(fits) if well), len(fits))


def neighbourhood(address: str) -> str:
    """Hamlet and commune of an address, without house number and street, which tell more than telling apart needs."""
    parts = [part.strip() for part in address.split(",") if part.strip()]
    while len(parts) > 1 and re.match(r"(?:số|nhà|ngõ|ngách|hẻm|đường|phố)\b|[0-9]", parts[0], re.IGNORECASE):
        parts = parts[1:]
    return ", ".join(parts[:2])

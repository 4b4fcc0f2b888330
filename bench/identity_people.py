"""Invented people for `bench/identity.py`, and what makes two of them, or two ways of writing one, hard to tell apart.

Nobody here is real. Family names come as often as counts of the whole country say (Nguyễn for more than a third), given
names stand beside those that differ from them in one mark, numbers have their true form.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from random import Random

from bench.codes import mrz_lines
from kiosk.demo import cards, names, papers
from kiosk.demo.commune import Invented
from kiosk.rules.person import Identity, name_key, plain
from kiosk.rules.words import CodeKind, Sex

# Lê Trung Hoa, Họ và tên người Việt Nam (2005), as it is commonly cited: percent of all people.
FAMILY = {
    "Nguyễn": 38.4, "Trần": 12.1, "Lê": 9.5, "Phạm": 7.0, "Hoàng": 2.6, "Huỳnh": 2.5, "Phan": 4.5, "Vũ": 2.0, "Võ": 1.9,
    "Đặng": 2.1, "Bùi": 2.0, "Đỗ": 1.4, "Hồ": 1.3, "Ngô": 1.3, "Dương": 1.0, "Lý": 0.5, "Giàng": 0.4, "Lò": 0.4,
}  # fmt: skip
# Given names that another mark turns into somebody else's.
NEIGHBOURS = (
    "Hương", "Hường", "Hướng", "Hùng", "Hưng", "Thủy", "Thúy", "Thùy", "Tuân", "Tuấn", "Toàn", "Toán", "Toản", "Dũng",
    "Dung", "Ánh", "Anh", "Phương", "Phượng", "Quyên", "Quyền", "Hoa", "Hòa", "Hà", "Hạ", "Vân", "Văn", "Bảo", "Báo",
)  # fmt: skip
# Most were born registered here; those of 001 to 008 lose two zeros to a spreadsheet.
PROVINCES = ("015",) * 12 + ("001", "002", "004", "006", "008", "010", "025", "034", "079", "101")
LETTERS = "aeiouhnglmt"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ISSUED = date(2021, 4, 15)


def person(chance: Random) -> Identity:
    """Somebody grown up in 2021; one in eleven born on a 1 January that is no more than a year."""
    sex = chance.choice((Sex.MALE, Sex.FEMALE))
    family = chance.choices(list(FAMILY), list(FAMILY.values()))[0]
    given = chance.choice(NEIGHBOURS if chance.random() < 0.4 else names.GIVEN[sex])
    born_on = date(1936, 1, 1) + timedelta(days=chance.randrange(365 * 66))
    if chance.random() < 0.09:
        born_on = date(born_on.year, 1, 1)
    return numbered(chance, Identity(
        name=f"{family} {chance.choice(names.MIDDLE[sex])} {given}",
        old_number=f"06{chance.randrange(10**7):07}" if born_on.year < 2000 else "",
        born_on=born_on, born_year=born_on.year, sex=sex, address="Thôn Bịa, Xã Thử Nghiệm",
    ))  # fmt: skip


def numbered(chance: Random, who: Identity) -> Identity:
    """With a personal number that agrees with sex and birth year (Nghị định 137/2015/NĐ-CP, Art. 13)."""
    year = who.born_on.year if who.born_on else 1960
    sign = 2 * (year // 100 - 19) + (who.sex is Sex.FEMALE)
    return replace(who, number=f"{chance.choice(PROVINCES)}{sign}{year % 100:02}{chance.randrange(10**6):06}")


def born(who: Identity, on: date) -> Identity:
    """The same with another birth date."""
    return replace(who, born_on=on, born_year=on.year)


def other_tone(chance: Random, word: str) -> str:
    """The word with another tone, or none where it had one."""
    parts = unicodedata.normalize("NFD", word)
    has = {sign for sign in parts if sign in _TONES}
    bare = unicodedata.normalize("NFC", "".join(sign for sign in parts if sign not in _TONES))
    vowels = [at for at, letter in enumerate(bare) if plain(letter) in "aeiouy"]
    at = next((at for at in vowels if not bare[at].isascii()), vowels[0]) + 1
    tone = chance.choice(["", *sorted(set(_TONES) - has)] if has else _TONES)
    return unicodedata.normalize("NFC", bare[:at] + tone + bare[at:])


def with_other_tone(chance: Random, who: Identity) -> Identity:
    """The given name with another tone: a slip, or a sister."""
    *first, given = who.name.split()
    return replace(who, name=" ".join((*first, other_tone(chance, given))))


def with_other_letter(chance: Random, who: Identity) -> Identity:
    """One letter of the given name another, too many, or missing."""
    *first, given = who.name.split()
    while True:
        at = chance.randrange(1, len(given) + 1)
        changed = given[:at] + chance.choice(("", chance.choice(LETTERS))) + given[at + chance.choice((0, 1)) :]
        if plain(changed) != plain(given) and abs(len(changed) - len(given)) <= 1:
            return replace(who, name=" ".join((*first, changed)))


def with_a_word_more(chance: Random, who: Identity) -> Identity:
    """A middle name that the other source leaves out."""
    *first, given = who.name.split()
    more = chance.choice([word for word in ("Ngọc", "Minh", "Thanh") if word not in first])
    return replace(who, name=" ".join((*first, more, given)))


def with_other_given(chance: Random, who: Identity) -> Identity:
    """Another given name beginning with the same letter, where there is one."""
    *first, given = who.name.split()
    others = [name for name in names.GIVEN[who.sex] if plain(name) != plain(given)]
    like = [name for name in others if name[0] == given[0]]
    return replace(who, name=" ".join((*first, chance.choice(like or others))))


def twin(chance: Random, who: Identity, named: Callable[[Random, Identity], Identity]) -> Identity:
    """Born the same day, of the same sex, a number registered a few lines on."""
    few = f"{(int(who.number[-3:]) + chance.randrange(1, 999)) % 1000:03}"
    return replace(named(chance, who), number=who.number[:-3] + few, old_number=_next(chance, who.old_number))


def _next(chance: Random, number: str) -> str:
    return f"{number[:-2]}{(int(number[-2:]) + chance.randrange(1, 99)) % 100:02}" if number else ""


def child_of_one_name(chance: Random, who: Identity) -> Identity:
    """Father and son, mother and daughter: one name, 18 to 40 years apart."""
    years = chance.randrange(18, 41)
    year = who.born_on.year + (years if who.born_on and who.born_on.year < 1970 else -years) if who.born_on else 1960
    on = date(year, chance.randrange(1, 13), chance.randrange(1, 29))
    return replace(numbered(chance, born(who, on)), old_number=_next(chance, who.old_number))


def namesake(chance: Random, who: Identity, *, same_day: bool = False) -> Identity:
    """Somebody else of the same name, sex and birth year, or birth date."""
    other = replace(numbered(chance, who), old_number=f"07{chance.randrange(10**7):07}")
    if same_day or who.born_on is None:
        return other
    on = who.born_on
    while on == who.born_on:
        on = date(who.born_on.year, 1, 1) + timedelta(days=chance.randrange(365))
    return born(other, on)


@dataclass(frozen=True)
class Paper:
    """A code that people hold up, and how it is written."""

    kind: CodeKind
    write: Callable[[Identity], str]


def _invented(who: Identity, write: Callable[[Invented], str]) -> str:
    return write(Invented(who, _ISSUED, None, ""))


def _back(who: Identity) -> str:
    assert who.born_on is not None
    return mrz_lines(who.number, who.born_on, "F" if who.sex is Sex.FEMALE else "M", name_key(who.name))


CARD = Paper(CodeKind.NATIONAL_CARD, partial(_invented, write=cards.card_text))
QR = Paper(CodeKind.NATIONAL_QR, partial(_invented, write=papers.personal_qr))
INSURANCE = Paper(CodeKind.INSURANCE_CARD, partial(_invented, write=papers.insurance))
BACK = Paper(CodeKind.MRZ, _back)

"""The pairs of `bench/identity.py`: kinds of difference, each with how often it comes, and why that often.

The weights are ours. What is known: of 200 million doses of 2021–22, 41 million did not agree with the population
database (30/3/2022), and one number in eight was missing or odd; how those split into kinds nobody has published.
Twins are about one birth in 80, people of one name and one birth date about one pair in a commune of 10,000: hard kinds
stand here far more often than at a table, in these proportions to each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from bench import identity_people as people
from bench.identity_people import BACK, CARD, INSURANCE, QR, Paper
from kiosk.demo import names
from kiosk.rules.person import Identity, plain
from kiosk.rules.words import Sex

SWAPPED = str.maketrans("Đđ", "Dd")
# The two ways of spelling one tone.
SPELT = (("Hòa", "Hoà"), ("Hóa", "Hoá"), ("Thúy", "Thuý"), ("Thùy", "Thuỳ"), ("Thủy", "Thuỷ"), ("Toản", "Tỏan"))


@dataclass(frozen=True)
class Row:
    """What the list says of somebody, as its cells were typed."""

    name: str
    birth: str
    sex: str
    number: str


@dataclass(frozen=True)
class Pair:
    """A row and the code that is held up; `others`: who else the site knows, beside the person of the row."""

    row: Row
    code: str
    others: tuple[Identity, ...] = ()


def row_of(who: Identity, **changed: str) -> Row:
    """The list as it should be."""
    birth = f"{who.born_on:%d/%m/%Y}" if who.born_on else str(who.born_year)
    return replace(Row(who.name, birth, "1" if who.sex is Sex.FEMALE else "0", who.number), **changed)


@dataclass(frozen=True)
class Kind:
    """One kind of difference; `weight`: how often it comes among those of its group; `make` gives one pair."""

    name: str
    weight: float
    make: Callable[[Random, Identity], Pair]


def _right(change: Callable[[Random, Identity], dict[str, str]], paper: Paper = CARD) -> Callable[..., Pair]:
    """The holder's own row, with these cells otherwise."""
    return lambda chance, who: Pair(row_of(who, **change(chance, who)), paper.write(who))


def _wrong(
    other: Callable[[Random, Identity], Identity], paper: Paper = CARD, known: float = 0.9, **cells: str
) -> Callable[..., Pair]:
    """Somebody else's code on this row; `known`: the share of those others whom a list of ours has, too."""

    def make(chance: Random, who: Identity) -> Pair:
        holder = other(chance, who)
        return Pair(row_of(who, **cells), paper.write(holder), (holder,) if chance.random() < known else ())

    return make


def _copied(
    other: Callable[[Random, Identity], Identity], paper: Paper = CARD, *, old: bool = False
) -> Callable[..., Pair]:
    """The row carries the number of the person whose code is held up, and theirs carries the row's."""

    def make(chance: Random, who: Identity) -> Pair:
        holder = other(chance, who)
        listed = replace(holder, number=who.number, old_number=who.old_number)
        return Pair(row_of(who, number=holder.old_number if old else holder.number), paper.write(holder), (listed,))

    return make


def _marks(chance: Random, who: Identity) -> dict[str, str]:
    return {"name": people.with_other_tone(chance, who).name}


def _letter(chance: Random, who: Identity) -> dict[str, str]:
    return {"name": people.with_other_letter(chance, who).name}


def _tone_place(chance: Random, who: Identity) -> Pair:
    one, other = (f"{who.name.rpartition(' ')[0]} {given}" for given in chance.choice(SPELT))
    return Pair(row_of(replace(who, name=one)), CARD.write(replace(who, name=other)))


def _bare_d(_: Random, who: Identity) -> Pair:
    holder = replace(who, name=f"Đặng {who.name.partition(' ')[2]}")
    return Pair(row_of(holder, name=holder.name.translate(SWAPPED)), CARD.write(holder))


def _year(_: Random, who: Identity) -> dict[str, str]:
    return {"birth": str(who.born_year)}


def _swapped(chance: Random, who: Identity) -> Pair:
    day, month = chance.sample(range(1, 13), 2)
    holder = people.born(who, date(who.born_year or 1950, month, day))
    return Pair(row_of(holder, birth=f"{month:02}/{day:02}/{who.born_year}"), CARD.write(holder))


def _other_day(chance: Random, who: Identity) -> dict[str, str]:
    assert who.born_on is not None
    step = timedelta(days=chance.choice((1, 2, 3, 10)))
    other = who.born_on + step if (who.born_on + step).year == who.born_on.year else who.born_on - step
    return {"birth": f"{other:%d/%m/%Y}"}


def _sex(_: Random, who: Identity) -> dict[str, str]:
    return {"sex": "0" if who.sex is Sex.FEMALE else "1"}


def _cut(who: Identity) -> dict[str, str]:
    return {"name": " ".join((who.name.split()[0], who.name.split()[-1]))}


def _old(chance: Random, who: Identity) -> dict[str, str]:
    return {"number": who.old_number}


def _other_old(chance: Random, who: Identity) -> dict[str, str]:
    return {"number": f"05{chance.randrange(10**7):07}" if who.old_number else ""}


def _digit(chance: Random, who: Identity) -> dict[str, str]:
    at = chance.randrange(6, 12)
    return {"number": f"{who.number[:at]}{(int(who.number[at]) + chance.randrange(1, 10)) % 10}{who.number[at + 1 :]}"}


def _long(chance: Random, who: Identity) -> Pair:
    whole = replace(who, name=chance.choice(names.LONG[who.sex]))
    return Pair(row_of(whole), BACK.write(whole))


def _hanoi(chance: Random, who: Identity) -> Pair:
    holder = replace(who, number=chance.choice(("001", "002", "004")) + who.number[3:])
    return Pair(row_of(holder, number=holder.number.lstrip("0")), CARD.write(holder))


def _decomposed(chance: Random, who: Identity) -> Pair:
    """Row or card in the form that takes letters and marks apart."""
    row, code = row_of(who), CARD.write(who)
    if chance.random() < 0.5:
        return Pair(replace(row, name=unicodedata.normalize("NFD", row.name)), code)
    return Pair(row, unicodedata.normalize("NFD", code))


def _stranger(chance: Random, _: Identity) -> Identity:
    return people.person(chance)


def _relative(chance: Random, who: Identity) -> Identity:
    """Husband, wife or child under one roof and one phone: often the family name, never the person."""
    other = people.person(chance)
    return replace(other, name=" ".join((who.name.split()[0], *other.name.split()[1:])), address=who.address)


def _twin(named: Callable[[Random, Identity], Identity]) -> Callable[[Random, Identity], Identity]:
    return lambda chance, who: people.twin(chance, who, named)


def _same_day(chance: Random, who: Identity) -> Identity:
    return people.namesake(chance, who, same_day=True)


def _like_in_marks(chance: Random, who: Identity) -> Identity:
    return people.with_other_tone(chance, people.namesake(chance, who))


def _son_with_more(chance: Random, who: Identity) -> Identity:
    return people.with_a_word_more(chance, people.child_of_one_name(chance, who))


def _on_new_year(make: Callable[..., Pair]) -> Callable[..., Pair]:
    """For somebody of whose birth the papers know the year alone."""
    return lambda chance, who: make(
        chance, people.numbered(chance, people.born(who, date(who.born_year or 1950, 1, 1)))
    )


BY_TONE, BY_LETTER, BY_NAME = map(_twin, (people.with_other_tone, people.with_other_letter, people.with_other_given))
BY_WORD = _twin(people.with_a_word_more)
NO_NUMBER = {"number": ""}

RIGHT = (
    Kind("identical", 600, _right(lambda _, who: {})),
    Kind("capitals", 60, _right(lambda _, who: {"name": who.name.upper()})),
    Kind("spacing", 20, _right(lambda _, who: {"name": f"  {who.name.replace(' ', '  ')} "})),
    Kind("letters and marks apart", 20, _decomposed),
    Kind("tone on another letter", 30, _tone_place),
    Kind("tone mark", 50, _right(_marks)),
    Kind("no marks at all", 15, _right(lambda _, who: {"name": plain(who.name).title()})),
    Kind("D for Đ", 10, _bare_d),
    Kind("one letter", 15, _right(_letter)),
    Kind("a name left out", 15, _right(lambda _, who: _cut(who))),
    Kind("given name first", 5, _right(lambda _, who: {"name": " ".join(reversed(who.name.split()))})),
    Kind("a name left out, year alone", 1, _right(lambda chance, who: _year(chance, who) | _cut(who))),
    Kind("year alone", 60, _right(_year)),
    Kind("1 January for a year", 20, _right(lambda _, who: {"birth": f"01/01/{who.born_year}"})),
    Kind("day and month swapped", 10, _swapped),
    Kind("another day", 10, _right(_other_day)),
    Kind("sex in the wrong column", 10, _right(_sex)),
    Kind("one zero lost", 20, _right(lambda _, who: {"number": who.number.lstrip("0")})),
    Kind("two zeros lost", 5, _hanoi),
    Kind("old number alone", 40, _right(_old)),
    Kind("old number, year alone", 15, _right(lambda chance, who: _old(chance, who) | _year(chance, who))),
    Kind("old number, zero lost", 5, _right(lambda _, who: {"number": who.old_number.lstrip("0")})),
    Kind("another old number", 5, _right(_other_old)),
    Kind("no number", 20, _right(lambda _, who: NO_NUMBER)),
    Kind("no number, year alone", 2, _right(lambda chance, who: NO_NUMBER | _year(chance, who))),
    Kind("tone mark, year alone", 5, _right(lambda chance, who: _marks(chance, who) | _year(chance, who))),
    Kind("letter, year alone", 2, _right(lambda chance, who: _letter(chance, who) | _year(chance, who))),
    Kind("card's back", 10, _right(lambda _, who: {}, BACK)),
    Kind("card's back, long name cut", 2, _long),
    Kind("card's back, tone mark", 1, _right(_marks, BACK)),
    Kind("personal QR", 30, _right(lambda _, who: {}, QR)),
    Kind("personal QR, year alone", 3, _right(_year, QR)),
    Kind("insurance card", 10, _right(lambda _, who: {}, INSURANCE)),
)  # fmt: skip
# The right person, of whom the list says what no rule can forgive without passing somebody else: two people decide.
CONTRADICTED = (
    Kind("a digit of the number", 40, _right(_digit)),
    Kind("another given name", 30, _right(lambda chance, who: {"name": people.with_other_given(chance, who).name})),
    Kind("another year", 10, _right(lambda _, who: {"birth": f"15/06/{(who.born_year or 1960) - 1}"})),
)  # fmt: skip
WRONG = (
    Kind("another person", 150, _wrong(_stranger)),
    Kind("next line of the list", 150, _wrong(_stranger, known=1)),
    Kind("card of the family", 150, _wrong(_relative)),
    Kind("father and son of one name", 60, _wrong(people.child_of_one_name)),
    Kind("twin, one letter", 40, _wrong(BY_LETTER)),
    Kind("twin, one mark", 40, _wrong(BY_TONE)),
    Kind("twin, another name", 120, _wrong(BY_NAME)),
    Kind("name and year", 80, _wrong(people.namesake)),
    Kind("name and birth date", 2, _wrong(_same_day)),
    Kind("one mark, same year", 60, _wrong(_like_in_marks)),
    Kind("number of the next line", 40, _copied(_stranger)),
    Kind("number of the father", 5, _copied(people.child_of_one_name)),
    Kind("twins' numbers exchanged, letter", 2, _copied(BY_LETTER)),
    Kind("twins' numbers exchanged, mark", 2, _copied(BY_TONE)),
    Kind("twins' numbers exchanged, a name more", 2, _copied(BY_WORD)),
    Kind("number of a son with a name more", 5, _copied(_son_with_more)),
    Kind("twins' numbers exchanged, card's back", 0.1, _copied(BY_TONE, BACK)),
    Kind("another's old number", 20, _copied(_stranger, old=True)),
    Kind("father's old number", 5, _copied(people.child_of_one_name, old=True)),
    Kind("no number: another person", 40, _wrong(_stranger, number="")),
    Kind("no number: of the family", 40, _wrong(_relative, number="")),
    Kind("no number: father and son", 20, _wrong(people.child_of_one_name, number="")),
    Kind("no number: twin, one letter", 15, _wrong(BY_LETTER, number="")),
    Kind("no number: twin, one mark", 15, _wrong(BY_TONE, number="")),
    Kind("no number: name and year", 20, _wrong(people.namesake, number="")),
    Kind("no number: name and 1 January", 10, _on_new_year(_wrong(_same_day, number=""))),
    Kind("no number: name and birth date", 2, _wrong(_same_day, number="")),
    Kind("card's back: twin, one mark", 20, _wrong(BY_TONE, BACK)),
    Kind("card's back, no number: twin", 5, _wrong(BY_TONE, BACK, number="")),
    Kind("personal QR: name and year", 20, _wrong(people.namesake, QR)),
    Kind("insurance card: twin, one mark", 10, _wrong(BY_TONE, INSURANCE)),
    Kind("insurance card: name and birth date", 2, _wrong(_same_day, INSURANCE)),
)  # fmt: skip

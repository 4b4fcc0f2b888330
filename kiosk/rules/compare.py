"""Two sources of one person side by side, field by field; what they add up to is for `rules/identity.py` to say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kiosk.rules.person import Identity, clean_text, name_key, same_name, same_plain_name, sex_of
from kiosk.rules.words import Compared, Sex

# The third line of the card's back holds 30 signs, two of them before the given names: a longer name is cut there.
CUT_AT = 28


def fields(known: Identity, seen: Identity, *, marked: bool = True) -> dict[str, Compared]:
    """Each field of the list and of the card: `absent` where either says nothing; a bare year is compared as a year.

    `marked`: the source can write the marks of a name. Under one personal number a difference is looked at more
    closely: it may be a slip of whoever typed the list.
    """
    number = _numbers(known, seen)
    found = {
        "name": (_names if marked else plain_names)(known.name, seen.name),
        "sex": sexes(known, seen),
        "birth": _births_beside(known, seen, numbered=number is Compared.SAME),
        "number": number,
    }
    if number is Compared.SAME:
        slips = _slips(known, seen, marked=marked)
        found |= {name: slip for name, slip in slips.items() if found[name] is Compared.DIFFERS}
    return found


def _same(one: object, other: object, absent: bool) -> Compared:
    return Compared.ABSENT if absent else Compared.SAME if one == other else Compared.DIFFERS


def _names(one: str, other: str) -> Compared:
    if not one.strip() or not other.strip():
        return Compared.ABSENT
    if same_name(one, other):
        return Compared.SAME
    return Compared.MARKS if name_key(one).replace(" ", "") == name_key(other).replace(" ", "") else Compared.DIFFERS


def plain_names(known: str, seen: str) -> Compared:
    """Two names, one of them without its marks, family or given name first, cut where the card's back ends."""
    one, other = name_key(known), name_key(seen)
    if not one or not other:
        return Compared.ABSENT
    cut = len(other) >= CUT_AT and one.startswith(other)
    return Compared.PLAIN if cut or same_plain_name(known, seen) else Compared.DIFFERS


def sexes(known: Identity, seen: Identity) -> Compared:
    """The sex on both sides, `absent` where either does not know it."""
    return _same(known.sex, seen.sex, Sex.UNKNOWN in (known.sex, seen.sex))


def births(known: Identity, seen: Identity) -> Compared:
    """The whole dates, or the years where one side knows no more."""
    if known.born_on is not None and seen.born_on is not None:
        return _same(known.born_on, seen.born_on, absent=False)
    years = _same(known.born_year, seen.born_year, known.born_year is None or seen.born_year is None)
    return Compared.YEAR if years is Compared.SAME else years


def _births_beside(known: Identity, seen: Identity, *, numbered: bool) -> Compared:
    """As `births`; 1 January is often all that a form makes of a year.

    So it is compared as a year where the other side has another day, and where no number tells apart who shares it.
    """
    how = births(known, seen)
    if numbered and how is not Compared.DIFFERS:
        return how
    return births(_without_new_year(known), _without_new_year(seen))


def _without_new_year(who: Identity) -> Identity:
    if who.born_on is None or (who.born_on.month, who.born_on.day) != (1, 1):
        return who
    return replace(who, born_on=None, born_year=who.born_on.year)


def _numbers(known: Identity, seen: Identity) -> Compared:
    """The personal numbers; where they are not on both sides, the nine digits that the new card repeats of the old one.

    People had more than one old card (a new one for every province): another one is no other person.
    """
    if known.number and seen.number:
        return _same(known.number, seen.number, absent=False)
    one, other = known.old_number, seen.old_number
    if not one or not other:
        return Compared.ABSENT
    if one == other:
        return Compared.OLD
    return Compared.OLD_SHORT if one.zfill(9) == other.zfill(9) else Compared.OLD_OTHER


def _slips(known: Identity, seen: Identity, *, marked: bool) -> dict[str, Compared]:
    """What a list that has the right number may have wrong: a letter or words of the name, day or month, the sex.

    Nobody born in another year: father and son of one name, and a number copied from the one to the other's row.
    """
    key = (lambda name: clean_text(name).casefold()) if marked else name_key
    one, other = (key(name) for name in (known.name, seen.name))
    near = is_one_letter(one.replace(" ", ""), other.replace(" ", ""))
    days = known.born_on is not None and seen.born_on is not None and known.born_on.year == seen.born_on.year
    column = re.fullmatch(r"[0-9]{12}", seen.number) is not None and seen.sex is sex_of(seen.number)
    found = {"name": (Compared.LETTER if near else Compared.WORDS, near or are_same_words(one.split(), other.split())),
             "birth": (Compared.DAY, days), "sex": (Compared.COLUMN, column)}  # fmt: skip
    return {name: slip for name, (slip, there) in found.items() if there}


def are_same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    """Are they the same in another order, or does one leave out some between the family name and the given name?"""
    few, many = sorted((one, other), key=len)
    if len(few) < 2:
        return False
    rest = iter(many)
    ends = (few[0], few[-1]) == (many[0], many[-1])
    return sorted(few) == sorted(many) or (ends and all(word in rest for word in few))


def is_one_letter(one: str, other: str) -> bool:
    """Is one letter another, missing, too many, or are two neighbours turned round?"""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    turned = len(one) == 2 and one == other[::-1]
    return turned or max(len(one), len(other)) == 1

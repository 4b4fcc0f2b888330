"""May two rows be one person? What speaks for it, what forbids it, what is shown side by side, and which row stays.

A person with two phones, an old and a new number, or a name that lost its marks is written down twice: 15 to 43 million
records of 2021–22 carried a wrong identity. Nothing here decides; somebody looks, asks, and says so by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kiosk.rules.identity import Runs, letters
from kiosk.rules.person import Identity, birth_text, clean_text, name_key, plain
from kiosk.rules.words import KeptFor, Likeness


@dataclass(frozen=True)
class Known:
    """Everything that two rows are compared by; "" where a row says nothing."""

    identity: Identity
    document_number: str = ""
    phone: str = ""
    insurance: str = ""
    workplace: str = ""

    @property
    def documents(self) -> frozenset[str]:
        """Numbers of papers other than the personal number."""
        return frozenset({self.identity.old_number, self.document_number} - {""})


def likenesses(one: Known, other: Known) -> tuple[Likeness, ...]:
    """What speaks for one person, strongest first; nothing when they cannot be one, or nothing does."""
    if is_two(one, other):
        return ()
    mine, theirs = one.identity, other.identity
    named = name_key(mine.name) == name_key(theirs.name) != ""
    same_year = mine.born_year == theirs.born_year is not None
    near = bool(mine.number and theirs.number)
    bare_year = mine.born_on is None or theirs.born_on is None
    speaks = {
        Likeness.DOCUMENT: bool(one.documents & other.documents) and (named or same_year),
        Likeness.INSURANCE: one.insurance[-10:] == other.insurance[-10:] != "" and (named or same_year),
        Likeness.ONE_DIGIT: near and named and same_year,
        Likeness.SAME_BIRTH: named and mine.born_on == theirs.born_on is not None,
        Likeness.DAY_MONTH: named and is_swapped(mine.born_on, theirs.born_on),
        Likeness.PHONE: named and one.phone == other.phone != "",
        Likeness.SAME_YEAR: named and same_year and bare_year and mine.address == theirs.address != "",
    }
    return tuple(likeness for likeness, there in speaks.items() if there)


def is_two(one: Known, other: Known) -> bool:
    """Two personal numbers are two people, unless one digit tells them apart: that one may be misread."""
    mine, theirs = one.identity.number, other.identity.number
    if not mine or not theirs:
        return False
    return len(mine) != len(theirs) or sum(a != b for a, b in zip(mine, theirs, strict=True)) != 1


def is_swapped(one: date | None, other: date | None) -> bool:
    """The same birth date with day and month in each other's place, as spreadsheets of another land write it."""
    if one is None or other is None or one == other:
        return False
    return (one.year, one.month, one.day) == (other.year, other.day, other.month)


@dataclass(frozen=True)
class Beside:
    """One field of both rows, as runs of letters and whether they differ."""

    field: str
    one: Runs
    other: Runs

    @property
    def differs(self) -> bool:
        """Do both say something, and not the same?"""
        marked = any(differs for _, differs in (*self.one, *self.other))
        return marked and bool(self.one) and bool(self.other)


def side_by_side(one: Known, other: Known) -> tuple[Beside, ...]:
    """Every field that either row says anything in; the sex is a word of the page, and stays with it."""
    left, right = _texts(one), _texts(other)
    return tuple(Beside(field, *letters(left[field], right[field])) for field in left if left[field] or right[field])


def _texts(row: Known) -> dict[str, str]:
    identity = row.identity
    other = row.document_number if row.document_number != identity.old_number else ""
    return {
        "name": identity.name,
        "birth": birth_text(identity),
        "number": identity.number,
        "old_number": identity.old_number,
        "document": other,
        "insurance": row.insurance,
        "phone": row.phone,
        "address": identity.address,
        "workplace": row.workplace,
    }


def choose(one: Known, other: Known) -> tuple[int, KeptFor]:
    """Which row should stay, 0 or 1, and why: the one with a number, then with marks, then with a whole birth date.

    Of two numbers one is misread, and only a card can tell which: the card is asked for at the table again.
    """
    misread = one.identity.number and other.identity.number
    for why, mine, theirs in (
        (KeptFor.NUMBER, bool(one.identity.number), bool(other.identity.number)),
        (KeptFor.MARKS, _marked(one), _marked(other)),
        (KeptFor.BIRTH, one.identity.born_on is not None, other.identity.born_on is not None),
        (KeptFor.DOCUMENT, bool(one.documents or one.insurance), bool(other.documents or other.insurance)),
    ):
        if mine != theirs:
            return (0 if mine else 1), KeptFor.CARD if misread else why
    return 0, KeptFor.CARD if misread else KeptFor.EITHER


def may_stay(stays: Known, goes: Known) -> bool:
    """A row without a personal number cannot stand for one that has it: the dose would go out without a number."""
    return bool(stays.identity.number) or not goes.identity.number


def _marked(row: Known) -> bool:
    return plain(row.identity.name) != clean_text(row.identity.name).lower()

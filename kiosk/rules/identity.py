"""Is this the same person: two sources side by side, field by field, or what the person says themselves.

Four fields are compared: full name, sex, birth date, number (9438/BYT-CNTT, 5/11/2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kiosk.errors import Refusal
from kiosk.rules.person import Identity, clean_text, name_key, same_name
from kiosk.rules.steps import Word
from kiosk.rules.words import Compared, Identified, Sex

Runs = list[tuple[str, bool]]


@dataclass(frozen=True)
class Spoken(Word):
    """Something the person says themselves; `required`: without it nobody is identified."""

    required: bool


@dataclass(frozen=True)
class Protocol:
    """What is asked of somebody without a card, and where that comes from."""

    version: str
    source: str
    spoken: tuple[Spoken, ...]


def compare(known: Identity, seen: Identity) -> dict[str, Compared]:
    """Each field of the list and of the card: `absent` where either says nothing; a bare year is compared as a year."""
    return {
        "name": _names(known.name, seen.name),
        "sex": _same(known.sex, seen.sex, Sex.UNKNOWN in (known.sex, seen.sex)),
        "birth": _births(known, seen),
        "number": _same(known.number, seen.number, not known.number or not seen.number),
    }


def _same(one: object, other: object, absent: bool) -> Compared:
    return Compared.ABSENT if absent else Compared.SAME if one == other else Compared.DIFFERS


def _names(one: str, other: str) -> Compared:
    if not one.strip() or not other.strip():
        return Compared.ABSENT
    if same_name(one, other):
        return Compared.SAME
    return Compared.MARKS if name_key(one).replace(" ", "") == name_key(other).replace(" ", "") else Compared.DIFFERS


def _births(known: Identity, seen: Identity) -> Compared:
    if known.born_on is not None and seen.born_on is not None:
        return _same(known.born_on, seen.born_on, absent=False)
    years = _same(known.born_year, seen.born_year, known.born_year is None or seen.born_year is None)
    return Compared.YEAR if years is Compared.SAME else years


def outcome(fields: dict[str, Compared]) -> Identified:
    """What the fields add up to. A name that differs in its marks needs a look, and the same number behind it.

    Without a number, name and whole birth date must agree: a village has more than one of a name and a year.
    """
    numbered = fields["number"] is Compared.SAME
    if Compared.DIFFERS in fields.values():
        return Identified.DIFFERS
    if fields["name"] is Compared.MARKS:
        return Identified.LOOK if numbered else Identified.DIFFERS
    named = fields["name"] is Compared.SAME and fields["birth"] is Compared.SAME
    return Identified.MATCH if numbered or named else Identified.DIFFERS


def letters(one: str, other: str) -> tuple[Runs, Runs]:
    """Both names as runs of letters and whether they differ, so that a page can mark them. Capitals do not count."""
    one, other = clean_text(one), clean_text(other)
    left: Runs = []
    right: Runs = []
    lower = [[letter.lower() for letter in name] for name in (one, other)]
    for tag, a, b, c, d in SequenceMatcher(None, lower[0], lower[1], autojunk=False).get_opcodes():
        if a < b:
            left.append((one[a:b], tag != "equal"))
        if c < d:
            right.append((other[c:d], tag != "equal"))
    return left, right


def require_spoken(protocol: Protocol, said: Sequence[str]) -> tuple[str, ...]:
    """What the person said themselves. Raises Refusal `spoken_missing` unless all that is required was said."""
    required = {each.code for each in protocol.spoken if each.required}
    if not required <= set(said):
        raise Refusal("spoken_missing", field="spoken")
    return tuple(each.code for each in protocol.spoken if each.code in said)

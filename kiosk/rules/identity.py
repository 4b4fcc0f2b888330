"""Is this the same person: two sources side by side, field by field, or what the person says themselves.

Four fields are compared: full name, sex, birth date, number (9438/BYT-CNTT, 5/11/2021). What each kind of code is worth
for that stands in `docs/decisions/second_source.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kiosk.errors import Refusal
from kiosk.rules.codes import Bearing, Certificate, NationalQr
from kiosk.rules.person import Identity, clean_text, name_key, plain, same_name, same_plain_name
from kiosk.rules.steps import Word
from kiosk.rules.words import CodeKind, Compared, Identified, Sex

Runs = list[tuple[str, bool]]
# What the person brings and somebody else has issued. A certificate's signature is unchecked, and a health-book app
# with stars over number or birth date says too little.
SECOND_SOURCES = (CodeKind.NATIONAL_CARD, CodeKind.NATIONAL_QR, CodeKind.INSURANCE_CARD, CodeKind.MRZ)
WITHOUT_MARKS = (CodeKind.NATIONAL_QR, CodeKind.MRZ)
# The third line of the card's back holds 30 signs, two of them before the given names: a longer name is cut there.
CUT_AT = 28


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


def is_masked(code: Bearing) -> bool:
    """Does it hide its holder's number or birth date?"""
    return isinstance(code, NationalQr) and code.masked


def is_second_source(code: Bearing) -> bool:
    """May it confirm by itself who somebody is? A name without its marks needs a number beside it.

    What a scanner typed may not: that is for the caller to know.
    """
    numbered = code.kind not in WITHOUT_MARKS or bool(code.identity.number)
    return code.kind in SECOND_SOURCES and numbered and not is_masked(code)


def writes_marks(code: Bearing) -> bool:
    """Can the name on it be taken for the person's? The national QR and the card's back write none of its marks."""
    bare = plain(code.identity.name) == clean_text(code.identity.name).lower()
    return code.kind not in WITHOUT_MARKS and not (isinstance(code, Certificate) and bare)


def may_be(known: Identity, code: Bearing) -> bool:
    """Somebody who was not found by number: may this be the holder of the code?

    The name must be the same, with its marks where the code writes them, and the whole birth date; of a masked code the
    year. Another number is another person, and so is one whose digits between the stars are others. A code with a
    number forgives a list its column of sex.
    """
    seen = code.identity
    if known.number and (seen.number or not _behind_stars(known.number, code)):
        return False
    if not seen.number and Compared.DIFFERS is _same(known.sex, seen.sex, Sex.UNKNOWN in (known.sex, seen.sex)):
        return False
    same = same_name(known.name, seen.name) if writes_marks(code) else name_key(known.name) == name_key(seen.name)
    enough = (Compared.SAME, Compared.YEAR) if is_masked(code) else (Compared.SAME,)
    return same and _births(known, seen) in enough


def _behind_stars(number: str, code: Bearing) -> bool:
    """May the code's starred number be this one? Of another length, it is another document's."""
    starred = code.starred if isinstance(code, NationalQr) else ""
    pairs = zip(starred, number, strict=True) if len(starred) == len(number) else ()
    return all(sign in ("*", digit) for sign, digit in pairs)


def contradicts(known: Identity, code: Bearing) -> bool:
    """Somebody who was found by number: does the code give it to somebody else?

    Another birth date, and another name or none: a digit was misread, or mistyped on a list.
    """
    named = _plain_names(known.name, code.identity.name)
    return _births(known, code.identity) is Compared.DIFFERS and named is not Compared.PLAIN


def agrees(known: Identity, code: Bearing) -> bool:
    """Somebody who was found by an insurance number, which a list may have copied from a relative's row.

    The birth must be the same, and the name, where the code says one, marks aside.
    """
    fields = compare_code(known, code)
    named = fields["name"] in (Compared.SAME, Compared.MARKS, Compared.PLAIN, Compared.ABSENT)
    return named and fields["birth"] in (Compared.SAME, Compared.YEAR) and fields["number"] is not Compared.DIFFERS


def compare_code(known: Identity, code: Bearing) -> dict[str, Compared]:
    """`compare` with what a code says; one that writes no marks may also turn the name's order round."""
    fields = compare(known, code.identity)
    if code.kind in WITHOUT_MARKS:
        fields["name"] = _plain_names(known.name, code.identity.name)
    return fields


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


def _plain_names(known: str, seen: str) -> Compared:
    one, other = name_key(known), name_key(seen)
    if not one or not other:
        return Compared.ABSENT
    cut = len(other) >= CUT_AT and one.startswith(other)
    return Compared.PLAIN if cut or same_plain_name(known, seen) else Compared.DIFFERS


def _births(known: Identity, seen: Identity) -> Compared:
    if known.born_on is not None and seen.born_on is not None:
        return _same(known.born_on, seen.born_on, absent=False)
    years = _same(known.born_year, seen.born_year, known.born_year is None or seen.born_year is None)
    return Compared.YEAR if years is Compared.SAME else years


def outcome(fields: dict[str, Compared]) -> Identified:
    """What the fields add up to. A name that differs in its marks needs a look, and the same number behind it.

    Without a number, name and whole birth date must agree: a village has more than one of a name and a year. A source
    that can write no marks matches when everything else it could say is the same; else it needs the look too.
    """
    numbered = fields["number"] is Compared.SAME
    if Compared.DIFFERS in fields.values():
        return Identified.DIFFERS
    if fields["name"] is Compared.PLAIN:
        whole = fields["birth"] is Compared.SAME and fields["sex"] is Compared.SAME
        return Identified.DIFFERS if not numbered else Identified.MATCH if whole else Identified.LOOK
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

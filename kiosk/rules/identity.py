"""Is this the same person: two sources side by side, field by field, or what the person says themselves.

Four fields are compared: full name, sex, birth date, number (9438/BYT-CNTT, 5/11/2021). What each kind of code is worth
for that stands in `docs/decisions/second_source.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kiosk.errors import Refusal
from kiosk.rules import compare
from kiosk.rules.codes import Bearing, Certificate, NationalQr
from kiosk.rules.person import Identity, clean_text, name_key, plain, same_name
from kiosk.rules.steps import Word
from kiosk.rules.words import CodeKind, Compared, DocumentKind, Identified, IdentityState

Runs = list[tuple[str, bool]]
# What the person brings and somebody else has issued. A certificate's signature is unchecked, and a health-book app
# with stars over number or birth date says too little.
SECOND_SOURCES = (CodeKind.NATIONAL_CARD, CodeKind.NATIONAL_QR, CodeKind.INSURANCE_CARD, CodeKind.MRZ)
WITHOUT_MARKS = (CodeKind.NATIONAL_QR, CodeKind.MRZ)
# What the typist of a list gets wrong about somebody whose number is right.
SLIPS = (Compared.MARKS, Compared.LETTER, Compared.WORDS, Compared.DAY, Compared.COLUMN)


@dataclass(frozen=True)
class Spoken(Word):
    """Something the person says themselves; `required`: without it nobody is identified."""

    required: bool


@dataclass(frozen=True)
class Reason(Word):
    """Why something is missing or was overruled; `source`: what says that it happens."""

    source: str


@dataclass(frozen=True)
class Protocol:
    """What is asked of somebody without a card, why they may have no number or overrule one, and what says so."""

    version: str
    source: str
    spoken: tuple[Spoken, ...]
    no_number: tuple[Reason, ...]
    overrides: tuple[Reason, ...]


def is_two_sources(known_from: CodeKind | DocumentKind | None, code: Bearing) -> bool:
    """Is the code another source than the one that the desk wrote this person down from?

    `known_from`: what a walk-in showed at the desk; None for somebody whom a list knows, or who showed nothing. Front
    and back of the national card are one source, and so are a number that was read off it and typed, and the personal
    QR: the desk's form calls whatever says the number by the card's name. One source shown twice agrees with itself:
    the person must also say who they are.
    """
    return known_from is None or _paper(known_from) != _paper(code.kind)


def _paper(kind: CodeKind | DocumentKind) -> str:
    of_the_card = (CodeKind.NATIONAL_CARD, CodeKind.MRZ, CodeKind.NATIONAL_QR, DocumentKind.NATIONAL)
    return "card" if kind in of_the_card else str(kind)


def state_of(outcome: Identified | None) -> IdentityState:
    """What the newest check of somebody leaves known; None: there is none yet.

    However it was made sure (two sources, or what they said): the check's `method` tells that. A check that stands
    against what a card said is a mismatch until somebody puts card or list right.
    """
    if outcome is None:
        return IdentityState.NOT_YET
    return IdentityState.MISMATCH if outcome is Identified.DIFFERS else IdentityState.VERIFIED


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
    if not seen.number and Compared.DIFFERS is compare.sexes(known, seen):
        return False
    same = same_name(known.name, seen.name) if writes_marks(code) else name_key(known.name) == name_key(seen.name)
    enough = (Compared.SAME, Compared.YEAR) if is_masked(code) else (Compared.SAME,)
    return same and compare.births(known, seen) in enough


def _behind_stars(number: str, code: Bearing) -> bool:
    """May the code's starred number be this one? Of another length, it is another document's."""
    starred = code.starred if isinstance(code, NationalQr) else ""
    pairs = zip(starred, number, strict=True) if len(starred) == len(number) else ()
    return all(sign in ("*", digit) for sign, digit in pairs)


def contradicts(known: Identity, code: Bearing) -> bool:
    """Somebody who was found by number: does the code give it to somebody else?

    Another birth date, and another name or none: a digit was misread, or mistyped on a list.
    """
    named = compare.plain_names(known.name, code.identity.name)
    return compare.births(known, code.identity) is Compared.DIFFERS and named is not Compared.PLAIN


def agrees(known: Identity, code: Bearing) -> bool:
    """Somebody who was found by an insurance number, which a list may have copied from a relative's row.

    The birth must be the same, and the name, where the code says one, marks aside.
    """
    fields = compare_code(known, code)
    named = fields["name"] in (Compared.SAME, Compared.MARKS, Compared.PLAIN, Compared.ABSENT)
    return named and fields["birth"] in (Compared.SAME, Compared.YEAR) and fields["number"] is not Compared.DIFFERS


def compare_code(known: Identity, code: Bearing) -> dict[str, Compared]:
    """Each field of the list and of the code; one that writes no marks may also turn the name's order round."""
    return compare.fields(known, code.identity, marked=code.kind not in WITHOUT_MARKS)


def outcome(fields: Mapping[str, Compared]) -> Identified:
    """What the fields add up to: green, one look, or not this person as far as these two can say."""
    slips = sum(how in SLIPS for how in fields.values())
    if Compared.DIFFERS in fields.values() or fields["name"] is Compared.ABSENT or slips > 1:
        return Identified.DIFFERS
    return (_under_number if fields["number"] is Compared.SAME else _without_number)(fields)


def _under_number(fields: Mapping[str, Compared]) -> Identified:
    """The same twelve digits. One slip of a list is looked at, when everything else is whole; two are too many.

    A name that differs in its marks is the commonest of them, and asks for no more than the number. A source that can
    write no marks matches when everything else it could say is the same; else it needs the look too.
    """
    slip = next((how for how in fields.values() if how in SLIPS), None)
    if slip:
        rest = {how for how in fields.values() if how is not slip}
        whole = slip is Compared.MARKS or rest <= {Compared.SAME, Compared.PLAIN}
        return Identified.LOOK if whole else Identified.DIFFERS
    if fields["name"] is Compared.PLAIN:
        sure = fields["birth"] is Compared.SAME and fields["sex"] is Compared.SAME
    else:
        sure = fields["birth"] is not Compared.ABSENT
    return Identified.MATCH if sure else Identified.LOOK


def _without_number(fields: Mapping[str, Compared]) -> Identified:
    """Name and whole birth date must both agree: a village has more than one of a name and a year.

    The old card's number stands in for one of them: a year alone, or other marks, need no more than a look beside it.
    """
    number, old = fields["number"], fields["number"] is Compared.OLD
    if fields["name"] is Compared.MARKS:
        return Identified.LOOK if old and fields["birth"] is Compared.SAME else Identified.DIFFERS
    if fields["name"] is not Compared.SAME:
        return Identified.DIFFERS
    if fields["birth"] is Compared.SAME:
        return Identified.MATCH if old or number is Compared.ABSENT else Identified.LOOK
    return Identified.LOOK if old and fields["birth"] is Compared.YEAR else Identified.DIFFERS


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

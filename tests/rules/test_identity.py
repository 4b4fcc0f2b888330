"""Is this the same person: four fields of two sources, and what people say themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.demo import papers as demo_papers
from kiosk.errors import Refusal
from kiosk.rules import codes, compare, identity
from kiosk.rules.person import Identity
from kiosk.rules.words import CodeKind, Compared, DocumentKind, Identified, Sex
from tests import papers
from tests.cast import CARD

KNOWN = Identity(
    name="Nguyễn Thị Hường", number="015158004187", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE
)
PROTOCOL = protocols.identity()


SAME, YEAR, PLAIN, MARKS, LETTER = Compared.SAME, Compared.YEAR, Compared.PLAIN, Compared.MARKS, Compared.LETTER
WORDS, DAY, COLUMN, DIFFERS, ABSENT = Compared.WORDS, Compared.DAY, Compared.COLUMN, Compared.DIFFERS, Compared.ABSENT
OLD, OLD_SHORT, OLD_OTHER = Compared.OLD, Compared.OLD_SHORT, Compared.OLD_OTHER
MATCH, LOOK, RED = Identified.MATCH, Identified.LOOK, Identified.DIFFERS
# name, sex, birth, number: what they add up to, and why.
OUTCOMES = {
    "everything is the same": (SAME, SAME, SAME, SAME, MATCH),
    "the number, and a list that has the year alone": (SAME, SAME, YEAR, SAME, MATCH),
    "the number, and a list without the sex": (SAME, ABSENT, SAME, SAME, MATCH),
    "the number and the name, of a birth neither says anything": (SAME, SAME, ABSENT, SAME, LOOK),
    "the number alone": (ABSENT, ABSENT, ABSENT, SAME, RED),
    "the number and a birth, no name": (ABSENT, SAME, SAME, SAME, RED),
    "a mark under the number": (MARKS, SAME, SAME, SAME, LOOK),
    "a mark under the number, the year alone": (MARKS, SAME, YEAR, SAME, LOOK),
    "a mark under the number, no sex": (MARKS, ABSENT, SAME, SAME, LOOK),
    "a mark under the number, another day: two slips": (MARKS, SAME, DAY, SAME, RED),
    "a mark under the number, the sex's column: two slips": (MARKS, COLUMN, SAME, SAME, RED),
    "a letter under the number": (LETTER, SAME, SAME, SAME, LOOK),
    "a letter under the number, the year alone": (LETTER, SAME, YEAR, SAME, RED),
    "a letter under the number, no sex": (LETTER, ABSENT, SAME, SAME, RED),
    "a letter under the number, another day": (LETTER, SAME, DAY, SAME, RED),
    "a letter and the sex's column": (LETTER, COLUMN, SAME, SAME, RED),
    "a name left out under the number": (WORDS, SAME, SAME, SAME, LOOK),
    "a name left out, the year alone": (WORDS, SAME, YEAR, SAME, RED),
    "a name left out, no sex": (WORDS, ABSENT, SAME, SAME, RED),
    "a name left out and the sex's column": (WORDS, COLUMN, SAME, SAME, RED),
    "another day under the number": (SAME, SAME, DAY, SAME, LOOK),
    "another day under the number, no sex": (SAME, ABSENT, DAY, SAME, RED),
    "another day and the sex's column": (SAME, COLUMN, DAY, SAME, RED),
    "the sex's column under the number": (SAME, COLUMN, SAME, SAME, LOOK),
    "the sex's column, the year alone": (SAME, COLUMN, YEAR, SAME, RED),
    "another sex, and the number does not say the card's": (SAME, DIFFERS, SAME, SAME, RED),
    "another year under the number: father and son": (SAME, SAME, DIFFERS, SAME, RED),
    "another name under the number": (DIFFERS, SAME, SAME, SAME, RED),
    "without marks, the rest the same": (PLAIN, SAME, SAME, SAME, MATCH),
    "without marks, the year alone": (PLAIN, SAME, YEAR, SAME, LOOK),
    "without marks, no sex": (PLAIN, ABSENT, SAME, SAME, LOOK),
    "without marks, no birth": (PLAIN, SAME, ABSENT, SAME, LOOK),
    "without marks, another day": (PLAIN, SAME, DAY, SAME, LOOK),
    "without marks, the sex's column": (PLAIN, COLUMN, SAME, SAME, LOOK),
    "without marks, another year": (PLAIN, SAME, DIFFERS, SAME, RED),
    "without marks and without a number": (PLAIN, SAME, SAME, ABSENT, RED),
    "without marks, the old number": (PLAIN, SAME, SAME, OLD, RED),
    "another number": (SAME, SAME, SAME, DIFFERS, RED),
    "another number and a mark: twins": (MARKS, SAME, SAME, DIFFERS, RED),
    "no number, name and birth": (SAME, SAME, SAME, ABSENT, MATCH),
    "no number, name and birth, no sex": (SAME, ABSENT, SAME, ABSENT, MATCH),
    "no number, another sex": (SAME, DIFFERS, SAME, ABSENT, RED),
    "no number, the year alone": (SAME, SAME, YEAR, ABSENT, RED),
    "no number, no birth": (SAME, SAME, ABSENT, ABSENT, RED),
    "no number, no name": (ABSENT, SAME, SAME, ABSENT, RED),
    "no number, a mark": (MARKS, SAME, SAME, ABSENT, RED),
    "no number, another birth": (SAME, SAME, DIFFERS, ABSENT, RED),
    "the old number, name and birth": (SAME, SAME, SAME, OLD, MATCH),
    "the old number, name and year": (SAME, SAME, YEAR, OLD, LOOK),
    "the old number and the name": (SAME, SAME, ABSENT, OLD, RED),
    "the old number, a mark, the birth": (MARKS, SAME, SAME, OLD, LOOK),
    "the old number, a mark, the year": (MARKS, SAME, YEAR, OLD, RED),
    "the old number, a mark and the sex's column: two slips": (MARKS, COLUMN, SAME, OLD, RED),
    "the old number, another name": (DIFFERS, SAME, SAME, OLD, RED),
    "the old number, another sex": (SAME, DIFFERS, SAME, OLD, RED),
    "the old number short of a zero, name and birth": (SAME, SAME, SAME, OLD_SHORT, LOOK),
    "the old number short of a zero, name and year": (SAME, SAME, YEAR, OLD_SHORT, RED),
    "the old number short of a zero, a mark": (MARKS, SAME, SAME, OLD_SHORT, RED),
    "another old number, name and birth": (SAME, SAME, SAME, OLD_OTHER, LOOK),
    "another old number, name and year": (SAME, SAME, YEAR, OLD_OTHER, RED),
    "another old number, a mark": (MARKS, SAME, SAME, OLD_OTHER, RED),
    "two that say nothing": (ABSENT, ABSENT, ABSENT, ABSENT, RED),
}


def fields_of(case: tuple[Compared, ...]) -> dict[str, Compared]:
    """A row of the table as the comparison gives it."""
    return dict(zip(("name", "sex", "birth", "number"), case, strict=True))


@pytest.mark.parametrize("case", OUTCOMES.values(), ids=OUTCOMES)
def test_what_four_fields_add_up_to(case: tuple[Compared, Compared, Compared, Compared, Identified]) -> None:
    assert identity.outcome(fields_of(case[:4])) is case[4]


NAMED, SEXED = st.sampled_from((SAME, PLAIN, MARKS, LETTER, WORDS, DIFFERS, ABSENT)), (SAME, COLUMN, DIFFERS, ABSENT)
BORN, NUMBERED = (SAME, YEAR, DAY, DIFFERS, ABSENT), (SAME, OLD, OLD_SHORT, OLD_OTHER, DIFFERS, ABSENT)
CASES = st.tuples(NAMED, *map(st.sampled_from, (SEXED, BORN, NUMBERED)))
WORSE = {MATCH: 0, LOOK: 1, RED: 2}


@given(CASES, st.integers(0, 3))
def test_a_field_that_differs_or_says_nothing_never_makes_it_better(case: tuple[Compared, ...], at: int) -> None:
    fields = fields_of(case)
    before = identity.outcome(fields)
    name = list(fields)[at]
    assert identity.outcome(fields | {name: DIFFERS}) is RED
    silent = identity.outcome(fields | {name: ABSENT})
    # Two old cards, another day, a column: where nothing is said of these, nothing is to be looked at.
    if fields[name] in (SAME, YEAR, OLD, PLAIN):
        assert WORSE[silent] >= WORSE[before]


@given(CASES)
def test_two_slips_are_never_one_look(case: tuple[Compared, ...]) -> None:
    if sum(how in identity.SLIPS for how in case) > 1:
        assert identity.outcome(fields_of(case)) is RED


def test_one_source_shown_twice_is_one_source() -> None:
    card, back, app = (codes.read(text) for text in (CARD, papers.CARD_BACK, papers.QR))
    assert isinstance(card, codes.Card)
    assert isinstance(back, codes.Mrz)
    assert isinstance(app, codes.NationalQr)
    for shown in (CodeKind.NATIONAL_CARD, CodeKind.MRZ, DocumentKind.NATIONAL):
        assert not identity.is_two_sources(shown, card), shown
        assert not identity.is_two_sources(shown, back), shown
        assert not identity.is_two_sources(shown, app), shown
    for shown_else in (None, CodeKind.INSURANCE_CARD, DocumentKind.NOTICE, DocumentKind.NONE):
        assert identity.is_two_sources(shown_else, card), shown_else
    assert not identity.is_two_sources(CodeKind.NATIONAL_QR, app)


def test_what_is_known_of_somebody() -> None:
    assert {outcome: identity.state_of(outcome) for outcome in (None, *Identified)} == {
        None: "not_yet", MATCH: "verified", LOOK: "verified", RED: "mismatch",
    }  # fmt: skip


@pytest.mark.parametrize("reasons", [PROTOCOL.no_number, PROTOCOL.overrides])
def test_every_reason_has_a_code_of_its_own_two_languages_and_a_source(reasons: tuple[identity.Reason, ...]) -> None:
    assert len({each.code for each in reasons}) == len(reasons) > 3
    for each in reasons:
        assert len(each.code) <= 20, "as the column takes it"
        assert each.vi != each.en
        assert all(text.strip() for text in (each.vi, each.en, each.source))
    assert "other" in {each.code for each in reasons}


def test_what_each_code_is_worth() -> None:
    worth = {
        text: (identity.is_second_source(code), identity.writes_marks(code))
        for text in (CARD, papers.QR, papers.MASKED_QR, papers.INSURANCE, papers.CERTIFICATE, papers.CARD_BACK)
        if isinstance(code := codes.read(text), codes.Bearing)
    }
    assert worth == {
        CARD: (True, True), papers.QR: (True, False), papers.MASKED_QR: (False, False), papers.INSURANCE: (True, True),
        papers.CERTIFICATE: (False, True), papers.CARD_BACK: (True, False),
    }  # fmt: skip
    without_number = codes.read("061234567|NGUYEN THI HUONG|1958-05-12|0|162900000000000001|<2<<")
    assert isinstance(without_number, codes.NationalQr)
    assert not identity.is_second_source(without_number)
    bare = codes.read(demo_papers.certificate(papers.of(name="Nguyen Thi Huong")))
    assert isinstance(bare, codes.Certificate)
    assert not identity.writes_marks(bare)


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("NGUYEN<<THI<HUONG", Compared.PLAIN), ("HUONG<<THI<NGUYEN", Compared.PLAIN),
        ("NGUYEN<<THI<HANG", Compared.DIFFERS),
    ],
)  # fmt: skip
def test_a_name_without_marks_may_be_turned_round(name: str, compared: Compared) -> None:
    code = codes.read(papers.card_back(name=name))
    assert isinstance(code, codes.Mrz)
    assert identity.compare_code(KNOWN, code)["name"] is compared
    turned = replace(KNOWN, name="Hường Thị Nguyễn")
    assert compare.fields(KNOWN, turned)["name"] is Compared.WORDS, "with marks at hand, the order is looked at"


def test_a_long_name_is_cut_on_the_back_of_the_card() -> None:
    code = codes.read(papers.card_back(name="NGUYEN<<PHUC<THANH<HOANG<NGOC<"))
    assert isinstance(code, codes.Mrz)
    known = replace(KNOWN, name="Nguyễn Phúc Thanh Hoàng Ngọc Linh")
    assert identity.compare_code(known, code)["name"] is Compared.PLAIN


def plain_outcome(**changed: object) -> Identified:
    """What the back of the card adds up to, for somebody whom the list knows otherwise in these fields."""
    code = codes.read(papers.CARD_BACK)
    assert isinstance(code, codes.Mrz)
    return identity.outcome(identity.compare_code(replace(KNOWN, **changed), code))  # type: ignore[arg-type]


def test_without_marks_everything_else_must_be_the_same() -> None:
    assert plain_outcome() is Identified.MATCH
    assert plain_outcome(name="Nguyễn Thị Hương") is Identified.MATCH, "no source without marks can tell them apart"
    assert plain_outcome(sex=Sex.UNKNOWN) is Identified.LOOK
    assert plain_outcome(born_on=None) is Identified.LOOK
    assert plain_outcome(number="") is Identified.DIFFERS
    assert plain_outcome(sex=Sex.MALE) is Identified.LOOK, "the number says the card's sex"
    assert plain_outcome(name="Nguyễn Thị Hằng") is Identified.DIFFERS


def test_the_letters_that_differ_are_marked() -> None:
    assert identity.letters("Hường", "Hương") == (
        [("Hư", False), ("ờ", True), ("ng", False)],
        [("Hư", False), ("ơ", True), ("ng", False)],
    )
    assert identity.letters("Bảo Lộc", "Bửu Lộc") == (
        [("B", False), ("ảo", True), (" Lộc", False)],
        [("B", False), ("ửu", True), (" Lộc", False)],
    )


def test_capitals_and_spacing_are_no_difference_to_mark() -> None:
    left, right = identity.letters("NGUYỄN  THỊ HƯỜNG", "Nguyễn Thị Hương")
    assert [text for text, differs in left if differs] == ["Ờ"]
    assert [text for text, differs in right if differs] == ["ơ"]
    assert identity.letters("hu\u031bo\u031b\u0300ng", "Hường")[0] == [("hường", False)]


NAMES = st.text(st.sampled_from("aăâđêôơưàảãáạằẦờỞnghtNG "), max_size=30)


@given(NAMES, NAMES)
def test_no_letter_of_a_name_is_lost_and_a_name_does_not_differ_from_itself(one: str, other: str) -> None:
    left, right = identity.letters(one, other)
    assert "".join(text for text, _ in left) == " ".join(one.split())
    assert "".join(text for text, _ in right) == " ".join(other.split())
    same, _ = identity.letters(one, one)
    assert not any(differs for _, differs in same)


def test_name_and_birth_must_be_said() -> None:
    assert {each.code for each in PROTOCOL.spoken if each.required} == {"name", "birth"}
    assert identity.require_spoken(PROTOCOL, ["birth", "name"]) == ("name", "birth")
    assert identity.require_spoken(PROTOCOL, ["number", "birth", "name"]) == ("name", "birth", "number")
    assert identity.require_spoken(PROTOCOL, ["name", "birth", "shoe_size"]) == ("name", "birth")


@pytest.mark.parametrize("said", [[], ["name"], ["birth"], ["number", "name"]])
def test_half_of_what_must_be_said_identifies_nobody(said: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        identity.require_spoken(PROTOCOL, said)
    assert (refusal.value.code, refusal.value.field) == ("spoken_missing", "spoken")

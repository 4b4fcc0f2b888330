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
from kiosk.rules import codes, identity
from kiosk.rules.person import Identity
from kiosk.rules.words import Compared, Identified, Sex
from tests import papers
from tests.cast import CARD

KNOWN = Identity(
    name="Nguyễn Thị Hường", number="015158004187", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE
)
PROTOCOL = protocols.identity()


def outcome(**changed: object) -> Identified:
    """What a card adds up to that differs from the list in these fields."""
    return identity.outcome(identity.compare(KNOWN, replace(KNOWN, **changed)))  # type: ignore[arg-type]


def without_number(**changed: object) -> Identified:
    """The same for two sources without a number."""
    known = replace(KNOWN, number="")
    return identity.outcome(identity.compare(known, replace(known, **changed)))  # type: ignore[arg-type]


def test_the_four_fields_of_the_ministry_are_compared() -> None:
    assert identity.compare(KNOWN, KNOWN) == dict.fromkeys(("name", "sex", "birth", "number"), Compared.SAME)
    nothing = Identity(name="")
    assert set(identity.compare(KNOWN, nothing).values()) == {Compared.ABSENT}
    assert set(identity.compare(nothing, KNOWN).values()) == {Compared.ABSENT}


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("NGUYỄN  THỊ HƯỜNG", Compared.SAME), ("Nguyễn Thị Hường", Compared.SAME),
        ("Nguyễn Thị Hương", Compared.MARKS), ("NGUYEN THI HUONG", Compared.MARKS),
        ("Nguyễn Thị Hướng", Compared.MARKS), ("Nguyễn Thị Hằng", Compared.DIFFERS), ("Nguyễn Hường", Compared.DIFFERS),
    ],
)  # fmt: skip
def test_marks_are_told_from_another_name(name: str, compared: Compared) -> None:
    assert identity.compare(KNOWN, replace(KNOWN, name=name))["name"] is compared


def test_a_bare_year_is_compared_as_a_year() -> None:
    for bare in (replace(KNOWN, born_on=None), replace(KNOWN, born_on=None, born_year=1959)):
        expected = Compared.YEAR if bare.born_year == 1958 else Compared.DIFFERS
        assert identity.compare(KNOWN, bare)["birth"] is expected
        assert identity.compare(bare, KNOWN)["birth"] is expected
    other_day = replace(KNOWN, born_on=date(1958, 12, 5))
    assert identity.compare(KNOWN, other_day)["birth"] is Compared.DIFFERS


def test_a_name_and_a_bare_year_without_a_number_are_nobody_in_particular() -> None:
    bare = replace(KNOWN, born_on=None, number="")
    assert identity.outcome(identity.compare(bare, KNOWN)) is Identified.DIFFERS
    assert identity.outcome(identity.compare(replace(bare, number=KNOWN.number), KNOWN)) is Identified.MATCH
    assert identity.outcome(identity.compare(replace(KNOWN, number=""), KNOWN)) is Identified.MATCH


def test_an_unknown_sex_says_nothing() -> None:
    assert identity.compare(KNOWN, replace(KNOWN, sex=Sex.UNKNOWN))["sex"] is Compared.ABSENT
    assert identity.compare(KNOWN, replace(KNOWN, sex=Sex.MALE))["sex"] is Compared.DIFFERS


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "015158004188"}, {"born_on": date(1958, 5, 13)}, {"sex": Sex.MALE}, {"name": "Nguyễn Thị Hằng"},
        {"born_on": None, "born_year": 1957},
    ],
)  # fmt: skip
def test_one_field_that_differs_is_another_person(changed: dict[str, object]) -> None:
    assert outcome(**changed) is Identified.DIFFERS


def test_marks_need_a_look_and_the_number_behind_them() -> None:
    assert outcome(name="Nguyễn Thị Hương") is Identified.LOOK
    assert outcome(name="Nguyễn Thị Hương", number="") is Identified.DIFFERS
    assert outcome(name="Nguyễn Thị Hương", sex=Sex.MALE) is Identified.DIFFERS


def test_without_a_number_name_and_birth_must_both_be_the_same() -> None:
    assert without_number() is Identified.MATCH
    assert without_number(number="015158004187") is Identified.MATCH
    assert without_number(sex=Sex.UNKNOWN) is Identified.MATCH
    assert without_number(born_on=None, born_year=None) is Identified.DIFFERS
    assert without_number(name="") is Identified.DIFFERS
    assert without_number(name="Nguyễn Thị Hương") is Identified.DIFFERS


def test_two_sources_that_say_nothing_are_nobody() -> None:
    assert identity.outcome(identity.compare(Identity(name=""), Identity(name=""))) is Identified.DIFFERS


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
    assert identity.compare(KNOWN, turned)["name"] is Compared.DIFFERS


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
    assert plain_outcome(sex=Sex.MALE) is Identified.DIFFERS
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

"""Two sources side by side: what each field comes to."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rules import compare, identity
from kiosk.rules.person import Identity
from kiosk.rules.words import Compared, Identified, Sex

KNOWN = Identity(
    name="Nguyễn Thị Hường", number="015158004187", old_number="061234567", born_on=date(1958, 5, 12), born_year=1958,
    sex=Sex.FEMALE,
)  # fmt: skip
UNNUMBERED = replace(KNOWN, number="", old_number="")


def beside(field: str, **changed: object) -> Compared:
    """What one field comes to under the same number, for a card that differs from the list in these."""
    return compare.fields(KNOWN, replace(KNOWN, **changed))[field]  # type: ignore[arg-type]


def test_the_four_fields_of_the_ministry_are_compared() -> None:
    assert compare.fields(KNOWN, KNOWN) == dict.fromkeys(("name", "sex", "birth", "number"), Compared.SAME)
    nothing = Identity(name="")
    assert set(compare.fields(KNOWN, nothing).values()) == {Compared.ABSENT}
    assert set(compare.fields(nothing, KNOWN).values()) == {Compared.ABSENT}


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("NGUYỄN  THỊ HƯỜNG", "same"), (unicodedata.normalize("NFD", "Nguyễn Thị Hường"), "same"),
        ("Nguyễn Thị Hương", "marks"), ("NGUYEN THI HUONG", "marks"), ("NguyễnThịHường", "marks"),
        ("Nguyễn Thị Hướng", "marks"), ("Nguyễn Thị Hưởn", "differs"), ("Nguyễn Thị Hườngg", "letter"),
        ("Nguyễn Hị Thường", "differs"), ("Nguyễn Tịh Hường", "letter"), ("Nguyễn Thị Hờngư", "differs"),
        ("Nguyen Thi Hong", "differs"), ("Nguyễn Thị Hằng", "differs"), ("Nguyễn Hường", "words"), ("", "absent"),
        ("Hường Thị Nguyễn", "words"), ("Nguyễn Thị Ngọc Hường", "words"), ("Hường", "differs"),
        ("Nguyễn Thị", "differs"), ("Nguyễn Hương", "differs"), ("Trần Thị Hường", "differs"),
        ("Nguyễn Thị Hường Ngọc", "differs"),
    ],
)  # fmt: skip
def test_marks_and_letters_are_told_from_another_name(name: str, compared: str) -> None:
    assert beside("name", name=name) == compared


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("lan", "loan", True), ("loan", "lan", True), ("lan", "lam", True), ("nam", "nma", True), ("a", "b", True),
        ("bảolộc", "bửulộc", False), ("hùng", "hưng", True), ("an", "an", False), ("nam", "man", False),
        ("", "a", True), ("", "", False), ("lan", "loann", False),
    ],
)  # fmt: skip
def test_one_letter(one: str, other: str, near: bool) -> None:
    assert compare.is_one_letter(one, other) is near


def test_a_letter_is_forgiven_under_the_same_number_only() -> None:
    other = {"name": "Nguyễn Thị Hờng"}
    assert beside("name", **other) is Compared.LETTER
    assert beside("name", **other, number="") is Compared.DIFFERS
    assert beside("name", **other, number="015158004188") is Compared.DIFFERS


@pytest.mark.parametrize("name", ["Nguyễn Hường", "Hường Thị Nguyễn"])
def test_words_left_out_or_turned_round_are_forgiven_where_all_else_is_the_same(name: str) -> None:
    assert beside("name", name=name, number="") is beside("name", name=name, number="015158004188") is Compared.DIFFERS
    listed = replace(KNOWN, name=name)
    assert identity.outcome(compare.fields(listed, KNOWN)) is Identified.LOOK
    for less in ({"born_on": None}, {"sex": Sex.UNKNOWN}, {"sex": Sex.MALE}, {"born_on": date(1958, 12, 5)}):
        assert identity.outcome(compare.fields(replace(listed, **less), KNOWN)) is Identified.DIFFERS  # type: ignore[arg-type]


def test_a_bare_year_is_compared_as_a_year() -> None:
    for bare in (replace(KNOWN, born_on=None), replace(KNOWN, born_on=None, born_year=1959)):
        expected = Compared.YEAR if bare.born_year == 1958 else Compared.DIFFERS
        assert compare.fields(KNOWN, bare)["birth"] is expected
        assert compare.fields(bare, KNOWN)["birth"] is expected


@pytest.mark.parametrize("on", [date(1958, 12, 5), date(1958, 5, 13), date(1958, 11, 30)])
def test_another_day_of_the_year_is_a_slip_under_the_number_and_another_birth_without(on: date) -> None:
    assert beside("birth", born_on=on) is Compared.DAY
    assert compare.fields(UNNUMBERED, replace(KNOWN, born_on=on))["birth"] is Compared.DIFFERS
    assert beside("birth", born_on=on.replace(year=1957), born_year=1957) is Compared.DIFFERS


def test_the_first_of_january_is_a_year_unless_a_number_says_who_it_is() -> None:
    new_year = replace(KNOWN, born_on=date(1958, 1, 1))
    assert compare.fields(new_year, new_year)["birth"] is Compared.SAME
    assert compare.fields(new_year, KNOWN)["birth"] is compare.fields(KNOWN, new_year)["birth"] is Compared.YEAR
    bare = replace(new_year, number="")
    assert compare.fields(bare, new_year)["birth"] is compare.fields(new_year, bare)["birth"] is Compared.YEAR
    assert beside("birth", born_on=date(1959, 1, 1), born_year=1959) is Compared.DIFFERS


def test_the_number_says_which_sex_is_a_slip() -> None:
    listed = replace(KNOWN, sex=Sex.MALE)
    assert compare.fields(listed, KNOWN)["sex"] is Compared.COLUMN
    assert compare.fields(KNOWN, listed)["sex"] is Compared.DIFFERS, "the card says otherwise than its own number"
    assert compare.fields(replace(listed, number=""), KNOWN)["sex"] is Compared.DIFFERS
    assert compare.fields(KNOWN, replace(KNOWN, sex=Sex.UNKNOWN))["sex"] is Compared.ABSENT


@pytest.mark.parametrize(
    ("number", "old", "compared"),
    [
        ("015158004187", "069999999", "same"), ("015158004188", "061234567", "differs"), ("", "061234567", "old"),
        ("", "61234567", "old_short"), ("", "051234567", "old_other"), ("", "", "absent"),
    ],
)  # fmt: skip
def test_numbers_old_and_new(number: str, old: str, compared: str) -> None:
    known = replace(KNOWN, number=number, old_number=old)
    assert compare.fields(known, KNOWN)["number"] == compared
    assert compare.fields(KNOWN, known)["number"] == compared


NAMES = st.sampled_from(
    ("Nguyễn Thị Hường", "Nguyễn Thị Hương", "Nguyễn Thị Hườn", "NGUYEN THI HUONG", "Lò Thị Ín", "")
)
BIRTHS = st.sampled_from((date(1958, 5, 12), date(1958, 12, 5), date(1958, 1, 1), date(1959, 5, 12), None))
NUMBERS = st.sampled_from(("015158004187", "015158004188", "015058004187", ""))
OLD_NUMBERS = st.sampled_from(("061234567", "61234567", "050000000", ""))


def person(name: str, born_on: date | None, number: str, old_number: str, sex: Sex) -> Identity:
    """Somebody of whom it may be known in which year only they were born."""
    return Identity(name, number, old_number, born_on, born_on.year if born_on else 1958, sex)


PEOPLE = st.builds(person, NAMES, BIRTHS, NUMBERS, OLD_NUMBERS, st.sampled_from(Sex))


@given(PEOPLE, PEOPLE)
def test_it_does_not_matter_which_side_is_which_but_for_the_sex(one: Identity, other: Identity) -> None:
    there, back = compare.fields(one, other), compare.fields(other, one)
    assert {name: how for name, how in there.items() if name != "sex"} == {
        name: how for name, how in back.items() if name != "sex"
    }
    if Compared.COLUMN not in (there["sex"], back["sex"]):
        assert identity.outcome(there) is identity.outcome(back)


@given(PEOPLE, PEOPLE, st.booleans())
def test_another_number_is_another_person_whatever_else_agrees(one: Identity, other: Identity, marked: bool) -> None:
    fields = compare.fields(one, other, marked=marked)
    if one.number and other.number and one.number != other.number:
        assert identity.outcome(fields) is Identified.DIFFERS
    if one.born_year != other.born_year:
        assert identity.outcome(fields) is Identified.DIFFERS


@given(PEOPLE)
def test_everybody_is_themselves_where_they_say_enough(who: Identity) -> None:
    enough = who.name and (who.number or who.old_number or (who.born_on and who.born_on.month > 1))
    whole = who.number or who.born_on
    if enough and whole:
        assert identity.outcome(compare.fields(who, who)) in (Identified.MATCH, Identified.LOOK)

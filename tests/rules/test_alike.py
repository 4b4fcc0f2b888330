"""May two rows be one person?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.rules.alike import Known, choose, is_two, likenesses, may_stay, side_by_side
from kiosk.rules.person import Identity
from kiosk.rules.words import KeptFor, Likeness, Sex

HUONG = Identity(
    "Nguyễn Thị Hường", "015158004187", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE, address="Xã Tà"
)
ROW = Known(HUONG, phone="0912345678", insurance="GD4151501234567")
BARE = Known(Identity("NGUYEN THI HUONG", born_on=date(1958, 5, 12), born_year=1958))


def row(like: Known = ROW, document: str = "", phone: str = "", insurance: str = "", **fields: object) -> Known:
    """Another row: what is not named it does not know, but for name and birth."""
    identity = replace(like.identity, **({"number": "", "old_number": "", "address": ""} | fields))  # type: ignore[arg-type]
    return Known(identity, document, phone, insurance)


@pytest.mark.parametrize(
    ("other", "speaks"),
    [
        (row(), Likeness.SAME_BIRTH),
        (row(name="NGUYEN THI HUONG"), Likeness.SAME_BIRTH),
        (row(name="Nguyễn  Thị Hướng"), Likeness.SAME_BIRTH),
        (row(born_on=date(1958, 12, 5)), Likeness.DAY_MONTH),
        (row(number="015158004137", born_on=date(1958, 1, 1)), Likeness.ONE_DIGIT),
        (row(born_on=None, address="Xã Tà"), Likeness.SAME_YEAR),
        (row(born_on=date(1961, 1, 1), born_year=1961, phone="0912345678"), Likeness.PHONE),
        (row(born_on=date(1961, 1, 1), born_year=1961, insurance="1501234567"), Likeness.INSURANCE),
        (row(name="Hường", insurance="HT3151501234567"), Likeness.INSURANCE),
    ],
)
def test_what_speaks_for_one_person(other: Known, speaks: Likeness) -> None:
    assert likenesses(ROW, other)[0] is speaks
    assert likenesses(other, ROW) == likenesses(ROW, other)


@pytest.mark.parametrize(
    "other",
    [
        row(name="Nguyễn Thị Hương Lan"),
        row(born_on=date(1958, 5, 13)),
        row(born_on=date(1961, 1, 1), born_year=1961),
        row(born_on=None),
        row(born_on=None, address="Xã Khác"),
        row(name="Phạm Văn Khách", born_on=date(1961, 1, 1), born_year=1961, insurance="GD4151501234567"),
        row(name="Phạm Văn Khách", phone="0912345678"),
        row(name="", phone="0912345678"),
        replace(ROW, identity=replace(HUONG, number="015158004178")),
        replace(ROW, identity=replace(HUONG, number="015190990001")),
    ],
)
def test_what_does_not(other: Known) -> None:
    assert likenesses(ROW, other) == likenesses(other, ROW) == ()


def test_an_old_number_may_be_the_others_document() -> None:
    with_card = Known(replace(HUONG, number="", old_number="061234567"))
    shown = Known(Identity("Nguyễn Thị Hườn", born_on=date(1958, 1, 1), born_year=1958), document_number="061234567")
    assert likenesses(with_card, shown) == (Likeness.DOCUMENT,)
    stranger = replace(shown, identity=Identity("Lò Văn Dũng", born_year=1947))
    assert likenesses(with_card, stranger) == (), "two offices may have given out the same number"


def test_two_numbers_are_two_people_unless_one_digit_tells_them_apart() -> None:
    assert not is_two(ROW, BARE)
    assert not is_two(ROW, replace(ROW, identity=replace(HUONG, number="015158004188")))
    assert is_two(ROW, replace(ROW, identity=replace(HUONG, number="015158004178")))


@pytest.mark.parametrize(
    ("one", "other", "kept", "why"),
    [
        (BARE, ROW, 1, KeptFor.NUMBER),
        (row(), BARE, 0, KeptFor.MARKS),
        (BARE, row(), 1, KeptFor.MARKS),
        (row(born_on=None), row(), 1, KeptFor.BIRTH),
        (row(), row(old_number="061234567"), 1, KeptFor.DOCUMENT),
        (row(), row(), 0, KeptFor.EITHER),
        (ROW, replace(ROW, identity=replace(HUONG, number="015158004188")), 0, KeptFor.CARD),
        (row(BARE, number="015158004188"), ROW, 1, KeptFor.CARD),
    ],
)
def test_which_row_should_stay(one: Known, other: Known, kept: int, why: KeptFor) -> None:
    assert choose(one, other) == (kept, why)


def test_a_row_without_a_number_cannot_stand_for_one_that_has_it() -> None:
    assert may_stay(ROW, BARE)
    assert not may_stay(BARE, ROW)
    assert may_stay(BARE, row())


def test_fields_stand_side_by_side_with_the_differing_letters_marked() -> None:
    fields = {each.field: each for each in side_by_side(ROW, BARE)}
    assert list(fields) == ["name", "birth", "number", "insurance", "phone", "address"]
    assert "".join(text for text, marked in fields["name"].one if marked) == "ễịườ"
    assert fields["name"].differs
    assert not fields["birth"].differs
    assert (fields["phone"].other, fields["phone"].differs) == ([], False), "what one does not say differs from nothing"

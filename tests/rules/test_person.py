"""Names, dates, numbers, masks, and how to address somebody."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import person
from kiosk.rules.words import DocumentKind, Sex

TODAY = date(2021, 11, 20)
FAST = settings(max_examples=100, deadline=None)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Nguyễn   Văn An ", "Nguyễn Văn An"),
        (unicodedata.normalize("NFD", "Đặng Thị Huệ"), "Đặng Thị Huệ"),
        ("Y Ê-Ban", "Y Ê-Ban"),
        ("Ksor H'Nhan", "Ksor H'Nhan"),
        ("Martin L. Nowak", "Martin L. Nowak"),
    ],
)
def test_names_are_taken_as_people_write_them(typed: str, name: str) -> None:
    assert person.require_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_missing"),
        (" \t", "name_missing"),
        ("An 2", "name_odd"),
        ("<b>An", "name_odd"),
        ("x" * 61, "name_odd"),
    ],
)
def test_what_is_no_name_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        person.require_name(typed)
    assert (refused.value.code, refused.value.field) == (code, "name")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", ""),
        ("015158004187", "015158004187"),
        ("015 158 004 187", "015158004187"),
        ("015.158.004187", "015158004187"),
    ],
)
def test_numbers_are_taken_with_or_without_spaces(typed: str, number: str) -> None:
    assert person.require_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("15158004187", "number_zero_lost"),
        ("1190990001", "number_zero_lost"),
        ("0912345678", "number_odd"),
        ("0151580041872", "number_odd"),
        ("061234567", "number_odd"),
        ("01515899000a", "number_odd"),
        ("０１５１５８００４１８７", "number_odd"),
        ("1.51589E+11", "number_odd"),
    ],
)
def test_other_numbers_are_refused_by_what_is_wrong_with_them(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        person.require_number(typed)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["12/05/1958", "12-05-1958", "12.5.1958", "12051958", "1958-05-12", " 12/5/1958 "])
def test_dates_as_cards_and_lists_write_them(text: str) -> None:
    assert person.read_date(text) == date(1958, 5, 12)


@pytest.mark.parametrize(
    "text", ["", "31/02/1958", "1958", "00000000", "12/05/58", "１２/０５/１９５８", "12/05/19581"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert person.read_date(text) is None


@FAST
@given(st.text(max_size=40))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    person.read_date(text)
    person.read_sex(text)
    person.masked_name(text)
    person.masked_number(text)
    person.read_document_number(text)
    person.same_plain_name(text, text[::-1])
    person.check_number(text, HUONG, protocols.provinces(), TODAY)
    for require in (person.require_name, person.require_number, lambda text: person.require_birth(text, TODAY)):
        with suppress(Refusal):
            require(text)


@FAST
@given(st.dates(date(1900, 1, 1), TODAY))
def test_every_birth_date_of_the_living_is_taken(born: date) -> None:
    assert person.require_birth(f"{born:%d/%m/%Y}", TODAY) == (born, born.year)


def test_a_bare_year_of_birth_is_taken() -> None:
    assert person.require_birth("1947", TODAY) == (None, 1947)


@pytest.mark.parametrize("text", ["", "21/11/2021", "2022", "1899", "31/12/1899", "năm 1947", "１９４７"])
def test_births_in_the_future_or_before_1900_are_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        person.require_birth(text, TODAY)
    assert refused.value.code == "birth_odd"


@pytest.mark.parametrize(
    ("text", "sex"),
    [("Nam", Sex.MALE), ("NAM ", Sex.MALE), ("0", Sex.MALE), ("Nữ", Sex.FEMALE), ("nu", Sex.FEMALE), ("1", Sex.FEMALE),
     (unicodedata.normalize("NFD", "Nữ"), Sex.FEMALE), ("", Sex.UNKNOWN), ("khác", Sex.UNKNOWN)],
)  # fmt: skip
def test_sex_as_card_or_sheet_writes_it(text: str, sex: Sex) -> None:
    assert person.read_sex(text) is sex


def test_a_masked_name_keeps_all_but_the_given_name() -> None:
    assert person.masked_name("Nguyễn Thị Hường") == "Nguyễn Thị H•••"
    assert person.masked_name("An") == "A•••"
    assert person.masked_name("") == "•••"


def test_a_masked_number_shows_four_digits() -> None:
    assert person.masked_number("015158004187") == "•••• •••• 4187"
    assert person.masked_number("") == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Nguyễn Thị Hòa", "NGUYỄN  THỊ HOÀ", True), ("Lê Thuý", "Lê Thúy", True), ("Ðặng An", "Đặng An", True),
        ("H’Loan Niê", "H'Loan Niê", True), (unicodedata.normalize("NFD", "Hoá"), "Hóa", True),
        ("Hòa", "Hóa", False), ("Hòa", "Hoa", False), ("Hà Oa", "Ha Oà", False), ("Hường", "Hương", False),
        ("Đặng", "Dặng", False), ("Thủy", "Thùy", False), ("", "", True),
    ],
)  # fmt: skip
def test_a_name_may_be_spelt_in_two_ways(one: str, other: str, same: bool) -> None:
    assert person.same_name(one, other) is same
    assert person.same_name(other, one) is same


def test_names_are_compared_without_marks() -> None:
    assert person.name_key("Đặng Thị  Huệ") == person.name_key("DANG THI HUE") == "DANG THI HUE"
    assert person.name_key(unicodedata.normalize("NFD", "Đặng Thị Huệ")) == "DANG THI HUE"


def test_a_barred_letter_is_its_letter() -> None:
    assert person.name_key("Ðặng Ƀuôn Łê") == "DANG BUON LE"  # the first is Icelandic, as old keyboards typed it


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Nguyễn Văn An", "NGUYEN VAN AN", True),
        ("Nguyễn Văn An", "VAN AN NGUYEN", True),
        ("Ksor H'Ví", "KSOR HVI", True),
        ("Y Ê-Ban Mẫu", "Y EBAN MAU", True),
        ("Nguyễn Văn An", "NGUYEN VAN ANH", False),
        ("Nguyễn Văn An", "NGUYEN AN", False),
        ("", "", False),
        ("漢字", "", False),
    ],
)
def test_a_source_without_marks_may_put_the_given_names_first(one: str, other: str, same: bool) -> None:
    assert person.same_plain_name(one, other) is same
    assert person.same_plain_name(other, one) is same


HUONG = person.Identity("Nguyễn Thị Hường", born_year=1958, sex=Sex.FEMALE)


@pytest.mark.parametrize(
    ("number", "faults"),
    [
        ("015158004187", ()),
        ("115158004187", ()),  # born abroad
        ("003158004187", ("prefix_unknown",)),
        ("299158004187", ("prefix_unknown",)),
        ("015058004187", ("sex_differs",)),
        ("015159004187", ("year_differs",)),
        ("015358004187", ("year_differs", "year_in_future")),
        ("000258004187", ("prefix_unknown", "sex_differs", "year_differs", "year_in_future")),
        ("15158004187", ("not_twelve_digits",)),
        ("01515800418a", ("not_twelve_digits",)),
        ("٠١٥١٥٨٠٠٤١٨٧", ("not_twelve_digits",)),
        ("", ("not_twelve_digits",)),
    ],
)
def test_what_the_twelve_digits_say_otherwise(number: str, faults: tuple[str, ...]) -> None:
    found = person.check_number(number, HUONG, protocols.provinces(), TODAY)
    assert found == faults
    assert [fault for fault in found if fault.blocks] == [fault for fault in found if fault == "not_twelve_digits"]


def test_what_nobody_says_cannot_differ() -> None:
    assert person.check_number("015158004187", person.Identity("An"), protocols.provinces(), TODAY) == ()


def test_the_provinces_are_the_sixty_three_of_the_circular() -> None:
    provinces = protocols.provinces()
    assert len(provinces.names) == len(set(provinces.names.values())) == 63
    assert (provinces.names["015"], provinces.names["079"]) == ("Yên Bái", "TP. Hồ Chí Minh")
    assert provinces.knows("101")
    assert provinces.knows("295")
    assert not any(map(provinces.knows, ("", "1", "100", "296", "１０１")))


@pytest.mark.parametrize(
    ("typed", "kind", "number", "odd"),
    [
        ("015 158 004 187", "national", "015158004187", False),
        ("15158004187", "national", "015158004187", True),
        ("1190990001", "national", "001190990001", True),
        ("8 301 990 001", "national", "008301990001", True),
        ("061234567", "old_card", "061234567", False),
        ("61234567", "old_card", "61234567", True),
        ("c1234567", "passport", "C1234567", False),
        ("AB12-3456-7890", "passport", "AB1234567890", False),
    ],
)
def test_a_typed_number_tells_its_document(typed: str, kind: str, number: str, odd: bool) -> None:
    assert person.read_document_number(typed) == person.DocumentNumber(DocumentKind(kind), number, odd)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1234567",
        "3190990001",
        "1490990001",
        "0912345678",
        "0151580041872",
        "C1234",
        "AB12345678901",
        "Đ1234567",
        "０６１２３４５６７",
    ],
)
def test_what_is_no_documents_number_is_none(typed: str) -> None:
    assert person.read_document_number(typed) is None


@pytest.mark.parametrize(
    ("born", "sex", "word"),
    [(1958, Sex.FEMALE, "bác"), (1980, Sex.FEMALE, "cô"), (1980, Sex.MALE, "chú"), (2000, Sex.MALE, "anh"),
     (2000, Sex.FEMALE, "chị"), (2008, Sex.MALE, "em"), (2015, Sex.FEMALE, "cháu"), (None, Sex.MALE, "")],
)  # fmt: skip
def test_people_are_addressed_by_age_and_sex(born: int | None, sex: Sex, word: str) -> None:
    assert person.address(protocols.pronouns(), born, sex, 2021) == word

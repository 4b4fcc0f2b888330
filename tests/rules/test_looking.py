"""What was typed into the field that finds people."""

from __future__ import annotations

import pytest

from kiosk.errors import Refusal
from kiosk.rules.looking import Wanted, closeness, neighbourhood, read_phone, read_wanted


@pytest.mark.parametrize(
    ("words", "year", "wanted"),
    [
        ("015158004187", "", Wanted(number="015158004187")),
        ("015 158 004 187", "1958", Wanted(number="015158004187", born_year=1958)),
        ("15158004187", "", Wanted(number="015158004187")),
        ("061234567", "", Wanted(other="061234567", phone="")),
        ("912345678", "", Wanted(other="912345678", phone="0912345678")),
        ("c1234567", "", Wanted(other="C1234567")),
        ("0912 345 678", "", Wanted(phone="0912345678", insurance="0912345678")),
        ("(+84) 912.345.678", "", Wanted(phone="0912345678")),
        ("84912345678", "", Wanted(number="084912345678", phone="0912345678")),
        ("02438252525", "", Wanted(number="002438252525", phone="02438252525")),
        ("1501234567", "", Wanted(insurance="1501234567")),
        ("GD 4 15 1501234567", "", Wanted(insurance="GD4151501234567")),
        ("dn4151501234567", "12/05/1958", Wanted(insurance="DN4151501234567", born_year=1958)),
        ("4187", "1958", Wanted(ending="4187", born_year=1958)),
        ("4187 1958", "", Wanted(ending="4187", born_year=1958)),
        ("0151 5800 1958", "", Wanted(number="015158001958")),
        ("Nguyen Van A", "", Wanted(name="Nguyen Van A")),
        ("  nguyễn   hường ", "", Wanted(name="nguyễn hường")),
        ("Nguyễn Văn A 1958", "", Wanted(name="Nguyễn Văn A", born_year=1958)),
        ("Nguyễn Văn A, 1958", "1960", Wanted(name="Nguyễn Văn A, 1958", born_year=1960)),
        ("Y Ơi", "12/05/1958", Wanted(name="Y Ơi", born_year=1958)),
        ("H'Hen Niê", "", Wanted(name="H'Hen Niê")),
    ],
)
def test_a_number_says_itself_what_it_is(words: str, year: str, wanted: Wanted) -> None:
    assert read_wanted(words, year) == wanted


@pytest.mark.parametrize(
    ("words", "year", "code", "field"),
    [
        ("", "", "search_too_short", "words"),
        ("a", "", "search_too_short", "words"),
        ("...", "1958", "search_too_short", "words"),
        ("12", "", "search_too_short", "words"),
        ("1958", "", "search_ending_alone", "born_year"),
        ("0151580", "", "search_number_odd", "words"),
        ("0151580041871", "", "search_number_odd", "words"),
        ("Hường", "58", "search_year_odd", "born_year"),
        ("Hường", "32/01/1958", "search_year_odd", "born_year"),
        ("Hường", "mười", "search_year_odd", "born_year"),
    ],
)
def test_what_says_too_little_is_refused_beside_its_field(words: str, year: str, code: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_wanted(words, year)
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize("text", ["0912345678", "0912 345 678", "+84912345678", "84 912 345 678", "912345678"])
def test_a_phone_is_kept_in_one_form(text: str) -> None:
    assert read_phone(text) == "0912345678"


@pytest.mark.parametrize("text", ["", "091234567", "09123456789", "1912345678", "091234567a", "+85912345678"])
def test_what_is_no_phone_is_none(text: str) -> None:
    assert read_phone(text) == ""


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("nguyễn văn á", ["Nguyễn Văn Á", "Á Nguyễn Văn Tư", "Nguyễn Văn A", "Nguyễn Văn Án", "Nguyễn Văn An"]),
        ("Nguyen Van A", ["Nguyễn Văn Á", "Nguyen Van A", "Nguyen Van A Bé", "Nguyễn Văn An", "Nguyen Van An"]),
        ("dung", ["Dung", "Dũng", "Lê Dung", "Lê Dũng", "Lê Dungo", "Lê Đũngo"]),
    ],
)
def test_the_name_itself_stands_before_its_words_and_these_before_beginnings(typed: str, names: list[str]) -> None:
    places = [closeness(typed, name) for name in names]
    assert places == sorted(places)
    assert places[0] < places[-1]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("Tổ 4, phường Hồng Hà", "Tổ 4, phường Hồng Hà"),
        ("Số 12 đường Điện Biên, Tổ 4, phường Hồng Hà, thành phố Yên Bái", "Tổ 4, phường Hồng Hà"),
        ("12/5 Lê Lợi, Xã Tà Xi Láng", "Xã Tà Xi Láng"),
        ("Xã Bản Công", "Xã Bản Công"),
        ("Số 9", "Số 9"),
        ("", ""),
    ],
)
def test_house_and_street_are_left_out_of_a_list(address: str, shown: str) -> None:
    assert neighbourhood(address) == shown

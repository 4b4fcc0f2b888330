"""One line of the list."""

from __future__ import annotations

from datetime import date, time

import pytest

from kiosk.errors import Refusal
from kiosk.rules.roster import columns, read_row
from kiosk.rules.words import Sex

TODAY = date(2021, 11, 20)
ROW = {
    "name": "Nguyễn Thị Hường", "birth": "12/05/1958", "sex": "Nữ", "number": "015158004187",
    "address": " Thôn  Bịa ", "group": "9", "on": "20/11/2021", "slot": "07:30-08:30",
}  # fmt: skip


def test_a_full_row() -> None:
    planned = read_row(ROW, TODAY)
    assert (planned.on, planned.slot, planned.group) == (TODAY, (time(7, 30), time(8, 30)), "9")
    who = planned.identity
    assert (who.name, who.number, who.born_on, who.sex, who.address) == (
        "Nguyễn Thị Hường", "015158004187", date(1958, 5, 12), Sex.FEMALE, "Thôn Bịa",
    )  # fmt: skip


def test_a_row_with_only_what_is_required() -> None:
    planned = read_row({"name": "Đặng Minh Đức", "birth": "1947", "sex": "0", "on": "2021-11-20"}, TODAY)
    assert (planned.slot, planned.group, planned.identity.number) == (None, "", "")
    assert (planned.identity.born_on, planned.identity.born_year) == (None, 1947)


@pytest.mark.parametrize("slot", ["7:30-8:30", "07h30 – 08h30", " 07:30–08:30 "])
def test_slots_as_lists_write_them(slot: str) -> None:
    assert read_row({**ROW, "slot": slot}, TODAY).slot == (time(7, 30), time(8, 30))


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("on", "hôm nay", "roster_date"),
        ("birth", "20/13/1958", "birth_odd"),
        ("sex", "?", "sex_odd"),
        ("name", "", "name_missing"),
        ("name", "An 7", "name_odd"),
        ("number", "15158004187", "number_zero_lost"),
        ("number", "abc", "number_odd"),
        ("slot", "sáng", "roster_slot"),
        ("slot", "08:30-07:30", "roster_slot"),
        ("slot", "25:00-26:00", "roster_slot"),
    ],
)
def test_a_bad_cell_is_named(column: str, cell: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_row({**ROW, column: cell}, TODAY)
    assert (refused.value.code, refused.value.field) == (code, column)


def test_titles_in_vietnamese_and_english_whatever_their_marks_and_notes() -> None:
    assert columns(["STT", "HỌ VÀ TÊN", "Ngày sinh (ngày/tháng/năm)", "Giới tính", "Ngày tiêm", "Số CMT/CCCD"]) == {
        "name": 1, "birth": 2, "sex": 3, "on": 4, "number": 5,
    }  # fmt: skip
    assert set(columns(["name", "birth", "sex", "date", "slot"])) == {"name", "birth", "sex", "on", "slot"}


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        columns(["Họ và tên", "Ngày sinh"])
    assert refused.value.facts == {"missing": "sex, on"}

"""One row of the list: everything that is wrong with it at once, and what may be mended."""

from __future__ import annotations

from datetime import date, time

import pytest

from kiosk import protocols, wording
from kiosk.rules.roster import Planned, Reading, read_row, who
from kiosk.rules.roster_columns import find_header, letter
from kiosk.rules.roster_doses import read_vaccine
from kiosk.rules.words import Sex

TODAY = date(2021, 11, 20)
ROW = {
    "name": "Nguyễn Thị Hường", "birth": "12/05/1958", "sex": "Nữ", "number": "015158004187",
    "address": " Thôn  Bịa ", "group": "9", "on": "20/11/2021", "slot": "07:30-08:30",
}  # fmt: skip
SHOT = {"vaccine_1": "AstraZeneca", "date_1": "01/08/2021", "lot_1": "NK0191", "place_1": "15001"}


def read(**cells: str) -> Reading:
    """The row with other cells."""
    reading = read_row({**ROW, **cells}, TODAY, None, protocols.catalogues())
    for reason in reading.reasons:
        for language in wording.LANGUAGES:
            assert wording.knows(f"roster.reason.{reason.code}", language), reason.code
            words = wording.say(f"roster.reason.{reason.code}", language, **reason.facts)
            assert "{" not in words, words
    return reading


def planned(**cells: str) -> Planned:
    """What the row plans."""
    reading = read(**cells)
    assert reading.planned, reading.reasons
    return reading.planned


def told(**cells: str) -> list[tuple[str, str]]:
    """(column, code) of every reason."""
    return [(reason.column, reason.code) for reason in read(**cells).reasons]


def test_a_full_row() -> None:
    row = planned()
    assert (row.on, row.slot, row.group) == (TODAY, (time(7, 30), time(8, 30)), "9")
    one = row.identity
    assert (one.name, one.number, one.born_on, one.sex, one.address) == (
        "Nguyễn Thị Hường", "015158004187", date(1958, 5, 12), Sex.FEMALE, "Thôn Bịa",
    )  # fmt: skip
    assert (row.approved, row.has_app, row.doses, row.special) == (True, None, (), "")
    assert read().reasons == ()


def test_a_row_with_only_what_is_required() -> None:
    cells = {"name": "Đặng Minh Đức", "birth": "1947", "sex": "0"}
    reading = read_row(cells, TODAY, TODAY, protocols.catalogues())
    assert reading.planned
    assert (reading.planned.slot, reading.planned.group, reading.planned.identity.number) == (None, "", "")
    assert (reading.planned.identity.born_on, reading.planned.identity.born_year) == (None, 1947)
    assert (reading.planned.on, reading.reasons) == (TODAY, ())


def test_every_reason_of_a_row_is_told_not_only_the_first() -> None:
    assert told(name="", birth="hôm qua", sex="?", number="abc", slot="sáng", on="mai") == [
        ("name", "name_missing"), ("birth", "birth_odd"), ("sex", "sex_odd"), ("number", "number_odd"),
        ("on", "roster_date"), ("slot", "roster_slot"),
    ]  # fmt: skip


@pytest.mark.parametrize("slot", ["7:30-8:30", "07h30 – 08h30", " 07:30–08:30 "])
def test_slots_as_lists_write_them(slot: str) -> None:
    assert planned(slot=slot).slot == (time(7, 30), time(8, 30))


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("on", "hôm nay", "roster_date"),
        ("birth", "20/13/1958", "birth_odd"),
        ("birth", "1/1/58", "birth_odd"),
        ("birth", "12/05/2058", "birth_odd"),
        ("birth", "", "birth_odd"),
        ("sex", "?", "sex_odd"),
        ("name", "An 7", "name_odd"),
        ("name", "=1+1", "name_odd"),
        ("name", "A" * 61, "name_odd"),
        ("name", "Ph¹m V¨n An", "name_odd"),
        ("name", "NguyÔn Thanh", "name_font"),
        ("number", "0151580041877", "number_odd"),
        ("number", "1,51580E+11", "number_rounded"),
        ("number", "1.5158e+11", "number_rounded"),
        ("slot", "08:30-07:30", "roster_slot"),
        ("slot", "25:00-26:00", "roster_slot"),
    ],
)
def test_a_bad_cell_is_named_and_stops_its_row(column: str, cell: str, code: str) -> None:
    assert (column, code) in told(**{column: cell})
    assert read(**{column: cell}).planned is None


@pytest.mark.parametrize(
    ("cell", "hint"),
    [("05/23/1958", "23/05/1958"), ("21317", "12/05/1958"), ("11/05/1905", "1958")],
)
def test_a_date_that_may_be_meant_otherwise_is_hinted_at_and_not_taken(cell: str, hint: str) -> None:
    (reason,) = (each for each in read(birth=cell).reasons if each.column == "birth")
    assert (reason.code, reason.facts, reason.stops) == ("birth_hint", {"hint": hint}, True)


@pytest.mark.parametrize("cell", ["12051958", "12/5/1958", "12.05.1958", "1958-05-12", "1958-05-12 00:00:00"])
def test_birth_dates_as_spreadsheets_write_them(cell: str) -> None:
    assert planned(birth=cell).identity.born_on == date(1958, 5, 12)
    assert told(birth=cell) == []


def test_a_zero_lost_from_a_birth_date_comes_back() -> None:
    assert planned(birth="2051958", number="").identity.born_on == date(1958, 5, 2)
    assert told(birth="2051958") == [("birth", "birth_zero_back")]


def test_zeros_lost_from_a_number_come_back_only_when_everything_agrees() -> None:
    assert planned(number="15158004187").identity.number == "015158004187"
    assert told(number="15158004187") == [("number", "number_zero_back")]
    assert planned(number="1158004187").identity.number == "001158004187"
    for other in ({"sex": "Nam"}, {"birth": "1959"}, {"number": "99158004187"}):
        assert told(**{"number": "15158004187"} | other) == [("number", "number_zero_lost")]
    assert told(number="1159004187") == [("number", "number_zero_lost")], "of 001, and of another year"
    assert told(number="3159004187") == [("number", "number_odd")], "no province begins with 003"


def test_whole_numbers_that_disagree_are_taken_and_told() -> None:
    assert told(sex="Nam") == [("number", "number_sex_differs")]
    assert told(birth="1959") == [("number", "number_year_differs")]
    assert told(number="999158004187") == [("number", "number_prefix_unknown")]
    assert planned(sex="Nam").identity.number == "015158004187"


def test_an_old_card_and_a_passport_are_kept_apart_from_the_personal_number() -> None:
    one = planned(number="061234567")
    assert (one.identity.number, one.identity.old_number, one.passport) == ("", "061234567", "")
    assert told(number="61234567") == [("number", "old_number_short")]
    one = planned(number="b 1234567")
    assert (one.identity.number, one.identity.old_number, one.passport) == ("", "", "B1234567")


@pytest.mark.parametrize(
    ("cell", "phone", "codes"),
    [
        ("0912 345 678", "0912345678", []),
        ("+84912345678", "0912345678", []),
        ("912345678", "0912345678", ["phone_zero_back"]),
        ("0912345678/0987654321", "0912345678", ["phone_several"]),
        ("02163812345", "02163812345", []),
        ("không có", "", ["phone_odd"]),
        ("09123", "", ["phone_odd"]),
        ("", "", []),
    ],
)
def test_nobody_is_turned_away_for_a_phone(cell: str, phone: str, codes: list[str]) -> None:
    assert planned(phone=cell).phone == phone
    assert told(phone=cell) == [("phone", code) for code in codes]


def test_what_is_of_less_weight_is_left_out_and_told() -> None:
    assert told(group="17", insurance="12", special="lạ", approved="có lẽ", has_app="?") == [
        ("group", "group_unknown"), ("insurance", "insurance_odd"), ("special", "special_unknown"),
        ("approved", "yes_or_no"), ("has_app", "yes_or_no"),
    ]  # fmt: skip
    row = planned(group="17", insurance="12", special="lạ", approved="có lẽ", has_app="?")
    assert (row.group, row.insurance, row.special, row.approved, row.has_app) == ("", "", "", False, False)


@pytest.mark.parametrize(("cell", "group"), [("1", "1"), ("09", "9"), ("Nhóm 16", "16"), ("0", ""), ("17", "")])
def test_groups_are_one_to_sixteen(cell: str, group: str) -> None:
    assert planned(group=cell).group == group


def test_what_a_list_says_of_its_people() -> None:
    row = planned(
        insurance="gd 4 15 15 00000011", special="Có thai", approved="Chưa duyệt", has_app="Có", phone="0912345678",
        guardian_name="Lò Thị Mẹ", guardian_number="015180000001", guardian_phone="912345678",
    )  # fmt: skip
    assert (row.insurance, row.special, row.approved, row.has_app) == ("GD4151500000011", "pregnant", False, True)
    assert (row.guardian_name, row.guardian_number, row.guardian_phone) == ("Lò Thị Mẹ", "015180000001", "0912345678")


def test_an_empty_tick_is_no_approval() -> None:
    """Where a list has the column; one without it approves of all its people."""
    approved = [planned(approved=cell).approved for cell in ("x", "Có", "", "  ", "không")]
    assert approved == [True, True, False, False, False]


def test_a_guardian_who_cannot_be_read_is_left_out() -> None:
    row = planned(guardian_name="mẹ 2", guardian_number="123")
    assert (row.guardian_name, row.guardian_number) == ("", "")
    assert told(guardian_name="mẹ 2", guardian_number="123") == [
        ("guardian_name", "guardian_odd"), ("guardian_number", "guardian_odd"),
    ]  # fmt: skip


def test_long_texts_are_cut_and_told() -> None:
    row = planned(workplace="x" * 130, note="y" * 201)
    assert (len(row.workplace), len(row.note)) == (120, 200)
    assert told(workplace="x" * 130, note="y" * 201) == [("workplace", "cut"), ("note", "cut")]


def test_an_address_is_put_together_once() -> None:
    cells = {"address": "Nhà 7, Thôn 4", "area": "thôn 4", "ward": "Xã Bịa", "district": "", "province": "Yên Bái"}
    assert planned(**cells).identity.address == "Nhà 7, Thôn 4, Xã Bịa, Yên Bái"


def test_earlier_doses() -> None:
    (dose,) = planned(**SHOT).doses
    assert (dose.vaccine, dose.on, dose.lot, dose.place) == ("astrazeneca", date(2021, 8, 1), "NK0191", "15001")
    second = {"vaccine_2": "az", "date_2": "30/10/2021"}
    assert [dose.on for dose in planned(**SHOT, **second).doses] == [date(2021, 8, 1), date(2021, 10, 30)]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        (SHOT | {"vaccine_1": "lạ"}, "vaccine_1", "vaccine_unknown"),
        (SHOT | {"vaccine_1": "AstraZeneca hoặc Pfizer"}, "vaccine_1", "vaccine_unknown"),
        (SHOT | {"vaccine_1": ""}, "vaccine_1", "vaccine_missing"),
        (SHOT | {"date_1": ""}, "date_1", "dose_date"),
        (SHOT | {"date_1": "21/11/2021"}, "date_1", "dose_future"),
        (SHOT | {"date_1": "01/01/1950"}, "date_1", "dose_before_birth"),
        (SHOT | {"vaccine_2": "AZ", "date_2": "01/08/2021"}, "date_2", "dose_order"),
        ({"vaccine_2": "AZ", "date_2": "01/08/2021"}, "date_1", "dose_one_missing"),
    ],
)
def test_a_history_that_cannot_be_true_stops_the_row(cells: dict[str, str], column: str, code: str) -> None:
    assert told(**cells) == [(column, code)]
    assert read(**cells).planned is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("AZ", "astrazeneca"), ("Astra Zeneca", "astrazeneca"), ("COVID-19 Vaccine AstraZeneca", "astrazeneca"),
        ("PFIZER-BioNTech", "pfizer"), ("Comirnaty (Pfizer)", "pfizer"), ("Spikevax", "moderna"),
        ("Vero cell", "vero_cell"), ("vero_cell", "vero_cell"), ("Hayat-Vax", "hayat_vax"), ("Sputnik V", "sputnik_v"),
        ("ABDALA", "abdala"), ("J&J", "janssen"), ("", ""), ("vắc xin", ""),
    ],
)  # fmt: skip
def test_vaccines_as_lists_write_them(written: str, code: str) -> None:
    assert read_vaccine(written, protocols.catalogues().vaccines) == code


def test_the_day_is_the_rows_or_the_lists() -> None:
    assert planned(on="21/11/2021").on == date(2021, 11, 21)
    reading = read_row({**ROW, "on": ""}, TODAY, date(2021, 11, 22), protocols.catalogues())
    assert reading.planned
    assert reading.planned.on == date(2021, 11, 22)
    assert told(on="") == [("on", "roster_date")]
    assert told(on="19/11/2021") == [("on", "day_past")]


def test_who_is_who() -> None:
    assert who(planned()) == who(planned(name="Nguyen Thi Huong", birth="1958"))
    assert who(planned(number="")) != who(planned(number="", name="Nguyễn Thị Hương"))
    assert who(planned(number="")) == who(planned(number="", name="NGUYỄN THỊ HƯỜNG", address="khác"))
    year = {"number": "", "birth": "1958"}
    assert who(planned(**year)) != who(planned(**year, address="khác"))


def test_titles_in_vietnamese_and_english_whatever_their_marks_and_notes() -> None:
    titles = ["STT", "HỌ VÀ TÊN", "Ngày sinh (ngày/tháng/năm)", "Giới tính", "Ngày tiêm", "Số CMT/CCCD"]
    at = find_header([titles], protocols.roster()).at
    assert at == {"number_in_list": 0, "name": 1, "birth": 2, "sex": 3, "on": 4, "number": 5}
    at = find_header([["name", "birth", "sex", "date", "slot"]], protocols.roster()).at
    assert set(at) == {"name", "birth", "sex", "on", "slot"}


def test_missing_columns_are_known() -> None:
    profile = protocols.roster()
    header = find_header([["Họ và tên", "Ngày sinh"]], profile)
    assert [column.words for column in profile.missing(header.at)] == ["Giới tính"]
    assert find_header([], profile).at == {}


def test_a_row_that_names_somebody_is_no_header() -> None:
    rows = [["Họ và tên", "Ngày sinh", "Giới tính", "Ghi chú"], ["Hà Thị Lụa", "1961", "Nữ", "Địa chỉ"]]
    header = find_header(rows, protocols.roster())
    assert (header.rows, set(header.at)) == (1, {"name", "birth", "sex", "note"})


def test_the_sheet_has_the_ministrys_columns() -> None:
    columns = protocols.roster().on_sheet
    assert len(columns) == 27
    assert [letter(at) for at in (0, 25, 26)] == ["A", "Z", "AA"]
    assert (columns[6].code, columns[17].code, columns[26].code) == ("phone", "vaccine_1", "result")
    assert len({column.code for column in protocols.roster().columns}) == len(protocols.roster().columns)

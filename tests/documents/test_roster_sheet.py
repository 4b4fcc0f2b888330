"""The list as a file: read from whatever an office sends, and given back in the ministry's layout."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from kiosk import protocols, wording
from kiosk.documents import roster_sheet
from kiosk.documents.workbook_program import text_of
from kiosk.errors import Refusal
from kiosk.rules.roster import read_row
from tests import roster_files
from tests.roster_files import KINDS, every_defect, sheet_file

PROFILE = protocols.roster()
TODAY = date(2021, 11, 20)
ROW = {"name": "Hà Thị Lụa", "birth": "12/05/1961", "sex": "1", "number": "015161000011", "phone": "0912000011"}


def read(content: bytes) -> dict[int, dict[str, str]]:
    """Every row of a file by its line."""
    return dict(roster_sheet.read(content, PROFILE).rows)


def refused(content: bytes) -> Refusal:
    """What the file is refused with."""
    with pytest.raises(Refusal) as refusal:
        list(roster_sheet.read(content, PROFILE).rows)
    return refusal.value


def say(code: str, **facts: object) -> str:
    """In Vietnamese."""
    return wording.say(code, "vi", **facts)


def workbook(*sheets: list[list[object]], hidden: int | None = None) -> bytes:
    """An XLSX of these rows."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for number, rows in enumerate(sheets):
            page = book.add_worksheet()
            if number == hidden:
                page.hide()
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
        if hidden == 0:
            book.worksheets()[1].activate()
            book.worksheets()[1].set_first_sheet()
    return file.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_every_defect_gives_each_line_its_reasons(kind: str) -> None:
    file = every_defect(kind)
    sheet = roster_sheet.read(file.content, PROFILE)
    found = {line: read_row(cells, TODAY, TODAY, protocols.catalogues()) for line, cells in sheet.rows}
    readable = {**file.good_lines, **{line: set() for line in (*file.duplicates, *file.clashes)}}
    assert {line for line, reading in found.items() if reading.planned} == set(readable)
    assert {line for line, reading in found.items() if not reading.planned} == set(file.wrong)
    told = {line: {reason.code for reason in reading.reasons} for line, reading in found.items()}
    assert {line: told[line] for line in file.good_lines} == file.good_lines
    assert {line: told[line] for line in file.wrong} == file.wrong
    assert sheet.count == len(found)
    assert len(file.good_lines) == len(roster_files.GOOD)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_line_says_what_was_meant(kind: str) -> None:
    first, second, third, fourth, fifth, sixth, *_ = every_defect(kind).good_lines
    rows = read(every_defect(kind).content)

    def planned(line: int) -> object:
        return read_row(rows[line], TODAY, TODAY, protocols.catalogues()).planned

    one = planned(first)
    assert (one.identity.name, one.identity.number, one.phone, one.insurance) == (
        "Hà Thị Lụa", "015161000011", "0912000011", "GD4151500000011",
    )  # fmt: skip
    assert one.identity.address == "Nhà số 7, Thôn 4, Xã Bịa, Trấn Yên, Yên Bái"
    assert [(dose.vaccine, dose.on, dose.lot, dose.place) for dose in one.doses] == [
        ("astrazeneca", date(2021, 8, 1), "NK0191", "15001")
    ]
    assert (planned(second).identity.number, planned(second).identity.born_on) == ("015158000022", date(1958, 3, 8))
    assert planned(third).identity.number == "001090000033"
    assert (planned(fourth).identity.name, planned(fourth).phone) == ("Sùng A Dếnh", "0912000044")
    assert planned(fifth).identity.born_on == date(1990, 2, 1)
    assert (planned(sixth).identity.born_on, planned(sixth).identity.born_year) == (None, 1947)


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_blocks_of_doses_are_told_apart(kind: str) -> None:
    row = {**ROW, "vaccine_1": "AZ", "date_1": "1/7/2021", "lot_1": "L1", "place_1": "P1",
           "vaccine_2": "Pfizer", "date_2": "2/9/2021", "lot_2": "L2", "place_2": "P2"}  # fmt: skip
    (cells,) = read(sheet_file(kind, [row])).values()
    assert {code: cells[code] for code in row} == row


def test_titles_are_named_with_their_column() -> None:
    titles = roster_sheet.read(sheet_file("xlsx", [ROW]), PROFILE).titles
    assert (titles["phone"], titles["name"], titles["lot_2"]) == ("G: Số điện thoại", "B: Họ và tên", "X: Lô vắc xin")


@pytest.mark.parametrize("above", [0, 3, 20])
def test_the_header_is_found_wherever_it_stands(above: int) -> None:
    rows: list[list[object]] = [["Danh sách"]] * above + [["TT", "Họ và tên", "Năm sinh", "Giới tính"]]
    rows += [["(1)", "(2)", "(3)", "(4)"], [1, "Hà Thị Lụa", 1961, "Nữ"]]
    assert read(workbook(rows)) == {
        above + 3: {"number_in_list": "1", "name": "Hà Thị Lụa", "birth": "1961", "sex": "Nữ"}
    }


def test_flattened_titles_of_doses_are_told_apart_by_their_order() -> None:
    titles = ["Họ và tên", "Ngày sinh", "Giới tính", "Vắc xin", "Ngày tiêm", "Số lô", "Vắc xin", "Ngày tiêm", "Số lô"]
    row = ["Hà Thị Lụa", "1961", "1", "AZ", "01/07/2021", "L1", "AZ", "02/09/2021", "L2"]
    (cells,) = read(workbook([titles, row])).values()
    assert (cells["date_1"], cells["lot_1"], cells["date_2"], cells["lot_2"]) == (
        "01/07/2021",
        "L1",
        "02/09/2021",
        "L2",
    )
    assert "on" not in cells


def test_the_day_is_not_taken_for_a_dose() -> None:
    (cells,) = read(
        "Họ và tên,Ngày sinh,Giới tính,Ngày tiêm,Khung giờ\nHà Thị Lụa,1961,1,20/11/2021,\n".encode()
    ).values()
    assert cells["on"] == "20/11/2021"


def test_the_list_may_stand_on_any_sheet_that_is_shown() -> None:
    wanted = [["Họ và tên", "Ngày sinh", "Giới tính"], ["Hà Thị Lụa", "1961", "1"]]
    other = [["Họ và tên", "Ngày sinh", "Giới tính"], ["Đã Xóa", "1961", "1"]]
    assert [cells["name"] for cells in read(workbook([["Bìa"]], wanted)).values()] == ["Hà Thị Lụa"]
    assert [cells["name"] for cells in read(workbook(other, wanted, hidden=0)).values()] == ["Hà Thị Lụa"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (15190990001.0, "15190990001"),
        (9.0, "9"),
        (9.5, "9.5"),
        (True, "1"),
        (float("nan"), ""),
        (float("inf"), ""),
        (date(1990, 2, 1), "01/02/1990"),
        (" Hà\u00a0\u2003 Thị\u200b\n Lụa\ufeff", "Hà Thị Lụa"),
        (None, ""),
    ],
)
def test_a_cell_is_read_as_a_text(cell: object, text: str) -> None:
    assert text_of(cell) == text


def test_what_is_no_list_is_refused_with_its_reason() -> None:
    assert refused(b"PK\x03\x04 and then nothing").code == "roster_unreadable"
    assert refused(b"\xd0\xcf\x11\xe0" + b"\0" * 2000).code == "roster_unreadable"
    assert refused("<html><table><tr><td>Họ và tên".encode()).code == "roster_unreadable"
    assert refused("Họ và tên".encode("utf-16")).code == "roster_not_utf8"
    assert refused(b"x" * (roster_sheet.MOST_BYTES + 1)).code == "roster_too_big"
    assert refused(workbook([["Họ và tên", "Ngày sinh", "Giới tính"]])).code == "roster_empty"
    assert refused("Họ và tên,Ngày sinh,Giới tính\n,,\n".encode()).code == "roster_empty"


@pytest.mark.parametrize(
    "content", [b"", "Họ và tên,Ngày sinh\nHà,1961\n".encode(), workbook([["Họ và tên", "Tuổi"]]), workbook([])]
)
def test_missing_columns_are_named(content: bytes) -> None:
    refusal = refused(content)
    assert refusal.code == "roster_columns"
    assert "Giới tính" in refusal.facts["missing"]


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0"])
def test_a_file_with_a_password_says_so(start: bytes) -> None:
    assert refused(start + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")).code == "roster_protected"


def test_a_file_made_to_eat_all_memory_ends_only_its_reader() -> None:
    first, last = ('<c r="A1" t="inlineStr"><is><t>Họ và tên</t></is></c>', '<c r="XFD1048576"><v>1</v></c>')
    sheet = f'<row r="1">{first}</row><row r="1048576">{last}</row>'
    assert refused(_replaced_sheet(f"<sheetData>{sheet}</sheetData>")).code in ("roster_too_big", "roster_unreadable")


def test_more_rows_than_a_site_can_have_are_refused() -> None:
    row = "<row><c t='inlineStr'><is><t>x</t></is></c></row>"
    titles = "".join(f"<c t='inlineStr'><is><t>{title}</t></is></c>" for title in ("Name", "Birth", "Sex"))
    content = _replaced_sheet(f"<sheetData><row>{titles}</row>{row * 60_001}</sheetData>")
    assert len(content) < 100_000
    assert refused(content).code == "roster_too_big"
    assert refused(b"Name,Birth,Sex\n" + b"xyz,y,z\n" * 60_001).code == "roster_too_big"


def _replaced_sheet(data: str) -> bytes:
    """A workbook whose sheet says this."""
    file = io.BytesIO()
    name = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(io.BytesIO(workbook([["x"]]))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            text = old.read(item)
            if item == name:
                begin, end = text.index(b"<sheetData"), text.index(b"</sheetData>") + len(b"</sheetData>")
                text = text[:begin] + data.encode() + text[end:]
            new.writestr(item, text)
    return file.getvalue()


def test_a_reader_that_stops_early_leaves_nothing_running() -> None:
    sheet = roster_sheet.read(sheet_file("xlsx", [ROW] * 2000), PROFILE)
    next(sheet.rows)
    sheet.close()
    sheet.close()
    assert list(sheet.rows) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_is_given_back_in_the_same_layout(kind: str) -> None:
    rows = read(every_defect(kind).content)
    written = roster_sheet.write(((cells, f"Dòng {line}") for line, cells in rows.items()), PROFILE, say)
    again = read(written)
    assert list(again) == list(range(9, 9 + len(rows)))
    for (line, cells), back in zip(rows.items(), again.values(), strict=True):
        assert back == {**cells, "result": f"Dòng {line}"}


def test_the_written_sheet_has_the_header_of_the_ministry_and_only_texts() -> None:
    content = roster_sheet.write([({**ROW, "note": "=1+1", "phone": "0912000011"}, "")], PROFILE, say)
    page = CalamineWorkbook.from_object(io.BytesIO(content)).get_sheet_by_index(0)
    assert page.name == "PL1_Danh sach doi tuong tiem"
    rows = page.to_python(skip_empty_area=False)
    assert len(rows[6]) == 27
    assert (rows[6][1], rows[6][18], rows[7][18], rows[6][26]) == (
        "Họ và tên (*)", "Mũi 1", "Ngày tiêm dạng dd/mm/yyyy (*)", "Kết quả import (không điền ô này)",
    )  # fmt: skip
    assert (rows[8][6], rows[8][7], rows[8][25]) == ("0912000011", "015161000011", "=1+1")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    for merged in ("A7:A8", "J7:Q7", "S7:U7", "W7:Y7", "AA7:AA8"):
        assert f'<mergeCell ref="{merged}"/>' in sheet


def test_the_list_of_phones_says_slot_and_phone_and_nothing_else() -> None:
    content = roster_sheet.write_phones([("07:30-08:00", "0912000011"), ("", "0912000022")], say)
    rows = CalamineWorkbook.from_object(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows == [["Khung giờ", "Số điện thoại"], ["07:30-08:00", "0912000011"], ["", "0912000022"]]

"""Lists as offices send them: the ministry's sheet with every defect that is known. Nobody in them is real."""

from __future__ import annotations

import csv
import datetime
import io
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import xlsxwriter
import xlwt

from kiosk import protocols

KINDS = ("xls", "xlsx", "csv")
DATA_FROM = {"xls": 9, "xlsx": 9, "csv": 2}
PL2 = [["Mã", "Nhóm"], ["1", "Người làm việc trong các cơ sở y tế"], ["9", "Người mắc các bệnh mạn tính"]]
LONG = "Hợp tác xã nông nghiệp và dịch vụ tổng hợp " * 4


class Defects(NamedTuple):
    """A file, and what is to become of its lines.

    `good_lines`: they land, with those reasons that only tell. `wrong`: they do not, and why. `duplicates`: the earlier
    line that says the same person. `clashes`: the line whose number they give to somebody else.
    """

    content: bytes
    good_lines: dict[int, set[str]]
    wrong: dict[int, set[str]]
    duplicates: dict[int, int]
    clashes: dict[int, int]


def _person(name: str, birth: Any, sex: Any = "1", number: Any = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "birth": birth, "sex": sex, "group": "9", "number": number, **more}


HOME = {
    "province": "Yên Bái", "province_code": "15", "district": "Trấn Yên", "district_code": "141", "ward": "Xã Bịa",
    "ward_code": "04489", "area": "Thôn 4", "address": "Nhà số 7",
}  # fmt: skip
SHOT = {"vaccine_1": "AstraZeneca", "date_1": "01/08/2021", "lot_1": "NK0191", "place_1": "15001"}
NFD = unicodedata.normalize("NFD", "Sùng A\u00a0 Dếnh ")

# What is taken, and what is said about it.
GOOD: list[tuple[dict[str, Any], set[str]]] = [
    (_person("Hà Thị Lụa", "12/05/1961", "1", "015161000011", phone="0912000011", insurance="GD4151500000011",
             workplace="Trường Bịa", note="đi cùng con", **HOME, **SHOT), set()),
    (_person("Lò Thị Mây", datetime.date(1958, 3, 8), 1, 15158000022), {"number_zero_back"}),
    (_person("Trần Văn Bốn", datetime.date(1990, 2, 1), 0, 1090000033, phone="0912000033"), {"number_zero_back"}),
    (_person(NFD, "03/02/1990", "Nam", "015090000044", phone=912000044), {"phone_zero_back"}),
    (_person("Vàng Thị Xua", 1021990, "Nữ", "015190000055"), {"birth_zero_back"}),
    (_person("Lường Văn Ủm", 1947, "0", address="Bản Bịa 1"), set()),
    (_person("Lường Văn Ủm", 1947, "0", address="Bản Bịa 2"), set()),
    (_person("Hà Văn Lụa", "01/01/2008", "0", "015208000077", phone="0912000011"), set()),
    (_person("Đặng Thị Cũ", "04/04/1949", "1", "061234567"), set()),
    (_person("Đặng Văn Cũ", "05/04/1949", "0", 61234568), {"old_number_short"}),
    (_person("John Smith", "06/04/1969", "0", "B1234567"), set()),
    (_person("Phạm Thị Lệch", "07/07/1977", "1", "015077000088"), {"number_sex_differs"}),
    (_person("Mùa A Sính", "08/07/1977", "0", "015077000099", phone="hỏi con trai"), {"phone_odd"}),
    (_person("Cao Thị Bảng", "09/07/1977", "1", "015177000110", workplace="=SUM(A1:A9)",
             note="=HYPERLINK(\"http://bia.invalid\")"), set()),
    (_person("Lý Thị Dài", "10/07/1977", "1", "015177000121", workplace=LONG), {"cut"}),
    (_person("Ma Văn Nhóm", "11/07/1977", "0", "015077000132", insurance="123") | {"group": 17},
     {"group_unknown", "insurance_odd"}),
    (_person("Ngô Thị Mũi", "12/07/1977", "1", "015177000143", vaccine_1="VERO CELL (Sinopharm)",
             date_1=datetime.date(2021, 8, 1), vaccine_2="Verocell", date_2="29/08/2021"), set()),
    (_person("H’Lĭm Niê", "13/07/1977", "1", "066177000154", phone="+84 912 000 154/0912000155"), {"phone_several"}),
    (_person("Tô Thị Không Số", "14/07/1977", "1", ""), set()),
]  # fmt: skip
WRONG: list[tuple[dict[str, Any], set[str]]] = [
    (_person("", "01/01/1970"), {"name_missing"}),
    (_person("Nguyễn Văn 7", "01/01/1970"), {"name_odd"}),
    (_person("NguyÔn Thanh", "01/01/1970"), {"name_font"}),
    (_person("Hà Thị Sai", "31/02/1960"), {"birth_odd"}),
    (_person("Hà Thị Ngược", "05/23/1960"), {"birth_hint"}),
    (_person("Hà Thị Năm", datetime.date(1905, 5, 11)), {"birth_hint"}),
    (_person("Hà Thị Trống", ""), {"birth_odd"}),
    (_person("Hà Thị Nào", "01/01/1970", "?"), {"sex_odd"}),
    (_person("Hà Thị Mất", "01/01/1960", "1", 15190000165), {"number_zero_lost"}),
    (_person("Hà Thị Thừa", "01/01/1960", "1", "0151600001777"), {"number_odd"}),
    (_person("Hà Thị Tròn", "01/01/1960", "1", "1,51600E+10"), {"number_rounded"}),
    (_person("Hà Thị Lạ", "01/01/1960", **SHOT | {"vaccine_1": "Vắc xin lạ"}), {"vaccine_unknown"}),
    (_person("Hà Thị Quên", "01/01/1960", **SHOT | {"vaccine_1": ""}), {"vaccine_missing"}),
    (_person("Hà Thị Mai", "01/01/1960", **SHOT | {"date_1": "01/01/2099"}), {"dose_future"}),
    (_person("Hà Thị Trước", "01/01/1960", **SHOT | {"date_1": "01/08/1921"}), {"dose_before_birth"}),
    (_person("Hà Thị Đảo", "01/01/1960", **SHOT, vaccine_2="AZ", date_2="01/07/2021"), {"dose_order"}),
    (_person("Hà Thị Hai", "01/01/1960", vaccine_2="AZ", date_2="01/07/2021"), {"dose_one_missing"}),
    (_person("", "hôm qua", "nữa"), {"name_missing", "birth_odd", "sex_odd"}),
    ({"name": "Người lập danh sách"}, {"birth_odd", "sex_odd"}),
]
# (row, which of GOOD it repeats)
DUPLICATES: list[tuple[dict[str, Any], int]] = [
    (GOOD[0][0], 0),
    (_person("Lo Thi May", "08/03/1958", "1", "015158000022"), 1),
    (_person("TÔ THỊ KHÔNG SỐ", "14/07/1977", "1", phone="0912000198"), 18),
]
CLASHES: list[tuple[dict[str, Any], int]] = [(_person("Quàng Văn Khác", "20/10/1980", "0", "015161000011"), 0)]


def every_defect(kind: str) -> Defects:
    """The ministry's sheet as `xls` or `xlsx`, or its columns as `csv`; its day is the importer's to say."""
    rows: list[dict[str, Any]] = []
    good: dict[int, set[str]] = {}
    wrong: dict[int, set[str]] = {}

    def put(row: dict[str, Any]) -> int:
        rows.append({"number_in_list": len(rows) + 1, **row})
        return DATA_FROM[kind] + len(rows) - 1

    lines = []
    for index, (row, told) in enumerate(GOOD):
        lines.append(put(row))
        good[lines[-1]] = told
        if index < len(WRONG):
            wrong[put(WRONG[index][0])] = WRONG[index][1]
        if index == 7:
            rows.append({})  # a row that somebody emptied
    duplicates = {put(row): lines[first] for row, first in DUPLICATES}
    clashes = {put(row): lines[first] for row, first in CLASHES}
    return Defects(sheet_file(kind, rows), good, wrong, duplicates, clashes)


def sheet_file(kind: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows by column code as a file of this kind, each cell as what it is: a text, a number, a date."""
    return {"xls": _xls, "xlsx": _xlsx, "csv": _csv}[kind](rows)


def _headers() -> tuple[list[str], list[str]]:
    """The two rows of titles, with a merged title only in its first cell."""
    columns = protocols.roster().on_sheet
    upper, lower, above = [], [], ""
    for column in columns:
        upper.append("" if column.group and column.group == above else column.group or column.title)
        lower.append(column.title if column.group else "")
        above = column.group
    return upper, lower


def _cells(row: Mapping[str, Any]) -> list[Any]:
    return [row.get(column.code, "") for column in protocols.roster().on_sheet]


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    titles = [
        f"{column.title} - {column.group}" if column.group.startswith("Mũi") else column.title
        for column in protocols.roster().on_sheet
    ]
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow(f"{cell:%d/%m/%Y}" if isinstance(cell, datetime.date) else cell for cell in _cells(row))
    return ("\ufeff" + file.getvalue()).encode()


def _xlsx(rows: Sequence[Mapping[str, Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        book.add_worksheet("Hướng dẫn").write_string(0, 0, "Không xóa dòng tiêu đề")
        page = book.add_worksheet("PL1_Danh sach doi tuong tiem")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.merge_range(0, 0, 0, 26, "DANH SÁCH ĐỐI TƯỢNG TIÊM")
        upper, lower = _headers()
        for at, (above, below) in enumerate(zip(upper, lower, strict=True)):
            if not below:
                page.merge_range(6, at, 7, at, above)
            else:
                page.write_string(7, at, below)
        for first, last in ((9, 16), (18, 20), (22, 24)):
            page.merge_range(6, first, 6, last, upper[first])
        for number, row in enumerate(rows, 8):
            for at, cell in enumerate(_cells(row)):
                if isinstance(cell, datetime.date):
                    page.write_datetime(number, at, cell, day)
                elif isinstance(cell, str):
                    page.write_string(number, at, cell)
                else:
                    page.write_number(number, at, cell)
        catalogue = book.add_worksheet("PL2")
        for number, row in enumerate(PL2):
            catalogue.write_row(number, 0, row)
    return file.getvalue()


def _xls(rows: Sequence[Mapping[str, Any]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("PL1_Danh sach doi tuong tiem")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    page.write_merge(0, 0, 0, 26, "DANH SÁCH ĐỐI TƯỢNG TIÊM")
    upper, lower = _headers()
    for at, (above, below) in enumerate(zip(upper, lower, strict=True)):
        if not below:
            page.write_merge(6, 7, at, at, above)
        else:
            page.write(7, at, below)
    for first, last in ((9, 16), (18, 20), (22, 24)):
        page.write_merge(6, 6, first, last, upper[first])
    for number, row in enumerate(rows, 8):
        for at, cell in enumerate(_cells(row)):
            if isinstance(cell, datetime.date):
                page.write(number, at, cell, day)
            elif cell != "":
                page.write(number, at, cell)
    catalogue = book.add_sheet("PL2")
    for number, row in enumerate(PL2):
        for at, cell in enumerate(row):
            catalogue.write(number, at, cell)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()

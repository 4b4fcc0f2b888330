"""The list as a file: read from XLS, XLSX or CSV, whatever it calls itself, and written in the ministry's layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import xlsxwriter

from kiosk.documents.workbook import Workbook
from kiosk.documents.workbook_program import MOST_COLUMNS, MOST_ROWS, text_of
from kiosk.errors import Refusal
from kiosk.rules.roster_columns import MOST_ABOVE, Column, Header, Profile, find_header
from kiosk.rules.slips import Say

MOST_BYTES = 32 << 20
# How a file of each kind begins: what a file is called says little.
_XLSX, _XLS, _PAGE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# The ministry's sheet has its titles in rows 7 and 8.
_DATA_FROM = 8
# Rows go to a file as they come; a text stays a text.
_PLAIN = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A list that was recognised. `titles`: "G: Số điện thoại" by column code. `count`: how many rows there are.

    `rows`: line number in the file and cells by column code, once. Raises Refusal `roster_unreadable` where the file
    breaks off. A reader that stops earlier closes it.
    """

    titles: Mapping[str, str]
    rows: Iterator[tuple[int, dict[str, str]]]
    count: int
    _book: Workbook | None = None

    def close(self) -> None:
        """Ends what reads the file."""
        if self._book:
            self._book.close()


def read(content: bytes, profile: Profile) -> Sheet:
    """What the file says. Raises Refusal.

    `roster_too_big`, `roster_protected` (a password), `roster_unreadable`, `roster_not_utf8`, `roster_not_csv` (line),
    `roster_empty`, `roster_columns` (missing titles).
    """
    if len(content) > MOST_BYTES:
        raise Refusal("roster_too_big", rows=MOST_ROWS)
    if content.startswith(_XLS) and _ENCRYPTED in content:
        raise Refusal("roster_protected")
    if content.startswith((_XLSX, _XLS)):
        return _read_workbook(content, profile)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_PAGE):
        raise Refusal("roster_unreadable")  # a web page that calls itself .xls
    return _read_csv(content, profile)


def _sheet(header: Header, rows: Iterator[tuple[int, list[str]]], count: int, **more: Any) -> Sheet:
    named = (
        (line, {code: cells[at] if at < len(cells) else "" for code, at in header.at.items()}) for line, cells in rows
    )
    return Sheet(header.titles, named, count, **more)


def _require_header(header: Header, profile: Profile) -> None:
    if missing := profile.missing(header.at):
        raise Refusal("roster_columns", missing=", ".join(column.words for column in missing))


def _require_count(count: int) -> int:
    if count > MOST_ROWS:
        raise Refusal("roster_too_big", rows=MOST_ROWS)
    if not count:
        raise Refusal("roster_empty")
    return count


def _read_csv(content: bytes, profile: Profile) -> Sheet:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("roster_not_utf8") from None
    header = find_header([_cleaned(cells) for _, cells in islice(_csv_rows(text), MOST_ABOVE + 2)], profile)
    _require_header(header, profile)
    below = (cells for _, cells in islice(_csv_rows(text), header.rows, None))
    count = _require_count(sum(any(cell.strip() for cell in cells) for cells in below))
    rows = ((line, _cleaned(cells)) for line, cells in islice(_csv_rows(text), header.rows, None))
    return _sheet(header, (row for row in rows if any(row[1])), count)


def _cleaned(cells: Sequence[str]) -> list[str]:
    return [text_of(cell) for cell in cells[:MOST_COLUMNS]]


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    lines = text.splitlines()[: MOST_ABOVE + 2]
    delimiter = max(",;\t", key=lambda sign: (sum(line.count(sign) for line in lines), sign == ","))
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        raise Refusal("roster_not_csv", line=reader.line_num) from None


def _read_workbook(content: bytes, profile: Profile) -> Sheet:
    book = Workbook(content, MOST_ROWS)
    found = [Header({}, {}, 0)]

    def header_of(top: Sequence[Sequence[str]]) -> int:
        found.append(find_header(top, profile))
        return 0 if profile.missing(found[-1].at) else found[-1].rows

    try:
        count = book.choose(header_of)
        header = max(found, key=lambda each: len(each.at)) if count is None else found[-1]
        _require_header(header, profile)
        return _sheet(header, book.rows(), _require_count(count or 0), _book=book)
    except BaseException:
        book.close()
        raise


def write(
    rows: Iterable[tuple[Mapping[str, str], str]], profile: Profile, say: Say, extra: Iterable[str] = ()
) -> bytes:  # fmt: skip
    """An XLSX in the layout that the list came in: each row's cells by column code, and its result in the last column.

    Every cell is a text: no zero is lost, and nothing that somebody typed is ever a formula. `extra`: codes of columns
    that the ministry's sheet has not, and that follow it here.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _PLAIN) as book:
        page = book.add_worksheet(profile.sheet[:31])
        text = book.add_format({"num_format": "@", "valign": "top"})
        columns = (*profile.on_sheet, *map(profile.get, extra))
        for at, column in enumerate(columns):
            page.set_column(at, at, column.width, text)
        _write_header(book, page, profile.version, columns, say)
        for row, (cells, result) in enumerate(rows, _DATA_FROM):
            for at, column in enumerate(columns):
                if cell := result if column.code == "result" else cells.get(column.code, ""):
                    page.write_string(row, at, cell, text)
    return file.getvalue()


def _write_header(book: Any, page: Any, version: str, on_sheet: Sequence[Column], say: Say) -> None:
    columns = list(enumerate(on_sheet))
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"})
    page.write_string(0, 0, say("sheet.title"), title)
    page.write_string(2, 0, say("sheet.provisional"))
    page.write_string(3, 0, say("sheet.layout", version=version))
    upper, lower = _DATA_FROM - 2, _DATA_FROM - 1
    for at, column in columns:
        page.write_string(upper, at, column.group or column.title, head)
    for at, column in columns:
        page.write_string(lower, at, column.title if column.group else "", head)
    # `merge_range` would write cells of rows that are gone to the file already.
    page.merge += [[upper, at, lower, at] for at, column in columns if not column.group]
    page.merge += [[upper, first, upper, last] for first, last in _groups(on_sheet).values()]
    page.freeze_panes(_DATA_FROM, 2)


def _groups(columns: Sequence[Column]) -> dict[str, tuple[int, int]]:
    """Merged titles, from which column to which."""
    found: dict[str, tuple[int, int]] = {}
    for at, column in enumerate(columns):
        if column.group:
            found[column.group] = (found.get(column.group, (at, at))[0], at)
    return found


def write_phones(rows: Iterable[tuple[str, str]], say: Say) -> bytes:
    """An XLSX of (slot, phone): whom the platform is to send a message, and no more of them than that."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _PLAIN) as book:
        page = book.add_worksheet(say("sheet.phones")[:31])
        page.set_column(0, 1, 18)
        head, text = book.add_format({"bold": True, "border": 1}), book.add_format({"num_format": "@"})
        page.write_row(0, 0, [say("sheet.slot"), say("sheet.phone")], head)
        for row, cells in enumerate(rows, 1):
            page.write_row(row, 0, cells, text)
        page.freeze_panes(1, 0)
    return file.getvalue()

"""The ledger of vaccine as a file: one movement a row, numbers as numbers so that they can be added up."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter

from kiosk.rules.slips import Say

# Rows go to a file as they come; a text stays a text.
_PLAIN = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
}  # fmt: skip
COLUMNS = (
    ("at", 17), ("kind", 18), ("vaccine", 22), ("lot", 14), ("expires", 12), ("vials", 8), ("doses", 8), ("from", 18),
    ("to", 18), ("other_site", 24), ("start", 10), ("end", 10), ("reason", 24), ("note", 30), ("by", 22),
)  # fmt: skip


def write(rows: Iterable[Sequence[str | int | float]], say: Say) -> bytes:
    """An XLSX of movements, each the cells of `COLUMNS`; nothing that somebody typed is ever a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _PLAIN) as book:
        page = book.add_worksheet(say("sheet.ledger")[:31])
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"})
        for at, (code, width) in enumerate(COLUMNS):
            page.set_column(at, at, width)
            page.write_string(0, at, say(f"sheet.ledger.{code}"), head)
        for row, cells in enumerate(rows, 1):
            for at, cell in enumerate(cells):
                if isinstance(cell, str):
                    page.write_string(row, at, cell)
                else:
                    page.write_number(row, at, cell)
        page.freeze_panes(1, 0)
    return file.getvalue()

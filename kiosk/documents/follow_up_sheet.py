"""A sheet for the commune's health station: about whom something is still to be put right."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping

import xlsxwriter

# In this order; each is worded as `follow_up.sheet.<column>`.
COLUMNS = ("kind", "name", "birth", "sex", "number", "old_number", "phone", "address", "reason", "since", "note")
_WIDTHS = {"name": 30, "address": 40, "reason": 36, "note": 40}
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write(rows: Iterable[Mapping[str, str]], say: Callable[[str], str]) -> bytes:
    """An XLSX of these rows, each cell by its column. Every cell is a text: no zero is lost, nothing is a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, _PLAIN) as book:
        page = book.add_worksheet(say("follow_up.sheet")[:31])
        head = book.add_format({"bold": True, "border": 1, "text_wrap": True})
        text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
        for at, column in enumerate(COLUMNS):
            page.set_column(at, at, _WIDTHS.get(column, 16), text)
            page.write_string(0, at, say(f"follow_up.sheet.{column}"), head)
        for line, row in enumerate(rows, 1):
            for at, column in enumerate(COLUMNS):
                page.write_string(line, at, row[column], text)
        page.freeze_panes(1, 0)
    return file.getvalue()

"""A spreadsheet taken apart in a program of its own: what is made to break it, or to eat all memory, ends only this.

    python -m kiosk.documents.workbook_program

Standard input: eight bytes that say how long the file is, the file, then a line for each sheet shown: how many rows its
header reaches down, or 0 for "the next sheet". Standard output: a line of JSON for each answer. `workbook` talks to it;
nobody else does.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import os
import resource
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, BinaryIO

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from kiosk.rules.roster_columns import MOST_ABOVE

MOST_ROWS = 60_000
MOST_COLUMNS = 100
# Sixty thousand full rows need less than a quarter of it.
_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 120
# What is invisible between letters: zero-width spaces and joiners, soft hyphens, marks of direction and byte order.
_INVISIBLE = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF))


def text_of(cell: Any) -> str:
    """A cell as the rules read it: digits without a fraction that is none, dates as dd/mm/yyyy, single plain spaces."""
    if isinstance(cell, str):
        return " ".join(unicodedata.normalize("NFC", cell).translate(_INVISIBLE).replace("\0", " ").split())
    if isinstance(cell, int | float):  # a tick in a box is 1 or 0
        return _digits(cell)
    if isinstance(cell, datetime.datetime) and cell.time() != datetime.time():
        return f"{cell:%d/%m/%Y %H:%M}"
    if isinstance(cell, datetime.date):
        return f"{cell:%d/%m/%Y}"
    return f"{cell:%H:%M}" if isinstance(cell, datetime.time) else ""


def _digits(number: float) -> str:
    if not math.isfinite(number):
        return ""
    return str(int(number)) if number == int(number) and abs(number) < 1e16 else repr(number)


def _rows(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """The rows from the sheet's first on, each from its first column on: what is empty there counts too."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield (left + row)[:MOST_COLUMNS]


def _say(out: BinaryIO, answer: object) -> None:
    out.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _take_apart(given: BinaryIO, out: BinaryIO) -> None:
    content = given.read(int.from_bytes(given.read(8), "big"))
    book = CalamineWorkbook.from_object(io.BytesIO(content))
    for about in book.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_name(about.name)
        top = [[text_of(cell) for cell in row] for _, row in zip(range(MOST_ABOVE + 2), _rows(sheet), strict=False)]
        _say(out, {"top": top})
        out.flush()
        if header := int(given.readline() or b"0"):
            _tell_rows(sheet, header, out)
            return
    _say(out, {"no_more": True})


def _tell_rows(sheet: CalamineSheet, header: int, out: BinaryIO) -> None:
    count = sum(any(text_of(cell) for cell in row) for line, row in enumerate(_rows(sheet), 1) if line > header)
    _say(out, {"count": count})
    if count > MOST_ROWS:
        return
    for line, row in enumerate(_rows(sheet), 1):
        cells = [text_of(cell) for cell in row] if line > header else []
        if any(cells):
            _say(out, [line, cells])
    _say(out, {"end": True})


def main() -> None:
    """Takes one file apart."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)  # who is being checked in comes first
    out = sys.stdout.buffer
    try:
        _take_apart(sys.stdin.buffer, out)
    except PasswordError:
        _say(out, {"refused": "roster_protected"})
    except MemoryError:
        _say(out, {"refused": "roster_too_big"})
    except BrokenPipeError:
        os._exit(0)  # nobody reads on
    except BaseException:  # a panic of the reader is none of Exception's
        _say(out, {"refused": "roster_unreadable"})


if __name__ == "__main__":
    main()

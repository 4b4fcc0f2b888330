"""The columns of a list: what they are called, and where they stand in a file that somebody has made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.rules.person import plain

# A header stands somewhere in the first rows: the ministry's sheet has six rows of title and notes above it.
MOST_ABOVE = 30


@dataclass(frozen=True)
class Column:
    """One column of `protocols/roster.toml`.

    `group`: the merged title above it. `required`: without it the file is no list. `width`: as drawn, in characters.
    `most`: how many letters are kept. `dose`: which block of an earlier dose begins here, 0 for none. `extra`: known
    in a list, not on the ministry's sheet.
    """

    code: str
    title: str
    group: str = ""
    also: tuple[str, ...] = ()
    required: bool = False
    width: int = 14
    most: int = 200
    dose: int = 0
    extra: bool = False

    @property
    def words(self) -> str:
        """The title without what stands in brackets: how people call it."""
        return re.sub(r"\s*\(.*|\s+dạng .*|\s*\*", "", self.title)


@dataclass(frozen=True)
class Profile:
    """A layout of the list. `groups`: other words for a merged title. `sheet`: what the page of the file is called."""

    version: str
    source: str
    sheet: str
    columns: tuple[Column, ...]
    groups: Mapping[str, tuple[str, ...]]

    @property
    def on_sheet(self) -> tuple[Column, ...]:
        """The columns of the ministry's sheet, in its order."""
        return tuple(column for column in self.columns if not column.extra)

    def get(self, code: str) -> Column:
        """The column with this code. Raises KeyError."""
        return {column.code: column for column in self.columns}[code]

    def missing(self, found: Mapping[str, object]) -> list[Column]:
        """The required columns that were not found."""
        return [column for column in self.columns if column.required and column.code not in found]


@dataclass(frozen=True)
class Header:
    """Where the columns stand. `at`: index by code. `titles`: as the file writes them. `rows`: up to where it reaches.

    `rows` counts from the top of the file: data begins in the row after.
    """

    at: Mapping[str, int]
    titles: Mapping[str, str]
    rows: int


_Known = dict[str, list[tuple[Column, set[str]]]]


def letter(index: int) -> str:
    """What a spreadsheet calls its column: 0 is A, 26 is AA."""
    return letter(index // 26 - 1) + chr(65 + index % 26) if index >= 26 else chr(65 + index)


def find_header(rows: Sequence[Sequence[str]], profile: Profile) -> Header:
    """The header among the first rows of a file: one row of titles, or two where titles are merged.

    What comes nearest is returned where no row has every required column: `profile.missing` then says what it lacks.
    """
    best, known = Header({}, {}, 0), _known(profile)
    for index in range(min(len(rows), MOST_ABOVE)):
        below = rows[index + 1] if index + 1 < len(rows) else ()
        header = _read(rows[index], below, index + 1, known)
        if len(header.at) > len(best.at):
            best = header
        if best.at and not profile.missing(best.at) and len(header.at) < len(best.at):
            break
    return _past_the_numbers(best, rows)


def _read(row: Sequence[str], below: Sequence[str], number: int, known: _Known) -> Header:
    alone = _match([(cell, "") for cell in row], known)
    merged = _match(_merged(row, below), known)
    name = merged.get("name")
    beside = below[name].strip() if name is not None and name < len(below) else ""
    # The row below belongs to the header when it has titles and does not name anybody.
    second = len(merged) > len(alone) and (not beside or plain(beside) == plain(row[name or 0]))
    at = merged if second else alone
    titles = {code: _title(row, below if second else (), index) for code, index in at.items()}
    return Header(at, titles, number + second)


def _merged(row: Sequence[str], below: Sequence[str]) -> list[tuple[str, str]]:
    """(title, merged title above it) of each column: a merged cell's text stands only in its first column."""
    above, found = "", []
    for index in range(max(len(row), len(below))):
        upper = row[index] if index < len(row) else ""
        lower = below[index] if index < len(below) else ""
        above = upper.strip() or above
        found.append((lower, above) if lower.strip() else (upper, ""))
    return found


def _match(cells: Sequence[tuple[str, str]], known: _Known) -> dict[str, int]:
    """Which column stands where. Two columns of one title are told apart by the title above, else by their order."""
    found: dict[str, int] = {}
    block = ""
    for index, (title, above) in enumerate(cells):
        alike = [(column, groups) for column, groups in known.get(_key(title), ()) if column.code not in found]
        column = _choose(alike, _key(above or block))
        if column is None:
            continue
        found[column.code] = index
        block = f"Mũi {column.dose}" if column.dose else block if column.group == block else ""
    return found


def _choose(alike: Sequence[tuple[Column, set[str]]], above: str) -> Column | None:
    for column, groups in alike:
        if above and above in groups:
            return column
    free = [column for column, groups in alike if not groups]
    return free[0] if free else alike[0][0] if alike else None


def _known(profile: Profile) -> _Known:
    """The columns by each title that they may have, with the keys of the titles that may stand above."""
    known: _Known = {}
    for column in profile.columns:
        groups = {_key(word) for word in (column.group, *profile.groups.get(column.group, ()))} - {""}
        for key in _keys(column):
            known.setdefault(key, []).append((column, groups))
    return known


def _keys(column: Column) -> set[str]:
    titles = {_key(column.title)} | {_key(title) for title in column.also}
    number = column.group.removeprefix("Mũi ")
    if number in ("1", "2"):  # one row of titles: "Ngày tiêm mũi 1", "Mũi 1 - Ngày tiêm"
        titles |= {f"{title} mui {number}" for title in titles} | {f"mui {number} {title}" for title in titles}
    if column.dose:
        titles |= {f"{title} mui {column.dose}" for title in titles}
    return titles - {""}


def _key(title: str) -> str:
    words = re.sub(r"\(.*| dang .*", "", plain(title).replace("_", " "))
    return " ".join(re.sub(r"[^\w/,#]+", " ", words).split()).strip(" ,")


def _title(row: Sequence[str], below: Sequence[str], index: int) -> str:
    cell = (below[index] if index < len(below) else "").strip() or (row[index] if index < len(row) else "").strip()
    return f"{letter(index)}: {' '.join(re.sub(r'[(*].*', '', cell).split()) or cell}"


def _past_the_numbers(header: Header, rows: Sequence[Sequence[str]]) -> Header:
    """Many sheets number their columns in the row below the titles: (1), (2), (3) or A, B, C."""
    if not header.at or header.rows >= len(rows):
        return header
    cells = [cell.strip() for cell in rows[header.rows] if cell.strip()]
    if len(cells) >= len(header.at) > 0 and all(re.fullmatch(r"\(?(\d{1,2}|[A-Za-z]{1,2})\)?", cell) for cell in cells):
        return Header(header.at, header.titles, header.rows + 1)
    return header

"""Importing the list: written in small pieces that do not count yet, then landed at once."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules import roster
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import RosterKind, RosterState
from kiosk.store import audit, rosters, topics
from kiosk.store.columns import box_name, next_seq
from kiosk.store.database import writing

if TYPE_CHECKING:
    from _csv import Reader

PIECE = 500
MOST_MISTAKES = 20


@dataclass(frozen=True)
class Mistake:
    """A row that cannot be taken: its line in the file, the column's title there, and why."""

    line: int
    column: str
    refusal: Refusal


class RosterMistakes(Exception):
    """The file has rows that cannot be taken; nothing of it was landed."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} rows")
        self.mistakes = mistakes


def read_csv(content: bytes, now: Moment) -> list[tuple[int, roster.Planned]]:
    """The file's rows with their line numbers.

    Raises Refusal `roster_not_utf8`, `roster_not_csv`, `roster_empty`, `roster_columns`; RosterMistakes naming row
    and column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refusal("roster_not_utf8") from None
    delimiter = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    try:
        return _read_rows(reader, now)
    except csv.Error:
        raise Refusal("roster_not_csv", line=reader.line_num) from None


def _read_rows(reader: Reader, now: Moment) -> list[tuple[int, roster.Planned]]:
    titles = next(reader, [])
    columns = roster.columns(titles)
    rows: list[tuple[int, roster.Planned]] = []
    mistakes: list[Mistake] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        named = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
        try:
            rows.append((reader.line_num, roster.read_row(named, now.on)))
        except Refusal as refusal:
            at = columns.get(refusal.field or "")
            title = titles[at].strip() if at is not None else refusal.field or ""
            mistakes.append(Mistake(reader.line_num, title, refusal))
        if len(mistakes) >= MOST_MISTAKES:
            break
    if mistakes:
        raise RosterMistakes(mistakes)
    if not rows:
        raise Refusal("roster_empty")
    return rows


def import_roster(by: Actor, now: Moment, key: str, file_name: str, rows: list[tuple[int, roster.Planned]]) -> int:
    """Writes the rows piece by piece and makes them the list at once; returns how many are newly expected."""
    with writing():
        file = rosters.Roster(
            kind=RosterKind.FILE, file_name=file_name[-120:], state=RosterState.LANDING, staged_at=now.at,
            staged_by=by.id, total=len(rows), counts={},
        )  # fmt: skip
        rosters.add(file)
        audit.add(by, now, "roster.staged", file.id, rows=len(rows))
    waiting, expected = iter(rows), 0
    while piece := list(islice(waiting, PIECE)):
        with writing():
            expected += rosters.put(file.id, piece)
            rosters.get(file.id).done += len(piece)
    return land_roster(by, now, key, file.id, expected)


@act
def land_roster(by: Actor, now: Moment, roster_id: str, expected: int) -> int:
    """From now on this list counts; returns how many it newly expects."""
    file = rosters.get(roster_id)
    file.state, file.landed_at, file.landed_by = RosterState.LANDED, now.at, by.id
    file.landed_seq = next_seq(box_name())
    audit.add(by, now, "roster.landed", roster_id, expected=expected)
    topics.touch(topics.DAY)
    return expected

"""Rows of a list that nobody sees yet: read, judged, and waiting to land."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, func, or_, select, update

from kiosk.rules.words import RosterState, RowState
from kiosk.store.database import add_rows, db
from kiosk.store.rosters import Roster, StagedRow

# What lands: `same` too, so that taking an older list back takes nobody off who is on this one.
LANDING = (RowState.NEW, RowState.CHANGED, RowState.SAME)
# What did not land is people's data all the same: so long after its list it can be looked at and mended.
KEPT = timedelta(days=1)


def put(rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds read rows: a mapping of StagedRow's columns each."""
    add_rows(StagedRow, rows)


class Aside(NamedTuple):
    """A staged row, as it is read in pieces."""

    line: int
    state: str
    reasons: list[dict[str, Any]]
    cells: dict[str, str]
    person_id: str | None


def list_after(roster_id: str, line: int, most: int) -> list[Aside]:
    """The next rows by their line, whatever their state."""
    query = select(StagedRow.line, StagedRow.state, StagedRow.reasons, StagedRow.cells, StagedRow.person_id)
    query = query.where(StagedRow.roster_id == roster_id, StagedRow.line > line).order_by(StagedRow.line)
    return [Aside(*row) for row in db.session.execute(query.limit(most))]


def list_good(roster_id: str) -> dict[int, str | None]:
    """Line to person (None: nobody we know) of the rows that will land."""
    query = select(StagedRow.line, StagedRow.person_id).where(StagedRow.roster_id == roster_id)
    return dict(db.session.execute(query.where(StagedRow.state.in_(LANDING))).all())


def count_states(roster_id: str) -> dict[str, int]:
    """How many rows stand in each state; 0 where none does."""
    query = select(StagedRow.state, func.count()).where(StagedRow.roster_id == roster_id).group_by(StagedRow.state)
    found = dict(db.session.execute(query).all())
    return {state.value: found.get(state, 0) for state in RowState}


def remove(roster_id: str, lines: Collection[int]) -> None:
    """These rows have landed."""
    gone = delete(StagedRow).where(StagedRow.roster_id == roster_id, StagedRow.line.in_(lines))
    db.session.execute(gone.execution_options(synchronize_session=False))


def mark(roster_id: str, line: int, state: RowState, reasons: Sequence[Mapping[str, Any]]) -> None:
    """A row turned out to be something else than it was when it was read."""
    row = (StagedRow.roster_id == roster_id) & (StagedRow.line == line)
    turned = update(StagedRow).where(row).values(state=state, reasons=[dict(reason) for reason in reasons])
    db.session.execute(turned.execution_options(synchronize_session=False))


def find_left_over(now: datetime) -> str | None:
    """A list whose rows lie aside for nothing: dropped, unreadable, withdrawn, or landed a day ago."""
    over = Roster.state.in_((RosterState.DROPPED, RosterState.FAILED))
    unwanted = or_(over, Roster.withdrawn_at.is_not(None), Roster.landed_at < now - KEPT)
    aside = exists(select(StagedRow.line).where(StagedRow.roster_id == Roster.id))
    return db.session.scalar(select(Roster.id).where(unwanted, aside).limit(1))

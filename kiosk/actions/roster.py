"""What people do with a list: bring it, let it land after a look, drop it, take it back, approve of somebody on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import NAMESPACE_OID, uuid5

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import RosterKind, RosterState, RowState
from kiosk.store import audit, roster_files, rosters, topics

DROPPABLE = (RosterState.WAITING, RosterState.READING, RosterState.REVIEW, RosterState.FAILED)


def begin_import(by: Actor, now: Moment, key: str, file_name: str, on: date | None, content: bytes) -> str:
    """A file is here and will be read; the id of its list. `on`: the day of rows that name none.

    What is wrong with the file is the list's own `refusal`, once somebody has read it. Its bytes are on the disk before
    anybody is told that they were taken.
    """
    roster_id = str(uuid5(NAMESPACE_OID, key))
    if rosters.find(roster_id) is None:
        roster_files.keep(roster_id, content)
    return _begin(by, now, key, roster_id, file_name, on, len(content))


@act
def _begin(by: Actor, now: Moment, roster_id: str, file_name: str, on: date | None, size: int) -> str:
    row = rosters.Roster(
        id=roster_id, kind=RosterKind.FILE, file_name=file_name[-120:], on=on, state=RosterState.WAITING,
        staged_at=now.at, staged_by=by.id, counts={},
    )  # fmt: skip
    rosters.add(row)
    audit.add(by, now, "roster.staged", roster_id, bytes=size)
    topics.touch(topics.ROSTERS)
    return roster_id


@act
def land(by: Actor, now: Moment, roster_id: str, seen: Mapping[str, int]) -> str:
    """Somebody has looked at the list and wants its good rows; returns its id. It lands piece by piece after this.

    `seen`: how many rows of which state they were shown. Raises NotFound, Refusal `roster_moved_on` when the list is
    not under review or the counts are others, `roster_nothing_to_land`.
    """
    row = _in_state(roster_id, RosterState.REVIEW)
    if any(row.counts.get(state, 0) != n for state, n in seen.items()):
        raise Refusal("roster_moved_on")
    fresh = row.counts.get(RowState.NEW, 0) + row.counts.get(RowState.CHANGED, 0)
    if not fresh:
        raise Refusal("roster_nothing_to_land")
    row.state, row.landed_by = RosterState.LANDING, by.id
    row.done, row.total = 0, fresh + row.counts.get(RowState.SAME, 0)
    audit.add(by, now, "roster.accepted", roster_id, **row.counts)
    topics.touch(topics.ROSTERS)
    return roster_id


@act
def drop(by: Actor, now: Moment, roster_id: str) -> str:
    """Nobody wants this list; returns its id. Raises NotFound, Refusal `roster_moved_on` once it lands."""
    row = _in_state(roster_id, *DROPPABLE)
    row.state = RosterState.DROPPED
    audit.add(by, now, "roster.dropped", roster_id)
    topics.touch(topics.ROSTERS)
    return roster_id


@act
def withdraw(by: Actor, now: Moment, roster_id: str) -> str:
    """A landed list counts no longer, nor what it said of earlier doses; returns its id.

    Whoever has come because of it keeps their visit, and its people are still known. Raises NotFound, Refusal
    `roster_moved_on` when it has not landed or was withdrawn.
    """
    row = _in_state(roster_id, RosterState.LANDED)
    if row.withdrawn_at is not None:
        raise Refusal("roster_moved_on")
    row.withdrawn_at = now.at
    audit.add(by, now, "roster.withdrawn", roster_id)
    topics.touch(topics.ROSTERS, topics.DAY, topics.DESK)
    return roster_id


@act
def approve_entries(by: Actor, now: Moment, on: date, entry_ids: Sequence[str]) -> int:
    """Somebody answers by name for people of that day whom their list does not approve of; returns how many.

    Raises NotFound.
    """
    entries = [entry for entry in rosters.require_entries(entry_ids, on) if not entry.approved]
    for entry in entries:
        entry.approved, entry.approved_by = True, by.id
    audit.add(by, now, "roster_entries.approved", found=[entry.id for entry in entries])
    topics.touch(topics.ROSTERS, topics.DAY, topics.DESK)
    return len(entries)


def _in_state(roster_id: str, *states: RosterState) -> rosters.Roster:
    row = rosters.get(roster_id)
    if row.state not in states:
        raise Refusal("roster_moved_on")
    return row

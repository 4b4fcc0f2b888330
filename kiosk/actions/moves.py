"""Moves in the queue as rows: noted within the act that makes them, and taken back where they were a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import MoveKind
from kiosk.store import queue_moves, visits
from kiosk.store.columns import box_name, next_seq, record

# Why somebody is out of the line who did not come when they were called, as often as the protocol says.
ABSENT = visits.ABSENT
# Moves of the zones, made at no table.
SEATS = (MoveKind.ASK_IN, MoveKind.ENTER, MoveKind.EXIT)
# What a move may change of a visit.
CHANGED = ("step", "state", "station", "lane", "queue_seq", "after", "called_seq", "recalls", "no_shows", "bound_for",
           "held_for", "waits_from")  # fmt: skip
INSTANTS = ("called_at", "waiting_since")
# What it may have cost them: `restore` leaves it alone, as somebody else may have it by now.
SEAT = ("inside", "spot")


def standing(visit: visits.Visit) -> dict[str, Any]:
    """How a visit stands before a move, as it can be stored."""
    instants = {name: getattr(visit, name) for name in (*INSTANTS, "entered_at")}
    return {name: getattr(visit, name) for name in (*CHANGED, *SEAT)} | {
        name: at.isoformat() if at else None for name, at in instants.items()
    }


def entered_at(before: Mapping[str, Any]) -> datetime | None:
    """When they had come through the door of the zone, as `standing` has stored it; None: they had not."""
    return datetime.fromisoformat(before["entered_at"]) if before["entered_at"] else None


def restore(visit: visits.Visit, before: dict[str, Any]) -> None:
    """The visit stands again as it did; which spot it had is not said by that."""
    for name in CHANGED:
        setattr(visit, name, before[name])
    for name in INSTANTS:
        setattr(visit, name, datetime.fromisoformat(before[name]) if before[name] else None)


def note(
    by: Actor, now: Moment, visit: visits.Visit, kind: MoveKind, before: dict[str, Any] | None = None, *,
    zone: str = "", spot: int | None = None, station: str | None = None, reason: str = "", said: str = "",
    since: datetime | None = None, waits_from: int | None = None,
) -> queue_moves.QueueMove:  # fmt: skip
    """Writes a move down; within an act. `before`: how the visit stood, for a move that can be undone.

    `station`: where it was made, the actor's when nothing is said; `said`: a note in words;
    `since`, `waits_from`: since when they had waited, where the move has changed that.
    """
    move = queue_moves.QueueMove(
        clinic_day_id=visit.clinic_day_id, visit_id=visit.id, kind=kind, step=visit.step, lane=visit.lane,
        station=station if station is not None else "" if kind in SEATS else by.station,
        zone=zone or visit.inside or visit.zone, spot=spot if zone else visit.spot, reason=reason, note=said,
        since=since or visit.waiting_since, waits_from=visit.waits_from if waits_from is None else waits_from,
        before=before or {}, at=now.at, by=by.id,
    )  # fmt: skip
    return record(move, now)


def place_last(visit: visits.Visit) -> None:
    """Behind everybody who waits."""
    visit.queue_seq, visit.after = next_seq(box_name()), 0


def place_first(visit: visits.Visit) -> None:
    """Before everybody who waits for the same step but those who were put there before, whatever the lanes' turn is: it
    was theirs already."""
    visit.queue_seq, visit.after = visits.FIRST_FROM + next_seq(box_name()), visits.FIRST


def place_behind(visit: visits.Visit, people: int) -> None:
    """Near the front: behind so many of those of the same lane who wait for the same step."""
    place = visits.place_behind(visit, people)
    if place is None:
        place_last(visit)
    else:
        visit.queue_seq, visit.after = place[0], next_seq(box_name())

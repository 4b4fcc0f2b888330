"""The queue of a clinic day as it is reported: on the lead's page, on paper, on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from kiosk import protocols, wording
from kiosk.actions import zones
from kiosk.errors import NotFound
from kiosk.rules import queue_report as rules
from kiosk.rules.line_history import History, Moved, history
from kiosk.rules.words import MoveKind
from kiosk.store import clinic_days, queue_figures, staff


class Named(NamedTuple):
    """A move that a member of staff answers for: when, whose number, what was done, why, in words, and who."""

    at: datetime
    label: str
    what: str
    reason: str
    note: str
    by: str


def of_day(day: clinic_days.ClinicDay, at: datetime) -> rules.QueueDay:
    """The day's queue in figures; of a day that is open, up to `at`. Reads every move of the day once."""
    found, moves = waits_of(day, at)
    letters = {move.zone for move in moves}
    capacity = {letter: zones.capacity(day, letter) for letter in letters}
    return rules.compose(found, moves, capacity, queue_figures.count_without_dose(day.id))


def waits_of(day: clinic_days.ClinicDay, at: datetime) -> tuple[History, list[Moved]]:
    """Everybody's waits of the day, and the moves that they come from."""
    moves = queue_figures.list_moves(day.id)
    came, spotless = queue_figures.list_came(day.id), protocols.steps().spotless()
    return history(came, moves, day.closed_at or at, spotless), moves


def worded(of: rules.QueueDay, language: str) -> list[rules.Row]:
    """The same as rows in words: how far each is set in, words, figure; none of a day without a queue."""
    return rules.rows(of, wording.speaker(language), words(language))


def list_named(day: clinic_days.ClinicDay, language: str) -> list[Named]:
    """Every move of the day by which somebody went before their turn, or into a full zone; no name of theirs."""
    say, lanes = wording.speaker(language), protocols.lanes()
    letters = {lane.code: lane.letter for lane in lanes.lanes}
    reasons = _reasons(language)
    return [
        Named(
            move.at, move.visit.label,
            say(f"report.queue.did.{move.kind}", lane=letters.get(move.lane, move.lane), zone=move.zone),
            reasons.get((move.kind, move.reason), move.reason), move.note, _name(move.by),
        )
        for move in queue_figures.list_named(day.id)
    ]  # fmt: skip


def _reasons(language: str) -> dict[tuple[str, str], str]:
    queue = protocols.queue()
    known = {
        MoveKind.JUMP: queue.jump, MoveKind.LANE: queue.lane, MoveKind.EARLY: queue.early, MoveKind.ENTER: queue.admit,
    }  # fmt: skip
    return {(kind, each.code): each.label(language) for kind, reasons in known.items() for each in reasons}


def _name(staff_id: str) -> str:
    try:
        return staff.get(staff_id).name
    except NotFound:  # a device, whose address says nothing to a reader
        return "–"


def words(language: str) -> rules.Words:
    """The lanes' and the reasons' words of the protocols in this language."""
    queue, lanes = protocols.queue(), protocols.lanes()
    return rules.Words(
        lanes={lane.code: lane.label(language) for lane in lanes.lanes},
        jumps={each.code: each.label(language) for each in queue.jump},
        lane_changes={each.code: each.label(language) for each in queue.lane},
        decimal="," if language == "vi" else ".",
    )

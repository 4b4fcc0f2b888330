"""Announcements as the boards read them: newest first over all kinds, those of a zone, none that was undone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.actions import moves, queueing, table
from kiosk.rules.words import MoveKind
from kiosk.store import announced, queue_moves, visits
from kiosk.store.database import db, writing
from tests.cast import Players, key, now, receive

pytestmark = pytest.mark.usefixtures("inside")


def listed(day: str, *zones: str, limit: int = 9) -> list[tuple[str, str]]:
    """(number, kind), as the boards get them."""
    db.session.rollback()
    return [(call.label, call.kind) for call in announced.list_announced(day, zones, limit)]


def test_the_newest_comes_first_whatever_it_is(players: Players, opened: str) -> None:
    huong, pao = (receive(players, person) for person in (players.huong, players.pao))
    table.call_next(players.screener, now(), key())
    table.call_next(players.other_screener, now(), key())
    table.recall(players.screener, now(), key(), huong)
    assert listed(opened) == [("U 001", "recall"), ("A 001", "call"), ("U 001", "call")]
    assert listed(opened, limit=1) == [("U 001", "recall"), ("A 001", "call")], "the last of each kind"
    assert listed("another day") == []
    with writing():
        asked = replace(players.lead, station="")
        moves.note(asked, now(), visits.get(pao), MoveKind.ASK_IN, zone="B", spot=4)
    first = announced.list_announced(opened, (), 1)[0]
    assert (first.asked_in, first.zone, first.spot, first.state) == (True, "B", 4, "called")
    assert listed(opened, "B") == [("A 001", "ask_in")]
    assert len(listed(opened, "A", "B")) == 4


def test_what_was_undone_was_not_said(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    assert len(listed(opened)) == 1
    last = queue_moves.find_last(visit)
    assert last
    queueing.undo(players.screener, now(), key(), last.id)
    assert listed(opened) == []

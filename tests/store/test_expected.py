"""Who is expected on a day, and what became of them."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from kiosk.rules.words import RosterState, RowState
from kiosk.store import expected, people, rosters
from kiosk.store.database import db, writing
from tests import cast as casting

pytestmark = pytest.mark.usefixtures("inside")

TODAY = casting.now().on
TOMORROW = TODAY + timedelta(days=1)


def landed(seq: int, *entries: dict[str, Any], **facts: Any) -> str:
    """A list that has landed with these entries; its id."""
    with writing():
        at = casting.now().at
        row = rosters.Roster(
            **{"file_name": "a.xlsx", "staged_at": at, "landed_at": at, "landed_seq": seq, "counts": {}} | facts
        )
        rosters.add(row)
        for line, entry in enumerate(entries, 9):
            facts = {"on": TOMORROW, "line": line} | entry
            db.session.add(rosters.RosterEntry(roster_id=row.id, priority_group="9", **facts))
    return row.id


def names(on: date, *only: Any) -> list[str]:
    return [person.name for person, _ in expected.list_of(on, *only, limit=50)]


def test_the_list_that_landed_last_says_how(players: casting.Players) -> None:
    landed(900, {"person_id": players.huong, "slot_from": time(8), "slot_until": time(9)}, {"person_id": players.pao})
    landed(901, {"person_id": players.huong, "approved": False})
    landed(902, {"person_id": players.dung}, landed_at=None, state=RosterState.LANDING)
    landed(903, {"person_id": players.vang}, withdrawn_at=casting.now().at)
    assert expected.count_slots(TOMORROW) == [expected.Filled((None, None), 2, 1, 0)]
    assert names(TOMORROW) == ["Nguyễn Thị Hường", "Sùng A Páo"]
    assert names(TOMORROW, expected.unapproved()) == ["Nguyễn Thị Hường"]
    assert names(TOMORROW, expected.in_slot(time(8))) == []
    assert [(day.on, day.expected, day.unapproved) for day in expected.list_days(TODAY)] == [
        (TODAY, 3, 0), (TOMORROW, 2, 1)
    ]  # fmt: skip
    assert len(expected.list_unapproved(TOMORROW, 5)) == 1


def test_two_rows_of_one_person_are_expected_once(players: casting.Players) -> None:
    landed(900, {"person_id": players.huong}, {"person_id": players.vang, "special": "pregnant"})
    with writing():
        db.session.get_one(people.Person, players.huong).merged_into = players.vang
    assert expected.count_of(TOMORROW) == 1
    assert [(person.id, person.name) for person, _ in expected.list_of(TOMORROW, limit=5)] == [
        (players.vang, "Đặng Thị Vắng")
    ]


def test_a_day_is_in_the_order_of_its_slots(players: casting.Players) -> None:
    ten, eight = {"slot_from": time(10), "slot_until": time(11)}, {"slot_from": time(8), "slot_until": time(9)}
    landed(
        900, {"person_id": players.dung}, {"person_id": players.huong} | ten, {"person_id": players.vang} | eight,
        {"person_id": players.pao} | ten,
    )  # fmt: skip
    assert names(TOMORROW) == ["Đặng Thị Vắng", "Nguyễn Thị Hường", "Sùng A Páo", "Lò Văn Dũng"]
    assert [slot.expected for slot in expected.count_slots(TOMORROW)] == [1, 2, 1]
    assert names(TOMORROW, expected.without_slot()) == ["Lò Văn Dũng"]
    assert [person.name for person, _ in expected.list_of(TOMORROW, offset=1, limit=1)] == ["Nguyễn Thị Hường"]


def test_a_phone_is_asked_for_where_there_is_no_app(players: casting.Players) -> None:
    at_eight = {"slot_from": time(8), "slot_until": time(9)}
    landed(
        900, {"person_id": players.huong} | at_eight, {"person_id": players.pao} | at_eight,
        {"person_id": players.dung} | at_eight, {"person_id": players.vang, "approved": False},
    )  # fmt: skip
    with writing():
        for who, facts in {
            players.huong: {"phone": "0912345678"},
            players.pao: {"phone": "0987654321", "has_app": True},
            players.dung: {"guardian_id": players.huong},
            players.vang: {"phone": "0900000000"},
        }.items():
            for name, value in facts.items():
                setattr(db.session.get_one(people.Person, who), name, value)
    assert list(expected.stream_phones(TOMORROW)) == [("0912345678", (time(8), time(9)))]


def test_what_became_of_everybody(players: casting.Players, opened: str) -> None:
    casting.dosed(players, players.huong)
    casting.receive(players, players.pao)
    found = {one.person.id: one for one in expected.stream_of(TODAY)}
    assert set(found) == {players.huong, players.pao, players.dung}
    given, here, absent = (found[who].stay for who in (players.huong, players.pao, players.dung))
    assert given
    assert (given.vaccine, given.lot, given.dose_number) == ("astrazeneca", "NK0191", 1)
    assert here
    assert (here.gone, here.given_at) == (False, None)
    assert absent is None


def test_whoever_came_without_being_on_the_list_comes_last(players: casting.Players, opened: str) -> None:
    with writing():
        for row in db.session.scalars(db.select(rosters.Roster)):
            row.withdrawn_at = None
    visit_id = casting.receive(players, players.pao)
    with writing():
        for row in db.session.scalars(db.select(rosters.Roster)):
            row.withdrawn_at = casting.now().at
    assert [(one.person.id, one.entry) for one in expected.stream_of(TODAY)] == [(players.pao, None)]
    assert visit_id


def test_rows_are_shown_a_page_at_a_time() -> None:
    roster_id = landed(900, landed_at=None, state=RosterState.REVIEW)
    with writing():
        for line in range(10, 130):
            state = RowState.WRONG if line % 10 == 0 else RowState.NEW
            db.session.add(
                rosters.StagedRow(roster_id=roster_id, line=line, state=state, reasons=[], cells={}, who=str(line))
            )
    assert [row.line for row in expected.list_rows(roster_id, RowState.WRONG, 10, 50)] == [110, 120]
    assert [row.line for row in expected.list_rows(roster_id, RowState.NEW, 0, 3)] == [11, 12, 13]
    assert len(list(expected.stream_rows(roster_id, RowState.NEW))) == 108

"""Who is here, who is still to come, and who could be called: in rule order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from kiosk import protocols
from kiosk.actions import follow_up
from kiosk.rules import priority
from kiosk.rules.person import Identity
from kiosk.rules.words import FollowUpKind, RosterState, Sex, VisitState
from kiosk.store import candidates, people, rosters, visits
from kiosk.store.database import db, writing
from tests import cast as casting

pytestmark = pytest.mark.usefixtures("inside")

TODAY = casting.now().on
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
MORNING, CLOSES = time(9), time(11, 30)


def landed(seq, *entries, **facts):
    """A list that has landed with these entries."""
    with writing():
        at = casting.now().at
        row = rosters.Roster(
            **{"file_name": "a.xlsx", "staged_at": at, "landed_at": at, "landed_seq": seq, "counts": {}} | facts
        )
        rosters.add(row)
        for line, entry in enumerate(entries, 9):
            db.session.add(
                rosters.RosterEntry(roster_id=row.id, **{"on": TOMORROW, "line": line, "priority_group": "9"} | entry)
            )


def somebody(name="Hà Thị Bịa", phone="0912345678", born_on=date(1980, 5, 1), born_year=1980, **facts):
    """A new person; their id."""
    with writing():
        person = people.add(Identity(name, born_on=born_on, born_year=born_year, sex=Sex.FEMALE))
        person.phone = phone
        for fact, worth in facts.items():
            setattr(person, fact, worth)
        return person.id


def found(at=MORNING, not_these=(), order=None):
    """Whom one could call, in order."""
    stream = candidates.stream_callable(order or protocols.priority(), TODAY, at, CLOSES, list(not_these))
    return [one.person_id for piece in stream for one in piece]


def test_only_whoever_is_on_a_list_that_counts_approved_and_has_a_phone():
    on, mute, unapproved, dropped, nobody = (somebody(phone="" if n == 1 else f"09{n}") for n in range(5))
    landed(900, {"person_id": on}, {"person_id": mute}, {"person_id": unapproved, "approved": False})
    landed(901, {"person_id": dropped}, withdrawn_at=casting.now().at)
    landed(902, {"person_id": nobody}, landed_at=None, state=RosterState.LANDING)
    assert found() == [on]
    assert found(not_these=[on]) == []


def test_whoever_has_recovered_is_not_called(players):
    """As the list that counts says, or whoever is on duty; under whichever of their ids."""
    listed, marked, merged, before = (somebody(phone=f"09{n}") for n in range(4))
    gone = somebody("Ha Thi Bia")
    landed(900, *({"person_id": id, "special": "recovered"} for id in (listed, before)), {"person_id": marked},
           {"person_id": merged})  # fmt: skip
    landed(901, {"person_id": before})
    with writing():
        people.get_row(gone).merged_into = merged
        for id in (marked, gone):
            follow_up.note(players.volunteer, casting.now(), id, None, FollowUpKind.RECOVERED, "said")
    assert found() == [before]
    assert [candidates.may_be_called(id) for id in (listed, marked, merged, before)] == [False, False, False, True]


def test_a_child_is_called_by_its_guardians_phone():
    child = somebody(phone="", guardian_id=somebody("Hà Thị Mẹ"))
    landed(900, {"person_id": child})
    assert found() == [child]


def test_the_list_that_landed_last_says_how():
    moved, refused = somebody("Hà Thị Dời"), somebody("Hà Thị Rút")
    landed(900, {"person_id": refused, "priority_group": "1"}, {"person_id": moved, "priority_group": "1"})
    landed(
        901, {"person_id": moved, "priority_group": "16", "on": YESTERDAY}, {"person_id": refused, "approved": False}
    )
    stream = candidates.stream_callable(protocols.priority(), TODAY, MORNING, CLOSES, [])
    assert [(one.person_id, one.group, one.on) for piece in stream for one in piece] == [(moved, "16", YESTERDAY)]


def test_two_rows_of_one_person_are_called_once(players):
    kept, gone = somebody("Hà Thị Một"), somebody("Ha Thi Mot")
    landed(900, {"person_id": gone}, {"person_id": kept})
    with writing():
        people.get_row(gone).merged_into = kept
    assert found() == [kept]


def test_whoever_is_still_to_come_today_is_waited_for_and_not_called(players):
    """Huong has a slot until 8:00, Pao and Dung none: the day itself is their time."""
    with writing():
        for id in (players.huong, players.pao):
            people.get_row(id).phone = "0987654321"
    assert found(time(7, 50)) == []
    assert found() == [players.huong]
    assert found(CLOSES) == [players.huong, players.pao]
    assert candidates.count_expected(TODAY, time(7, 50), CLOSES) == 3
    assert candidates.count_expected(TODAY, MORNING, CLOSES) == 2
    assert {one.id for one in candidates.list_expected(TODAY, MORNING, CLOSES, 9)} == {players.pao, players.dung}
    assert candidates.count_expected(TODAY, CLOSES, CLOSES) == 0


def test_whoever_has_come_today_is_neither_expected_nor_called(players, opened):
    with writing():
        people.get_row(players.huong).phone = "0987654321"
    casting.receive(players, players.huong)
    casting.receive(players, players.pao)
    assert found() == []
    assert candidates.count_expected(TODAY, MORNING, CLOSES) == 1
    assert candidates.count_waiting(opened) == 2
    assert [one.id for one in candidates.list_waiting(opened)] == [players.huong, players.pao]


def test_whoever_has_an_outcome_does_not_wait_any_more(players, opened):
    casting.dosed(players, players.huong)
    assert (candidates.count_waiting(opened), candidates.list_waiting(opened)) == (0, [])


def test_for_whoever_is_absent_no_dose_is_kept(players, opened):
    visit = casting.receive(players, players.huong)
    with writing():
        row = visits.get(visit)
        row.state, row.held_for = VisitState.HELD, "toilet"
    assert candidates.count_waiting(opened) == 1
    with writing():
        visits.get(visit).held_for = visits.ABSENT
    assert (candidates.count_waiting(opened), candidates.list_waiting(opened)) == (0, [])


@pytest.mark.parametrize("on", [TODAY, date(2024, 2, 29), date(2025, 2, 28)])
def test_the_order_is_that_of_the_rules(on):
    chance = random.Random(7)
    base = protocols.priority()
    order = replace(base, specials=tuple(replace(one, first=n == 0) for n, one in enumerate(base.specials)))
    born = [on.replace(year=on.year - order.first_from, day=28), date(1950, 1, 1), date(1999, 12, 31), None]
    known = {}
    rows = []
    for nth in range(120):
        born_on = chance.choice(born)
        year = born_on.year if born_on else chance.choice([None, on.year - order.first_from, 1999])
        person = somebody(f"Hà Thị {nth}", f"09{nth}", born_on, year)
        group = chance.choice([*(one.code for one in order.groups), "", "99"])
        special = chance.choice(["", order.specials[0].code, order.specials[1].code])
        rows.append({"person_id": person, "priority_group": group, "special": special, "line": chance.randrange(9)})
        known[person] = (born_on, year, group, special)
    landed(900, *rows)
    stream = candidates.stream_callable(order, on, MORNING, CLOSES, [])
    listed = [one for piece in stream for one in piece]
    assert len(listed) == 120
    told = [priority.Expected(one.entry, *known[one.person_id], one.line) for one in listed]
    assert told == priority.order(order, told, on)

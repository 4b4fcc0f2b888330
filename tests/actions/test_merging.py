"""The same person twice: nothing is moved, and everything leads to the one who stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kiosk.actions import check_in, looking, merging, scanning
from kiosk.errors import NotFound
from kiosk.rules import codes
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex
from kiosk.store import alike, audit, doses, merges, openings, people, rosters, visits
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests import papers
from tests.actions.test_scanning import scan
from tests.cast import Players, answers, done_once, dosed, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")

HUONG = Identity("NGUYEN THI HUONG", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE)


def double(name: str = HUONG.name, expected: bool = False, **fields: object) -> str:
    """Hường once more, as another list wrote her; the person's id."""
    with writing():
        person = people.add(replace(HUONG, name=name, old_number=str(fields.pop("old_number", ""))))
        for field, value in fields.items():
            setattr(person, field, value)
        if expected:
            file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
            rosters.add(file)
            db.session.add(rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group=""))
    return person.id


def merged(players: Players, kept: str, gone: str) -> str:
    """Makes them one; the merge's id."""
    return merging.merge(players.lead, now(), key(), kept, gone)


def pairs() -> list[set[str]]:
    """Who is proposed as one."""
    return [{one.id, other.id} for one, other in alike.list_alike(20)]


def test_every_look_up_leads_to_the_one_who_stays(players: Players) -> None:
    gone = double("Nguyễn Thị Hương", phone="0912345678", insurance="GD4151501234567", old_number="061234567")
    assert pairs() == [{players.huong, gone}]
    done_once(merging.merge, players.lead, players.huong, gone, other=players.volunteer)
    assert pairs() == []
    for words in ("0912345678", "1501234567", "GD4151501234567", "061234567", "Nguyễn Thị Hương", "4187 1958"):
        assert looking.find_people(players.volunteer, now(), key(), words, "") == [players.huong], words
    assert people.get(gone).id == people.list_alike(HUONG)[0].id == players.huong
    assert people.ids_of(gone) == people.ids_of(players.huong) == [players.huong, gone]
    assert looking.open_person(players.volunteer, now(), key(), gone) == players.huong
    assert openings.may_read(players.volunteer.session, gone)
    entry = rosters.find_entry(gone, now().on)
    assert entry
    assert entry.person_id == players.huong


def test_a_card_that_is_the_gone_rows_finds_the_one_who_stays(players: Players, opened: str) -> None:
    gone = double()
    assert scan(players.kiosk, papers.QR).person_id == players.huong
    with writing():
        row = people.get_row(gone)
        row.number, row.name = "015158004188", "Nguyễn Thị Hường"
    merged(players, players.huong, gone)
    assert scan(players.kiosk, papers.card_back(number="015158004188")).person_id == players.huong
    assert people.get(players.huong).has_app, "an app's code was scanned"


def test_both_histories_are_read_together_and_a_dose_told_twice_is_one(players: Players, opened: str) -> None:
    gone = double(expected=True)
    visit = visits.get(dosed(players, gone))
    with writing():
        for person, on in ((players.huong, date(2021, 7, 1)), (gone, date(2021, 7, 1)), (players.huong, now().on)):
            row = doses.EarlierDose(
                person_id=person, visit_id=visit.id, vaccine="astrazeneca", given_on=on, at=now().at
            )
            record(row, now())
    merged(players, players.huong, gone)
    assert [dose.given_on for dose in doses.history(gone)] == [date(2021, 7, 1), now().on]
    assert doses.history(players.huong) == doses.history(gone)
    assert visits.get(visit.id).person.id == players.huong


def test_one_person_gets_one_number_a_day(players: Players, opened: str) -> None:
    gone = double(expected=True)
    visit = receive(players, gone)
    merged(players, players.huong, gone)
    assert receive(players, players.huong) == visit
    assert scan(players.kiosk, papers.INSURANCE).visit_id == visit
    found = visits.find(opened, players.huong)
    assert found
    assert found.id == visit


def test_two_who_both_walk_about_with_a_number_stay_two_until_the_day_is_closed(players: Players, opened: str) -> None:
    gone = double(expected=True)
    receive(players, gone)
    receive(players, players.huong)
    assert refusal_of(merging.merge, players.lead, players.huong, gone) == "both_have_visits"


def test_undo_gives_both_back_and_what_happened_since_stays(players: Players, opened: str) -> None:
    gone = double(expected=True)
    merge = merged(players, players.huong, gone)
    visit = receive(players, gone)
    done_once(merging.undo_merge, players.lead, merge, other=players.volunteer)
    assert visits.get(visit).person.id == players.huong
    assert visits.find(opened, gone) is None
    assert people.get(gone).id == gone
    assert pairs() == [{players.huong, gone}]
    assert refusal_of(merging.undo_merge, players.lead, merge) == "merge_undone"
    with pytest.raises(NotFound):
        merging.undo_merge(players.lead, now(), key(), "no such merge")


def test_chains_lead_to_the_end_and_come_apart_where_they_were_joined(players: Players) -> None:
    first, second, third = double("Nguyễn Thị Hường"), double(), double()
    inner = merged(players, second, third)
    outer = merged(players, first, second)
    merged(players, players.huong, first)
    assert {people.get(id).id for id in (first, second, third)} == {players.huong}
    assert {row.merged_into for row in map(people.get_row, (first, second, third))} == {players.huong}
    assert refusal_of(merging.merge, players.lead, third, players.huong) == "already_one"
    merging.undo_merge(players.lead, now(), key(), outer)
    assert people.get(first).id == players.huong
    assert people.get(third).id == people.get(second).id == second
    merging.undo_merge(players.lead, now(), key(), inner)
    assert people.get(third).id == third
    merged(players, third, second)
    assert people.get(second).id == third, "the other way round is no circle"
    assert people.get_row(third).merged_into is None


def test_what_may_not_be_one(players: Players) -> None:
    gone = double()
    assert refusal_of(merging.merge, players.lead, gone, players.huong) == "numberless_kept"
    assert refusal_of(merging.merge, players.lead, players.huong, players.dung) == "not_alike"
    assert refusal_of(merging.merge, players.lead, players.huong, players.pao) == "two_numbers"
    assert refusal_of(merging.merge, players.lead, players.huong, players.huong) == "already_one"
    with writing():
        people.get(gone).guardian_id = players.huong
    assert pairs() == []
    assert refusal_of(merging.merge, players.lead, players.huong, gone) == "guardian_of_other"


def test_a_pair_that_was_told_apart_is_not_proposed_again_until_somebody_takes_it_back(players: Players) -> None:
    gone = double()
    done_once(merging.keep_apart, players.lead, players.huong, gone, other=players.volunteer)
    assert pairs() == []
    merging.keep_apart(players.lead, now(), key(), gone, players.huong)
    assert len(merges.list_newest_apart(5)) == 1
    merging.look_again(players.lead, now(), key(), gone, players.huong)
    assert pairs() == [{players.huong, gone}]
    with pytest.raises(NotFound):
        merging.look_again(players.lead, now(), key(), gone, players.huong)


def test_a_look_at_a_pair_is_audited_and_opens_both(players: Players) -> None:
    gone = double()
    done_once(merging.open_pair, players.lead, gone, players.huong, other=players.volunteer)
    assert audit.find_last("people.compared", gone)
    for id in (gone, players.huong):
        assert openings.may_read(players.lead.session, id)


def test_a_walk_in_with_a_gone_rows_number_is_the_one_who_stays(players: Players, opened: str) -> None:
    gone = double("Nguyễn Thị Hường")
    with writing():
        people.get_row(gone).number = "015158004188"
    merged(players, players.huong, gone)
    code = codes.read(papers.card_back(number="015158004188"))
    assert isinstance(code, codes.Bearing)
    found = scanning._find_holder(code, now().on)
    assert found
    assert found.id == players.huong
    visit = check_in.check_in_person(players.volunteer, now(), key(), gone, answers(), "vi", local())
    assert visits.get(visit).person_id == players.huong

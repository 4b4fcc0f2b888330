"""Typing paper survey forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kiosk.actions import check_in, survey
from kiosk.rules.person import Identity
from kiosk.rules.roster import Planned
from kiosk.rules.words import RosterKind, Sex
from kiosk.store import audit, people, rosters, surveys, visits
from kiosk.store.database import db, writing
from tests.actions.test_check_in import facts
from tests.cast import Players, done_once, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
NEW = Identity(
    "Giàng Thị Mỷ", "015195000123", born_on=date(1995, 4, 7), born_year=1995, sex=Sex.FEMALE, address="Bản Mù"
)


def form(identity: Identity = NEW, days: int = 0, **more: str) -> Planned:
    """A form for today, or some days later."""
    return Planned(identity, now().on + timedelta(days=days), None, more.pop("group", ""), **more)  # type: ignore[arg-type]


def type_in(players: Players, planned: Planned, same_as: str = "") -> rosters.RosterEntry:
    """The volunteer types it; the line."""
    entry = surveys.find_entry(survey.add_subject(players.volunteer, now(), key(), planned, same_as))
    assert entry
    return entry


def test_a_form_becomes_a_line_that_waits_for_approval(players: Players) -> None:
    planned = form(phone="0912345678", group="9")
    id = done_once(survey.add_subject, players.volunteer, planned, other=players.lead)
    entry = surveys.find_entry(id)
    assert entry
    person = people.get(entry.person_id)
    assert (person.name, person.number, person.phone, person.address) == (NEW.name, NEW.number, "0912345678", "Bản Mù")
    assert (entry.priority_group, entry.approved, entry.approved_by, entry.line) == ("9", False, "", 1)
    found = rosters.find_entry(person.id, now().on)
    assert found is entry, "it counts from the start"
    said = audit.list_last(survey.TYPED, players.volunteer.session, 1)[0]
    assert NEW.name not in str(said.facts)
    assert str(NEW.number) not in str(said.facts)


def test_the_site_leads_line_is_approved_by_them(players: Players) -> None:
    entry = surveys.find_entry(survey.add_subject(players.lead, now(), key(), form()))
    assert entry
    assert (entry.approved, entry.approved_by) == (True, players.lead.id)


def test_one_list_for_each_day(players: Players) -> None:
    people_ = [replace(NEW, name=f"Giàng Thị {word}", number="") for word in ("Một", "Hai", "Ba")]
    first, second = (type_in(players, form(one)) for one in people_[:2])
    later = type_in(players, form(people_[2], days=1))
    assert first.roster_id == second.roster_id != later.roster_id
    file = rosters.get(first.roster_id)
    assert (file.kind, file.on, file.total, second.line) == (RosterKind.SURVEY, now().on, 2, 2)
    with writing():
        file.withdrawn_at = now().at
    assert type_in(players, form(replace(NEW, name="Giàng Thị Bốn", number=""))).roster_id != file.id


def test_whoever_is_known_by_number_is_not_doubled(players: Players) -> None:
    vang = Identity("Đặng Thị Vắng", "015170009999", born_year=1970, sex=Sex.FEMALE)
    entry = type_in(players, form(vang, phone="0987654321"))
    assert entry.person_id == players.vang
    assert people.get(players.vang).phone == "0987654321", "what was not known is filled in"
    assert people.get(players.vang).address == "Xã Bản Công", "what was known stays"
    other = form(replace(vang, name="Đặng Văn Vẻ"))
    assert refusal_of(survey.add_subject, players.volunteer, other) == "number_of_another"


def test_who_is_expected_is_not_expected_twice(players: Players) -> None:
    huong = Identity("Nguyễn Thị Hường", "015158004187", born_year=1958, sex=Sex.FEMALE)
    assert refusal_of(survey.add_subject, players.volunteer, form(huong)) == "already_expected"
    assert type_in(players, form(huong, days=1)).person_id == players.huong


def test_somebody_alike_is_asked_about(players: Players) -> None:
    dung = Identity("Lò Văn Dũng", "015047000001", born_year=1947, sex=Sex.MALE)
    assert refusal_of(survey.add_subject, players.volunteer, form(dung, days=1)) == "survey_alike"
    assert refusal_of(survey.add_subject, players.volunteer, form(dung, days=1), players.pao) == "survey_alike"
    same = type_in(players, form(dung, days=1), players.dung)
    assert (same.person_id, people.get(players.dung).number) == (players.dung, "015047000001")
    other = type_in(players, form(replace(dung, number=""), days=2), survey.SOMEBODY_ELSE)
    assert other.person_id != players.dung


def test_two_numbers_are_two_people(players: Players) -> None:
    type_in(players, form())
    entry = type_in(players, form(replace(NEW, number="015195000999")))
    assert people.get(entry.person_id).number == "015195000999"


def test_a_child_is_linked_to_its_guardian(players: Players) -> None:
    one = replace(NEW, name="Giàng A Tý", number="", born_on=date(2015, 1, 2), born_year=2015)
    entry = type_in(players, form(one, guardian_number="015158004187"))
    assert people.get(entry.person_id).guardian_id == players.huong
    mother = {"guardian_name": "Giàng Thị Mẹ", "guardian_phone": "0912000111"}
    first = type_in(players, form(replace(one, name="Giàng A Sửu"), **mother))
    second = type_in(players, form(replace(one, name="Giàng A Dần"), **mother))
    guardians = {people.get(each.person_id).guardian_id for each in (first, second)}
    assert len(guardians) == 1, "one mother, two children"
    alone = form(replace(one, name="Giàng A Mão"), guardian_phone="0911111111")
    assert refusal_of(survey.add_subject, players.volunteer, alone) == "guardian_unknown"


def test_a_guardians_number_that_is_somebody_elses_is_not_believed(players: Players) -> None:
    one = replace(NEW, name="Giàng A Tý", number="", born_on=date(2015, 1, 2), born_year=2015)
    wrong = form(one, guardian_name="Giàng Thị Mẹ", guardian_number="015158004187")
    assert refusal_of(survey.add_subject, players.volunteer, wrong) == "guardian_of_another_name"
    right = form(one, guardian_name="nguyen thi huong", guardian_number="015158004187")
    assert people.get(type_in(players, right).person_id).guardian_id == players.huong


def test_two_colleagues_lines_stay_two_when_one_takes_theirs_back(players: Players) -> None:
    mine = type_in(players, form())
    theirs = form(replace(NEW, name="Giàng A Tý", number=""))
    other = surveys.find_entry(survey.add_subject(players.lead, now(), key(), theirs))
    survey.undo_subject(players.volunteer, now(), key(), mine.id)
    again = type_in(players, form())
    assert other
    assert (other.line, again.line) == (2, 3)


def test_a_day_that_is_over_is_refused(players: Players) -> None:
    assert refusal_of(survey.add_subject, players.volunteer, form(days=-1)) == "day_past"


def test_the_last_form_is_taken_back_with_whoever_came_with_it(players: Players) -> None:
    before = db.session.scalar(db.select(db.func.count()).select_from(people.Person))
    known = type_in(players, form(Identity("Đặng Thị Vắng", "015170009999", born_year=1970)))
    last = type_in(players, form(guardian_name="Giàng Thị Mẹ"))
    undo = survey.undo_subject
    assert refusal_of(undo, players.volunteer, known.id) == "not_the_last"
    assert refusal_of(undo, players.lead, last.id) == "not_the_last", "only one's own"
    done_once(undo, players.volunteer, last.id, other=players.lead)
    assert rosters.get(known.roster_id).total == 1
    assert [entry.id for entry, _, _ in survey.list_typed(players.volunteer, 10)] == [known.id]
    undo(players.volunteer, now(), key(), known.id)
    assert survey.count_typed(players.volunteer) == 0
    assert people.find_by_number("015170009999")
    # Their guardian may be somebody whom another form names: only a person whom nothing points to goes.
    assert db.session.scalar(db.select(db.func.count()).select_from(people.Person)) == before


def test_who_has_come_is_not_taken_back(players: Players, opened: str) -> None:
    entry = type_in(players, form())
    id = check_in.check_in_person(
        players.volunteer, now(), key(), entry.person_id, *facts(), "phiếu điều tra", players.lead.id
    )
    assert visits.get(id).roster_entry_id == entry.id
    assert refusal_of(survey.undo_subject, players.volunteer, entry.id) == "survey_used"

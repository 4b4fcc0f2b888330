"""Calling somebody for a dose that would be left over, what they say, and how they get in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.actions import check_in, follow_up, injection, merging, stock, vials
from kiosk.actions import standby as acts
from kiosk.errors import NotFound, Refusal
from kiosk.rules.person import Identity
from kiosk.rules.schedule import PastDose
from kiosk.rules.words import FollowUpKind, Sex, StandbyState
from kiosk.store import audit, clinic_days, follow_ups, openings, people, rosters, standby, visits
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from kiosk.store.doses import EarlierDose
from tests.cast import answers, done_once, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside", "opened")

TOMORROW = now().on + timedelta(days=1)
NEXT_YEAR = f"31/12/{now().on.year + 1}"


def listed(name="Hà Thị Gọi", phone="0912345678", year=1960, doses=(), **facts):
    """Somebody of tomorrow's list; their id."""
    with writing():
        person = people.add(Identity(name, born_year=year, born_on=None, sex=Sex.FEMALE))
        person.phone = phone
        roster = rosters.Roster(
            file_name="a.xlsx", staged_at=now().at, landed_at=now().at, landed_seq=900, counts={}
        )  # fmt: skip
        rosters.add(roster)
        row = {"on": TOMORROW, "line": 1, "priority_group": "9"} | facts
        db.session.add(rosters.RosterEntry(roster_id=roster.id, person_id=person.id, **row))
        for vaccine, days in doses:
            given_on = now().on - timedelta(days=days)
            record(EarlierDose(person_id=person.id, vaccine=vaccine, given_on=given_on, at=now().at), now())
        return person.id


def opened_vial(players, vaccine="astrazeneca", number="NK0191", doses=10):
    """A vial of this vaccine is open at the vaccinator's table; its id."""
    lot_id = stock.receive_lot(players.lead, now(), key(), vaccine, number, NEXT_YEAR, 5, doses)
    return vials.open_vial(players.vaccinator, now(), key(), lot_id)


def callable_ids(vaccine="astrazeneca", page=1, minutes=0):
    """Who may be called."""
    return [one.person_id for one in acts.list_callable(now(minutes), local(), vaccine, page).people]


def test_a_call_shows_the_person_to_whoever_calls_and_to_nobody_else(players):
    person = listed()
    assert not openings.may_read(players.volunteer.session, person)
    assert done_once(acts.call_standby, players.volunteer, person) == person
    assert openings.may_read(players.volunteer.session, person)
    assert not openings.may_read(players.lead.session, person)
    entry = audit.find_last("standby.called", person)
    assert entry
    assert entry.by == players.volunteer.id
    assert "0912345678" not in str(entry.facts)


def test_two_colleagues_do_not_call_the_same_person_at_once(players):
    person = listed()
    acts.call_standby(players.volunteer, now(), key(), person)
    assert refusal_of(acts.call_standby, players.lead, person) == "standby_taken"
    assert callable_ids() == []
    acts.call_standby(players.volunteer, now(1), key(), person)
    assert callable_ids(minutes=7) == [person]
    acts.call_standby(players.lead, now(7), key(), person)


@pytest.mark.parametrize(
    ("said", "again"), [("coming", False), ("no_answer", True), ("not_today", False)]
)  # fmt: skip
def test_what_they_said_decides_whether_they_are_called_again(players, said, again):
    person = listed()
    acts.call_standby(players.volunteer, now(), key(), person)
    done_once(acts.answer_standby, players.volunteer, person, said)
    assert callable_ids() == ([person] if again else [])
    if not again:
        assert refusal_of(acts.call_standby, players.lead, person) == "standby_taken"


def test_an_answer_may_be_said_anew_and_the_newest_counts(players, opened):
    person = listed()
    acts.call_standby(players.volunteer, now(), key(), person)
    for said in ("no_answer", "coming", "not_today"):
        acts.answer_standby(players.lead, now(), key(), person, said)
    newest = standby.find_newest(opened, person)
    assert newest
    assert newest.said is StandbyState.NOT_TODAY
    assert [call.person_id for call in standby.list_newest(opened)] == [person]


@pytest.mark.parametrize("came", [None, "stays", "goes"])
def test_whoever_was_called_under_two_rows_is_one(players, opened, came):
    """The newest call of both counts, and a number that either of them has."""
    stays, goes, other = listed(), listed(), listed("Hà Thị Khác", "0987654321")
    for person, said in ((stays, "not_today"), (other, "coming"), (goes, "coming")):
        acts.call_standby(players.volunteer, now(), key(), person)
        acts.answer_standby(players.volunteer, now(), key(), person, said)
    if came:
        who = {"stays": stays, "goes": goes}[came]
        facts = (who, answers(), "vi", local(), "gọi đến", players.lead.id)
        check_in.check_in_person(players.volunteer, now(), key(), *facts)
    merging.merge(players.lead, now(), key(), stays, goes)
    assert [call.person_id for call in standby.list_newest(opened)] == [goes, other]
    awaited = standby.list_awaited(opened, [StandbyState.COMING])
    found = [(call.person_id, person.id) for call, person in awaited]
    assert found == ([] if came else [(goes, stays)]) + [(other, other)]
    assert standby.count_awaited(opened, [StandbyState.COMING]) == len(found)
    assert standby.list_awaited(opened, [StandbyState.NOT_TODAY]) == []


@pytest.mark.parametrize("why", ["no_list", "not_approved", "withdrawn", "no_phone", "listed", "marked"])
def test_nobody_is_called_in_whom_the_list_would_not_offer(players, why):
    """The call lets them in without anybody's word."""
    person = listed(
        phone="" if why == "no_phone" else "0912345678", approved=why != "not_approved",
        special="recovered" if why == "listed" else "",
    )  # fmt: skip
    entry = rosters.find_last_entry(person)
    if why == "no_list":
        with writing() as session:
            session.delete(entry)
    elif why == "withdrawn":
        with writing():
            rosters.get(entry.roster_id).withdrawn_at = now().at
    elif why == "marked":
        follow_up.mark_recovered(players.screener, now(), key(), person, None)
    assert callable_ids() == []
    assert refusal_of(acts.call_standby, players.lead, person) == "standby_unlisted"


def test_whoever_was_marked_by_mistake_may_be_called_again(players):
    person = listed()
    follow_up.mark_recovered(players.screener, now(), key(), person, None)
    follow_up.unmark_recovered(players.screener, now(), key(), person, "nhầm người")
    assert callable_ids() == [person]
    acts.call_standby(players.lead, now(), key(), person)


def test_the_guardian_who_is_phoned_is_opened_and_in_the_audit(players):
    mother = listed("Hà Thị Mẹ", "0900000001")
    child = listed("Hà Văn Con", "", year=2008)
    with writing():
        people.get_row(child).guardian_id = mother
    acts.call_standby(players.volunteer, now(), key(), child)
    assert openings.may_read(players.volunteer.session, mother)
    entry = audit.find_last("standby.called", child)
    assert entry
    assert entry.facts["guardian"] == mother


def test_what_the_list_of_another_day_says_is_known_at_desk_and_needle(players, opened):
    person = listed(special="recovered")
    facts = (person, answers(), "vi", local(), "hẹn mai", players.lead.id)
    visit = check_in.check_in_person(players.volunteer, now(), key(), *facts)
    assert follow_ups.find_open(person, FollowUpKind.RECOVERED)
    follow_up.unmark_recovered(players.screener, now(), key(), person, "đã qua 6 tháng")
    past = [PastDose("astrazeneca", now().on - timedelta(days=days)) for days in (300, 200)]
    answer = injection.may_give(visits.get(visit), "astrazeneca", now(), past)
    assert "after_covid" in {reason.code for reason in answer.reasons}


def test_what_cannot_be_is_refused(players):
    person = listed()
    for said in ("coming", "calling", "x"):
        with pytest.raises(NotFound):
            acts.answer_standby(players.volunteer, now(), key(), person, said)
    with pytest.raises(NotFound):
        acts.call_standby(players.volunteer, now(), key(), "nobody")
    receive(players, players.huong)
    assert refusal_of(acts.call_standby, players.volunteer, players.huong) == "standby_here"
    acts.call_standby(players.volunteer, now(), key(), person)
    acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    check_in.check_in_person(players.volunteer, now(), key(), person, answers(), "vi", local())
    assert refusal_of(acts.answer_standby, players.volunteer, person, "not_today") == "standby_here"


def test_whoever_was_called_and_comes_is_let_in_by_that_call(players, opened):
    person = listed()
    facts = (person, answers(), "vi", local())
    assert refusal_of(check_in.check_in_person, players.volunteer, *facts) == "approval_missing"
    acts.call_standby(players.lead, now(), key(), person)
    assert refusal_of(check_in.check_in_person, players.volunteer, *facts) == "approval_missing"
    acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    visit = visits.get(check_in.check_in_person(players.volunteer, now(), key(), *facts))
    assert (visit.approval, visit.approved_by) == ("Gọi dự phòng", players.volunteer.id)


def test_whoever_is_on_todays_list_needs_no_word_although_called(players):
    person = listed(on=now().on)
    acts.call_standby(players.volunteer, now(), key(), person)
    acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    facts = (person, answers(), "vi", local())
    visit = visits.get(check_in.check_in_person(players.volunteer, now(), key(), *facts))
    assert (visit.approval, visit.approved_by) == ("", "")


def test_only_whoever_may_have_the_product_today_is_called(players):
    first = listed("Hà Thị Đầu")
    due = listed("Hà Thị Hạn", doses=[("astrazeneca", 90)])
    listed("Hà Thị Sớm", doses=[("astrazeneca", 10)])
    listed("Hà Thị Bé", year=now().on.year - 4)
    assert set(callable_ids()) == {first, due}
    assert set(callable_ids("pfizer")) >= {first}


def test_a_page_holds_twenty(players):
    people = [listed(f"Hà Thị {nth}", line=nth) for nth in range(25)]
    first, second = (acts.list_callable(now(), local(), "astrazeneca", page) for page in (1, 2))
    assert [one.person_id for one in (*first.people, *second.people)] == people
    assert (first.more, second.more, second.cut) == (True, False, False)


def test_doses_in_open_vials_against_the_people_who_may_have_them(players):
    assert acts.left_over(now(), local()) == []
    opened_vial(players)
    expected = acts.left_over(now(), local())[0]
    assert (expected.doses, expected.waiting, expected.expected) == (10, 0, 2)
    receive(players, players.pao)
    called = listed()
    acts.call_standby(players.volunteer, now(), key(), called)
    acts.answer_standby(players.volunteer, now(), key(), called, "coming")
    left = acts.left_over(now(), local())[0]
    assert (left.doses, left.waiting, left.coming, left.expected, left.to_call) == (10, 1, 1, 1, 7)
    receive(players, called)
    left = acts.left_over(now(), local())[0]
    assert (left.waiting, left.coming) == (2, 0)


def test_a_vial_that_is_over_or_empty_holds_nothing_to_call_for(players):
    opened_vial(players)
    assert acts.left_over(now(), local())
    assert acts.left_over(now(60 * 23), local()) == []


def test_people_to_come_are_those_here_and_those_expected(players):
    assert acts.people_to_come(now(), local()) == 2
    receive(players, players.pao)
    assert acts.people_to_come(now(), local()) == 2
    receive(players, players.huong)
    assert acts.people_to_come(now(), local()) == 3


def test_without_a_clinic_day_nobody_is_called(players, opened):
    person = listed()
    with writing():
        clinic_days.get(opened).closed_at = now().at
    assert refusal_of(acts.call_standby, players.volunteer, person) == "no_clinic_day"
    assert acts.left_over(now(), local()) == []
    assert acts.people_to_come(now(), local()) is None
    with pytest.raises(Refusal):
        acts.list_callable(now(), local(), "astrazeneca", 1)

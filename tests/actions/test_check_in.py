"""Checking somebody in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from kiosk.actions import check_in, day, looking, queueing, scanning
from kiosk.demo import papers as demo_papers
from kiosk.errors import NotFound
from kiosk.rules.document import Document
from kiosk.rules.person import Identity
from kiosk.rules.words import DocumentKind, HelpReason, Origin, PrintState, Sex, VisitState
from kiosk.store import audit, help_calls, people, print_jobs, rosters, staff, visits
from kiosk.store.database import db, writing
from tests import cast as casting
from tests import papers
from tests.actions.test_scanning import listed, scan
from tests.cast import CARD, CARD_OF_STRANGER, Players, answers, done_once, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
PASSPORT = DocumentKind.PASSPORT
STRANGER = Identity("Phạm Văn Khách", "015085990009", born_year=1985, sex=Sex.MALE)

UNG = papers.of(name="Lò Thị Ửng", number="015160000001", born_on=date(1960, 3, 1))
FRONT = "015160000001||Lò Thị Ửng|01031960|Nữ|Xã Tà Xi Láng|15042021"
BACK = papers.card_back("015160000001", "600301", "LO<<THI<UNG")
OF_THE_APP = demo_papers.personal_qr(UNG)


def facts(**ticked: list[str]) -> tuple[Any, ...]:
    """Answers, language and local time, as every check-in is told them."""
    return answers(**ticked), "vi", local()


def test_a_scan_becomes_a_visit_a_number_a_declaration_and_a_slip(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    id = done_once(check_in.check_in_scan, players.kiosk, found.id, *facts(chronic=["heart"]), other=players.neighbour)
    visit, jobs, declared = visits.get(id), print_jobs.list_of(id), visits.find_declaration(id)
    assert (visit.label, visit.origin, visit.stands, visit.step) == (
        "U 001",
        Origin.ROSTER,
        VisitState.WAITING,
        "screening",
    )
    assert (visit.person_id, visit.clinic_day_id, visit.attention) == (players.huong, opened, False)
    assert declared
    assert (declared.version, declared.answers["chronic"]) == ("vaccom-2021-2", ["heart"])
    assert [(job.station, job.copy, job.label, job.stands) for job in jobs] == [
        ("kiosk-1", 1, "U 001", PrintState.QUEUED)
    ]
    paper = json.dumps(jobs[0].blocks, ensure_ascii=False)
    assert f"DT1:{visit.token}" in paper
    assert "U 001" in paper
    assert "Hường" not in paper


def test_a_scan_that_gave_a_number_is_used_up(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts())
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts()) == "scan_too_old"


def test_another_stations_scan_is_not_there(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    with pytest.raises(NotFound):
        check_in.check_in_scan(players.neighbour, now(), key(), found.id, *facts())


@pytest.mark.parametrize("text", [casting.CARD_OF_STRANGER, casting.CARD_OF_VANG])
def test_who_is_not_on_todays_list_gets_no_number_at_the_kiosk(players: Players, opened: str, text: str) -> None:
    found = scan(players.kiosk, text)
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts()) == "not_rostered"


def test_a_day_that_was_closed_meanwhile_gives_no_number(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    day.close_day(players.lead, now(), key(), 0)
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts()) == "no_clinic_day"


def test_an_unanswered_question_gives_no_number(players: Players, opened: str) -> None:
    found, given = scan(players.kiosk, CARD), answers()
    given.pop("symptoms")
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, given, "vi", local()) == "answer_missing"
    wrong = answers(weather=["rain"]) | {"weather": ["rain"]}
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, wrong, "vi", local()) == "declaration_changed"


def test_a_symptom_rings_at_the_desk(players: Players, opened: str) -> None:
    found = scan(players.kiosk, CARD)
    id = check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts(symptoms=["fever"]))
    assert visits.get(id).attention
    assert [(call.reason, call.visit_id) for call in help_calls.list_open()] == [(HelpReason.UNWELL, id)]


def test_numbers_follow_one_another_and_a_person_keeps_theirs(players: Players, opened: str) -> None:
    first, second = receive(players, players.huong), receive(players, players.pao)
    assert [visits.get(id).label for id in (first, second)] == ["U 001", "A 001"]
    assert receive(players, players.huong) == first
    assert len(visits.list_present(opened)) == 2
    assert len(print_jobs.list_of(first)) == 1
    assert queueing.count_ahead(visits.get(second)) == 1


def test_a_volunteer_checks_in_only_who_is_expected_today(players: Players, opened: str) -> None:
    done_once(check_in.check_in_person, players.volunteer, players.huong, *facts(), other=players.lead)
    assert refusal_of(check_in.check_in_person, players.volunteer, players.vang, *facts()) == "approval_missing"
    alone = (players.vang, *facts(), "theo giấy của xã")
    assert refusal_of(check_in.check_in_person, players.volunteer, *alone) == "approver_missing"
    for nobody in (players.volunteer.id, players.typist.id, key()):
        assert refusal_of(check_in.check_in_person, players.volunteer, *alone, nobody) == "approver_missing"
    id = check_in.check_in_person(players.volunteer, now(), key(), *alone, players.screener.id)
    visit = visits.get(id)
    assert (visit.origin, visit.approval, visit.approved_by) == (
        Origin.WALK_IN, "theo giấy của xã", players.screener.id,
    )  # fmt: skip
    said = audit.find_last("visit.checked_in", id)
    assert said
    assert said.facts["approved_by"] == players.screener.id
    assert (visits.count_approved(opened), visits.list_approved(opened, 5)) == (1, [visit])


def test_whoever_may_approve_answers_for_it_themself(players: Players, opened: str) -> None:
    id = check_in.check_in_person(players.lead, now(), key(), players.vang, *facts(), "ở xã bên", players.screener.id)
    assert visits.get(id).approved_by == players.lead.id


def test_a_colleague_whose_last_day_has_passed_approves_of_nobody(players: Players, opened: str) -> None:
    with writing():
        staff.get(players.screener.id).valid_until = now().on - timedelta(days=1)
    word = ("theo giấy của xã", players.screener.id)
    assert refusal_of(check_in.check_in_person, players.volunteer, players.vang, *facts(), *word) == "approver_missing"


def test_a_line_that_is_not_approved_needs_a_word_as_well(players: Players, opened: str) -> None:
    with writing():
        rosters.find_entry(players.huong, now().on).approved = False  # type: ignore[union-attr]
    assert refusal_of(check_in.check_in_person, players.volunteer, players.huong, *facts()) == "approval_missing"
    found = scan(players.kiosk, CARD)
    assert found.outcome == "not_rostered"
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts()) == "not_rostered"
    id = check_in.check_in_person(
        players.volunteer, now(), key(), players.huong, *facts(), "bổ sung sáng nay", players.lead.id
    )
    visit = visits.get(id)
    assert (visit.origin, visit.approved_by) == (Origin.ROSTER, players.lead.id)
    assert visit.roster_entry_id


def test_a_walk_in_is_added_with_the_reason_they_were_let_in(players: Players, opened: str) -> None:
    id = done_once(
        check_in.check_in_walk_in, players.lead, STRANGER, " theo giấy của xã ", *facts(), other=players.volunteer
    )
    visit = visits.get(id)
    assert (visit.origin, visit.approval, visit.person.number) == (Origin.WALK_IN, "theo giấy của xã", STRANGER.number)
    again = check_in.check_in_walk_in(players.lead, now(), key(), STRANGER, "x", *facts())
    assert again == id


def test_a_passport_finds_its_holder_again_and_nobody_of_another_name(players: Players, opened: str) -> None:
    who, shown = replace(STRANGER, number=""), Document(DocumentKind.PASSPORT, "P1234567", "LAO")
    id = check_in.check_in_walk_in(players.lead, now(), key(), who, "x", *facts(), False, shown)
    person = visits.get(id).person
    assert (person.number, person.document, person.document_number, person.nationality) == (
        None, "passport", "P1234567", "LAO",
    )  # fmt: skip
    assert check_in.check_in_walk_in(players.lead, now(), key(), who, "x", *facts(), False, shown) == id
    other = replace(who, name="Phạm Văn Lạ")
    walk_in = check_in.check_in_walk_in
    assert refusal_of(walk_in, players.lead, other, "x", *facts(), False, shown) == "number_of_another"


def test_one_passport_number_of_two_lands_is_two_people(players: Players, opened: str) -> None:
    first, second = (replace(STRANGER, number="", name=name) for name in ("Phạm Văn Khách", "Phạm Văn Lạ"))
    walk_in = check_in.check_in_walk_in
    for who, land in ((first, "LAO"), (second, "KHM")):
        id = walk_in(players.lead, now(), key(), who, "x", *facts(), False, Document(PASSPORT, "P1234567", land))
        assert visits.get(id).person.name == who.name


def test_an_old_card_number_given_out_twice_turns_nobody_away(players: Players, opened: str) -> None:
    shown = Document(DocumentKind.OLD_CARD, "061234568")
    who, other = (replace(STRANGER, number="", name=name) for name in ("Phạm Văn Khách", "Phạm Văn Lạ"))
    met = [
        visits.get(check_in.check_in_walk_in(players.lead, now(), key(), one, "x", *facts(), False, shown))
        for one in (who, other, who, other)
    ]
    assert [visit.person.name for visit in met] == [who.name, other.name] * 2
    assert len({visit.person_id for visit in met}) == 2


def test_a_number_that_somebody_has_got_meanwhile_is_not_learned(players: Players, opened: str) -> None:
    mine = listed(UNG.identity.name, UNG.identity.born_on, year=1960)
    found = scan(players.kiosk, FRONT)
    other = replace(UNG.identity, name="Lò Thị Úng")
    check_in.check_in_walk_in(players.lead, now(), key(), other, "x", *facts(), True)
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts())
    assert people.get(mine).number is None


def test_an_old_card_is_kept_as_such(players: Players, opened: str) -> None:
    who, shown = replace(STRANGER, number=""), Document(DocumentKind.OLD_CARD, "061234568")
    id = check_in.check_in_walk_in(players.lead, now(), key(), who, "x", *facts(), False, shown)
    assert visits.get(id).person.identity.old_number == "061234568"
    assert looking.find_people(players.volunteer, now(), key(), "061 234 568", "") == [visits.get(id).person_id]


@pytest.mark.parametrize(("text", "learned"), [(FRONT, "015160000001"), (BACK, None), (OF_THE_APP, None)])
def test_a_number_is_learned_from_the_front_of_the_card_alone(
    players: Players, opened: str, text: str, learned: str | None
) -> None:
    mine = listed("Lò Thị Ửng", date(1960, 3, 1), year=1960)
    found = scan(players.kiosk, text)
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts())
    assert (people.get(mine).number, people.get(mine).name) == (learned, "Lò Thị Ửng")


def test_a_number_is_not_learned_where_another_of_that_name_and_birth_date_is_known(
    players: Players, opened: str
) -> None:
    """The one who is expected may not be the one who holds the card; the table would only meet its number again."""
    mine = listed("Lò Thị Ửng", date(1960, 3, 1), year=1960)
    with writing():
        people.add(replace(UNG.identity, name="Lò Thị Ửng", born_on=date(1960, 3, 1), born_year=1960, number=""))
    found = scan(players.kiosk, FRONT)
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts())
    assert people.get(mine).number is None


def test_two_people_of_one_name_and_year_do_not_become_one_unseen(players: Players, opened: str) -> None:
    other = Identity("Lò Văn Dụng", born_year=1947, sex=Sex.MALE)
    assert refusal_of(check_in.check_in_walk_in, players.lead, other, "quên thẻ", *facts()) == "person_alike"
    id = check_in.check_in_walk_in(players.lead, now(), key(), other, "quên thẻ", *facts(), somebody_else=True)
    assert visits.get(id).person_id != players.dung


def test_another_days_open_clinic_day_gives_no_numbers(players: Players, opened: str) -> None:
    tomorrow = replace(now(), on=now().on + timedelta(days=1))
    assert (
        refusal_of(check_in.check_in_person, players.volunteer, players.huong, *facts(), at=tomorrow) == "day_left_open"
    )
    unsure = replace(tomorrow, trusted=False)
    assert check_in.check_in_person(players.volunteer, unsure, key(), players.huong, *facts())


def test_a_listed_person_without_a_number_is_met_by_their_card(players: Players, opened: str) -> None:
    with writing():
        planned = people.add(replace(STRANGER, number="", born_on=date(1985, 2, 1)))
        file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
        rosters.add(file)
        db.session.add(rosters.RosterEntry(roster_id=file.id, person_id=planned.id, on=now().on, priority_group=""))
    id = key()
    assert scanning.scan_code(players.kiosk, now(), id, id, CARD_OF_STRANGER.encode(), "QRCode") == "rostered"
    visit = check_in.check_in_scan(players.kiosk, now(), key(), id, *facts())
    assert (visits.get(visit).person_id, people.get(planned.id).number) == (planned.id, STRANGER.number)


@pytest.mark.parametrize(
    ("identity", "approval", "code"),
    [(STRANGER, "  ", "approval_missing"), (Identity("Phạm Văn Khách", born_year=1985), "x", "sex_odd")],
)
def test_a_walk_in_is_refused(players: Players, opened: str, identity: Identity, approval: str, code: str) -> None:
    assert refusal_of(check_in.check_in_walk_in, players.lead, identity, approval, *facts()) == code


def test_the_slip_speaks_the_language_that_was_chosen(players: Players, opened: str) -> None:
    id = check_in.check_in_person(players.volunteer, now(), key(), players.pao, answers(), "en", local())
    assert "Keep" in json.dumps(print_jobs.list_of(id)[0].blocks) or "keep" in json.dumps(
        print_jobs.list_of(id)[0].blocks
    )

"""Who gets a number when they come: by their hour, by the doses that are left, by the word of a call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from kiosk.actions import arriving, check_in, injection, standby_here, stock
from kiosk.actions import standby as acts
from kiosk.errors import NotFound, Refusal
from kiosk.rules.document import Document
from kiosk.rules.person import Identity
from kiosk.rules.words import DocumentKind, MoveKind, Sex, StandbyState
from kiosk.store import audit, clinic_days, people, queue_moves, rosters, standby, stock_moves, visits
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import writing
from tests.actions.test_family import born, child
from tests.actions.test_scanning import scan
from tests.actions.test_standby import listed
from tests.cast import (
    CARD,
    CARD_OF_PAO,
    Players,
    answers,
    done_once,
    identified,
    key,
    local,
    now,
    receive,
    refusal_of,
    screened,
    statements,
    vial_opened,
)

pytestmark = pytest.mark.usefixtures("inside")
NEXT_YEAR = f"31/12/{now().on.year + 1}"
STRANGER = Identity("Phạm Văn Khách", "015085990009", born_year=1985, sex=Sex.MALE)
PAPER = Document(DocumentKind.NATIONAL, "015085990009")


def today() -> ClinicDay:
    """The open clinic day."""
    day = clinic_days.find_open()
    assert day
    return day


def facts() -> tuple[Any, ...]:
    """Answers, language and local time."""
    return answers(), "vi", local()


def slot(person: str, begins: time, ends: time) -> None:
    """This person of today's list is asked to come then."""
    with writing():
        entry = rosters.find_entry(person, now().on)
        assert entry
        entry.slot_from, entry.slot_until = begins, ends


def at(hour: int, minute: int = 0) -> datetime:
    """Today at the site."""
    return local().replace(hour=hour, minute=minute, second=0, microsecond=0)


def in_store(players: Players, doses: int, vaccine: str = "astrazeneca", number: str = "NK0191") -> str:
    """So many doses are here, one to a vial; the lot's id."""
    return stock.receive_lot(players.lead, now(), key(), vaccine, number, NEXT_YEAR, doses, 1)


@pytest.mark.parametrize(
    ("when", "taken"), [(at(9, 29), False), (at(9, 30), True), (at(10, 30), True), (at(16), True)]
)  # fmt: skip
def test_nobody_gets_a_number_long_before_their_slot_and_everybody_after_it(
    players: Players, opened: str, when: datetime, taken: bool
) -> None:
    slot(players.huong, time(10), time(10, 30))
    found = scan(players.kiosk, CARD)
    given = (found.id, answers(), "vi", when)
    if taken:
        assert visits.get(check_in.check_in_scan(players.kiosk, now(), key(), *given)).label == "U 001"
    else:
        assert refusal_of(check_in.check_in_scan, players.kiosk, *given) == "too_early"


def test_the_desk_lets_somebody_in_early_for_a_reason_that_is_kept(players: Players, opened: str) -> None:
    slot(players.huong, time(15), time(15, 30))
    told = (players.huong, answers(), "vi", at(9))
    assert refusal_of(check_in.check_in_person, players.volunteer, *told) == "too_early"
    assert refusal_of(check_in.check_in_person, players.volunteer, *told, "", "", "bored") == "too_early"
    id = done_once(check_in.check_in_person, players.volunteer, *told, "", "", "far")
    assert [(move.visit_id, move.reason, move.by) for move in queue_moves.list_of(opened, [MoveKind.EARLY])] == [
        (id, "far", players.volunteer.id)
    ]
    entry = audit.find_last("visit.checked_in", id)
    assert entry
    assert entry.facts["early"] == "far"


def test_a_reason_says_nothing_of_whoever_is_not_early(players: Players, opened: str) -> None:
    check_in.check_in_person(players.volunteer, now(), key(), players.pao, *facts(), "", "", "far")
    assert queue_moves.list_of(opened, [MoveKind.EARLY]) == []


def test_a_family_comes_by_the_earliest_of_its_slots(players: Players, opened: str) -> None:
    son = child("Lò Văn Bình", born(12), players.huong)
    slot(players.huong, time(15), time(15, 30))
    slot(son, time(15), time(15, 30))
    told = ([players.huong, son], answers(), "vi", at(9))
    assert refusal_of(check_in.check_in_family, players.volunteer, *told) == "too_early"
    slot(son, time(9), time(9, 30))
    assert len(check_in.check_in_family(players.volunteer, now(), key(), *told)) == 2


def test_where_no_books_of_vaccine_are_kept_nothing_stops(players: Players, opened: str) -> None:
    receive(players, players.huong)
    receive(players, players.pao)


def test_before_the_delivery_is_written_down_nothing_stops(players: Players, opened: str) -> None:
    expired = replace(now(-24 * 60), on=now().on - timedelta(days=1))
    stock.receive_lot(players.lead, expired, key(), "astrazeneca", "NK0190", f"{expired.on:%d/%m/%Y}", 9, 1)
    receive(players, players.huong)
    in_store(players, 1)
    assert refusal_of(check_in.check_in_person, players.volunteer, players.pao, *facts()) == "doses_spoken_for"


def test_what_came_today_and_is_used_up_does_stop(players: Players, opened: str) -> None:
    lot = in_store(players, 1)
    stock.waste_unopened(players.lead, now(), key(), lot, stock_moves.STORE, 1, "broken")
    assert refusal_of(check_in.check_in_person, players.volunteer, players.pao, *facts()) == "doses_spoken_for"


def test_a_named_word_gives_a_number_though_no_dose_is_left(players: Players, opened: str) -> None:
    in_store(players, 1)
    receive(players, players.huong)
    act, told = check_in.check_in_person, (players.pao, *facts())
    assert refusal_of(act, players.volunteer, *told, "Vừa nhận", players.lead.id) == "doses_spoken_for"
    assert refusal_of(act, players.volunteer, *told, "", "", "", True) == "approval_missing"
    assert refusal_of(act, players.volunteer, *told, "Vừa nhận", players.volunteer.id, "", True) == "approver_missing"
    id = done_once(act, players.volunteer, *told, "Vừa nhận", players.lead.id, "", True)
    assert (visits.get(id).approval, visits.get(id).approved_by) == ("Vừa nhận", players.lead.id)
    entry = audit.find_last("visit.checked_in", id)
    assert entry
    assert (entry.facts["anyway"], entry.facts["approved_by"]) == (True, players.lead.id)


def test_a_family_is_counted_together_before_the_questions(players: Players, opened: str) -> None:
    in_store(players, 1, "pfizer", "PF0001")
    those = [child("Lò Văn Bình", born(13), players.huong), child("Lò Thị An", born(14), players.huong)]
    found = scan(players.kiosk, CARD)
    assert len(arriving.require_admission(now(), found, those[:1], local())) == 1
    with pytest.raises(Refusal, match="doses_spoken_for"):
        arriving.require_admission(now(), found, those, local())


def test_a_number_is_given_only_while_a_dose_is_not_spoken_for(players: Players, opened: str) -> None:
    in_store(players, 2)
    receive(players, players.huong)
    receive(players, players.pao)
    third = (players.dung, *facts())
    assert refusal_of(check_in.check_in_person, players.volunteer, *third) == "doses_spoken_for"
    in_store(players, 1, number="NK0192")
    check_in.check_in_person(players.volunteer, now(), key(), *third)


def test_a_dose_that_was_given_is_not_counted_twice(players: Players, opened: str) -> None:
    receive(players, players.huong)
    screened(players)
    vial = vial_opened(players.vaccinator)  # ten vials of ten
    injection.give_dose(players.vaccinator, now(), key(), identified(players.vaccinator), vial, 1, "left")
    receive(players, players.pao)


def test_two_products_are_not_added_up_for_somebody_who_may_get_only_one(players: Players, opened: str) -> None:
    son = child("Lò Văn Bình", born(13), players.huong)
    in_store(players, 5)  # not for children
    in_store(players, 1, "pfizer", "PF0001")
    daughter = child("Lò Thị An", born(14), players.huong)
    check_in.check_in_person(players.volunteer, now(), key(), son, *facts())
    told = (daughter, *facts())
    assert refusal_of(check_in.check_in_person, players.volunteer, *told) == "doses_spoken_for"
    receive(players, players.huong)


def test_a_walk_in_takes_no_promised_dose(players: Players, opened: str) -> None:
    in_store(players, 2)  # Páo and Dũng are expected
    told = (STRANGER, "Ở xã bên", *facts(), False, PAPER)
    assert refusal_of(check_in.check_in_walk_in, players.lead, *told) == "doses_spoken_for"
    in_store(players, 1, number="NK0192")
    assert check_in.check_in_walk_in(players.lead, now(), key(), *told)
    receive(players, players.pao)
    receive(players, players.dung)


def test_whoever_waits_here_is_called_in_when_a_dose_is_free(players: Players, opened: str) -> None:
    in_store(players, 2)
    told = (STRANGER, "Ở xã bên", False, PAPER)
    id = done_once(standby_here.wait_here_walk_in, players.lead, *told)
    assert [person.id for _, person in acts.list_here(today())] == [id]
    assert refusal_of(standby_here.call_in, players.volunteer, id, local()) == "doses_spoken_for"
    assert acts.count_promised(now(), local(), today()) == 2, "nobody who waits here was promised one"
    in_store(players, 1, number="NK0192")
    done_once(standby_here.call_in, players.volunteer, id, local())
    assert acts.list_here(today()) == []
    visit = visits.get(check_in.check_in_person(players.volunteer, now(), key(), id, *facts()))
    assert visit.approved_by == players.lead.id, "the word that let them wait lets them in"


def test_doses_are_counted_in_as_many_statements_however_many_were_called(players: Players, opened: str) -> None:
    in_store(players, 2)
    asked = []
    for coming in (2, 12):
        for nth in range(coming - standby.count_awaited(opened, [StandbyState.COMING])):
            person = listed(f"Hà Thị {coming} {nth}")
            acts.call_standby(players.volunteer, now(), key(), person)
            acts.answer_standby(players.volunteer, now(), key(), person, "coming")
        with statements() as heard:
            spoken = arriving.spoken_for(now(), local(), today(), people.get(players.vang), promised=False)
        assert spoken
        assert (spoken.left, spoken.promised) == (0, coming + 2), "with Páo and Dũng, who are expected"
        asked.append(len(heard))
    assert asked[0] == asked[1]


def test_nobody_waits_here_without_the_word_that_would_let_them_in(players: Players, opened: str) -> None:
    assert refusal_of(standby_here.wait_here, players.volunteer, players.vang) == "approval_missing"
    assert refusal_of(standby_here.wait_here, players.volunteer, players.vang, "Ở xã bên") == "approver_missing"
    standby_here.wait_here(players.volunteer, now(), key(), players.vang, "Ở xã bên", players.lead.id)
    standby_here.wait_here(players.volunteer, now(1), key(), players.vang)
    assert len(acts.list_here(today())) == 1, "once is enough"
    acts.answer_standby(players.volunteer, now(), key(), players.vang, "not_today")
    assert acts.list_here(today()) == []


def test_whoever_waits_here_is_not_let_in_by_an_answer(players: Players, opened: str) -> None:
    standby_here.wait_here(players.volunteer, now(), key(), players.huong)
    with pytest.raises(NotFound):
        acts.answer_standby(players.volunteer, now(), key(), players.huong, "coming")
    with pytest.raises(NotFound):
        standby_here.call_in(players.volunteer, now(), key(), players.pao, local())
    receive(players, players.huong)
    assert refusal_of(standby_here.wait_here, players.volunteer, players.huong) == "standby_here"


def test_somebody_who_was_called_comes_to_the_kiosk(players: Players, opened: str) -> None:
    person = listed("Hà Thị Thương", "0912345678", year=1970)
    with writing():
        people.get(person).number = "015170001111"
    card = "015170001111||Hà Thị Thương|01011970|Nữ|Xã Bản Công|15042021"
    found = scan(players.kiosk, card)
    told = (found.id, *facts())
    assert refusal_of(check_in.check_in_scan, players.kiosk, *told) == "not_rostered"
    acts.call_standby(players.volunteer, now(), key(), person)
    acts.answer_standby(players.volunteer, now(), key(), person, "coming")
    visit = visits.get(check_in.check_in_scan(players.kiosk, now(), key(), *told))
    assert (visit.person_id, visit.approved_by) == (person, players.volunteer.id)
    last = standby.find_newest(opened, person)
    assert last
    assert last.said is StandbyState.COMING


def test_whoever_goes_first_anyway_need_not_say_why(players: Players, opened: str) -> None:
    given = {code: said for code, said in answers().items() if code != "needs"}
    for card, person, refused in ((CARD, players.huong, None), (CARD_OF_PAO, players.pao, "answer_missing")):
        found = scan(players.kiosk, card)
        if refused:
            assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, given, "vi", local()) == refused
            continue
        id = check_in.check_in_scan(players.kiosk, now(), key(), found.id, given, "vi", local())
        declared = visits.find_declaration(id)
        assert declared
        assert visits.get(id).person_id == person
        assert "needs" not in declared.answers, "what was not asked was not answered"

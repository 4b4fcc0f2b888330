"""Families: who comes with whom, and one check-in for all of them."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk import protocols
from kiosk.actions import check_in, family, scanning
from kiosk.errors import Refusal
from kiosk.rules import family as rules
from kiosk.rules.person import Identity
from kiosk.rules.words import HelpReason, Sex
from kiosk.store import families, help_calls, people, print_jobs, rosters, scans, visits
from kiosk.store.database import db, writing
from tests.actions.test_check_in import facts
from tests.cast import CARD, CARD_OF_VANG, Players, done_once, key, now, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def child(name: str, born_on: date, guardian_id: str, *, expected: bool = True, number: str = "") -> str:
    """Somebody who comes with that guardian; the person's id."""
    with writing():
        person = people.add(Identity(name, number, born_on=born_on, born_year=born_on.year, sex=Sex.FEMALE))
        person.guardian_id = guardian_id
        if expected:
            file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
            rosters.add(file)
            entry = rosters.RosterEntry(roster_id=file.id, person_id=person.id, on=now().on, priority_group="")
            db.session.add(entry)
    return person.id


def born(years: int) -> date:
    """The birthday of somebody who is that old today."""
    return date(now().on.year - years, 1, 1)


@pytest.fixture
def children(players: Players) -> list[str]:
    """Two children of Hường who are expected today, oldest first."""
    return [child("Lò Thị An", born(12), players.huong), child("Lò Văn Bình", born(9), players.huong)]


def labels(ids: list[str]) -> list[str]:
    """The numbers of these visits."""
    return [visits.get(id).label for id in ids]


def test_one_check_in_gives_numbers_in_a_row_the_guardian_first(
    players: Players, opened: str, children: list[str]
) -> None:
    ids = done_once(
        check_in.check_in_family, players.volunteer, [*reversed(children), players.huong], *facts(), other=players.lead
    )
    assert labels(ids) == ["U 001", "U 002", "U 003"]
    assert [visits.get(id).person_id for id in ids] == [players.huong, *children]
    for id in ids:
        assert len(print_jobs.list_of(id)) == 1
        said = visits.find_declaration(id)
        assert said
        assert said.version == protocols.declaration().version


def test_all_or_none(players: Players, opened: str, children: list[str]) -> None:
    stranger = child("Lò Thị Chi", born(7), players.huong, expected=False)
    wanted = [players.huong, *children, stranger]
    assert refusal_of(check_in.check_in_family, players.volunteer, wanted, *facts()) == "approval_missing"
    assert visits.list_present(opened) == []
    ids = check_in.check_in_family(players.volunteer, now(), key(), wanted, *facts(), "em đi cùng", players.screener.id)
    assert [visits.get(id).approved_by for id in ids] == ["", "", "", players.screener.id]


def test_only_one_family_at_once(players: Players, opened: str, children: list[str]) -> None:
    several = check_in.check_in_family
    assert refusal_of(several, players.volunteer, [players.huong, players.pao], *facts()) == "not_one_family"
    assert refusal_of(several, players.volunteer, [], *facts()) == "nobody_ticked"


def test_whoever_has_a_number_keeps_it(players: Players, opened: str, children: list[str]) -> None:
    first = check_in.check_in_person(players.volunteer, now(), key(), children[0], *facts())
    ids = check_in.check_in_family(players.volunteer, now(), key(), [players.huong, *children], *facts())
    assert labels(ids) == ["U 001", "A 001", "U 002"], "a child that comes with its guardian is in the priority lane"
    assert ids[1] == first
    assert len(print_jobs.list_of(first)) == 1


def hold(players: Players, card: str) -> scans.Scan:
    """Holds a card to kiosk-1."""
    id = key()
    scanning.scan_code(players.kiosk, now(), id, id, card.encode(), "QRCode")
    return scans.get(id)


def test_the_guardians_card_brings_everybody_who_is_ticked(players: Players, opened: str, children: list[str]) -> None:
    found = hold(players, CARD)
    ticked = [players.huong, children[1]]
    id = check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts(symptoms=["fever"]), ticked)
    assert visits.get(id).person_id == players.huong
    assert [visit.person_id for visit in visits.list_present(opened)] == ticked
    assert scans.get(found.id).visit_id == id
    assert [(call.reason, call.visit_id) for call in help_calls.list_open()] == [(HelpReason.UNWELL, id)]


def test_a_guardian_who_is_not_expected_brings_the_children_and_gets_no_number(players: Players, opened: str) -> None:
    theirs = [child("Đặng Thị An", born(12), players.vang), child("Đặng Văn Bé", born(6), players.vang)]
    found = hold(players, CARD_OF_VANG)
    assert found.outcome == "rostered"
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts()) == "not_rostered"
    wrong = [players.vang, *theirs]
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts(), wrong) == "not_rostered"
    id = check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts(), theirs)
    assert [visit.person_id for visit in visits.list_present(opened)] == theirs
    assert visits.get(id).person_id == theirs[0]
    again = hold(players, CARD_OF_VANG)
    assert (again.outcome, again.visit_id) == ("checked_in", id), "the same card leads to the children's numbers"


def test_a_child_who_is_not_expected_brings_nobody(players: Players, opened: str, children: list[str]) -> None:
    child("Lò Thị Chi", born(14), players.huong, expected=False, number="015312000001")
    found = hold(players, f"015312000001||Lò Thị Chi|0101{born(14).year}|Nữ|Xã Thử|15042021")
    assert found.outcome == "not_rostered"
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts(), children) == "not_rostered"


def test_a_stranger_cannot_be_ticked_at_the_kiosk(players: Players, opened: str, children: list[str]) -> None:
    found = hold(players, CARD)
    assert refusal_of(check_in.check_in_scan, players.kiosk, found.id, *facts(), [players.pao]) == "not_rostered"


def test_a_child_who_got_a_number_while_the_questions_were_answered_keeps_it(
    players: Players, opened: str, children: list[str]
) -> None:
    found = hold(players, CARD)
    first = check_in.check_in_person(players.volunteer, now(), key(), children[0], *facts())
    everybody = [players.huong, *children]
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts(), everybody)
    assert {visit.person_id: visit.label for visit in visits.list_present(opened)} == {
        children[0]: "A 001", players.huong: "U 001", children[1]: "U 002",
    }  # fmt: skip
    assert len(print_jobs.list_of(first)) == 1, "theirs is not printed again"


def test_somebody_unwell_is_heard_also_when_the_holder_had_a_number(
    players: Players, opened: str, children: list[str]
) -> None:
    check_in.check_in_person(players.volunteer, now(), key(), players.huong, *facts())
    found = hold(players, CARD)
    everybody = [players.huong, *children]
    check_in.check_in_scan(players.kiosk, now(), key(), found.id, *facts(symptoms=["fever"]), everybody)
    unwell = visits.find(opened, children[0])
    assert unwell
    assert [(call.reason, call.visit_id) for call in help_calls.list_open()] == [(HelpReason.UNWELL, unwell.id)]


def test_linking_and_parting(players: Players) -> None:
    mine = child("Lò Thị An", born(12), players.vang)
    assert done_once(family.link_guardian, players.volunteer, mine, players.huong, other=players.lead) == players.huong
    assert [one.id for one in families.list_of(mine)] == [players.huong, mine]
    done_once(family.unlink_guardian, players.volunteer, mine, other=players.lead)
    assert [one.id for one in families.list_of(mine)] == [mine]


def test_a_guardian_need_not_be_anybody_whom_we_know(players: Players) -> None:
    mother = Identity("Lò Thị Mẹ", born_year=1985)
    id = done_once(family.add_guardian, players.volunteer, players.pao, mother, "0912345678", other=players.lead)
    assert (people.get(id).phone, people.get(players.pao).guardian_id) == ("0912345678", id)


def test_who_cannot_be_a_guardian(players: Players) -> None:
    link = family.link_guardian
    young = child("Lò Thị An", born(12), players.huong)
    adult = child("Lò Văn Lớn", born(30), players.huong)
    assert refusal_of(link, players.volunteer, players.pao, players.pao) == "guardian_self"
    assert refusal_of(link, players.volunteer, players.pao, young) == "guardian_minor"
    assert refusal_of(link, players.volunteer, players.pao, adult) == "guardian_guarded"
    assert refusal_of(link, players.volunteer, players.huong, players.pao) == "child_guards", "no circle"


def test_an_adult_is_eighteen() -> None:
    protocol, today = protocols.family(), date(2026, 11, 22)
    assert rules.is_minor(Identity("A", born_on=date(2008, 11, 23), born_year=2008), protocol, today)
    assert not rules.is_minor(Identity("A", born_on=date(2008, 11, 22), born_year=2008), protocol, today)
    assert rules.is_minor(Identity("A", born_year=2009), protocol, today)
    assert not rules.is_minor(Identity("A", born_year=2008), protocol, today), "nobody knows the day"
    assert not rules.is_minor(Identity("A"), protocol, today)
    with pytest.raises(Refusal):
        rules.require_guardian(
            Identity("A", born_year=2015), guarded=False, child_guards=False, protocol=protocol, today=today
        )


def test_a_family_is_found_from_a_row_that_was_merged(players: Players, children: list[str]) -> None:
    with writing():
        twin = people.add(Identity("Lo Thi An", born_year=born(12).year))
        twin.merged_into = children[0]
        people.get_row(children[0]).guardian_id = None
        people.get_row(twin.id).guardian_id = players.huong
    assert [one.id for one in families.list_of(children[0])] == [players.huong, *children]
    assert [one.id for one in families.list_of(twin.id)] == [players.huong, *children]

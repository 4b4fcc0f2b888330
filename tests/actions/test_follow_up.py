"""What is still to be put right about people: noted once, closed by whoever has put it right."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.actions import check_in, follow_up, merging
from kiosk.actions.follow_up import Numbered
from kiosk.errors import NotAllowed, Refusal
from kiosk.rules.person import Identity
from kiosk.rules.words import FollowUpKind, Sex, VisitState
from kiosk.store import audit, corrections, follow_ups, people, rosters, visits
from kiosk.store.database import db, writing
from tests.cast import Players, answers, done_once, key, local, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")
KIND = FollowUpKind


def noted(players: Players, person_id: str, kind: FollowUpKind, reason: str = "other") -> str:
    """Something is to be put right; its id."""
    with writing():
        return follow_up.note(players.volunteer, now(), person_id, None, kind, reason).id


def test_one_thing_is_noted_once(players: Players) -> None:
    first = noted(players, players.dung, KIND.NO_NUMBER, "card_lost")
    assert noted(players, players.dung, KIND.NO_NUMBER, "other") == first
    assert follow_ups.get(first).reason == "card_lost"
    assert noted(players, players.dung, KIND.MISMATCH) != first
    assert [follow_ups.count_open(kind) for kind in KIND] == [1, 1, 0]


def test_closing_needs_a_few_words_and_is_kept(players: Players) -> None:
    id = noted(players, players.dung, KIND.MISMATCH)
    assert refusal_of(follow_up.close, players.volunteer, id, "  ") == "closing_note_missing"
    done_once(follow_up.close, players.volunteer, id, "đã sửa ở công an xã", other=players.lead)
    row = follow_ups.get(id)
    assert (row.closed_note, row.closed_by) == ("đã sửa ở công an xã", players.volunteer.id)
    assert refusal_of(follow_up.close, players.volunteer, id, "lần nữa") == "follow_up_closed"
    assert follow_ups.list_open(KIND.MISMATCH) == []
    noted(players, players.dung, KIND.MISMATCH)
    assert follow_ups.count_open(KIND.MISMATCH) == 1, "it may come again"


def test_the_number_that_was_found_closes_it(players: Players) -> None:
    id = noted(players, players.dung, KIND.NO_NUMBER)
    assert refusal_of(follow_up.close, players.volunteer, id, "", Numbered("12", "notice")) == "number_odd"
    taken = Numbered("015090001234", "notice")
    assert refusal_of(follow_up.close, players.volunteer, id, "", taken) == "number_of_another"
    follow_up.close(players.volunteer, now(), key(), id, "", Numbered("015047000321", "notice"))
    assert people.get(players.dung).number == "015047000321"
    assert follow_ups.get(id).closed_at is not None
    assert db.session.scalars(db.select(corrections.Correction)).one().fields == {"number": ["", "015047000321"]}


def test_a_number_that_is_there_by_now_is_not_written_over(players: Players) -> None:
    id = noted(players, players.dung, KIND.NO_NUMBER)
    with writing():
        people.get(players.dung).number = "015047000321"
    late = Numbered("015047000999", "notice")
    assert refusal_of(follow_up.close, players.volunteer, id, "", late) == "follow_up_closed"
    assert people.get(players.dung).number == "015047000321"


def test_a_number_on_another_row_of_theirs_is_said_to_be_so(players: Players) -> None:
    id = noted(players, players.dung, KIND.NO_NUMBER)
    with writing():
        people.add(Identity("LO VAN DUNG", "015047000321", "", None, 1947, Sex.MALE))
    taken = Numbered("015047000321", "notice")
    assert refusal_of(follow_up.close, players.volunteer, id, "", taken) == "number_on_other_row"


def test_whoever_has_recovered_is_not_let_to_the_needle_by_closing_it(players: Players, opened: str) -> None:
    """Only a doctor may take the mark back: a lead who closes it while they are here would do the same."""
    visit = receive(players, players.huong)
    follow_up.mark_recovered(players.volunteer, now(), key(), players.huong, visit)
    row = follow_ups.find_open(players.huong, KIND.RECOVERED)
    assert row
    id = row.id
    assert refusal_of(follow_up.close, players.lead, id, "trạm y tế đã nhập") == "recovered_here"
    with writing():
        visits.get(visit).state = VisitState.LEFT
    with pytest.raises(NotAllowed):
        follow_up.close(players.volunteer, now(), key(), id, "trạm y tế đã nhập")
    follow_up.close(players.lead, now(), key(), id, "trạm y tế đã nhập")
    assert follow_ups.find_open(players.huong, KIND.RECOVERED) is None


def test_a_number_that_comes_by_another_way_closes_it_too(players: Players) -> None:
    noted(players, players.dung, KIND.NO_NUMBER)
    with writing():
        people.get(players.dung).number = "015047000321"
    assert follow_ups.count_open(KIND.NO_NUMBER) == 0
    assert follow_ups.list_open(KIND.NO_NUMBER) == []
    assert follow_ups.find_open(players.dung, KIND.NO_NUMBER) is None


def test_two_rows_of_one_person_are_one(players: Players, opened: str) -> None:
    with writing():
        twin = people.add(Identity("Lò Văn Dũng", "015047000321", "", None, 1947, Sex.MALE))
        people.get(players.dung).phone = twin.phone = "0912345678"
        other = twin.id
    noted(players, players.dung, KIND.NO_NUMBER)
    noted(players, players.dung, KIND.RECOVERED)
    merging.merge(players.lead, now(), key(), other, players.dung)
    assert follow_ups.find_open(other, KIND.RECOVERED), "what was noted of either is theirs"
    assert follow_ups.count_open(KIND.NO_NUMBER) == 0, "and the row that stands has a number"


def test_what_a_list_says_of_having_recovered_is_noted_at_check_in(players: Players, opened: str) -> None:
    with writing():
        rosters.find_entry(players.dung, now().on).special = "recovered"  # type: ignore[union-attr]
    visit = receive(players, players.dung)
    row = follow_ups.find_open(players.dung, KIND.RECOVERED)
    assert row
    assert (row.reason, row.visit_id) == ("listed", visit)
    with pytest.raises(Refusal) as refused:
        follow_up.require_not_recovered(players.dung)
    assert refused.value.code == "recovered"


def listed_otherwise(person_id: str, days: int, special: str, seq: int) -> None:
    """Another list says this of them, so many days from today."""
    with writing():
        at = now().at
        row = rosters.Roster(file_name="b.xlsx", staged_at=at, landed_at=at, landed_seq=seq, counts={})
        rosters.add(row)
        on = now().on + timedelta(days=days)
        db.session.add(rosters.RosterEntry(roster_id=row.id, person_id=person_id, on=on, priority_group="9",
                                           special=special))  # fmt: skip


@pytest.mark.parametrize(("newest", "noted"), [("recovered", True), ("pregnant", False)])
def test_whoever_comes_on_another_day_is_what_their_newest_list_says(
    players: Players, opened: str, newest: str, noted: bool
) -> None:
    other = "pregnant" if noted else "recovered"
    with writing():
        person = people.add(Identity("Hà Thị Gọi", "", "", None, 1960, Sex.FEMALE)).id
    listed_otherwise(person, -7, other, 900)
    listed_otherwise(person, 1, newest, 901)
    visit = check_in.check_in_person(
        players.volunteer, now(), key(), person, answers(), "vi", local(), "hẹn mai", players.lead.id
    )
    assert bool(follow_ups.find_open(person, KIND.RECOVERED)) is noted
    assert visits.get(visit).roster_entry_id is None, "that list does not expect them today"


def test_todays_list_says_it_where_there_is_one(players: Players, opened: str) -> None:
    listed_otherwise(players.huong, 1, "recovered", 901)
    receive(players, players.huong)
    assert follow_ups.find_open(players.huong, KIND.RECOVERED) is None


def test_a_kiosk_notes_it_as_well(players: Players, opened: str) -> None:
    with writing():
        entry = rosters.find_entry(players.huong, now().on)
        assert entry
        entry.special = "recovered"
    check_in.check_in_person(players.volunteer, now(), key(), players.huong, answers(), "vi", local())
    with writing():
        visit = visits.find(opened, players.huong)
        assert visit
        follow_up.note(players.kiosk, now(), players.pao, None, KIND.RECOVERED, "listed")
    assert follow_ups.count_open(KIND.RECOVERED) == 2


def test_desk_and_doctor_mark_and_only_a_doctor_takes_it_back(players: Players, opened: str) -> None:
    done_once(follow_up.mark_recovered, players.volunteer, players.huong, None, other=players.screener)
    with pytest.raises(NotAllowed):
        follow_up.mark_recovered(players.vaccinator, now(), key(), players.huong, None)
    with pytest.raises(NotAllowed):
        follow_up.unmark_recovered(players.lead, now(), key(), players.huong, "nhầm")
    assert refusal_of(follow_up.unmark_recovered, players.screener, players.huong, " ") == "unmark_reason_missing"
    done_once(follow_up.unmark_recovered, players.screener, players.huong, "nhầm người", other=players.lead)
    follow_up.require_not_recovered(players.huong)
    with writing():
        rosters.find_entry(players.huong, now().on).special = "recovered"  # type: ignore[union-attr]
    receive(players, players.huong)
    follow_up.require_not_recovered(players.huong)


def test_the_audit_tells_kinds_and_codes_and_no_words(players: Players) -> None:
    id = noted(players, players.dung, KIND.NO_NUMBER)
    follow_up.close(players.volunteer, now(), key(), id, "Dũng mang thẻ đến")
    follow_up.export(players.lead, now(), key(), ["recovered"], 3)
    entries = db.session.scalars(db.select(audit.AuditEntry)).all()
    assert {"follow_up.noted", "follow_up.closed", "follow_up.exported"} <= {entry.event for entry in entries}
    assert "Dũng" not in " ".join(str(entry.facts) for entry in entries)

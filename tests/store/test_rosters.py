"""A list lands once, on the right people."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk import importer
from kiosk.rules.actor import OPERATOR
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex
from kiosk.store import doses, people, rosters
from kiosk.store.database import db, writing
from tests import cast as casting

pytestmark = pytest.mark.usefixtures("inside")

HUONG = ("Nguyễn Thị Hường", "12/05/1958", "Nữ", "015158004187", "Hồng Hà")
DUNG = ("Lò Văn Dũng", "1947", "Nam", "", "Xã Bản Công")
NEW = ("Hà Văn Mới", "01/01/1970", "Nam", "015070990077", "Thôn Bịa")
NEW_WITHOUT = ("Hà Thị Chưa", "02/02/1972", "Nữ", "", "Thôn Bịa")
TOMORROW = "21/11/2030"
DAY = date(2030, 11, 21)


def _bring(*rows: tuple[str, ...], on: str = TOMORROW) -> importer.Brought:
    return importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", casting.roster_csv(on, *rows))


def _import(*rows: tuple[str, ...], on: str = TOMORROW) -> int:
    return _bring(*rows, on=on).expected


def _reasons(brought: importer.Brought, line: int) -> set[str]:
    db.session.rollback()
    row = db.session.get(rosters.StagedRow, (brought.roster_id, line))
    return {reason["code"] for reason in row.reasons} if row else set()


def _reviewed(*rows: tuple[str, ...]) -> importer.Brought:
    content = casting.roster_csv(TOMORROW, *rows)
    return importer.review(OPERATOR, casting.now(), casting.key(), "list.csv", content)


def _count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def _add(*identities: Identity) -> list[str]:
    with writing():
        return [people.add(identity).id for identity in identities]


def test_the_number_finds_the_person_whatever_the_list_says_of_them(players: casting.Players) -> None:
    before = _count(people.Person)
    assert _import(("NGUYEN THI HUONG", "12/05/1958", "Nữ", HUONG[3], "Nơi khác")) == 1
    assert _count(people.Person) == before
    assert people.get(players.huong).name == "Nguyễn Thị Hường", "a list does not rename anybody"


def test_an_accented_name_replaces_an_unaccented_one() -> None:
    (id,) = _add(Identity("NGUYEN VAN BE", "015090990001", born_on=date(1990, 1, 1), born_year=1990, sex=Sex.MALE))
    assert _import(("Nguyễn Văn Bé", "01/01/1990", "Nam", "015090990001", "")) == 1
    assert (people.get(id).name, people.get(id).name_key) == ("Nguyễn Văn Bé", "NGUYEN VAN BE")


def test_the_number_of_somebody_of_another_name_or_year_stops_the_row() -> None:
    brought = _reviewed(("Trần Thị Khác", "12/05/1958", "Nữ", HUONG[3], ""), (*HUONG[:1], "12/05/1985", *HUONG[2:]))
    assert brought.counts["wrong"] == 2
    assert _reasons(brought, 2) >= {"number_of_another"}
    assert _reasons(brought, 3) >= {"number_of_another"}


def test_another_day_or_other_marks_under_a_known_number_are_a_reason_to_look() -> None:
    brought = _reviewed(("Nguyễn Thị Hương", "13/05/1958", "Nữ", HUONG[3], ""))
    assert brought.counts["new"] == 1
    assert _reasons(brought, 2) == {"name_marks", "birth_differs"}


def test_without_a_number_name_and_birth_find_the_person() -> None:
    before = _count(people.Person)
    assert _import(DUNG, ("Nguyễn Thị Hường", "12/05/1958", "Nữ", "", "")) == 2
    assert _count(people.Person) == before


def test_the_same_name_born_on_another_day_is_somebody_else() -> None:
    before = _count(people.Person)
    assert _import(("Nguyễn Thị Hường", "13/05/1958", "Nữ", "", ""), ("Lò Văn Dũng", "1948", "Nam", "", "")) == 2
    assert _count(people.Person) == before + 2


def test_a_number_is_learned_by_whoever_was_known_without() -> None:
    (id,) = _add(Identity("Hà Thị Chưa", born_on=date(1972, 2, 2), born_year=1972, sex=Sex.FEMALE))
    assert _import((*NEW_WITHOUT[:3], "015172990009", "")) == 1
    found = people.find_by_number("015172990009")
    assert found
    assert found.id == id


def test_two_people_who_both_fit_stop_the_row() -> None:
    twin = Identity("Hà Thị Chưa", born_on=date(1972, 2, 2), born_year=1972, sex=Sex.FEMALE)
    _add(twin, twin)
    brought = _reviewed(NEW_WITHOUT)
    assert (brought.counts["wrong"], _reasons(brought, 2)) == (1, {"person_unclear"})


def test_a_namesake_of_one_commune_and_year_is_a_reason_to_look() -> None:
    brought = _reviewed(("Lò Văn Dũng", "03/04/1947", "Nam", "", "Xã Bản Công"))
    assert (brought.counts["new"], _reasons(brought, 2)) == (1, {"person_alike"})


def test_a_row_that_stands_twice_in_the_file_lands_once() -> None:
    before = _count(people.Person)
    assert _import(NEW, HUONG, NEW, HUONG, NEW) == 2
    assert _count(people.Person) == before + 1


def test_a_row_without_a_number_that_stands_twice_is_one_person() -> None:
    before = _count(people.Person)
    assert _import(NEW_WITHOUT, DUNG, NEW_WITHOUT) == 2
    assert _count(people.Person) == before + 1


def test_somebody_may_stand_in_one_file_for_two_days() -> None:
    before = _count(people.Person)
    first, second = ",".join((*NEW_WITHOUT, TOMORROW)), ",".join((*NEW_WITHOUT, "12/12/2030"))
    content = f"{casting.TITLES}\n{first}\n{second}\n".encode()
    assert importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content).expected == 2
    assert _count(people.Person) == before + 1


def test_the_second_import_of_a_file_lands_nobody() -> None:
    assert _import(NEW, NEW_WITHOUT, HUONG, DUNG) == 4
    people_then, entries_then = _count(people.Person), _count(rosters.RosterEntry)
    assert _import(NEW, NEW_WITHOUT, HUONG, DUNG) == 0
    assert (_count(people.Person), _count(rosters.RosterEntry)) == (people_then, entries_then)


def test_the_same_people_on_another_day_are_expected_again() -> None:
    assert _import(HUONG) == 1
    assert _import(HUONG, on="22/11/2030") == 1


def test_what_landed_last_says_when_somebody_is_expected(players: casting.Players) -> None:
    for slot in ("07:30-08:00", "09:00-09:30"):
        content = f"{casting.TITLES},Khung giờ\n{','.join((*HUONG, TOMORROW))},{slot}\n".encode()
        importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    entry = rosters.find_entry(players.huong, DAY)
    assert entry
    assert f"{entry.slot_from:%H:%M}" == "09:00"
    assert rosters.count_expected(DAY) == 1


def test_the_entry_of_a_row_that_was_merged_is_the_kept_persons(players: casting.Players) -> None:
    _import(NEW)
    gone = people.find_by_number(NEW[3])
    assert gone
    with writing():
        db.session.get_one(people.Person, gone.id).merged_into = players.huong
    entry = rosters.find_entry(players.huong, DAY)
    assert entry
    assert entry.person_id == gone.id
    assert rosters.expected_among([players.huong, players.pao], DAY) == {players.huong}
    brought = _bring(HUONG, DUNG)
    assert brought.counts["same"] == 1
    assert rosters.count_expected(DAY) == 2, "two rows of one person are one"


def test_doses_of_a_list_are_believed_while_it_counts(players: casting.Players) -> None:
    titles, cells = casting.TITLES + ",Tên vắc xin,Ngày tiêm mũi 1", "AstraZeneca,01/08/2021"
    content = f"{titles}\n{','.join((*HUONG, TOMORROW))},{cells}\n".encode()
    brought = importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    assert [(dose.vaccine, dose.given_on) for dose in doses.history(players.huong)] == [
        ("astrazeneca", date(2021, 8, 1))
    ]
    with writing():
        rosters.get(brought.roster_id).withdrawn_at = casting.now().at
    assert doses.history(players.huong) == []
    importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    assert len(doses.history(players.huong)) == 1, "the next list that says it is believed"


def test_taking_a_list_back_leaves_what_another_says(players: casting.Players) -> None:
    """The usual way of putting a list right: the next file first, then the old one away."""
    titles = casting.TITLES + ",Tên vắc xin,Ngày tiêm mũi 1"

    def bring(vaccine: str, day: str) -> str:
        content = f"{titles}\n{','.join((*HUONG, day))},{vaccine},01/08/2021\n".encode()
        return importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content).roster_id

    first = bring("AstraZeneca", TOMORROW)
    second = bring("Pfizer", "22/11/2030")
    db.session.rollback()
    assert [dose.vaccine for dose in doses.history(players.huong)] == ["pfizer"], "what landed last says it"
    with writing():
        rosters.get(first).withdrawn_at = casting.now().at
    assert [dose.vaccine for dose in doses.history(players.huong)] == ["pfizer"]
    with writing():
        rosters.get(second).withdrawn_at, rosters.get(first).withdrawn_at = casting.now().at, None
    assert [dose.vaccine for dose in doses.history(players.huong)] == ["astrazeneca"]


def test_a_number_that_two_rows_of_a_piece_bring_is_learned_once() -> None:
    """Somebody known without a number stands on two days, once with another birth date."""
    known = _add(Identity("Hà Văn Mới", born_on=date(1970, 1, 1), born_year=1970, sex=Sex.MALE))[0]
    titles = casting.TITLES
    rows = [(*NEW, TOMORROW), (NEW[0], "02/01/1970", *NEW[2:], "22/11/2030")]
    content = "\n".join([titles, *(",".join(row) for row in rows)]).encode()
    importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    person = people.find_by_number(NEW[3])
    assert person
    assert person.id == known
    assert rosters.find_entry(known, DAY)
    assert rosters.find_entry(known, date(2030, 11, 22))


def test_a_child_gets_the_guardian_whom_its_row_names() -> None:
    titles = casting.TITLES + ",Người giám hộ,Số CCCD người giám hộ"
    child = ("Hà Văn Con", "01/02/2015", "Nam", "", "Thôn Bịa", TOMORROW)
    other = ("Hà Thị Út", "01/02/2016", "Nữ", "", "Thôn Bịa", TOMORROW)
    rows = [(*child, "hà văn mới", ""), (*NEW, TOMORROW, "", ""), (*other, "", NEW[3])]
    content = "\n".join([titles, *(",".join(row) for row in rows)]).encode()
    importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    guardian = people.find_by_number(NEW[3])
    assert guardian
    assert {one.name for one in people.search("Hà", None) if one.guardian_id == guardian.id} == {child[0], other[0]}


def test_nobody_gets_a_guardian_whom_number_and_name_do_not_both_mean() -> None:
    titles = casting.TITLES + ",Người giám hộ,Số CCCD người giám hộ"
    child = ("Hà Văn Con", "01/02/2015", "Nam", "", "Thôn Bịa", TOMORROW)
    other = ("Hà Thị Út", "01/02/2016", "Nữ", "", "Thôn Bịa", TOMORROW)
    rows = [
        (*child, NEW[0], "015070990085"),  # a namesake of the father stands on the list, he does not
        (*other, "Hà Văn Khác", NEW[3]),
        (*NEW, TOMORROW, "", ""),
    ]
    content = "\n".join([titles, *(",".join(row) for row in rows)]).encode()
    importer.bring(OPERATOR, casting.now(), casting.key(), "list.csv", content)
    db.session.rollback()
    assert [one.guardian_id for one in people.search("Hà", None)] == [None, None, None]


def test_nothing_stays_aside_after_landing() -> None:
    _import(NEW, HUONG)
    assert _count(rosters.StagedRow) == 0


def test_a_long_list_lands_in_pieces_and_whole() -> None:
    rows = [("Nguyễn Văn Đông", f"01/02/{1930 + n % 70}", "Nam", f"0150609{n:05}", "") for n in range(1203)]
    assert _import(*rows) == 1203
    assert _count(rosters.StagedRow) == 0

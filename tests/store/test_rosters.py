"""A list lands once, on the right people."""

from __future__ import annotations

import pytest

from kiosk.actions import roster
from kiosk.rules.actor import OPERATOR
from kiosk.store import people, rosters
from kiosk.store.database import db, writing
from tests import cast as casting

pytestmark = pytest.mark.usefixtures("inside")

HUONG = ("Nguyễn Thị Hường", "12/05/1958", "Nữ", "015158004187", "Hồng Hà")
DUNG = ("Lò Văn Dũng", "1947", "Nam", "", "Xã Bản Công")
NEW = ("Hà Văn Mới", "01/01/1970", "Nam", "015070990077", "Thôn Bịa")
NEW_WITHOUT = ("Hà Thị Chưa", "02/02/1972", "Nữ", "", "Thôn Bịa")
TOMORROW = "21/11/2030"


def _import(*rows: tuple[str, ...], on: str = TOMORROW) -> int:
    csv = casting.roster_csv(on, *rows)
    now = casting.now()
    return roster.import_roster(OPERATOR, now, casting.key(), "list.csv", roster.read_csv(csv, now))


def _count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(model)) or 0


def test_the_number_finds_the_person_whatever_the_list_says_of_them(players: casting.Players) -> None:
    before = _count(people.Person)
    assert _import(("NGUYEN THI HUONG", "12/05/1958", "Nữ", HUONG[3], "Nơi khác")) == 1
    assert _count(people.Person) == before
    assert people.get(players.huong).name == "Nguyễn Thị Hường", "a list does not rename anybody"


def test_without_a_number_name_and_birth_find_the_person() -> None:
    before = _count(people.Person)
    assert _import(DUNG, ("Nguyễn Thị Hường", "12/05/1958", "Nữ", "", "")) == 2
    assert _count(people.Person) == before


def test_the_same_name_born_on_another_day_is_somebody_else() -> None:
    before = _count(people.Person)
    assert _import(("Nguyễn Thị Hường", "13/05/1958", "Nữ", "", ""), ("Lò Văn Dũng", "1948", "Nam", "", "")) == 2
    assert _count(people.Person) == before + 2


def test_a_row_that_stands_twice_in_the_file_lands_once() -> None:
    before = _count(people.Person)
    assert _import(NEW, HUONG, NEW, HUONG, NEW) == 2
    assert _count(people.Person) == before + 1


def test_a_row_without_a_number_that_stands_twice_is_one_person() -> None:
    before = _count(people.Person)
    assert _import(NEW_WITHOUT, DUNG, NEW_WITHOUT) == 2
    assert _count(people.Person) == before + 1


def test_the_second_import_of_a_file_lands_nobody() -> None:
    assert _import(NEW, NEW_WITHOUT, HUONG, DUNG) == 4
    people_then, entries_then = _count(people.Person), _count(rosters.RosterEntry)
    assert _import(NEW, NEW_WITHOUT, HUONG, DUNG) == 0
    assert (_count(people.Person), _count(rosters.RosterEntry)) == (people_then, entries_then)


def test_the_same_people_on_another_day_are_expected_again() -> None:
    assert _import(HUONG) == 1
    assert _import(HUONG, on="22/11/2030") == 1


def test_nothing_stays_aside_after_landing() -> None:
    _import(NEW, HUONG)
    assert _count(rosters.StagedRow) == 0


def test_a_staged_list_is_seen_by_nobody(players: casting.Players) -> None:
    now = casting.now()
    rows = roster.read_csv(casting.roster_csv(TOMORROW, HUONG, NEW), now)
    with writing():
        file = rosters.Roster(file_name="list.csv", staged_at=now.at)
        rosters.add(file)
        rosters.stage(file.id, rows)
        rosters.match_people(file.id)
    assert rosters.count_expected(rows[0][1].on) == 0
    assert people.find_by_number(NEW[3]) is None


def test_a_long_list_lands_in_pieces_and_whole() -> None:
    rows = [("Nguyễn Văn Đông", "01/02/1960", "Nam", f"0150609{n:05}", "") for n in range(1203)]
    assert _import(*rows) == 1203

"""Reading and importing a list."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.actions import roster
from kiosk.errors import Refusal
from kiosk.rules.actor import OPERATOR
from kiosk.store import audit, rosters
from kiosk.store.database import writing
from tests.cast import TITLES, Players, done_once, key, now, roster_csv

pytestmark = pytest.mark.usefixtures("inside")
NEW = ("Hà Văn Mới", "01/01/1970", "Nam", "015070990077", "Thôn Bịa")
BAD = ("Hà Văn Mới", "01/13/1970", "Nam", "15070990077", "Thôn Bịa")


def test_a_list_is_read_with_its_line_numbers() -> None:
    rows = roster.read_csv(roster_csv("21/11/2030", NEW, NEW), now())
    assert [line for line, _ in rows] == [2, 3]
    assert rows[0][1].on == date(2030, 11, 21)


@pytest.mark.parametrize("change", [(",", ";"), ("\n", "\r\n"), ("\n", "\n\n"), ("\ufeff", "")])
def test_lists_as_spreadsheets_write_them(change: tuple[str, str]) -> None:
    content = roster_csv("21/11/2030", NEW).decode().replace(*change).encode()
    assert len(roster.read_csv(content, now())) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (roster_csv("21/11/2030", NEW).decode().encode("utf-16"), "roster_not_utf8"),
        ((TITLES + "\n").encode(), "roster_empty"),
        (b"", "roster_columns"),
        ("Họ và tên,Ngày sinh\nHà Văn Mới,1970\n".encode(), "roster_columns"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        roster.read_csv(content, now())
    assert refused.value.code == code


@pytest.mark.parametrize("junk", [b"\x00\x00\x00", b'"' * 9 + b"\n", b"a\rb\rc", b",,,,\n,,,", b'"' + b"x" * 200_000])
def test_no_file_raises_anything_but_a_sentence(junk: bytes) -> None:
    for content in (junk, roster_csv("21/11/2030", NEW) + junk):
        try:
            roster.read_csv(content, now())
        except (Refusal, roster.RosterMistakes):
            continue


def test_every_bad_row_is_named_with_its_column() -> None:
    with pytest.raises(roster.RosterMistakes) as refused:
        roster.read_csv(roster_csv("21/11/2030", NEW, BAD, NEW, (*NEW[:3], "15070990077", "")), now())
    found = [(mistake.line, mistake.column, mistake.refusal.code) for mistake in refused.value.mistakes]
    assert found == [(3, "Ngày sinh", "birth_odd"), (5, "Số CCCD", "number_zero_lost")]


def test_a_file_full_of_mistakes_names_the_first_twenty() -> None:
    with pytest.raises(roster.RosterMistakes) as refused:
        roster.read_csv(roster_csv("21/11/2030", *[BAD] * 50), now())
    assert len(refused.value.mistakes) == 20


def test_a_list_lands_and_says_so(players: Players) -> None:
    rows = roster.read_csv(roster_csv("21/11/2030", NEW), now())
    entries = audit.count()
    assert roster.import_roster(OPERATOR, now(), key(), "list.csv", rows) == 1
    assert rosters.count_expected(date(2030, 11, 21)) == 1
    assert audit.count() == entries + 2


def test_landing_twice_with_one_key_lands_once(players: Players) -> None:
    rows = roster.read_csv(roster_csv("21/11/2030", NEW), now())
    with writing():
        file = rosters.Roster(file_name="list.csv", staged_at=now().at)
        rosters.add(file)
        audit.add(OPERATOR, now(), "roster.staged", file.id)
    with writing():
        rosters.stage(file.id, rows)
    assert done_once(roster.land_roster, OPERATOR, file.id, other=players.lead) == 1

"""The page that paper survey forms are typed into."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from kiosk import wording
from kiosk.rules.words import Role
from kiosk.store import people, rosters
from tests.cast import Players, key, now, without_ids
from tests.web.conftest import Hands

PAGE = "/desk/desk-1/survey"
ROW = {
    "name": "Giàng Thị Mỷ", "birth": "07041995", "sex": "1", "number": "015195000123", "phone": "0912345678",
    "group": "9", "address": "Bản Mù", "guardian_name": "", "guardian_reach": "",
}  # fmt: skip


@pytest.fixture
def row() -> dict[str, str]:
    """A row for today."""
    return ROW | {"on": f"{now().on:%Y-%m-%d}"}


@pytest.fixture
def desk(signed_in: Callable[[Role], Hands]) -> Hands:
    """The volunteer's browser at the page."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


def value(html: str, name: str) -> str:
    """What stands in a field."""
    found = re.search(rf'<input id="{name}"[^>]* value="([^"]*)"', html)
    assert found, name
    return unescape(found[1])


def focused(html: str) -> list[str]:
    """Where the cursor is."""
    return re.findall(r'<input[^>]*?name="(\w+)"[^>]*?autofocus', html)


def test_opens_for_volunteers_and_nobody_else(client: Hands, desk: Hands, signed_in: Callable[[Role], Hands]) -> None:
    assert client.get(PAGE).location.startswith("/sign-in")
    assert desk.get(PAGE).status_code == 200
    assert signed_in(Role.SITE_LEAD).get(PAGE).status_code == 200
    assert signed_in(Role.SCREENER).get(PAGE).status_code == 403
    assert desk.get("/desk/screening-1/survey").status_code == 404
    assert PAGE in desk.get("/desk/desk-1").text


def test_enter_saves_and_the_cursor_is_in_the_next_name(desk: Hands, row: dict[str, str]) -> None:
    answer = desk.act(PAGE, **row)
    assert (answer.status_code, answer.location) == (303, PAGE)
    html = desk.get(PAGE).text
    assert focused(html) == ["name"]
    assert [value(html, name) for name in ("name", "number", "phone", "group")] == ["", "", "", ""]
    assert value(html, "address") == "Bản Mù", "a heap is of one village"
    assert f'<option value="{row["on"]}" selected>' in html
    assert "Giàng Thị M•••" in html
    for private in ("Giàng Thị Mỷ", "015195000123", "0912345678"):
        assert private not in without_ids(html)
    person = people.find_by_number("015195000123")
    assert person
    entry = rosters.find_entry(person.id, now().on)
    assert entry
    assert (entry.approved, entry.priority_group) == (False, "9")
    assert "Chờ trưởng điểm duyệt" in html


def test_htmx_gets_the_partial_alone(desk: Hands, row: dict[str, str]) -> None:
    answer = desk.get(PAGE, headers={"HX-Request": "true", "HX-Target": "survey"})
    assert answer.text.lstrip().startswith('<section id="survey"')
    refused = desk.act(PAGE, into="survey", **(row | {"name": ""}))
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<section id="survey"')


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", "Mỷ 2"), ("birth", "31021995"), ("sex", "n"), ("sex", ""), ("number", "1519500012"), ("phone", "12"),
        ("group", "17"), ("guardian_reach", "12"), ("guardian_reach", "0911111111"), ("on", "2020-01-01"),
    ],
)  # fmt: skip
def test_a_mistake_keeps_what_was_typed_and_the_cursor_is_there(
    desk: Hands, row: dict[str, str], field: str, typed: str
) -> None:
    answer = desk.act(PAGE, **(row | {field: typed}))
    assert answer.status_code == 422
    place = "guardian_name" if typed == "0911111111" else field  # nobody has that phone: who is it?
    assert f'id="{place}-refusal"' in answer.text
    assert answer.text.count('class="refusal"') == 1
    if field != "on":
        assert focused(answer.text) == [place]
        assert value(answer.text, field) == typed
    assert value(answer.text, "address") == "Bản Mù"
    assert people.find_by_number("015195000123") is None


def test_a_letter_that_both_sexes_begin_with_is_explained(desk: Hands, row: dict[str, str]) -> None:
    assert wording.say("survey.sex.either") in desk.act(PAGE, **(row | {"sex": "N"})).text


@pytest.mark.parametrize("typed", ["1", "f", "F", "Nữ", "nu"])
def test_one_key_says_the_sex(desk: Hands, row: dict[str, str], typed: str) -> None:
    assert desk.act(PAGE, **(row | {"sex": typed})).status_code == 303
    person = people.find_by_number("015195000123")
    assert person
    assert person.sex == "female"


def test_somebody_alike_is_asked_about_in_place(desk: Hands, row: dict[str, str], players: Players) -> None:
    tomorrow = f"{now().on + timedelta(days=1):%Y-%m-%d}"
    dung = row | {"name": "Lò Văn Dũng", "birth": "1947", "sex": "0", "number": "", "on": tomorrow}
    asked = desk.act(PAGE, **dung)
    assert asked.status_code == 422
    assert "Có phải là một người không?" in asked.text
    assert "Lò Văn D•••" in asked.text
    assert value(asked.text, "name") == "Lò Văn Dũng"
    assert desk.act(PAGE, **dung, same_as=players.dung).status_code == 303
    assert rosters.find_entry(players.dung, now().on + timedelta(days=1))
    assert "Đã có trong máy" in desk.get(PAGE).text


def test_a_second_tap_is_the_same_line(desk: Hands, row: dict[str, str]) -> None:
    same = key()
    for _ in range(2):
        assert desk.post(PAGE, data={"key": same} | row).status_code == 303
    assert "Đã nhập 1 phiếu" in desk.get(PAGE).text


def test_the_last_row_is_taken_back(desk: Hands, row: dict[str, str]) -> None:
    desk.act(PAGE, **row)
    html = desk.get(PAGE).text
    entry = re.search(r'name="entry" value="([^"]+)"', html)
    assert entry
    assert desk.act(f"{PAGE}/undo", entry=entry[1]).status_code == 303
    assert "Đã nhập 0 phiếu" in desk.get(PAGE).text
    assert people.find_by_number("015195000123") is None
    refused = desk.act(f"{PAGE}/undo", entry=entry[1])
    assert refused.status_code == 422
    assert "chỉ bỏ được phiếu nhập sau cùng" in refused.text


def test_only_the_last_ten_of_this_session_are_shown(
    desk: Hands, signed_in: Callable[[Role], Hands], row: dict[str, str]
) -> None:
    words = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Tư")
    for word in words:
        assert desk.act(PAGE, **(row | {"name": f"Giàng Thị {word} Ly", "number": ""})).status_code == 303
    html = desk.get(PAGE).text
    assert "Đã nhập 11 phiếu" in html
    assert html.count('class="who"') == 10
    assert "Giàng Thị Một" not in html
    assert "Đã nhập 0 phiếu" in signed_in(Role.SITE_LEAD).get(PAGE).text

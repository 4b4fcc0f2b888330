"""A family at the desk."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from kiosk import wording
from kiosk.rules.words import Role
from kiosk.store import audit, families, people, visits
from tests.actions.test_family import born, child
from tests.cast import Players, receive
from tests.web.conftest import Hands

NOTHING = {f"none-{group}": "yes" for group in ("places", "symptoms", "contacts", "chronic", "needs")}


@pytest.fixture
def desk(signed_in: Callable[[Role], Hands]) -> Hands:
    """The volunteer's browser at the desk."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/desk/desk-1")
    return browser


@pytest.fixture
def children(inside: None, players: Players) -> list[str]:
    """Two children of Hường who are expected today, oldest first."""
    return [child("Lò Thị An", born(12), players.huong), child("Lò Văn Bình", born(9), players.huong)]


def opened_page(desk: Hands, id: str) -> str:
    """Opens somebody; the address of their page."""
    desk.act(f"/desk/desk-1/open/{id}")
    return f"/desk/desk-1/person/{id}"


def ticks(html: str) -> dict[str, bool]:
    """Who may be ticked, and whether they are."""
    boxes = re.findall(r'name="member" value="([^"]+)"( checked)?', html)
    return {id: bool(checked) for id, checked in boxes}


def test_a_family_is_shown_masked_and_opened_with_a_look(
    desk: Hands, opened: str, players: Players, children: list[str]
) -> None:
    page = opened_page(desk, players.huong)
    text = unescape(desk.get(page).text)
    assert "Lò Thị A•••" in text
    assert "Lò Văn B•••" in text
    assert "Lò Thị An" not in text
    assert desk.get(f"/desk/desk-1/person/{children[0]}").status_code == 404
    before = audit.count()
    desk.act(f"/desk/desk-1/open/{children[0]}")
    assert audit.count() == before + 1
    text = unescape(desk.get(f"/desk/desk-1/person/{children[0]}").text)
    assert "Nguyễn Thị H•••" in text
    assert "Nguyễn Thị Hường" not in text


@pytest.mark.parametrize("whose", ["guardian", "child"])
def test_one_check_in_for_everybody_who_is_ticked(
    desk: Hands, opened: str, players: Players, children: list[str], whose: str
) -> None:
    page = opened_page(desk, players.huong if whose == "guardian" else children[1])
    assert ticks(desk.get(page).text) == dict.fromkeys([players.huong, *children], True)
    member = [players.huong, *children]
    answer = desk.act(f"{page}/check-in", family="yes", member=member, **NOTHING)
    assert (answer.status_code, answer.location) == (303, page)
    assert [visit.person_id for visit in visits.list_present(opened)] == member
    text = desk.get(page).text
    for label in ("U 001", "U 002", "U 003"):
        assert label in text
    assert "/check-in" not in text


def test_whoever_is_not_ticked_gets_no_number_and_may_come_later(
    desk: Hands, opened: str, players: Players, children: list[str]
) -> None:
    page = opened_page(desk, players.huong)
    desk.act(f"{page}/check-in", family="yes", member=[players.huong, children[0]], **NOTHING)
    assert len(visits.list_present(opened)) == 2
    assert ticks(desk.get(page).text) == {children[1]: True}
    assert desk.act(f"{page}/check-in", family="yes", member=[children[1]], **NOTHING).status_code == 303
    assert len(visits.list_present(opened)) == 3


def test_nobody_ticked_is_refused_in_place(desk: Hands, opened: str, players: Players, children: list[str]) -> None:
    page = opened_page(desk, players.huong)
    answer = desk.act(f"{page}/check-in", family="yes", **NOTHING)
    assert answer.status_code == 422
    assert "Chọn ít nhất một người" in answer.text
    assert ticks(answer.text) == dict.fromkeys([players.huong, *children], False), "what was ticked stays as it was"
    assert visits.list_present(opened) == []


def test_a_guardian_who_only_brings_the_children_is_not_ticked(desk: Hands, opened: str, players: Players) -> None:
    mine = child("Đặng Thị An", born(12), players.vang)
    page = opened_page(desk, players.vang)
    assert ticks(desk.get(page).text) == {players.vang: False, mine: True}
    assert desk.act(f"{page}/check-in", family="yes", member=[mine], **NOTHING).status_code == 303
    assert visits.find(opened, players.vang) is None
    assert visits.find(opened, mine)
    refused = desk.act(f"{page}/check-in", family="yes", member=[players.vang], **NOTHING)
    assert 'id="approval-refusal"' in refused.text


def test_a_guardian_is_found_and_linked_and_taken_off(desk: Hands, players: Players) -> None:
    mine = child("Lò Thị An", born(12), players.vang)
    page = opened_page(desk, mine)
    assert desk.act(f"{page}/guardian/unlink").status_code == 303
    assert families.find_guardian(mine) is None
    found = desk.act(f"{page}/guardian/find", words="015158004187")
    assert "015158004187" not in found.location
    text = desk.get(found.location).text
    assert "Nguyễn Thị H•••" in text
    answer = desk.act(f"{page}/guardian/link", guardian=players.huong)
    assert (answer.status_code, answer.location) == (303, page)
    guardian = families.find_guardian(mine)
    assert guardian
    assert guardian.id == players.huong


def test_whom_this_session_has_opened_is_offered(desk: Hands, players: Players) -> None:
    mine = child("Lò Thị An", born(12), players.vang)
    desk.act(f"/desk/desk-1/open/{players.huong}")
    page = opened_page(desk, mine)
    desk.act(f"{page}/guardian/unlink")
    text = desk.get(page).text
    assert players.huong in text
    assert text.count(mine) == text.count(f"/person/{mine}"), "nobody is offered as their own guardian"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"guardian_name": "", "guardian_birth": "1985"}, "guardian_name"),
        ({"guardian_name": "Lò Thị Mẹ", "guardian_birth": "85"}, "guardian_birth"),
        ({"guardian_name": "Lò Thị Mẹ", "guardian_birth": "1985", "guardian_phone": "12"}, "guardian_phone"),
    ],
)
def test_a_new_guardian_is_refused_beside_the_field(
    desk: Hands, players: Players, typed: dict[str, str], field: str
) -> None:
    page = opened_page(desk, players.pao)
    answer = desk.act(f"{page}/guardian/add", **typed)
    assert answer.status_code == 422
    assert f'id="{field}-refusal"' in answer.text
    assert families.find_guardian(players.pao) is None


def test_a_new_guardian_is_added_once(desk: Hands, players: Players) -> None:
    page = opened_page(desk, players.pao)
    typed = {"guardian_name": "Sùng Thị Mẹ", "guardian_birth": "1960", "guardian_phone": "0912 345 678"}
    for _ in range(2):
        answer = desk.post(f"{page}/guardian/add", data={"key": "0" * 8 + "-0000-4000-8000-" + "0" * 12} | typed)
        assert answer.status_code == 303
    assert len(people.search("sung thi me", None)) == 1


def test_a_mother_who_was_typed_for_one_child_is_the_same_for_the_next(desk: Hands, players: Players) -> None:
    typed = {"guardian_name": "Sùng Thị Mẹ", "guardian_birth": "1960", "guardian_phone": "0912 345 678"}
    for one in (players.pao, players.vang):
        assert desk.act(f"{opened_page(desk, one)}/guardian/add", **typed).status_code == 303
    mothers = people.search("sung thi me", None)
    assert len(mothers) == 1
    assert {one.id for one in families.list_children(mothers[0].id)} == {players.pao, players.vang}


def test_a_search_that_finds_no_possible_guardian_says_so(desk: Hands, players: Players) -> None:
    page = opened_page(desk, players.pao)
    for words in ("Nobody Whatsoever", people.get(players.pao).name):
        answer = desk.act(f"{page}/guardian/find", words=words)
        assert wording.say("family.nobody") in unescape(desk.get(answer.location).text), words


def test_a_minor_is_no_guardian(desk: Hands, players: Players) -> None:
    young = child("Lò Thị An", born(12), players.huong)
    page = opened_page(desk, players.pao)
    answer = desk.act(f"{page}/guardian/link", guardian=young)
    assert answer.status_code == 422
    assert "từ 18 tuổi" in answer.text


def test_only_who_was_opened_and_only_at_the_desk(
    desk: Hands, signed_in: Callable[[Role], Hands], client: Hands, players: Players
) -> None:
    page = f"/desk/desk-1/person/{players.huong}"
    assert desk.act(f"{page}/guardian/link", guardian=players.pao).status_code == 404
    client.get("/sign-in")
    assert client.act(f"{page}/guardian/link").location.startswith("/sign-in")
    screener = signed_in(Role.SCREENER)
    assert screener.act(f"{page}/guardian/link").status_code == 403


def test_a_number_given_before_is_shown_with_the_family(
    desk: Hands, opened: str, players: Players, children: list[str]
) -> None:
    receive(players, children[0])
    assert "A 001" in desk.get(opened_page(desk, players.huong)).text

"""The page of a zone's door."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from kiosk.actions import day as days
from kiosk.actions import doors, queueing
from kiosk.actions.moves import ABSENT
from kiosk.rules.actor import Actor
from kiosk.rules.codes import ticket
from kiosk.rules.words import Role, VisitState
from kiosk.store import visits
from tests.actions.test_tickets import absent
from tests.actions.test_zones import arrive, day, inside, sized
from tests.cast import Players, key, now
from tests.conftest import STAFF
from tests.web.conftest import Hands

DOOR = "/door/door-1"
pytestmark = pytest.mark.usefixtures("inside", "door")
Enter = Callable[[Role], Hands]


def said(text: str) -> str:
    """What can be read of a page."""
    text = re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def hall(players: Players) -> list[str]:
    """Zone A takes three: two are inside, the third is kept a spot; one waits outside. Their visits' ids."""
    sized(players, 3)
    days.open_day(players.lead, now(), key(), "morning")
    return arrive(players, 4)


@pytest.fixture
def keeper(signed_in: Enter) -> Hands:
    """The volunteer at the door."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get(DOOR)
    return browser


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.VOLUNTEER, 200),
        (Role.SITE_LEAD, 200),
        (Role.OBSERVER, 200),
        (Role.VACCINATOR, 403),
        (Role.TECHNICIAN, 403),
    ],
)
def test_who_keeps_a_door(signed_in: Enter, opened: str, role: Role, status: int) -> None:
    assert signed_in(role).get(DOOR).status_code == status


def test_a_door_is_a_station_of_that_kind(keeper: Hands, opened: str) -> None:
    assert keeper.get("/door/desk-1").status_code == 404
    assert DOOR in keeper.get("/").text, "whoever keeps it finds it"


def test_it_shows_how_many_spots_are_free(keeper: Hands, opened: str, players: Players) -> None:
    arrive(players, 2)
    text = keeper.get(DOOR).text
    assert 'class="card door room"' in text
    assert "18 / 20 chỗ trống" in said(text)
    assert "Khu này chưa khai sức chứa: đang tính 20 người" in said(text)


def test_a_full_zone_is_red_and_says_so(keeper: Hands, hall: list[str]) -> None:
    text = keeper.get(DOOR).text
    assert 'class="card door full"' in text
    assert "Khu A đã đủ chỗ" in said(text)
    assert "1 người chờ bên ngoài A 004" in said(text)
    keeper.act("/language", language="en")
    assert "Zone A is full" in said(keeper.get(DOOR).text)


def test_it_stays_in_sight_when_the_session_is_locked(keeper: Hands, hall: list[str]) -> None:
    keeper.act("/lock")
    assert "Khu A đã đủ chỗ" in said(keeper.get(DOOR).text)
    assert keeper.act(f"{DOOR}/show", number="A 1").location.startswith("/lock")
    assert visits.get(hall[0]).entered_at is None


@pytest.mark.parametrize("typed", ["A001", "1", "{code}"])
def test_a_number_is_typed_or_a_ticket_scanned_into_the_field(keeper: Hands, hall: list[str], typed: str) -> None:
    answer = keeper.act(f"{DOOR}/show", number=typed.format(code=ticket.write(visits.get(hall[0]).token)))
    assert answer.status_code == 303
    assert "A 001: mời vào, chỗ 1." in said(keeper.get(answer.location).text)
    assert visits.get(hall[0]).entered_at


def test_whoever_finds_it_full_is_told_so(keeper: Hands, hall: list[str]) -> None:
    text = said(keeper.get(keeper.act(f"{DOOR}/show", number="A 4").location).text)
    assert "A 004 chờ bên ngoài, có chỗ sẽ gọi số." in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Gõ số như A 147"),
        ("DT1:23456", "Gõ số như A 147"),
        ("A 77", "hôm nay chưa phát số A 077"),
        ("55", "hôm nay chưa phát số 55"),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(
    keeper: Hands, hall: list[str], typed: str, sentence: str
) -> None:
    answer = keeper.act(f"{DOOR}/show", number=typed)
    assert answer.status_code == 422
    assert sentence in re.search(r'id="number-refusal".*?</p>', answer.text, flags=re.S)[0]  # type: ignore[index]
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize(
    ("token", "sentence"),
    [("23456789AB", "Phiếu này không phải của điểm tiêm này."), (None, "Phiếu này của buổi sáng")],
)
def test_a_ticket_that_is_not_of_this_half_is_named(
    keeper: Hands, players: Players, hall: list[str], token: str | None, sentence: str
) -> None:
    code = ticket.write(token or visits.get(hall[0]).token)
    days.close_day(players.lead, now(), key(), 4)
    days.open_day(players.lead, now(), key(), "afternoon")
    answer = keeper.act(f"{DOOR}/show", number=code)
    assert sentence in said(keeper.get(answer.location).text)


def test_whoever_left_is_told_when(keeper: Hands, hall: list[str]) -> None:
    keeper.act(f"{DOOR}/out", out_number="A 1", reason="left")
    text = said(keeper.get(keeper.act(f"{DOOR}/show", number="A 1").location).text)
    assert re.search(r"A 001 đã về lúc \d\d:\d\d\.", text)


def test_whoever_was_absent_is_in_the_line_again(keeper: Hands, players: Players, hall: list[str]) -> None:
    absent(players, hall[0])
    assert "A 001" not in said(keeper.get(DOOR).text)
    keeper.act(f"{DOOR}/show", number="A 1")
    assert visits.get(hall[0]).stands is VisitState.WAITING
    assert visits.get(hall[0]).held_for != ABSENT


def test_somebody_who_was_asked_in_comes_with_one_tap(keeper: Hands, hall: list[str]) -> None:
    answer = keeper.act(f"{DOOR}/visit/{hall[2]}/enter", into="door")
    assert answer.status_code == 303
    partial = keeper.get(answer.location, headers={"HX-Request": "true", "HX-Target": "door"}).text
    assert "A 003 đã vào, chỗ 3." in said(partial)
    assert "<html" not in partial
    assert "/enter" in partial, "the others are still to come"
    refused = keeper.act(f"{DOOR}/visit/{hall[3]}/enter", into="door")
    assert (refused.status_code, "khu A đã đủ 3 chỗ" in said(refused.text)) == (422, True)


def test_what_has_not_changed_is_not_sent(keeper: Hands, door: Actor, hall: list[str]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "door"}
    address = html.unescape(re.search(r'<section id="door"[^>]*? hx-get="([^"]+)"', keeper.get(DOOR).text)[1])  # type: ignore[index]
    assert keeper.get(address, headers=headers).status_code == 204
    doors.enter(door, now(), key(), hall[0])
    assert keeper.get(address, headers=headers).status_code == 200


def test_somebody_goes_out_and_comes_back(keeper: Hands, hall: list[str]) -> None:
    answer = keeper.act(f"{DOOR}/out", out_number="A 1", reason="toilet")
    assert "A 001 tạm ra ngoài: Đi vệ sinh" in said(keeper.get(answer.location).text)
    assert inside()["A 004"] == 1


def test_whoever_is_back_is_not_said_to_be_out(keeper: Hands, players: Players, hall: list[str]) -> None:
    answer = keeper.act(f"{DOOR}/out", out_number="A 1", reason="toilet")
    queueing.resume(players.volunteer, now(), key(), hall[0])
    text = said(keeper.get(answer.location).text)
    assert "tạm ra ngoài:" not in text
    assert "Vắng" not in text


@pytest.mark.parametrize(("number", "reason", "code"), [("A 1", "", "out-reason"), ("", "toilet", "out_number")])
def test_going_out_needs_a_number_and_whether_they_come_back(
    keeper: Hands, hall: list[str], number: str, reason: str, code: str
) -> None:
    refused = keeper.act(f"{DOOR}/out", out_number=number, reason=reason)
    assert refused.status_code == 422
    assert f'id="{code}-refusal"' in refused.text
    assert '<details id="out" class="card fold" open>' in refused.text


def test_a_wrong_digit_is_put_right_at_the_door(keeper: Hands, hall: list[str]) -> None:
    keeper.act(f"{DOOR}/out", out_number="A 4", reason="left")
    assert "A 004 đã về hẳn. Vẫn còn ở đây" in said(keeper.get(DOOR).text)
    answer = keeper.act(f"{DOOR}/visit/{hall[3]}/back", into="door")
    text = said(keeper.get(answer.location).text)
    assert "A 004 đã được xếp lại vào hàng. Khu A đang đủ chỗ" in text
    assert "Vẫn còn ở đây" not in text
    assert visits.get(hall[3]).stands is VisitState.WAITING


def test_a_tap_on_the_wrong_row_is_undone(keeper: Hands, hall: list[str]) -> None:
    keeper.act(f"{DOOR}/visit/{hall[2]}/enter", into="door")
    assert "A 003 đã vào, chỗ 3. Chưa vào" in said(keeper.get(DOOR).text)
    answer = keeper.act(f"{DOOR}/visit/{hall[2]}/undo", into="door")
    text = said(keeper.get(answer.location).text)
    assert "A 003 chưa vào, vẫn giữ chỗ 3." in text
    assert "Vừa ghi" not in text
    assert visits.get(hall[2]).entered_at is None
    again = keeper.act(f"{DOOR}/visit/{hall[2]}/undo", into="door")
    assert (again.status_code, "quá 10 phút" in said(again.text)) == (422, True)


def test_what_is_said_has_its_place_before_it_is_said(keeper: Hands, hall: list[str]) -> None:
    text = keeper.get(DOOR).text
    assert 'class="door-answer"' in text
    assert "Mời quét phiếu ở cửa, hoặc gõ số." in said(text)
    outside = text.split('<p id="told"')
    assert len(outside) == 2, "where it is read aloud stays while the door is replaced"
    assert 'data-tells="Khu A đã đủ chỗ"' in outside[0]


def test_a_lapsed_spot_is_offered_to_the_next(keeper: Hands, players: Players) -> None:
    sized(players, 1)
    days.open_day(players.lead, now(-20), key(), "morning")
    first, second = arrive(players, 2, at=now(-10))
    text = said(keeper.get(DOOR).text)
    assert "A 001 chỗ 1 quá 5 phút" in text
    assert "Mời người kế tiếp thay" in text
    answer = keeper.act(f"{DOOR}/next", into="door")
    assert "Đã mời 1 người kế tiếp" in said(keeper.get(answer.location).text)
    assert (visits.get(first).spot, visits.get(second).spot) == (None, 1)
    assert "Mời người kế tiếp thay" not in keeper.get(DOOR).text


def test_somebody_is_let_in_beyond_capacity_by_word_of_a_colleague(keeper: Hands, hall: list[str]) -> None:
    _, badge, pin = STAFF[Role.SCREENER]
    facts = {"over_number": "A 4", "reason": "frail", "note": ""}
    refused = keeper.act(f"{DOOR}/over", **facts)
    assert (refused.status_code, 'id="second-refusal"' in refused.text) == (422, True)
    wrong = keeper.act(f"{DOOR}/over", **facts, second=badge, second_pin="0000")
    assert (wrong.status_code, 'id="second_pin-refusal"' in wrong.text) == (422, True)
    assert 'value="0000"' not in wrong.text
    answer = keeper.act(f"{DOOR}/over", **facts, second=badge, second_pin=pin)
    text = said(keeper.get(answer.location).text)
    assert "A 004 được cho vào ngoài sức chứa, chỗ 4." in text
    assert "Đang quá 1 người so với sức chứa 3." in text


def test_the_lead_needs_no_colleague(signed_in: Enter, hall: list[str]) -> None:
    lead = signed_in(Role.SITE_LEAD)
    assert 'name="second_pin"' not in lead.get(DOOR).text
    assert lead.act(f"{DOOR}/over", over_number="A 4", reason="frail").status_code == 303
    assert len(inside()) == 4


def test_the_lead_is_told_beside_the_number_why_not(signed_in: Enter, hall: list[str]) -> None:
    lead = signed_in(Role.SITE_LEAD)
    lead.get(DOOR)
    lead.act(f"{DOOR}/out", out_number="A 4", reason="left")
    refused = lead.act(f"{DOOR}/over", over_number="A 4", reason="frail")
    assert (refused.status_code, 'id="over_number-refusal"' in refused.text) == (422, True)


def test_no_name_stands_at_a_door(keeper: Hands, players: Players, hall: list[str]) -> None:
    names = {visit.person.name for visit in visits.list_present(day().id)}
    text = keeper.get(DOOR).text
    assert not [name for name in names if name in text]


def test_without_a_day_there_is_nothing_to_keep(keeper: Hands) -> None:
    text = keeper.get(DOOR).text
    assert "Chưa mở buổi tiêm" in text
    assert 'name="number"' not in text
    assert keeper.act(f"{DOOR}/show", number="1").status_code == 422

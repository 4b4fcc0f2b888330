"""What a screen says of a ticket that is shown at it: a table's page, a tablet's camera page, a kiosk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.actions import day as days
from kiosk.actions import scanning, table
from kiosk.rules.actor import Actor
from kiosk.rules.codes import ticket
from kiosk.rules.words import Role
from kiosk.store import scans, visits
from tests.actions.test_tickets import absent
from tests.cast import Players, key, now, receive
from tests.web.conftest import Hands
from tests.web.test_door import said

pytestmark = pytest.mark.usefixtures("inside")
Enter = Callable[[Role], Hands]


def show(station: str, text: str) -> scans.Scan:
    """Holds a code to the camera there."""
    id = key()
    scanning.scan_code(Actor("camera", Role.DEVICE, station), now(), id, id, text.encode(), "QRCode")
    return scans.get(id)


def of(visit: str) -> str:
    """What is printed on the visit's ticket."""
    return ticket.write(visits.get(visit).token)


@pytest.fixture
def vaccinator(signed_in: Enter) -> Hands:
    """The nurse at injection table 1."""
    return signed_in(Role.VACCINATOR)


def page(browser: Hands) -> str:
    """What can be read at injection table 1."""
    return said(browser.get("/table/injection-1").text)


def test_a_table_says_whose_turn_it_is_not(vaccinator: Hands, players: Players, opened: str) -> None:
    receive(players, players.dung)
    visit = receive(players, players.huong)
    show("injection-1", of(visit))
    assert "U 002 chưa đến lượt: còn 1 người trước. Chờ Khám sàng lọc ở khu A, chỗ 2." in page(vaccinator)
    vaccinator.act("/language", language="en")
    assert "U 002: not their turn yet, 1 person before them." in page(vaccinator)


def test_a_table_says_where_somebody_is_called(vaccinator: Hands, players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    show("injection-1", of(visit))
    assert "U 001 đang được gọi ở Bàn khám 1." in page(vaccinator)
    table.receive(players.screener, now(), key(), visit)
    assert "U 001 đang ở Bàn khám 1." in page(vaccinator)


def test_a_table_takes_back_whoever_was_absent(vaccinator: Hands, players: Players, opened: str) -> None:
    show("injection-1", of(absent(players, receive(players, players.huong))))
    assert "U 001 đã được xếp lại vào hàng, còn 0 người trước." in page(vaccinator)


def test_the_table_that_called_hears_that_they_have_come(signed_in: Enter, players: Players, opened: str) -> None:
    browser = signed_in(Role.SCREENER)
    visit = receive(players, players.huong)
    browser.get("/table/screening-1")
    browser.act("/table/screening-1/call")
    show("screening-1", of(visit))
    assert 'name="temperature"' in browser.get("/table/screening-1").text, "the form of the step, without a tap"


@pytest.mark.parametrize("half", ["closed", "afternoon"])
def test_a_table_names_the_day_of_a_ticket(vaccinator: Hands, players: Players, opened: str, half: str) -> None:
    visit = receive(players, players.huong)
    days.close_day(players.lead, now(), key(), 1)
    if half == "afternoon":
        days.open_day(players.lead, now(), key(), "afternoon")
    show("injection-1", of(visit))
    ends = "Buổi đó đã đóng." if half == "closed" else "không dùng cho buổi này."
    text = page(vaccinator)
    assert f"buổi sáng {now().on:%d/%m/%Y}" in text
    assert ends in text


def test_a_table_knows_nothing_of_another_sites_ticket(vaccinator: Hands, opened: str) -> None:
    show("injection-1", "DT1:23456789AB")
    assert "Phiếu này không phải của điểm tiêm này." in page(vaccinator)


def test_a_sentence_is_over_after_a_while(vaccinator: Hands, players: Players, opened: str) -> None:
    id, code = key(), of(receive(players, players.huong))
    scanning.scan_code(players.table_camera, now(-1), id, id, code.encode(), "QRCode")
    assert "chưa đến lượt" not in page(vaccinator)


@pytest.mark.parametrize(
    ("role", "station", "status"),
    [
        (Role.VOLUNTEER, "door-1", 200), (Role.OBSERVER, "door-1", 200), (Role.VACCINATOR, "door-1", 403),
        (Role.SCREENER, "screening-1", 200), (Role.VOLUNTEER, "finish-1", 200), (Role.VOLUNTEER, "kiosk-1", 404),
    ],
)  # fmt: skip
def test_a_tablet_scans_tickets_at_doors_and_tables(
    signed_in: Enter, door: Actor, opened: str, role: Role, station: str, status: int
) -> None:
    assert signed_in(role).get(f"/frames/{station}").status_code == status


def test_a_tablets_answer_is_that_of_the_place(signed_in: Enter, players: Players, door: Actor, opened: str) -> None:
    keeper = signed_in(Role.VOLUNTEER)
    scan = show("door-1", of(receive(players, players.huong)))
    text = said(keeper.get(f"/frames/door-1?scan={scan.id}").text)
    assert "U 001: mời vào, chỗ 1." in text
    assert "Xem ở Cửa khu A" in text
    scan = show("desk-1", "DT1:23456789AB")
    assert "không phải của điểm tiêm này" in said(keeper.get(f"/frames/desk-1?scan={scan.id}").text)
    scan = show("desk-1", of(receive(players, players.dung)))
    text = said(keeper.get(f"/frames/desk-1?scan={scan.id}").text)
    assert "Đã có số U 002" in text
    assert "Mở thông tin" in text


def test_a_kiosk_names_the_day_of_a_ticket(browser: Callable[..., object], players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    days.close_day(players.lead, now(), key(), 1)
    days.open_day(players.lead, now(), key(), "afternoon")
    show("kiosk-1", of(visit))
    screen = browser("kiosk").open("/kiosk/kiosk-1")  # type: ignore[attr-defined]
    assert f"Phiếu này của buổi sáng {now().on:%d/%m/%Y}" in screen.text
    assert "Mời lấy số mới" in screen.text
    assert "U 001" not in screen.text


def test_a_kiosk_takes_back_whoever_was_absent(browser: Callable[..., object], players: Players, opened: str) -> None:
    show("kiosk-1", of(absent(players, receive(players, players.huong))))
    assert "U 001" in browser("kiosk").open("/kiosk/kiosk-1").text  # type: ignore[attr-defined]

"""A table that calls people."""

from __future__ import annotations

import pytest

from kiosk.rules.words import Role
from kiosk.store import visits
from tests.cast import key, receive

HTMX = {"HX-Request": "true", "HX-Target": "here"}


@pytest.fixture
def table(signed_in):
    browser = signed_in(Role.SCREENER)
    browser.get("/table/screening-1")
    return browser


def test_opens_for_table_staff_only_at_tables(client, table, signed_in):
    assert client.get("/table/screening-1").location.startswith("/sign-in")
    assert table.get("/table/screening-1").status_code == 200
    assert signed_in(Role.TECHNICIAN).get("/table/screening-1").status_code == 403
    for other in ("desk-1", "kiosk-1", "nowhere"):
        assert table.get(f"/table/{other}").status_code == 404


def test_calls_receives_and_finishes_in_order(table, opened, players):
    first, second = receive(players, players.huong, chronic=["heart"]), receive(players, players.dung)
    assert "Hường" not in table.get("/table/screening-1").text
    answer = table.act("/table/screening-1/call")
    assert (answer.status_code, answer.location) == (303, "/table/screening-1")
    text = table.get("/table/screening-1").text
    assert "Nguyễn Thị Hường" in text
    assert "12/05/1958" in text
    assert "•••• •••• 4187" in text
    assert "Bệnh tim mạch" in text
    assert table.act(f"/table/screening-1/visit/{first}/receive").status_code == 303
    text = table.get("/table/screening-1").text
    assert "Xong, sang Xác nhận danh tính và tiêm" in text
    assert table.act(f"/table/screening-1/visit/{first}/finish").status_code == 303
    assert visits.get(first).step == "injection"
    table.act("/table/screening-1/call")
    assert visits.get(second).state == "called"


def test_second_tap_calls_nobody_else(table, opened, players):
    receive(players, players.huong)
    other = receive(players, players.dung)
    same = key()
    for _ in range(2):
        assert table.post("/table/screening-1/call", data={"key": same}).status_code == 303
    assert visits.get(other).state == "waiting"
    refused = table.act("/table/screening-1/call")
    assert refused.status_code == 422
    assert "bàn này đã có người" in refused.text


def test_recall_says_how_often_and_absent_people_wait_behind(table, opened, players):
    first, second = receive(players, players.huong), receive(players, players.dung)
    table.act("/table/screening-1/call")
    for _ in range(2):
        table.act(f"/table/screening-1/visit/{first}/recall")
    assert "đã gọi lại 2 lần" in table.get("/table/screening-1").text
    table.act(f"/table/screening-1/visit/{first}/no-show")
    assert visits.get(first).state == "waiting"
    table.act("/table/screening-1/call")
    assert visits.get(second).state == "called"


def test_what_somebody_else_did_first_is_said(table, signed_in, opened, players):
    visit = receive(players, players.huong)
    table.act("/table/screening-1/call")
    table.act(f"/table/screening-1/visit/{visit}/no-show")
    answer = table.act(f"/table/screening-1/visit/{visit}/receive", into="here")
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<section id="here"')
    assert "người khác vừa bấm trước" in answer.text
    assert table.act(f"/table/screening-1/visit/{visit}/dance").status_code == 404


def test_a_colleague_sees_the_number_and_must_look(table, signed_in, opened, players):
    visit = receive(players, players.huong)
    table.act("/table/screening-1/call")
    other = signed_in(Role.VACCINATOR)
    text = other.get("/table/screening-1").text
    assert "A 001" in text
    assert "Hường" not in text
    assert other.act(f"/table/screening-2/visit/{visit}/look").status_code == 404
    assert other.act(f"/table/screening-1/visit/{visit}/look").status_code == 303
    assert "Nguyễn Thị Hường" in other.get("/table/screening-1").text


def test_htmx_gets_the_partial_and_nothing_while_nothing_changed(table, opened, players):
    receive(players, players.pao, symptoms=["fever"])
    answer = table.act("/table/screening-1/call", into="here")
    assert answer.status_code == 303
    partial = table.get(answer.location, headers=HTMX).text
    assert partial.lstrip().startswith('<section id="here"')
    assert "Có dấu hiệu bệnh, mời bác sĩ xem trước" in partial
    again = partial.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert table.get(again, headers=HTMX).status_code == 204
    waits = table.get("/table/screening-1", headers=HTMX | {"HX-Target": "waiting-list"}).text
    assert waits.lstrip().startswith('<section id="waiting-list"')


def test_without_a_clinic_day_nothing_can_be_called(table):
    assert "Chờ trưởng điểm tiêm mở buổi" in table.get("/table/screening-1").text
    assert table.act("/table/screening-1/call").status_code == 422


def test_nobody_waits(table, opened):
    text = table.get("/table/screening-1").text
    assert "disabled" in text
    assert table.act("/table/screening-1/call").status_code == 303

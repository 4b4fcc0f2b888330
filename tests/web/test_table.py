"""A table that calls people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.rules.words import Role
from kiosk.store import clinic_days, stations, visits
from kiosk.store.database import writing
from tests.cast import called, key, receive, screened

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
    for other in ("desk-1", "kiosk-1", "observation-1", "nowhere"):
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
    assert "Kết luận của bác sĩ" in text, "what is to be recorded decides the form"
    unrecorded = table.act(f"/table/screening-1/visit/{first}/finish")
    assert unrecorded.status_code == 422
    assert "Ghi xong phần còn thiếu" in unrecorded.text
    assert visits.get(first).step == "screening"
    concluded = {"temperature": "36.8", "none": "yes", "conclusion": "cleared"}
    assert table.act(f"/table/screening-1/visit/{first}/screening", **concluded).status_code == 303
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


def test_whom_another_table_has_called_by_now_takes_no_table_away(table, opened, players):
    visit = receive(players, players.huong)
    table.act("/table/screening-1/call")
    table.act(f"/table/screening-1/visit/{visit}/no-show")
    assert called(players.other_screener) == visit
    answer = table.act(f"/table/screening-1/visit/{visit}/receive", into="here")
    assert answer.status_code == 422
    assert answer.text.lstrip().startswith('<section id="here"')
    assert "người khác vừa bấm trước" in answer.text
    assert "Hường" not in answer.text


def test_a_colleague_sees_the_number_and_must_look(table, signed_in, opened, players):
    visit = receive(players, players.huong)
    table.act("/table/screening-1/call")
    other = signed_in(Role.VACCINATOR)
    text = other.get("/table/screening-1").text
    assert "U 001" in text
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


def test_home_lists_what_each_station_serves(table, signed_in):
    with writing():
        stations.get("screening-2").steps = ["screening", "injection", "observation", "finish"]
    text = table.get("/").text
    assert "/table/screening-2" in text
    assert "/observation/screening-2" in text
    assert "/observation/screening-1" not in text
    volunteer = signed_in(Role.VOLUNTEER).get("/").text
    assert "/table/screening-2" in volunteer
    assert "/observation/screening-2" not in volunteer, "volunteers do not watch the room"


@pytest.fixture
def at_needle(signed_in, table, opened, players):
    """Hường is screened and sits at injection-1."""
    visit = receive(players, players.huong)
    screened(players)
    nurse = signed_in(Role.VACCINATOR)
    nurse.act("/table/injection-1/call")
    nurse.act(f"/table/injection-1/visit/{visit}/receive")
    return nurse, visit


def test_the_rest_of_a_step_is_left_out_with_a_reason(at_needle):
    nurse, visit = at_needle
    assert "Không làm tiếp bước này" in nurse.get("/table/injection-1").text
    refused = nurse.act(f"/table/injection-1/visit/{visit}/skip", skip="yes", note="chờ con gái")
    assert refused.status_code == 422
    assert 'id="skip-refusal"' in refused.text
    assert 'value="chờ con gái"' in refused.text
    assert visits.get(visit).step == "injection"
    answer = nurse.act(f"/table/injection-1/visit/{visit}/skip", skip="yes", reason="declined", note="chờ con gái")
    assert (answer.status_code, answer.location) == (303, "/table/injection-1")
    assert (visits.get(visit).step, visits.get(visit).state) == ("finish", "waiting")


def test_whoever_may_not_leave_a_step_out_is_not_offered_it(at_needle, signed_in, table, players):
    _, visit = at_needle
    volunteer = signed_in(Role.VOLUNTEER)
    volunteer.act(f"/table/injection-1/visit/{visit}/look")
    text = volunteer.get("/table/injection-1").text
    assert "Nguyễn Thị Hường" in text
    assert "Không làm tiếp bước này" not in text
    refused = volunteer.act(f"/table/injection-1/visit/{visit}/skip", skip="yes", reason="declined")
    assert refused.status_code == 422
    assert visits.get(visit).step == "injection"


def test_while_another_days_clinic_day_is_open_it_says_so_and_asks_for_nothing(table, opened, players):
    visit = receive(players, players.huong)
    table.act("/table/screening-1/call")
    table.act(f"/table/screening-1/visit/{visit}/receive")
    assert f"/visit/{visit}/screening" in table.get("/table/screening-1").text
    with writing():
        clinic_days.find_open().on -= timedelta(days=1)
    text = table.get("/table/screening-1").text
    assert "chưa kết thúc. Mời trưởng điểm kết thúc buổi đó" in text
    for act in ("screening", "skip", "finish"):
        assert f"/visit/{visit}/{act}" not in text
    assert table.act(f"/table/screening-1/visit/{visit}/no-show").status_code == 303
    assert "chưa kết thúc" in table.get("/table/screening-1").text

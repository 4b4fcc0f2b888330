"""The site lead's page."""

from __future__ import annotations

from datetime import datetime

import pytest

from kiosk.rules.words import Role
from kiosk.store import clinic_days, visits
from tests.cast import CLOCK, key, receive


@pytest.fixture
def lead(signed_in):
    browser = signed_in(Role.SITE_LEAD)
    browser.get("/lead")
    return browser


def test_opens_for_the_lead_and_shows_itself_to_the_technician(client, lead, signed_in):
    assert client.get("/lead").location.startswith("/sign-in")
    assert lead.get("/lead").status_code == 200
    technician = signed_in(Role.TECHNICIAN)
    assert 'action="/lead/open"' not in technician.get("/lead").text
    assert technician.act("/lead/open", half="morning").status_code == 403
    assert signed_in(Role.VOLUNTEER).get("/lead").status_code == 403


def test_says_what_is_not_ready_and_how_many_are_expected(lead, beat):
    text = lead.get("/lead").text
    assert "3 người trong danh sách hôm nay" in text
    assert "chưa thấy máy" in text
    beat()
    assert "Máy và danh sách đã sẵn sàng" in lead.get("/lead").text


def test_opens_one_day_once(lead):
    same = key()
    for _ in range(2):
        answer = lead.post("/lead/open", data={"key": same, "half": "morning"})
        assert (answer.status_code, answer.location) == (303, "/lead")
    assert clinic_days.find_open().half == "morning"
    refused = lead.act("/lead/open", half="afternoon")
    assert refused.status_code == 422
    assert "mỗi lúc chỉ có một buổi tiêm" in refused.text
    assert lead.act("/lead/open", half="midnight").status_code == 400


def test_shows_the_day_live(lead, opened, players):
    receive(players, players.huong)
    receive(players, players.dung)
    alone = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "live"}).text
    assert alone.lstrip().startswith('<section id="live"')
    assert "trên 3 trong danh sách" in alone
    assert "Hường" not in alone
    stations = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "stations"}).text
    assert stations.lstrip().startswith('<section id="stations"')


def test_closing_asks_again_while_people_are_here(lead, opened, players):
    visit = receive(players, players.huong)
    first = lead.act("/lead/close")
    assert first.status_code == 422
    assert "còn 1 người chưa ra về" in first.text
    assert "Họ đã về hết, kết thúc buổi" in first.text
    assert clinic_days.find_open() is not None
    assert lead.act("/lead/close", let_go="1").status_code == 303
    assert visits.get(visit).state == "left"
    closed = lead.get("/lead").text
    assert "Buổi trước: Buổi sáng" in closed
    assert 'value="afternoon" checked' in closed or datetime.now(CLOCK.zone).hour >= 12
    assert lead.act("/lead/open", half="morning").status_code == 303
    assert visits.get(visit).state == "waiting"


def test_a_page_of_an_ended_day_becomes_another_page(lead, opened):
    lead.act("/lead/close")
    answer = lead.get("/lead", headers={"HX-Request": "true", "HX-Target": "live"})
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (204, "true")


def test_closing_without_a_day_is_said(lead):
    assert lead.act("/lead/close").status_code == 422

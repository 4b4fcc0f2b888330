"""Somebody who came before their slot: the ticket from the volunteer desk."""

from __future__ import annotations

import re
from datetime import time
from html import unescape

import pytest

from kiosk.rules.words import Role, SlipKind
from kiosk.store import print_jobs, rosters
from kiosk.store.database import writing
from tests.cast import key, now, receive

ALONE = {"HX-Request": "true", "HX-Target": "comeback"}


@pytest.fixture
def page(players):
    """Hường's at the desk; she is expected late this evening."""
    with writing():
        entry = rosters.find_entry(players.huong, now().on)
        entry.slot_from, entry.slot_until = time(23, 58), time(23, 59)
    return f"/desk/desk-1/person/{players.huong}"


@pytest.fixture
def desk(signed_in, opened, players, page):
    """A volunteer's browser that has opened her."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/desk/desk-1")
    browser.act(f"/desk/desk-1/open/{players.huong}")
    return browser


def tickets(players):
    """Her come-back tickets."""
    return print_jobs.list_copies(rosters.find_entry(players.huong, now().on).id, SlipKind.COMEBACK)


def test_the_ticket_is_printed_once_and_then_again(desk, page, players):
    assert "In phiếu hẹn quay lại" in desk.get(page).text
    same = key()
    for _ in range(2):
        assert desk.post(f"{page}/comeback", data={"key": same}).location == page
    assert [(job.station, job.copy) for job in tickets(players)] == [("kiosk-1", 1)]
    text = desk.get(page).text
    assert "In phiếu hẹn quay lại" not in text
    refused = desk.act(f"{page}/comeback")
    assert refused.status_code == 422
    assert "phiếu này đã in rồi" in refused.text
    assert desk.act(f"{page}/comeback/reprint").location == page
    assert [job.copy for job in tickets(players)] == [1, 2]


def test_htmx_gets_the_panel_and_nothing_while_nothing_changed(desk, page):
    alone = desk.get(f"{page}/comeback", headers=ALONE).text
    assert alone.lstrip().startswith('<div id="comeback"')
    again = unescape(re.search(r'hx-get="([^"]+)"', alone)[1])
    assert desk.get(again, headers=ALONE).status_code == 204
    desk.act(f"{page}/comeback")
    assert "Chờ in" in desk.get(again, headers=ALONE).text


def test_whoever_has_a_number_or_no_later_slot_is_offered_none(desk, page, players):
    with writing():
        rosters.find_entry(players.huong, now().on).slot_from = time(0, 0)
    assert 'id="comeback"' not in desk.get(page).text
    assert "không có khung giờ muộn hơn" in desk.act(f"{page}/comeback").text
    receive(players, players.huong)
    with writing():
        rosters.find_entry(players.huong, now().on).slot_from = time(23, 58)
    assert 'id="comeback"' not in desk.get(page).text
    assert desk.get(f"{page}/comeback", headers=ALONE).status_code == 204
    assert "đã có số" in desk.act(f"{page}/comeback").text
    assert tickets(players) == []


def test_it_is_for_those_who_opened_the_person_at_a_desk(client, desk, page, signed_in, players):
    assert client.get(f"{page}/comeback").location.startswith("/sign-in")
    technician = signed_in(Role.TECHNICIAN)
    technician.get("/")
    other = signed_in(Role.SITE_LEAD)
    other.get("/")
    for path in ("comeback", "comeback/reprint"):
        assert technician.act(f"{page}/{path}").status_code == 403
        assert other.act(f"{page}/{path}").status_code == 404
        assert desk.act(f"{page.replace('desk-1', 'finish-1')}/{path}").status_code == 404
    assert other.get(f"{page}/comeback").status_code == 404
    assert desk.act(f"{page}/comeback/reprint").status_code == 404
    assert tickets(players) == []

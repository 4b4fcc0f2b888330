"""The kiosk's number screen: where to wait, how long, and where to go instead."""

from __future__ import annotations

import re

import pytest

from kiosk import wording
from kiosk.actions import check_in, queueing, scanning, table
from kiosk.rules.codes import ticket
from kiosk.store import visits
from kiosk.store.database import writing
from tests.actions.test_family import born, child
from tests.actions.test_zones import declined
from tests.cast import answers, key, local, now, receive


def said(code, **facts):
    """A sentence of the screen, to Hường."""
    return wording.say(f"kiosk.number.{code}", you="bác", **facts)


@pytest.fixture
def screen(browser, inside, players, opened):
    """`screen(visit)`: what the kiosk shows whoever holds up their ticket."""
    kiosk = browser("kiosk")

    def show(visit_id):
        code = ticket.write(visits.get(visit_id).token).encode()
        scanning.scan_code(players.kiosk, now(), key(), key(), code, "QRCode")
        return kiosk.open(f"/kiosk/kiosk-1/visit/{visit_id}").text

    return show


def test_a_spot_how_many_and_how_long(screen, players):
    text = screen(receive(players, players.huong))
    assert said("spot", zone="A", spot=1) in text
    assert said("seat", spot=1) in text
    assert said("next") in text
    assert re.search(r"Chờ (khoảng \d+–|dưới )\d+ phút", text)


def test_outside_there_is_no_seat(screen, players):
    visit = receive(players, players.huong)
    with writing():
        row = visits.get(visit)
        row.inside, row.spot, row.entered_at = "", None, None
    text = screen(visit)
    assert said("outside", zone="A") in text
    assert "ghế" not in text


def test_whoever_waits_for_a_step_that_needs_no_spot_is_sent_to_its_zone(screen, players):
    visit = receive(players, players.huong)
    declined(players, visit)
    row = visits.get(visit)
    assert (row.step, row.spot) == ("finish", None)
    text = screen(visit)
    assert said("sit", zone=row.inside) in text
    assert "bên ngoài" not in text
    assert "ghế" not in text


def test_a_family_member_who_is_under_observation_sends_nobody_outside(screen, players):
    families = [players.huong, child("Lò Thị An", born(12), players.huong)]
    parent, visit = check_in.check_in_family(players.volunteer, now(), key(), families, answers(), "vi", local())
    with writing():
        row = visits.get(parent)
        row.step, row.state, row.inside, row.spot, row.entered_at = "observation", "seated", "", None, None
    text = screen(visit)
    assert f"khu {visits.get(visit).inside}" in text
    assert "bên ngoài" not in text


def test_whoever_is_called_is_sent_there_and_nowhere_else(screen, players):
    visit = receive(players, players.huong)
    table.call_next(players.screener, now(), key())
    text = screen(visit)
    assert said("go", place="Bàn khám 1") in text
    assert "ghế" not in text
    assert "phút" not in text


def test_whoever_is_held_is_told_whom_to_tell(screen, players):
    visit = receive(players, players.huong)
    queueing.hold(players.volunteer, now(), key(), visit, "toilet")
    text = screen(visit)
    assert said("held") in text
    assert "vệ sinh" not in text


def test_whom_a_volunteer_must_see_first_is_told_no_wait(screen, players):
    text = screen(receive(players, players.huong, symptoms=["fever"]))
    assert said("stay") in text
    assert "phút" not in text

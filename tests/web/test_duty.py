"""Signing on at a table, for what a volunteer types there."""

from __future__ import annotations

import re
from html import unescape

import pytest

from kiosk.actions import day
from kiosk.rules.words import Role
from kiosk.store import duties
from tests.cast import key, now
from tests.conftest import STAFF

PAGE = "/table/injection-1"
ALONE = {"HX-Request": "true", "HX-Target": "duty"}
NURSE = {"who": STAFF[Role.VACCINATOR][1], "pin": STAFF[Role.VACCINATOR][2]}


@pytest.fixture
def tablet(signed_in, opened):
    """A volunteer's, at the injection table."""
    browser = signed_in(Role.VOLUNTEER)
    browser.get(PAGE)
    return browser


def test_a_volunteers_tablet_asks_who_answers(tablet):
    text = tablet.get(PAGE).text
    assert 'id="duty"' in text
    assert "Chưa có ai nhận bàn này" in text


@pytest.mark.parametrize(
    ("role", "station", "shown"),
    [
        (Role.VACCINATOR, "injection-1", False),
        (Role.SCREENER, "injection-1", False),
        (Role.SCREENER, "screening-1", False),
        (Role.VACCINATOR, "screening-1", True),
        (Role.VOLUNTEER, "screening-1", True),
        (Role.VOLUNTEER, "finish-1", False),
        (Role.SITE_LEAD, "injection-1", True),
    ],
)
def test_only_those_are_asked_who_do_not_answer_themselves(signed_in, opened, role, station, shown):
    assert ('id="duty"' in signed_in(role).get(f"/table/{station}").text) is shown


def test_a_nurse_signs_on_with_badge_and_pin(tablet, opened, players):
    same = key()
    for _ in range(2):
        answer = tablet.post(f"{PAGE}/duty", data={"key": same} | NURSE)
        assert (answer.status_code, answer.location) == (303, PAGE)
    assert duties.find_at(opened, "injection-1").id == players.vaccinator.id
    text = tablet.get(PAGE).text
    assert STAFF[Role.VACCINATOR][0] in text
    assert "Chưa có ai nhận bàn này" not in text


@pytest.mark.parametrize(
    ("who", "pin", "field", "words"),
    [
        (NURSE["who"], "0000", "pin", "hai mã này không khớp"),
        (STAFF[Role.VOLUNTEER][1], STAFF[Role.VOLUNTEER][2], "who", "không chịu trách nhiệm"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_gives_no_pin_back(tablet, opened, who, pin, field, words):
    for into in ("duty-form", ""):
        refused = tablet.act(f"{PAGE}/duty", into=into, who=who, pin=pin)
        assert refused.status_code == 422
        assert re.search(f'id="{field}-refusal"[^§]*{words}', refused.text)
        assert f'value="{who}"' in refused.text
        assert f'value="{pin}"' not in refused.text
    assert duties.find_at(opened, "injection-1") is None


def test_wrong_pins_lock_here_as_at_the_sign_in(tablet, hub):
    for _ in range(hub.config["SETTINGS"].hub.sign_in_attempts):
        tablet.act(f"{PAGE}/duty", who=NURSE["who"], pin="0000")
    refused = tablet.act(f"{PAGE}/duty", **NURSE)
    assert refused.status_code == 422
    assert "đã gõ sai mã PIN nhiều lần" in refused.text


def test_htmx_gets_the_panel_and_nothing_while_nothing_changed(tablet):
    panel = tablet.get(PAGE, headers=ALONE).text
    assert panel.lstrip().startswith('<section id="duty"')
    again = unescape(panel.split('hx-get="')[1].split('"')[0])
    assert tablet.get(again, headers=ALONE).status_code == 204
    answer = tablet.act(f"{PAGE}/duty", into="duty-form", **NURSE)
    assert answer.status_code == 303
    assert tablet.get(again, headers=ALONE).status_code == 200


def test_not_everybody_and_not_everywhere(client, tablet, signed_in):
    assert client.get(PAGE).location.startswith("/sign-in")
    for role in (Role.SITE_LEAD, Role.OBSERVER, Role.TECHNICIAN):
        browser = signed_in(role)
        browser.get("/")
        assert browser.act(f"{PAGE}/duty", **NURSE).status_code == 403
    for station in ("desk-1", "observation-1", "nowhere"):
        assert tablet.act(f"/table/{station}/duty", **NURSE).status_code == 404
    assert tablet.act("/table/finish-1/duty", **NURSE).status_code == 422


def test_without_a_clinic_day_nobody_signs_on(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    text = browser.get(PAGE).text
    assert 'id="duty"' in text
    assert "/duty" not in text
    assert browser.act(f"{PAGE}/duty", **NURSE).status_code == 422


def test_the_form_comes_by_itself_as_soon_as_it_can_be_filled_in(signed_in, players):
    """Whoever opened the page before the day was opened does not load it again."""
    early, alone = signed_in(Role.VOLUNTEER), {"HX-Request": "true", "HX-Target": "duty-form"}
    listens = r'<div id="duty-form" hx-get="([^"]+)" hx-trigger="sse:tables, sse:table, every 15s"'
    asks = re.search(listens, early.get(PAGE).text)
    address = unescape(asks[1])
    assert early.get(address, headers=alone).status_code == 204
    day.open_day(players.lead, now(), key(), "morning")
    form = early.get(address, headers=alone).text
    assert f'action="{PAGE}/duty"' in form
    assert "hx-get" not in form, "it is never taken from under a finger"

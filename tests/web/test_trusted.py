"""`[hub] trusted_only`: staff work only on devices that were paired, each at its station."""

from __future__ import annotations

import pytest
from flask import Flask

from kiosk.actions import devices, site
from kiosk.actions.site import token_hash
from kiosk.app import create_app
from kiosk.config import load
from kiosk.rules.devices import AGENT, SCREEN
from kiosk.rules.words import Role
from kiosk.store import pairings, staff
from kiosk.store.database import db
from kiosk.web.gate import device_cookie
from tests.cast import key, now
from tests.conftest import STAFF


@pytest.fixture
def hub(folder):
    """A hub as it is provisioned."""
    with (folder / "site.toml").open("a", encoding="utf-8") as file:
        file.write("\n[hub]\ntrusted_only = true\n")
    app: Flask = create_app(load(folder))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def at(hub, client, players):
    """`at("desk-1")`: a browser that is paired for the station."""

    def pair(*stations):
        browser = hub.test_client()
        for station in stations:
            token = site.new_token()
            site.pair(players.lead, now(), key(), station, token)
            browser.set_cookie(device_cookie(station), token)
        return browser

    return pair


def enter(browser, role):
    """Signs in by badge and PIN."""
    browser.get("/sign-in")
    answer = browser.act("/sign-in", who=STAFF[role][1], pin=STAFF[role][2])
    assert answer.status_code == 303, answer.text
    return browser


def test_a_strangers_device_gets_a_calm_page_wherever_it_goes(client, players):
    for path in ("/", "/sign-in", "/desk/desk-1", "/lead", "/table/injection-1", "/devices"):
        way = client.get(path).location
        assert way.startswith("/pair"), path
        answer = client.get(way)
        assert answer.status_code == 200
        assert "Thiết bị này chưa được ghép" in answer.text
    assert client.get("/desk/desk-1").location == "/pair?next=/desk/desk-1"


def test_nobody_signs_in_on_it_and_a_session_that_was_taken_along_opens_nothing(client, players):
    client.get("/pair")
    answer = client.act("/sign-in", who=STAFF[Role.SITE_LEAD][1], pin=STAFF[Role.SITE_LEAD][2])
    assert answer.location.startswith("/pair")
    assert client.get_cookie("staff") is None
    client.set_cookie("staff", players.tokens["lead"])
    assert client.get("/lead").location == "/pair?next=/lead"
    assert client.act("/devices/code", station="desk-1").location.startswith("/pair")


def test_an_act_of_htmx_is_led_there_too(client, players):
    client.set_cookie("staff", players.tokens["volunteer"])
    answer = client.get("/desk/desk-1", headers={"HX-Request": "true", "HX-Target": "line"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/pair")


def test_what_is_public_stays_public(client, players):
    for path in ("/board", "/pair", "/t/23456789AB", "/static/icon.svg"):
        assert client.get(path).status_code in (200, 404), path
        assert client.get(path).request.path == path


def test_staff_work_at_the_station_of_their_device(at):
    browser = enter(at("desk-1"), Role.VOLUNTEER)
    assert browser.get("/desk/desk-1").status_code == 200
    assert browser.get("/").status_code == 200, "a page without a station"
    assert browser.get("/printers").status_code == 200
    answer = browser.get(browser.get("/table/finish-1").location)
    assert answer.request.path == "/pair"
    assert "chưa được ghép với Bàn hoàn tất" in answer.text
    assert "Bàn tình nguyện viên 1" in answer.text, "and where it may be used"


def test_a_device_may_serve_several_stations(at):
    browser = enter(at("desk-1", "finish-1"), Role.VOLUNTEER)
    assert browser.get("/table/finish-1").status_code == 200
    assert browser.get("/desk/desk-1").status_code == 200


@pytest.mark.parametrize("role", [Role.SITE_LEAD, Role.TECHNICIAN])
def test_lead_and_technician_go_round_on_any_trusted_device(at, role):
    browser = enter(at("kiosk-1"), role)
    assert browser.get("/printers").status_code == 200
    assert browser.get("/devices").status_code == 200
    if role is Role.SITE_LEAD:
        assert browser.get("/desk/desk-1").status_code == 200


def test_a_cookie_under_another_stations_name_is_worth_nothing(hub, client, players):
    token = site.new_token()
    site.pair(players.lead, now(), key(), "finish-1", token)
    client.set_cookie(device_cookie("desk-1"), token)
    assert client.get("/sign-in").location.startswith("/pair")


def test_an_agents_token_is_no_tablets(client, players):
    code, token = site.new_token(), site.new_token()
    devices.invite(players.lead, now(), key(), "desk-1", code)
    devices.join(players.kiosk, now(), key(), code, token, "agent", "")
    client.set_cookie(device_cookie("desk-1"), token)
    assert client.get("/sign-in").location.startswith("/pair")


def test_a_device_revoked_in_the_middle_of_a_session_shows_nothing_more(at, players):
    browser = enter(at("desk-1"), Role.VOLUNTEER)
    assert browser.get("/desk/desk-1").status_code == 200
    row = pairings.find(token_hash(browser.get_cookie(device_cookie("desk-1")).value))
    devices.revoke(players.lead, now(), key(), row.id)
    assert browser.get("/desk/desk-1").location == "/pair?next=/desk/desk-1"
    assert browser.act("/desk/desk-1/find", words="Hường").location.startswith("/pair")
    assert browser.get("/").location.startswith("/pair")


def test_a_kiosks_screen_and_its_agent_are_as_before(hub, client, players):
    client.set_cookie(device_cookie("kiosk-1"), players.tokens["kiosk"])
    assert client.get("/kiosk/kiosk-1").status_code == 200
    bearer = {"Authorization": f"Bearer {players.tokens['kiosk']}"}
    assert hub.test_client().post("/device/start", json={"run": "r"}, headers=bearer).status_code == 200


LASTING = ""


@pytest.mark.parametrize("kind", [AGENT, SCREEN, LASTING])
@pytest.mark.parametrize("station", ["kiosk-1", ""])
def test_a_token_opens_only_what_its_kind_is_for_and_only_in_its_own_place(hub, client, players, kind, station):
    code, token = site.new_token(), site.new_token()
    if kind == LASTING:
        site.pair(players.lead, now(), key(), "kiosk-1", token)
    else:
        devices.invite(players.lead, now(), key(), "kiosk-1", code)
        devices.join(players.kiosk, now(), key(), code, token, kind, "")

    def asked(bearer):
        browser, headers = hub.test_client(), {}
        if bearer:
            headers = {"Authorization": f"Bearer {token}"}
        else:
            browser.set_cookie(device_cookie(station), token)
        told = browser.post("/device/start", json={"run": "r"}, headers=headers).status_code
        claimed = browser.post("/device/print-jobs/claim", json={"run": "r", "key": key()}, headers=headers).status_code
        return told != 401, claimed != 401, browser.get("/kiosk/kiosk-1", headers=headers).status_code == 200

    assert asked(bearer=True) == (kind != SCREEN, kind != SCREEN, False)
    assert asked(bearer=False) == (False, False, kind != AGENT and station == "kiosk-1")


def test_a_wrong_pin_on_a_strangers_device_is_not_counted(client, players):
    client.get("/pair")
    for _ in range(6):
        client.act("/sign-in", who=STAFF[Role.VOLUNTEER][1], pin="0001")
    assert staff.find_by_badge("V01").locked_until is None

"""Pairing a screen, tablet or phone by a code that somebody scans or types."""

from __future__ import annotations

import pytest

from kiosk.actions import devices, site
from kiosk.actions.site import token_hash
from kiosk.rules.devices import LIFE, SCREEN
from kiosk.store import pairings
from kiosk.web import attempts
from kiosk.web.gate import device_cookie
from tests.cast import everything, key, now

ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


@pytest.fixture
def code(players):
    """One device may join the second injection table."""
    code = site.new_token()
    devices.invite(players.lead, now(), key(), "injection-2", code)
    return code


def cookie(client, station="injection-2"):
    """What the browser keeps for the station."""
    found = client.get_cookie(device_cookie(station))
    return found.value if found else None


def test_the_page_is_everybodys_and_proposes_a_name(client):
    text = client.get("/pair", headers={"User-Agent": ANDROID}).text
    assert 'value="Android · Chrome"' in text
    assert "kiosk pair kiosk-1 --once" in text
    assert "data-at-once" not in text, "one tap says that this is the browser to be trusted"
    assert "kiosk pair desk-1 --once" in client.get("/pair?next=/desk/desk-1").text
    assert "data-at-once" in client.get("/pair?next=/kiosk/kiosk-1").text


def test_a_code_makes_this_browser_the_stations(client, code):
    client.get("/pair")
    answer = client.act("/pair", code=code.replace("-", " ").lower(), name="Máy của Lan")
    assert (answer.status_code, answer.location) == (303, "/table/injection-2")
    row = pairings.find(token_hash(cookie(client)))
    assert (row.station, row.kind, row.name) == ("injection-2", SCREEN, "Máy của Lan")
    assert cookie(client) != code
    kept = answer.headers["Set-Cookie"]
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept


def test_a_second_tap_is_the_same_joining(client, code):
    client.get("/pair")
    form = {"key": key(), "code": code, "name": "x"}
    assert client.post("/pair", data=form).status_code == 303
    token, then = cookie(client), everything()
    client.delete_cookie(device_cookie("injection-2"))  # the first answer never came
    assert client.post("/pair", data=form).status_code == 303
    assert cookie(client) == token
    assert everything() == then


def test_a_second_device_gets_nothing_from_a_used_code(client, hub, code):
    client.get("/pair")
    client.act("/pair", code=code)
    other = hub.test_client()
    other.get("/pair")
    answer = other.act("/pair", code=code, name="Máy khác")
    assert answer.status_code == 422
    assert 'id="code-refusal"' in answer.text
    assert 'value="Máy khác"' in answer.text
    assert cookie(other) is None


def test_a_form_that_was_sent_with_another_code_brings_nothing_new(client, players, code):
    client.get("/pair")
    form = key()
    client.post("/pair", data={"key": form, "code": code})
    token, other = cookie(client), site.new_token()
    devices.invite(players.lead, now(), key(), "desk-1", other)
    assert client.post("/pair", data={"key": form, "code": other}).location == "/pair"
    assert cookie(client) == token
    assert cookie(client, "desk-1") is None
    assert devices.find_open(now(), token_hash(other)), "the other code can still be used"


def test_it_leads_on_within_the_station_only(client, players):
    for wanted, leads in (("/kiosk/kiosk-1?x=1", "/kiosk/kiosk-1?x=1"), ("/lead", "/kiosk/kiosk-1"),
                          ("//elsewhere.example", "/kiosk/kiosk-1")):  # fmt: skip
        code = site.new_token()
        devices.invite(players.lead, now(), key(), "kiosk-1", code)
        client.get("/pair")
        assert client.act("/pair", code=code, next=wanted).location == leads


def test_a_token_that_lasts_may_be_typed_again_and_writes_nothing(client, players):
    client.get("/pair")
    then = everything()
    for _ in range(2):
        assert client.act("/pair", code=players.tokens["kiosk"]).location == "/kiosk/kiosk-1"
    assert cookie(client, "kiosk-1") == players.tokens["kiosk"]
    assert everything() == then


def test_an_agents_token_opens_no_browser_and_a_screens_no_agent(client, hub, players):
    code, token, screen = (site.new_token() for _ in range(3))
    devices.invite(players.lead, now(), key(), "kiosk-1", code)
    devices.join(players.kiosk, now(), key(), code, token, "agent", "", screen)
    client.get("/pair")
    assert client.act("/pair", code=token).status_code == 422
    client.set_cookie(device_cookie("kiosk-1"), token)
    assert client.get("/kiosk/kiosk-1").location.startswith("/pair")
    for bearer, status in ((token, 200), (screen, 401)):
        answer = hub.test_client().post(
            "/device/start", json={"run": "run-9"}, headers={"Authorization": f"Bearer {bearer}"}
        )
        assert answer.status_code == status
    assert client.act("/pair", code=screen).location == "/kiosk/kiosk-1"


def test_a_code_too_old_is_refused_and_says_what_to_do(client, players):
    code = site.new_token()
    devices.invite(players.lead, now(-LIFE.total_seconds() / 60 - 1), key(), "injection-2", code)
    client.get("/pair")
    answer = client.act("/pair", code=code)
    assert answer.status_code == 422
    assert "xin mã mới" in answer.text


def test_whoever_guesses_is_told_to_wait_and_a_right_code_waits_too(client, code):
    client.get("/pair")
    for _ in range(attempts.MOST_WRONG):
        assert "không có mã này" in client.act("/pair", code="AAAA-BBBB-CCCC-DDDD").text
    for typed in ("AAAA-BBBB-CCCC-DDDD", code):
        answer = client.act("/pair", code=typed)
        assert answer.status_code == 422
        assert "Chờ một phút" in answer.text
    elsewhere = client.post("/pair", data={"key": key(), "code": code}, environ_base={"REMOTE_ADDR": "10.42.0.77"})
    assert elsewhere.status_code == 303, "of one address, not of the site"


def test_tries_are_forgotten_after_a_minute_and_so_are_old_addresses():
    count = attempts.Attempts()
    for _ in range(attempts.MOST_WRONG):
        count.failed("10.42.0.5", 100.0)
    assert count.too_many("10.42.0.5", 100.0 + attempts.SECONDS - 1)
    assert not count.too_many("10.42.0.5", 100.0 + attempts.SECONDS + 1)
    for nth in range(attempts.MOST_ADDRESSES):
        count.failed(f"10.0.{nth}.1", 101.0)
    assert not count.too_many("10.42.0.5", 101.0)


def test_a_form_without_its_key_or_its_token_pairs_nothing(client, code):
    client.get("/pair")
    assert client.post("/pair", data={"code": code}).status_code == 400
    assert client.post("/pair", data={"code": code, "key": key()}, headers={"X-CSRFToken": ""}).status_code == 400
    assert cookie(client) is None


def test_the_page_speaks_english(client):
    client.get("/pair")
    client.act("/language", language="en", back="/pair")
    text = client.get("/pair").text
    for words in ("This device is not paired yet", "Name of the device", "Pair this device", "No code yet?"):
        assert words in text

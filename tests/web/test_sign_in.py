"""Signing in, the first page, the language, and pairing a screen."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from kiosk.actions import site
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role
from kiosk.store import staff
from kiosk.web.gate import STAFF_COOKIE, device_cookie
from kiosk.web.sign_in import local_path
from tests.cast import key, now


def test_anonymous_is_led_to_the_form(client):
    answer = client.get("/")
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=/")
    assert client.get(answer.location).status_code == 200


def test_a_page_that_was_left_open_is_the_one_to_go_on_with(client):
    """A partial asks in the name of the page around it, which may be anywhere."""

    def next_of(current):
        answer = client.get("/desk/desk-1/strip", headers={"HX-Request": "true", "HX-Current-URL": current})
        assert answer.status_code == 204
        return parse_qs(urlsplit(answer.headers["HX-Redirect"]).query).get("next")

    assert next_of("http://localhost/desk/desk-1/walk-in?scan=1") == ["/desk/desk-1/walk-in?scan=1"]
    assert next_of("http://localhost/desk/desk-1") == ["/desk/desk-1"]
    for elsewhere in (
        "http://evil.example/desk",
        "http://localhost//evil.example",
        "/desk/desk-1",
        "",
        "http://localhost",
    ):
        assert next_of(elsewhere) is None, elsewhere


def test_a_page_without_a_query_is_remembered_without_one(client):
    assert parse_qs(urlsplit(client.get("/desk/desk-1").location).query)["next"] == ["/desk/desk-1"]
    assert parse_qs(urlsplit(client.get("/desk/desk-1?call=1").location).query)["next"] == ["/desk/desk-1?call=1"]


@pytest.mark.parametrize("who", ["V01", "v01 ", "Trần Thị Mai", "tran thi mai"])
def test_badge_or_name_opens_a_session(client, who):
    client.get("/sign-in")
    answer = client.act("/sign-in", who=who, pin="1807", next="/desk/desk-1")
    assert (answer.status_code, answer.location) == (303, "/desk/desk-1")
    cookie = client.get_cookie(STAFF_COOKIE)
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert "Trần Thị Mai" in client.get("/").text


def test_wrong_pin_is_refused_beside_the_field_and_keeps_the_name(client):
    client.get("/sign-in")
    answer = client.act("/sign-in", who="V01", pin="9999")
    assert answer.status_code == 422
    assert 'id="pin-refusal"' in answer.text
    assert 'value="V01"' in answer.text
    assert client.get_cookie(STAFF_COOKIE) is None


def test_five_wrong_pins_lock_and_the_right_one_waits(client):
    client.get("/sign-in")
    for _ in range(5):
        client.act("/sign-in", who="V01", pin="9999")
    answer = client.act("/sign-in", who="V01", pin="1807")
    assert answer.status_code == 422
    assert "Chờ 5 phút" in answer.text
    assert staff.find_by_badge("V01").locked_until is not None


def test_second_tap_is_the_same_session(client):
    client.get("/sign-in")
    same = key()
    for _ in range(2):
        answer = client.post("/sign-in", data={"key": same, "who": "V01", "pin": "1807"})
        assert answer.status_code == 303
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "https://evil", "/\\evil.example", "evil", "", None, "/a\nb"])
def test_only_local_paths_are_followed(path):
    assert local_path(path, "/") == "/"


def test_a_form_without_token_is_refused(client):
    client.get("/sign-in")
    client.token = ""
    assert client.act("/sign-in", who="V01", pin="1807").status_code == 400


def test_signing_out_ends_the_session(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/")
    answer = browser.act("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.VOLUNTEER, ["/desk/desk-1", "/table/screening-1"], ["/lead", "/doses"]),
        (Role.SCREENER, ["/table/screening-1", "/table/screening-2"], ["/desk/desk-1", "/lead"]),
        (Role.SITE_LEAD, ["/desk/desk-1", "/lead", "/doses"], []),
        (Role.TECHNICIAN, ["/lead", "/board"], ["/desk/desk-1", "/table/screening-1"]),
    ],
)
def test_home_shows_where_this_role_works(signed_in, role, shown, hidden):
    text = signed_in(role).get("/").text
    assert all(f'href="{path}"' in text for path in shown)
    assert not any(f'href="{path}"' in text for path in hidden)


def test_language_is_kept_and_leads_back(signed_in):
    browser = signed_in(Role.VOLUNTEER)
    browser.get("/")
    answer = browser.act("/language", language="en", back="/desk/desk-1")
    assert (answer.status_code, answer.location) == (303, "/desk/desk-1")
    assert "Find a person" in browser.get("/desk/desk-1").text
    assert browser.act("/language", language="fr").status_code == 400


def test_a_typed_code_pairs_the_screen(client):
    token = site.new_token()
    site.pair(OPERATOR, now(), key(), "kiosk-1", token)
    client.get("/pair")
    answer = client.act("/pair", code=token.replace("-", " ").lower(), next="/kiosk/kiosk-1?x=1")
    assert (answer.status_code, answer.location) == (303, "/kiosk/kiosk-1?x=1")
    assert client.get_cookie(device_cookie("kiosk-1")).value == token
    assert client.act("/pair", code=token, next="/desk/desk-1").location == "/kiosk/kiosk-1"


def test_an_unknown_code_pairs_nothing(client):
    client.get("/pair")
    answer = client.act("/pair", code="AAAA-BBBB")
    assert answer.status_code == 422
    assert 'id="code-refusal"' in answer.text

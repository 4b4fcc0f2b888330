"""Every route is closed unless it says otherwise, and every act is protected."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from kiosk.actions.approving import APPROVES
from kiosk.actions.doors import LETS_IN
from kiosk.actions.duty import ANSWERS_FOR
from kiosk.actions.follow_up import CLOSES_RECOVERED
from kiosk.actions.identity import VOUCHES
from kiosk.actions.injection import DECIDES
from kiosk.app import create_app
from kiosk.config import load
from kiosk.rules.permissions import ALLOWED
from kiosk.web.gate import permission_of, public
from tests.cast import Players

# The whole list of what anybody may ask for.
PUBLIC = {
    "static", "board.page", "board.one", "events.stream", "sign_in.form", "sign_in.enter", "sign_in.choose_language",
    "pairing.form", "pairing.pair", "joining.authority", "joining.join", "voice.play", "status.page",
    "ready.answer", "authority.page",
}  # fmt: skip


def address(hub: Flask, rule: str) -> str:
    """A rule with something plausible in each of its places."""
    places = {
        "station": "kiosk-1" if rule.startswith("/kiosk") else "desk-1" if rule.startswith("/desk") else "screening-1"
    }
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: places.get(match[1], "00000000-0000-4000-8000-000000000000"), rule)


def test_every_route_names_its_permission_or_is_on_the_list(hub: Flask) -> None:
    for rule in hub.url_map.iter_rules():
        permission = permission_of(hub, rule.endpoint)
        assert permission is not None, rule
        assert (permission == "") == (rule.endpoint in PUBLIC), rule
        assert permission == "" or permission in ALLOWED, rule


def test_every_permission_is_asked_for_by_a_route_or_of_whoever_is_on_duty(hub: Flask) -> None:
    asked = {permission_of(hub, rule.endpoint) for rule in hub.url_map.iter_rules()}
    of_whom = {*ANSWERS_FOR.values(), APPROVES, VOUCHES, DECIDES, CLOSES_RECOVERED, LETS_IN}
    assert set(ALLOWED) == asked - {None, ""} | of_whom


def test_nothing_public_shows_or_changes_a_person() -> None:
    assert not {name for name in PUBLIC if name.split(".")[0] in ("desk", "table", "lead", "kiosk", "device")}
    assert public(lambda: "").permission == ""  # type: ignore[attr-defined]


def test_an_anonymous_get_shows_nothing(hub: Flask) -> None:
    client = hub.test_client()
    for rule in hub.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in PUBLIC:
            continue
        answer = client.get(address(hub, rule.rule))
        if rule.rule.startswith("/device/"):
            assert answer.status_code == 401, rule
            continue
        assert answer.status_code == 303, rule
        home = "/pair" if rule.rule.startswith("/kiosk") else "/sign-in"
        assert answer.location.split("?")[0] == home, rule


def test_every_post_of_a_page_needs_its_token(hub: Flask, players: Players) -> None:
    client = hub.test_client()
    client.set_cookie("staff", players.tokens["lead"])
    client.set_cookie("screen-kiosk-1", players.tokens["kiosk"])
    posts = [rule for rule in hub.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) > 15
    for rule in posts:
        answer = client.post(address(hub, rule.rule), data={"key": "0" * 36})
        # The device API takes no cookie of a person: its bearer token is what a form's token is to a page.
        assert answer.status_code == (403 if permission_of(hub, rule.endpoint) == "device.report" else 400), rule


def test_a_post_and_a_get_are_never_the_same_route(hub: Flask) -> None:
    for rule in hub.url_map.iter_rules():
        assert not {"GET", "POST"} <= (rule.methods or set()), rule
        assert not (rule.methods or set()) & {"PUT", "DELETE", "PATCH"}, rule


def test_no_address_has_a_place_for_a_number_of_a_person(hub: Flask) -> None:
    allowed = {
        "station", "id", "visit", "move", "filename", "job", "on", "other", "dose", "language", "clip", "token", "code",
    }  # fmt: skip
    for rule in hub.url_map.iter_rules():
        assert rule.arguments <= allowed, rule


def test_the_hub_has_no_route_of_the_demo(hub: Flask) -> None:
    assert hub.config["SETTINGS"].site.mode == "demo"
    assert not [rule for rule in hub.url_map.iter_rules() if "demo" in rule.rule or "fault" in rule.rule]


def test_a_route_that_names_nothing_stops_the_start(hub: Flask) -> None:
    from kiosk.clock import Clock
    from kiosk.web import gate

    app = create_app(load(hub.config["SETTINGS"].folder))
    app.add_url_rule("/open", "open", lambda: "for everybody?")
    with pytest.raises(RuntimeError, match="open names no permission"):
        gate.install(app, app.config["SETTINGS"], Clock("Asia/Ho_Chi_Minh"))

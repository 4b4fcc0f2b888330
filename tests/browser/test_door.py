"""The door of a zone in a real Chromium: the rows stay where the finger is, and a change is read aloud."""

from __future__ import annotations

from flask import Flask
from playwright.sync_api import expect

from kiosk.actions import day
from kiosk.rules.actor import Actor
from kiosk.rules.words import Role
from kiosk.wording import say
from tests.actions.test_zones import arrive, sized
from tests.browser.conftest import PHONE, Office
from tests.cast import Players, door, hub, key, now, players  # noqa: F401

TOP = "(rows) => Math.round(rows.getBoundingClientRect().top + window.scrollY)"


def test_a_sentence_moves_no_row_and_what_changes_is_said(
    office: Office,
    hub: Flask,  # noqa: F811
    players: Players,  # noqa: F811
    door: Actor,  # noqa: F811
) -> None:
    with hub.app_context():
        sized(players, 3)
        day.open_day(players.lead, now(), key(), "morning")
        arrive(players, 2)
    watched = office.sign_in(Role.VOLUNTEER, PHONE)
    page = watched.go("/door/door-1")
    rows = page.locator(".door-asked")
    top = rows.evaluate(TOP)
    page.locator("#enter-2").click()
    expect(page.locator(".door-answer")).to_contain_text(say("door.done.enter", number="A 002", spot=2))
    assert rows.evaluate(TOP) == top
    watched.check()
    page.locator("#undo-1").click()
    expect(page.locator("#enter-2")).to_be_visible()
    with hub.app_context():
        arrive(players, 1)
    expect(page.locator("#told")).to_contain_text(say("door.full", letter="A"))

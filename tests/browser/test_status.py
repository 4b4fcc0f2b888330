"""The page behind a ticket's code on a phone: it follows by itself, and says so when it hears nothing any more."""

from __future__ import annotations

from flask import Flask
from playwright.sync_api import expect

from kiosk.actions import table
from kiosk.store import visits
from kiosk.wording import say
from tests.browser.conftest import PHONE, Office
from tests.cast import Players, hub, key, now, opened, players, receive  # noqa: F401


def test_a_phone_follows_its_number_and_says_when_it_hears_nothing(
    office: Office,
    hub: Flask,  # noqa: F811
    players: Players,  # noqa: F811
    opened: str,  # noqa: F811
) -> None:
    with hub.app_context():
        token = visits.get(receive(players, players.huong)).token
    watched = office.visitor(PHONE)
    watched.page.clock.install()
    page = watched.go(f"/T/{token}")
    expect(page.locator("h1")).to_have_text(say("status.spot", zone="A", spot=1))
    watched.check()
    with hub.app_context():
        table.call_next(players.screener, now(), key())
    page.clock.fast_forward(11_000)
    expect(page.locator(".go h1")).to_have_text(say("status.called", place="Bàn khám 1"))
    assert page.title() == f"U 001 · {say('status.called', place='Bàn khám 1')}"
    watched.check()
    page.get_by_role("link", name="English").click()
    expect(page.locator(".go h1")).to_have_text(say("status.called", "en", place="Screening 1"))
    assert watched.context.cookies() == []
    office.hub.stop()
    # The page's clock runs ahead of the browser's, by which the last answer is still good.
    devtools = watched.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    for _ in range(5):
        page.clock.fast_forward(10_000)
    expect(page.locator(".late")).to_be_visible()
    expect(page.locator(".go h1")).to_be_visible()

"""A board in a real Chromium: it can be read from afar, stands still between two calls, and outlives its hub."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from kiosk.actions import table
from kiosk.demo.program import wait_for_hub
from kiosk.store import stations, visits
from kiosk.store.database import writing
from tests.browser.conftest import AXE, BOARD, Office
from tests.cast import Players, hub, key, local, now, opened, players, receive  # noqa: F401

SMALL = (1280, 720)
# The tablet's own clock is three weeks behind, and is set forward and back while the board is open.
WRONG = """
window.behind = 21 * 86400000;
const right = Date.now;
Date.now = () => right() - window.behind;
"""
# Of 8 m away: a capital letter of a called number is at least this part of the screen's height.
LEAST_NUMBER = 0.18
CAPITAL = 0.7
# What stands out of its own box or of the screen.
OUTSIDE = """
[...document.querySelectorAll("#board *")].filter((part) => {
  const box = part.getBoundingClientRect();
  const over = getComputedStyle(part).display !== "inline" && part.scrollWidth > part.clientWidth + 2;
  return part.offsetParent && (over || box.right > innerWidth + 1 || box.bottom > innerHeight + 1);
}).map((part) => part.className)
"""
LONG = "Bàn khám sàng lọc số hai dành cho người cao tuổi, tầng trệt A"[:60]


@pytest.fixture
def hall(office: Office, hub: Flask, players: Players, opened: str) -> Flask:  # noqa: F811
    """A running hub, whose day is open; Hường and Páo wait. Acts are done beside it, as another program's."""
    with hub.app_context():
        receive(players, players.huong)
        receive(players, players.pao)
    return hub


def call(hall: Flask, players: Players, by: str = "screener") -> str:  # noqa: F811
    """The table calls whoever is next; the number."""
    with hall.app_context():
        visit = table.call_next(getattr(players, by), now(), key())
        assert visit
        return visits.get(visit).label


def on_screen(page: Page) -> list[str]:
    """What can be read, top to bottom, but for the clock."""
    return [words for words in page.locator("#board").inner_text().split("\n") if not re.fullmatch(r"\d\d:\d\d", words)]


def kill(office: Office, page: Page) -> None:
    """The hub is gone, and the board has seen it."""
    office.hub.kill()
    expect(page.locator("[data-late]")).to_be_visible()


def test_a_board_goes_on_by_itself_when_its_hub_is_back(office: Office, hall: Flask, players: Players) -> None:  # noqa: F811
    call(hall, players)
    watched = office.visitor(BOARD)
    page = watched.go("/board")
    expect(page.locator(".board-now .number")).to_have_text("U 001")
    page.evaluate("window.mark = 'never loaded again'")
    before = on_screen(page)
    kill(office, page)
    expect(page.locator("[data-heard]")).to_have_text(re.compile(r"\d\d:\d\d"))
    assert page.locator(".board-now .number").inner_text() == "U 001", "what was last known stays"
    office.hub.start()
    wait_for_hub(office.base, office.hub)
    expect(page.locator("[data-late]")).to_be_hidden()
    assert on_screen(page) == before, "the same calls: they are rows"
    call(hall, players, "other_screener")
    expect(page.locator(".board-now .number")).to_have_text("A 001")
    assert page.evaluate("window.mark") == "never loaded again"


def test_a_wrong_clock_of_the_screen_changes_nothing(office: Office, hall: Flask, players: Players) -> None:  # noqa: F811
    watched = office.visitor(BOARD)
    watched.page.add_init_script(WRONG)
    page = watched.go("/board")
    clock = page.locator("[data-clock]")
    for behind in ("21 * 86400000", "0", "-40 * 86400000"):
        page.evaluate(f"window.behind = {behind}; document.querySelector('[data-clock]').textContent = 'soon'")
        expect(clock).not_to_have_text("soon")
        shows_the_time(clock.inner_text())
    call(hall, players)
    expect(page.locator(".board-now .number")).to_have_text("U 001")
    kill(office, page)
    shows_the_time(page.locator("[data-heard]").inner_text())


def shows_the_time(words: str) -> None:
    """The site's, to the minute before."""
    assert words in {f"{local() - timedelta(minutes=ago):%H:%M}" for ago in (0, 1)}


def test_between_two_calls_a_board_stands_still(office: Office, hall: Flask, players: Players) -> None:  # noqa: F811
    call(hall, players)
    page = office.visitor(BOARD).go("/board")
    expect(page.locator(".board-now .number")).to_have_text("U 001")
    page.evaluate("document.getElementById('board').dataset.same = 'yes'")
    for _ in range(3):
        with page.expect_response(lambda answer: "/board?stamp=" in answer.url) as asked:
            page.evaluate("htmx.trigger('#board', 'sse:board')")
        assert asked.value.status == 204
    assert page.locator("#board").get_attribute("data-same") == "yes"
    call(hall, players, "other_screener")
    expect(page.locator(".board-now .number")).to_have_text("A 001")


@pytest.mark.parametrize("size", [BOARD, SMALL])
def test_a_full_board_can_be_read_from_afar(
    office: Office,
    hall: Flask,
    players: Players,  # noqa: F811
    opened: str,  # noqa: F811
    size: tuple[int, int],
) -> None:
    with hall.app_context(), writing():
        for code in ("screening-1", "screening-2"):
            stations.get(code).name_vi = LONG
        for visit in visits.list_newest(opened, 2):
            visit.n += 1045
    for by in ("screener", "other_screener"):
        call(hall, players, by)
    with hall.app_context():
        called = visits.find_at(opened, "screening-1")
        assert called
        table.recall(players.screener, now(), key(), called.id)
    watched = office.visitor(size)
    page = watched.go("/board")
    expect(page.locator(".board-now .number")).to_have_text("U 1046")
    page.locator("[data-captions]").evaluate("place => place.remove()")
    height: Any = page.locator(".board-now .number").evaluate("n => parseFloat(getComputedStyle(n).fontSize)")
    assert CAPITAL * height / size[1] >= LEAST_NUMBER
    assert not page.evaluate(OUTSIDE), "everything is whole on the screen, and nothing lies over another"
    watched.check(scrolls=False)
    page.evaluate(AXE)
    found: Any = page.evaluate("axe.run('#board', {runOnly: {type: 'rule', values: ['color-contrast-enhanced']}})")
    assert not found["violations"], "7:1"

"""A browser keeps six connections to one address; a person may have more tabs."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import TABLET

HIDE = """
Object.defineProperty(document, "hidden", { configurable: true, get: () => %s });
document.dispatchEvent(new Event("visibilitychange"));
"""


def test_tabs_that_nobody_sees_do_not_stop_the_one_in_use(visitor: Any) -> None:
    person = visitor(TABLET)
    for _ in range(8):
        tab = person.context.new_page()
        tab.goto(person.base + "/board")
        tab.evaluate(HIDE % "true")
    person.go("/sign-in")
    person.check()


def test_a_tab_that_is_seen_again_hears_again(visitor: Any) -> None:
    board = visitor(TABLET)
    page = board.go("/board")
    page.evaluate(HIDE % "true")
    page.evaluate("document.querySelector('#board').id = 'stale'")
    page.evaluate(HIDE % "false")
    # The reopened stream says hello, and the page asks for itself again.
    expect(page.locator("#board")).to_be_visible()
    expect(page.locator("[data-late]")).to_be_hidden()

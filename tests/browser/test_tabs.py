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
    # The reopened stream says hello, and the page asks for itself again; nothing has changed.
    with page.expect_response(lambda answer: "/board?stamp=" in answer.url) as asked:
        page.evaluate(HIDE % "false")
    assert asked.value.status == 204
    expect(page.locator("[data-late]")).to_be_hidden()

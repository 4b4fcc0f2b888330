# ruff: noqa: F811 (fixtures)
"""News that comes while a part of the page is being asked for is not lost with the part that the answer replaces."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from kiosk.rules.words import Role
from tests.browser.conftest import TABLET, Office
from tests.cast import Players, hub, inside, opened, players, receive  # noqa: F401

# How many messages the list has had.
COUNT = """() => {
  window.told = 0;
  document.addEventListener("htmx:sseMessage", (event) => {
    if (event.target.id === "waiting-list") window.told += 1;
  });
}"""


class Held:
    """The list's first answer with news is made, and waits; nothing asks again only because time passes.

    `again`: how often the list has asked since then.
    """

    def __init__(self, page: Page) -> None:
        self.again = 0
        self.first: tuple[Route, Any] | None = None
        page.route("**/table/**", self._answer)

    def _answer(self, route: Route) -> None:
        answer = route.fetch()
        if route.request.headers.get("hx-target") == "waiting-list":
            self.again += self.first is not None
            if self.first is None and answer.status == 200:
                self.first = route, answer
                return
        self._tell(route, answer)

    def let_go(self) -> str:
        """What the first answer says, now that it arrives."""
        assert self.first
        self._tell(*self.first)
        text: str = self.first[1].text()
        return text

    @staticmethod
    def _tell(route: Route, answer: Any) -> None:
        route.fulfill(response=answer, body=answer.text().replace(", every 15s", ""))


@pytest.mark.usefixtures("inside")
def test_news_during_an_answer_is_asked_for_again(office: Office, opened: str, players: Players, hub: Flask) -> None:
    doctor = office.sign_in(Role.SCREENER, TABLET)
    page, held = doctor.page, Held(doctor.page)
    doctor.go("/table/screening-1")
    page.evaluate(COUNT)
    receive(players, players.huong)
    for _ in range(300):
        if held.first:
            break
        page.wait_for_timeout(100)
    before = page.evaluate("told")
    receive(players, players.pao)
    page.wait_for_function("before => told > before", arg=before)
    assert held.again == 0, "it cannot ask while it is asking"
    answer = held.let_go()
    assert ("U 001" in answer, "A 001" in answer) == (True, False)
    expect(page.locator("#waiting-list")).to_contain_text("A 001")
    doctor.check()

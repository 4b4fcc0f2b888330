"""Asking for a slip while the page hears that something has changed."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Route, expect

from kiosk import wording
from kiosk.demo.program import Demo
from tests.browser.conftest import TABLET

say = wording.speaker("vi")


def test_the_width_is_asked_for_although_the_page_refreshes_before_its_answer_is_there(
    demo: Demo, visitor: Any
) -> None:
    technician = visitor(TABLET)
    technician.sign_in("technician")
    page = technician.go("/printers")

    def late(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        page.evaluate("htmx.trigger('#machines', 'sse:desk')")
        page.wait_for_timeout(500)
        route.fulfill(response=answer)

    page.route("**/printers/test", late)
    page.locator("#test-kiosk-1").click()
    expect(page.get_by_text(say("printers.measure"))).to_be_visible()
    page.locator("#line-kiosk-1-3").click()
    expect(page.get_by_text(say("printers.measure"))).to_have_count(0)
    technician.check()

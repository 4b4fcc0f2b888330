"""What somebody has typed, ticked or chosen stays, whatever happens around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from kiosk import protocols, wording
from kiosk.demo import cards
from kiosk.demo.program import Demo
from tests.browser.conftest import KIOSK, TABLET

say = wording.speaker("vi")
SCREEN = """seconds => {
  document.querySelector("#new")?.remove();
  const screen = `<div id="new"><p data-countdown="${seconds}" data-home="/"><span class="digits"></span></p></div>`;
  document.body.insertAdjacentHTML("beforeend", screen);
}"""


@pytest.fixture
def opened(demo: Demo, visitor: Any) -> Iterator[Demo]:
    """A clinic day is open, for this test alone."""
    lead = visitor(TABLET)
    lead.sign_in("site_lead")
    lead.go("/lead").locator("form[action$='/open'] button:visible").first.click()
    expect(lead.page.locator("form[action$='/close']")).to_be_visible()
    yield demo
    demo.camera.hold(None)
    lead.go("/lead").locator("form[action$='/close'] button").click()
    expect(lead.page.locator("form[action$='/open']").first).to_be_visible()


def test_coming_to_a_call_keeps_a_half_typed_walk_in(demo: Demo, visitor: Any) -> None:
    kiosk, desk = visitor(KIOSK), visitor(TABLET)
    kiosk.pair(demo)
    desk.sign_in("volunteer")
    page = desk.go("/desk/desk-1/walk-in")
    page.locator("[name=name]").fill("Nguyễn Thị Nử")
    kiosk.page.get_by_role("button", name=say("kiosk.help")).click()
    take = page.locator("form[action$='/take'] button")
    expect(take).to_be_visible()
    take.focus()
    page.evaluate("htmx.trigger('#calls', 'sse:desk')")
    page.wait_for_timeout(300)
    expect(take).to_be_focused()
    take.click()
    expect(page.locator("#calls [role=status]")).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("Nguyễn Thị Nử")
    assert page.url.endswith("/walk-in")
    desk.check()


REFRESH = """() => {
  const start = document.querySelector("#start");
  start.dataset.old = "";
  start.setAttribute("hx-get", start.getAttribute("hx-get").split("?")[0]);
  htmx.ajax("GET", start.getAttribute("hx-get"), { source: start, target: start, swap: "outerHTML" });
}"""


@pytest.mark.parametrize("pressed", ["button", "beside it"])
def test_a_refresh_in_the_middle_of_a_click_waits_for_its_end(demo: Demo, visitor: Any, pressed: str) -> None:
    kiosk = visitor(KIOSK)
    kiosk.pair(demo)
    page = kiosk.page
    button = page.get_by_role("button", name=say("kiosk.help"))
    (button if pressed == "button" else page.locator("#start h1")).hover()
    page.mouse.down()
    page.evaluate(REFRESH)
    page.wait_for_timeout(500)
    expect(page.locator("#start[data-old]")).to_be_visible()
    page.mouse.up()
    if pressed == "button":
        expect(page.get_by_text(say("kiosk.help.coming"))).to_be_visible()
    else:
        expect(page.locator("#start:not([data-old])")).to_be_visible(timeout=2000)


def test_another_language_in_the_middle_of_the_questions(opened: Demo, visitor: Any) -> None:
    kiosk = visitor(KIOSK)
    kiosk.pair(opened)
    opened.camera.hold(cards.national_card(opened.people[20]))
    page = kiosk.page
    page.get_by_role("button", name=say("kiosk.person.yes"), exact=True).click()
    page.get_by_role("button", name=say("kiosk.question.none"), exact=True).click()
    group = protocols.declaration().groups[1]
    expect(page.get_by_text(group.question.vi)).to_be_visible()
    page.locator(".choice").first.click()
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.get_by_text(group.question.en)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.locator("input[type=checkbox]").first.is_checked()
    kiosk.check(scrolls=False)


def test_a_new_screen_counts_from_its_own_beginning(demo: Demo, visitor: Any) -> None:
    """However long the start was shown before, and although the clock may strike before htmx tells of the screen."""
    kiosk = visitor(KIOSK)
    kiosk.pair(demo)
    page = kiosk.page
    expect(page.get_by_text(say("kiosk.start.question"))).to_be_visible()
    home: list[str] = []
    page.on("request", lambda request: home.append(request.url) if request.method == "HEAD" else None)
    page.wait_for_timeout(2_500)
    for seconds, counting in ((30, r"^2\d$"), (45, r"^4[0-4]$")):
        page.evaluate(SCREEN, seconds)
        expect(page.locator("#new .digits")).to_have_text(re.compile(counting))
    assert not home


def test_a_page_that_is_not_there_keeps_its_way_out_in_sight(demo: Demo, visitor: Any) -> None:
    kiosk = visitor(KIOSK)
    kiosk.pair(demo)
    page = kiosk.go("/kiosk/kiosk-1/visit/00000000-0000-4000-8000-000000000000")
    expect(page.locator("h1")).to_be_in_viewport(ratio=1)
    kiosk.complaints.clear()  # Chromium reports the 404 that this test asked for
    kiosk.check(scrolls=False)
    page.get_by_role("button", name=say("kiosk.help")).click()
    expect(page.get_by_text(say("kiosk.help.coming"))).to_be_visible()

"""A person, a volunteer, a doctor and the site lead, each with a real browser, on one running site."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk import wording
from kiosk.demo import cards
from kiosk.demo.program import Demo
from kiosk.rules.person import masked_name
from tests.browser.conftest import BOARD, KIOSK, TABLET

MOST_TOUCHES = 6
say = wording.speaker("vi")


class Finger:
    """Touches, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.touches = 0

    def touch(self, words: str) -> None:
        """Touches the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).click()
        self.touches += 1


@pytest.fixture(scope="module")
def opened(demo: Demo) -> Demo:
    """The site before anybody has come."""
    demo.camera.hold(None)
    return demo


def test_from_a_card_to_a_called_number(opened: Demo, visitor: Any) -> None:
    lead, kiosk, board, desk, table = (visitor(size) for size in (TABLET, KIOSK, BOARD, TABLET, TABLET))
    _before_the_day(opened, kiosk, board)
    _open_the_day(lead)
    person = opened.people[10]
    number = _check_in(opened, kiosk, person)
    _desk_knows(desk, number)
    _table_calls(table, board, number, person.identity.name)
    _help_is_called(kiosk, desk)
    _board_says_when_it_is_old(opened, board)
    for each in (lead, kiosk, board, desk, table):
        each.complaints.clear()  # Chromium reports the connections that the killed hub dropped
    _close_the_day(lead)


def _before_the_day(demo: Demo, kiosk: Any, board: Any) -> None:
    board.go("/board")
    none_open = board.page.get_by_text(say("board.closed")).or_(board.page.get_by_text(say("board.over")))
    expect(none_open).to_be_visible()  # another walk of this site may have had its half before
    board.check(scrolls=False)
    kiosk.go("/kiosk/kiosk-1")
    kiosk.check()
    kiosk.pair(demo)
    demo.camera.hold(cards.national_card(demo.people[3]))
    expect(kiosk.page.get_by_text(say("kiosk.unknown.no_clinic_day"))).to_be_visible()
    kiosk.check(scrolls=False)
    demo.camera.hold(None)
    kiosk.page.get_by_role("button", name=say("kiosk.unknown.again")).click()
    expect(kiosk.page.get_by_text(say("kiosk.start.question"))).to_be_visible()


def _open_the_day(lead: Any) -> None:
    lead.sign_in("site_lead")
    lead.check()
    lead.go("/lead")
    lead.check()
    lead.page.locator("form[action$='/open'] button:visible").first.click()
    expect(lead.page.locator("form[action$='/close']").first).to_be_visible()
    lead.check()


def _check_in(demo: Demo, kiosk: Any, person: Any) -> str:
    page = kiosk.go("/kiosk/kiosk-1")
    expect(page.locator(".live img")).to_be_visible()
    assert page.locator(".live img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    kiosk.check(scrolls=False)
    demo.camera.hold(cards.national_card(person))
    expect(page.get_by_text(masked_name(person.identity.name))).to_be_visible()
    assert person.identity.name not in page.content()
    assert person.identity.number not in page.content()
    kiosk.check(scrolls=False)
    finger = Finger(page)
    finger.touch(say("kiosk.person.yes"))
    for step in range(1, 5):
        expect(page.get_by_text(say("kiosk.question.step", step=step, steps=4))).to_be_visible()
        assert page.locator("input[type=checkbox]:checked").count() == 0
        kiosk.check(scrolls=False)
        finger.touch(say("kiosk.question.none"))
    number = page.locator(".big-number")
    expect(number).to_have_text(re.compile(r"^U 0\d\d$"))
    assert finger.touches <= MOST_TOUCHES
    expect(page.get_by_text(say("kiosk.paper.printed.more"))).to_be_visible()
    kiosk.check(scrolls=False)
    words = number.inner_text()
    behind = demo.people[11]
    demo.camera.hold(cards.national_card(behind))
    expect(page.get_by_text(masked_name(behind.identity.name))).to_be_visible()
    demo.camera.hold(None)
    finger.touch(say("kiosk.person.no"))
    expect(page.get_by_text(say("kiosk.start.question"))).to_be_visible()
    return words


def _desk_knows(desk: Any, number: str) -> None:
    desk.sign_in("volunteer")
    desk.go("/desk/desk-1")
    expect(desk.page.get_by_text(number).first).to_be_visible()
    desk.check()


def _table_calls(table: Any, board: Any, number: str, name: str) -> None:
    table.sign_in("screener")
    table.go("/table/screening-1")
    table.check()
    table.page.locator("form[action$='/call'] button").click()
    expect(table.page.get_by_text(name)).to_be_visible()
    table.check()
    # The board was open all the time: it changes by itself.
    expect(board.page.locator(".board-now .number")).to_have_text(number)
    assert name not in board.page.content()
    board.check(scrolls=False)
    table.page.locator("form[action$='/receive'] button").click()
    expect(table.page.locator("form[action$='/screening'] button")).to_be_visible()
    table.check()


def _help_is_called(kiosk: Any, desk: Any) -> None:
    kiosk.page.get_by_role("button", name=say("kiosk.help")).click()
    expect(kiosk.page.get_by_text(say("kiosk.help.coming"))).to_be_visible()
    kiosk.check(scrolls=False)
    take = desk.page.locator("form[action$='/take'] button").first
    expect(take).to_be_visible()
    desk.check()
    take.click()
    expect(kiosk.page.get_by_text(say("kiosk.help.taken"))).to_be_visible()
    kiosk.check(scrolls=False)


def _board_says_when_it_is_old(demo: Demo, board: Any) -> None:
    expect(board.page.locator("[data-late]")).to_be_hidden()
    demo.hub.kill()
    expect(board.page.locator("[data-late]")).to_be_visible()
    demo.hub.start()
    demo.wait_for_hub()
    expect(board.page.locator("[data-late]")).to_be_hidden()


def _close_the_day(lead: Any) -> None:
    page = lead.go("/lead")
    page.locator("form[action$='/close'] button").first.click()
    page.locator("form[action$='/close']:has([name=let_go]) button").click()
    expect(page.locator("form[action$='/close']")).to_have_count(0)
    lead.check()

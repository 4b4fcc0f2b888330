"""Everybody's work on one person, from the card to the way home: once by keyboard alone, once by finger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kiosk import wording
from kiosk.demo import cards
from kiosk.demo.commune import Invented
from kiosk.demo.program import Demo
from kiosk.demo.site import STAFF
from tests.browser.conftest import KIOSK, LAPTOP, PHONE, TABLET
from tests.browser.hands import Finger, Hand, Keys, too_small

say = wording.speaker("vi")
Arrive = Callable[..., Any]


class Worker:
    """One person of the staff, or whoever stands at the kiosk, with a real browser and one way to work it."""

    def __init__(self, watched: Any, hand: type[Keys] | type[Finger]) -> None:
        self.watched = watched
        self.page: Page = watched.page
        self.hand: Hand = hand(watched.page)
        self.hard_to_hit: list[object] = []

    def check(self, *, scrolls: bool = True) -> None:
        """Nothing wrong with the page, each looked at once, by whoever comes by finger; what is too small for one is
        said at the end.
        """
        by_finger = isinstance(self.hand, Finger)
        self.watched.check(scrolls=scrolls, axe=by_finger)
        if by_finger:
            self.hard_to_hit += [(self.page.url, one) for one in too_small(self.page)]

    def sign_in(self, badge: str, path: str) -> None:
        """Types badge and PIN, and goes to their page."""
        member = next(member for member in STAFF if member.badge == badge)
        self.watched.go("/sign-in")
        self.hand.write(self.page.locator("[name=who]"), member.badge)
        self.hand.write(self.page.locator("[name=pin]"), member.pin)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(self.watched.base + "/")
        self.watched.go(path)
        self.check()

    def receive(self) -> None:
        """Calls whoever waits; they come."""
        self.hand.act(self.page.locator("form[action$='/call'] button"))
        arrived = self.page.locator("form[action$='/receive'] button")
        expect(arrived).to_be_visible()
        self.check()
        self.hand.act(arrived)
        expect(arrived).to_have_count(0)

    def form(self, end: str) -> Any:
        """The button of the form whose address ends so."""
        return self.page.locator(f"form[action$='{end}'] button:visible").last


@pytest.mark.parametrize(
    ("hand", "size", "small", "options", "index"),
    [
        pytest.param(Keys, LAPTOP, LAPTOP, {}, 30, id="keyboard", marks=pytest.mark.long),
        pytest.param(Finger, TABLET, PHONE, {"has_touch": True}, 40, id="finger"),
    ],
)
def test_six_steps(
    demo: Demo, visitor: Arrive, hand: Any, size: Any, small: Any, options: dict[str, Any], index: int
) -> None:
    person = demo.people[index]
    everybody = [Worker(visitor(each, **options), hand) for each in (size, KIOSK, size, size, small, small)]
    lead, kiosk, doctor, nurse, observer, finish = everybody
    demo.camera.hold(None)
    _open(lead)
    _check_in(demo, kiosk, person)
    _screen(doctor, person)
    _inject(demo, nurse, person)
    _observe(demo, observer)
    _depart(demo, finish)
    _close(lead)
    assert not [one for worker in everybody for one in worker.hard_to_hit]


def _open(lead: Worker) -> None:
    lead.sign_in("TRUONG1", "/lead")
    lead.hand.press(lead.form("/lead/open"))
    expect(lead.form("/lead/close")).to_be_visible()
    lead.check()


def _check_in(demo: Demo, kiosk: Worker, person: Invented) -> None:
    page = kiosk.page
    kiosk.watched.go("/kiosk/kiosk-1")
    kiosk.hand.write(page.locator("[name=code]"), demo.pairing_codes["kiosk-1"])
    page.keyboard.press("Enter")
    expect(page.get_by_text(say("kiosk.start.question"))).to_be_visible()
    demo.camera.hold(cards.national_card(person))
    kiosk.hand.press(page.get_by_role("button", name=say("kiosk.person.yes"), exact=True))
    for step in range(1, 5):
        expect(page.get_by_text(say("kiosk.question.step", step=step, steps=4))).to_be_visible()
        kiosk.hand.press(page.get_by_role("button", name=say("kiosk.question.none"), exact=True))
    expect(page.locator(".big-number")).to_be_visible()
    kiosk.check(scrolls=False)
    demo.camera.hold(None)
    kiosk.hand.press(page.get_by_role("button", name=say("kiosk.number.done"), exact=True))
    expect(page.get_by_text(say("kiosk.start.question"))).to_be_visible()


def _screen(doctor: Worker, person: Invented) -> None:
    doctor.sign_in("BS1", "/table/screening-1")
    doctor.receive()
    page, form = doctor.page, doctor.page.locator("form[action$='/screening']")
    expect(page.get_by_role("heading", name=person.identity.name)).to_be_visible()
    doctor.check()
    doctor.hand.write(form.locator("[name=temperature]"), "36,8")
    doctor.hand.tick(form.locator("[name=none]"))
    doctor.hand.press(doctor.form("/screening"))
    expect(form.locator(".refusal").first).to_be_visible()
    expect(form.locator("[name=temperature]")).to_have_value("36,8")
    doctor.check()
    doctor.hand.tick(form.locator("[name=conclusion][value=cleared]"))
    doctor.hand.act(doctor.form("/screening"))
    expect(doctor.form("/call")).to_be_visible()
    doctor.check()


def _inject(demo: Demo, nurse: Worker, person: Invented) -> None:
    nurse.sign_in("DD1", "/table/injection-1")
    expect(nurse.page.locator("#vial")).to_be_visible()
    left = nurse.page.locator("#vial .vial-left")
    if not left.is_visible():  # a half-day that goes on keeps its vial
        nurse.hand.press(nurse.page.locator("#open-vial, #open-other").first)
    expect(left).to_be_visible()
    nurse.check()
    nurse.receive()
    expect(nurse.page.locator("#identity")).to_be_visible()
    nurse.check()
    demo.table_camera.hold(cards.national_card(person))
    give = nurse.form("/dose")
    expect(give).to_be_visible()
    demo.table_camera.hold(None)
    nurse.check()
    nurse.hand.tick(nurse.page.locator("[name=arm][value=right]"))
    nurse.hand.act(give)
    expect(nurse.form("/call")).to_be_visible()
    nurse.check()


def _observe(demo: Demo, observer: Worker) -> None:
    observer.sign_in("TD1", "/observation/observation-1")
    page = observer.page
    early = page.get_by_role("link", name=say("observation.early")).first
    observer.hand.press(early)
    expect(page.locator("[name=reason]")).to_be_visible()
    observer.check()
    observer.hand.press(page.locator("form[action$='/release'] button"))
    expect(page.locator(".refusal")).to_be_visible()
    observer.check()
    demo.shift.advance(31)
    observer.watched.go("/observation/observation-1")
    release = page.locator("form[action$='/release'] button")
    expect(release).to_be_visible()
    observer.check()
    observer.hand.press(release)
    expect(release).to_have_count(0)
    observer.check()


def _depart(demo: Demo, finish: Worker) -> None:
    finish.sign_in("TN1", "/table/finish-1")
    finish.receive()
    page = finish.page
    # What the platform says comes by itself.
    expect(page.locator("#proof").get_by_text("Immunization/")).to_be_visible()
    finish.check()
    papers = len(demo.printer.papers)
    finish.hand.act(finish.form("/slip"))
    expect(page.locator("#proof").get_by_text(say("station.paper.printed"))).to_be_visible()
    assert len(demo.printer.papers) == papers + 1
    finish.hand.act(finish.form("/departure"))
    expect(page.locator(".refusal")).to_be_visible()
    finish.check()
    finish.hand.tick(page.locator("[name=seen][value=yes]"))
    finish.hand.act(finish.form("/departure"))
    expect(finish.form("/call")).to_be_visible()
    finish.check()


def _close(lead: Worker) -> None:
    expect(lead.page.locator("form[action$='/lead/close']")).to_be_visible()
    lead.watched.go("/lead")
    lead.check()
    lead.hand.press(lead.form("/lead/close"))
    expect(lead.form("/lead/open")).to_be_visible()
    lead.check()

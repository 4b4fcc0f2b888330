"""The site lead adds somebody in the field; badges get lost; PINs are forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from kiosk import config
from kiosk.app import create_app
from kiosk.rules.words import Role
from kiosk.store import staff
from kiosk.store.database import db, writing
from tests.browser.conftest import LAPTOP, PHONE, TABLET, Office, Watched
from tests.browser.hands import Finger, too_small
from tests.conftest import STAFF

# What a practised person takes, in seconds: to find and tap a button, and to type one sign on a tablet's keyboard.
A_TAP, A_SIGN = 2.0, 0.7
LONG = "Công Tằng Tôn Nữ Thị Phương Thảo Nguyễn Hoàng Bảo Ngọc Anh Vy"[:60]


@dataclass
class Counted:
    """A finger whose taps and typed signs are counted."""

    page: Page
    taps: int = 0
    signs: int = 0
    _finger: Finger = field(init=False)

    def __post_init__(self) -> None:
        self._finger = Finger(self.page)

    def press(self, target: Locator) -> None:
        """One tap."""
        self.taps += 1
        self._finger.press(target)

    def write(self, target: Locator, text: str) -> None:
        """Types into a field, with a tap where the page has not gone there by itself."""
        self.signs += len(text)
        if not target.evaluate("element => element === document.activeElement"):
            self.taps += 1
            target.tap()
        self.page.keyboard.type(text)

    @property
    def seconds(self) -> float:
        """How long a practised person would take."""
        return self.taps * A_TAP + self.signs * A_SIGN


def badge_on(page: Page) -> str:
    """The code that the page shows large."""
    return page.locator("#badge .big-number").inner_text()


def refused(watched: Watched, who: str, pin: str) -> None:
    """The sign-in page lets nobody in with these."""
    watched.go("/sign-in")
    watched.page.locator("[name=who]").fill(who)
    watched.page.locator("[name=pin]").fill(pin)
    watched.page.locator("[name=pin]").press("Enter")
    expect(watched.page.locator("#pin-refusal")).to_be_visible()


def test_a_volunteer_is_added_in_less_than_a_minute_and_signs_in(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD, TABLET, has_touch=True)
    hand, page = Counted(lead.page), lead.page
    hand.press(page.locator('.places a[href="/staff"]'))
    expect(page.locator(".colleagues")).to_be_visible()
    lead.check()
    hand.press(page.locator('a[href="/staff/new"]'))
    expect(page.locator("#name")).to_be_focused()
    lead.check()
    assert too_small(page) == []
    expect(page.locator("#licence")).to_be_hidden()
    hand.write(page.locator("#name"), "Vũ Thị Tình")
    hand.write(page.locator("#pin"), "2468")
    hand.write(page.locator("#again"), "2468")
    hand.press(page.locator("#add-staff"))
    expect(page.locator("#badge")).to_be_visible()
    assert hand.taps <= 5
    assert hand.seconds < 60, f"{hand.taps} taps, {hand.signs} signs"
    code = badge_on(page)
    hand.press(page.locator("#print-badge"))
    expect(page.locator("#badge [role=status]")).to_be_visible()
    lead.check()
    hand.press(page.locator('a[href="/staff/new"]'))
    expect(page.locator("#name")).to_be_focused()

    phone = office.visitor(PHONE)
    phone.enter(code.lower(), "2468")
    expect(phone.page.locator("main")).to_contain_text("Vũ Thị Tình")
    expect(phone.page.locator('.places a[href="/staff"]')).to_have_count(0)


def test_a_doctor_is_asked_for_a_licence_and_stays(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD, PHONE)
    page = lead.go("/staff/new")
    page.locator("label.choice", has_text="Bác sĩ khám sàng lọc").click()
    expect(page.locator("#licence")).to_be_visible()
    expect(page.locator("[name=day]")).to_be_hidden()
    expect(page.locator("[name=others]")).not_to_be_checked()
    for at, text in (("#name", LONG), ("#licence", "000123/YB-CCHN"), ("#pin", "1234"), ("#again", "1234")):
        page.locator(at).fill(text)
    page.locator("#add-staff").click()
    expect(page.locator("#pin-refusal")).to_contain_text("khó đoán hơn")
    expect(page.locator("#licence")).to_have_value("000123/YB-CCHN")
    lead.check()
    for at in ("#pin", "#again"):
        page.locator(at).fill("2468")
    page.locator("#add-staff").click()
    expect(page.locator("h1")).to_have_text(LONG)
    expect(page.locator("main")).to_contain_text("đến khi báo nghỉ")
    lead.check()


def test_a_lost_badge_a_forgotten_pin_and_somebody_who_goes(office: Office) -> None:
    name, old, pin = STAFF[Role.VACCINATOR]
    nurse = office.sign_in(Role.VACCINATOR, PHONE)
    lead = office.sign_in(Role.SITE_LEAD, LAPTOP)
    page = lead.go("/staff")
    page.locator("#words").fill(old)
    page.locator("#words").press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    page.locator("summary", has_text="Mất thẻ").click()
    page.locator("#replace-badge").click()
    expect(page.locator("#badge .big-number")).not_to_have_text(old)
    new = badge_on(page)
    nurse.go("/")
    expect(nurse.page.locator("h1")).to_contain_text(name)
    refused(office.visitor(), old, pin)

    page.locator("summary", has_text="Quên mã PIN").click()
    for at in ("#pin", "#again"):
        page.locator(at).fill("8642")
    page.locator("#set-pin").click()
    expect(page.locator("main")).to_contain_text("Chưa đăng nhập ở máy nào")
    nurse.go("/")
    nurse.page.wait_for_url(re.compile("/sign-in"))
    nurse.enter(new, "8642")

    page.locator("summary", has_text="Không làm ở đây nữa").click()
    page.locator("#take-out").click()
    expect(page.locator("#back-today")).to_be_visible()
    lead.check()
    nurse.go("/")
    nurse.page.wait_for_url(re.compile("/sign-in"))
    page.locator("#back-today").click()
    expect(page.locator("main")).to_contain_text("chỉ hôm nay")
    nurse.enter(new, "8642")


def test_three_hundred_colleagues_are_readable_everywhere(office: Office) -> None:
    app = create_app(config.load(office.folder))
    with app.app_context():
        with writing():
            for nth in range(300):
                name = LONG if nth % 50 == 0 else "Nguyễn Văn Nam"
                key = "CONG TANG" if nth % 50 == 0 else "NGUYEN VAN NAM"
                staff.add(staff.Staff(name=name, name_key=key, badge=f"X{nth:04}", pin_hash="", role="volunteer"))
        db.engine.dispose()
    for size in (PHONE, TABLET, LAPTOP):
        lead = office.sign_in(Role.SITE_LEAD, size)
        page = lead.go("/staff")
        expect(page.locator(".colleagues li")).to_have_count(50)
        expect(page.locator(".station-nav a", has_text="Tình nguyện viên")).to_contain_text("301")
        lead.check()
        page.locator("a[rel=next]").click()
        expect(page.locator(".pager [aria-current]")).to_contain_text("2")
        lead.check()

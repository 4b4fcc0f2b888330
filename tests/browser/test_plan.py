"""Tomorrow is prepared today, as a former day was; in the morning one tap opens it."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from kiosk.demo.shift import Shift
from kiosk.rules.words import Role
from tests.browser.conftest import PHONE, Office
from tests.clock import CLOCK


def save(page: Page, button: str) -> None:
    """Presses a section's button; the answer is the page again at this section."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.locator(f"#{button}").click()
    assert answer.value.status == 303
    page.wait_for_load_state()


def prepare(page: Page) -> None:
    """Begins a plan, and says all that it lacks."""
    save(page, "make-plan")
    page.get_by_text("Nhập lô mới", exact=True).click()
    page.locator("#number").fill("BIA-PF02")
    page.locator("#expires").fill(f"12/{CLOCK.now().on.year + 1}")
    page.locator("#vials").fill("50")
    page.locator("#doses_per_vial").fill("6")
    save(page, "add-lot")
    page.get_by_label("Số liều", exact=True).fill("200")
    save(page, "save-lots")
    for name, station in (("Lò Văn Minh", "Bàn khám 1"), ("Vàng Thị Sua", "Bàn tiêm 1")):
        page.get_by_label(name).select_option(label=station)
    save(page, "save-posts")


def test_tomorrow_is_copied_changed_and_opened_with_one_tap(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD)
    today, tomorrow = CLOCK.now().on, CLOCK.now().on + timedelta(days=1)
    page = lead.go(f"/plan?on={today}&half=morning")
    prepare(page)
    lead.check()
    page = lead.go("/plan")
    expect(page.locator("h1")).to_contain_text(f"{tomorrow:%d/%m/%Y}")
    save(page, "copy-plan")
    expect(page.get_by_label("Vàng Thị Sua")).to_have_value("injection-1")
    expect(page.get_by_label("Số liều", exact=True)).to_have_value("200")
    page.get_by_label("Mời 07:30–08:00").fill("không")
    page.locator("#save-slots").click()
    expect(page.locator("#slots [role=alert]")).to_contain_text("số nguyên")
    lead.check()
    page.get_by_label("Mời 07:30–08:00").fill("4")
    save(page, "save-slots")
    expect(page.locator("#slots .tile").first).to_contain_text("74")
    lead.check()
    dawn_of(office, tomorrow)
    page = open_day(office, tomorrow)
    expect(page.locator("#live")).to_contain_text(f"Buổi sáng {tomorrow:%d/%m/%Y}")
    page.goto(f"{office.base}/plan?on={tomorrow}&half=morning")
    expect(page.locator("#save-slots")).to_have_count(0)


def dawn_of(office: Office, on: date) -> None:
    """The site's clock shows seven in the morning of that day."""
    shift = office.folder / "clock-shift"
    Shift(shift).set_to(time(7), CLOCK.zone)
    ahead = float(shift.read_text()) + timedelta(days=(on - CLOCK.now().on).days).total_seconds()
    shift.write_text(f"{ahead}")


def open_day(office: Office, on: date) -> Any:
    """The lead comes in the morning, sees what is missing, and taps once."""
    lead = office.sign_in(Role.SITE_LEAD, PHONE)
    page = lead.go("/lead")
    expect(page.locator("#readiness")).to_contain_text(f"{on:%d/%m/%Y}")
    expect(page.locator("#readiness")).to_contain_text("Chưa có bác sĩ khám sàng lọc nào đăng nhập")
    expect(page.locator("#readiness")).to_contain_text("Danh sách hôm nay trống")
    lead.check()
    page.locator("#open-planned").click()
    return page


def test_a_plan_is_made_without_javascript(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD, PHONE, java_script_enabled=False)
    page = lead.go("/plan")
    prepare(page)
    page.get_by_label("Bàn tiêm 2 · Xác nhận danh tính và tiêm").uncheck()
    save(page, "save-tables")
    expect(page.locator("#tables")).to_contain_text("không dùng")
    expect(page.locator("#slots .tile").first).to_contain_text("40")

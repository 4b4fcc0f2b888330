"""A person is found five ways at the desk; one who was written down twice becomes one, and two again."""

from __future__ import annotations

from contextvars import Context
from datetime import date

from kiosk import config
from kiosk.app import create_app
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import people
from kiosk.store.database import db, writing
from tests.browser.conftest import PHONE, TABLET, Office

LONG = "Nguyễn Phước Tôn Nữ Công Huyền Thị Ánh Tuyết Bạch Nguyệt Như"


def _write(office: Office) -> None:
    """Hường gets a phone and an insurance number, and is written down once more without marks."""
    app = create_app(config.load(office.folder))
    with app.app_context():
        with writing():
            huong = people.find_by_number("015158004187")
            assert huong
            huong.phone, huong.insurance = "0912345678", "GD4151501234567"
            who = Identity("NGUYEN THI HUONG", born_on=date(1958, 12, 5), born_year=1958, sex=Sex.FEMALE)
            people.add(who)
            for name in (LONG, LONG.upper()):
                people.add(Identity(name, born_on=date(1960, 1, 1), born_year=1960, sex=Sex.FEMALE, address="Xã " * 60))
        db.session.remove()
        db.engine.dispose()


def test_a_person_is_found_five_ways_and_by_a_scanned_code(office: Office) -> None:
    Context().run(_write, office)
    volunteer = office.sign_in(Role.VOLUNTEER, TABLET)
    page = volunteer.page
    for words, year in (
        ("015 158 004 187", ""),
        ("1501234567", ""),
        ("+84 912 345 678", ""),
        ("huong thi nguyen", ""),
        ("Nguyễn Thị Hường", "1958"),
    ):
        volunteer.go("/desk/desk-1")
        page.locator("[name=words]").fill(words)
        page.locator("[name=born_year]").fill(year)
        page.locator("[name=words]").press("Enter")
        page.wait_for_url("**found=*")
        assert "4187" in page.locator(".found li").first.inner_text(), words
    volunteer.check()
    page.locator("[name=words]").fill("015158004187||Nguyễn Thị Hường|12051958|Nữ|Tổ 4|15042021")
    page.locator("[name=words]").press("Enter")
    page.wait_for_url("**/person/*")
    assert "Nguyễn Thị Hường" in page.locator("main").inner_text()
    volunteer.go("/desk/desk-1")
    page.locator("[name=words]").fill("nguyen phuoc")
    page.locator("[name=words]").press("Enter")
    page.wait_for_url("**found=*")
    for size in (PHONE, TABLET):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        volunteer.check()


def test_two_rows_become_one_and_two_again(office: Office) -> None:
    Context().run(_write, office)
    lead = office.sign_in(Role.SITE_LEAD, TABLET)
    page = lead.go("/people/alike")
    for size in (PHONE, TABLET):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        lead.check()
    page.locator(".pair", has_text="4187").get_by_role("button").click()
    page.wait_for_selector("mark")
    for size in (PHONE, TABLET):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        lead.check()
    page.locator("#merge").click()
    page.wait_for_url("**/people/alike")
    assert page.locator(".pair", has_text="4187").count() == 0
    lead.check()
    page.locator(".decided button").first.click()
    page.wait_for_selector(".pair >> text=4187")
    lead.check()

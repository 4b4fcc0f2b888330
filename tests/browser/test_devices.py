"""A code on paper or on the lead's screen, a tablet's camera, one tap: trusted; and revoked while it is in use."""

from __future__ import annotations

from io import BytesIO
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from kiosk.actions import printers
from kiosk.app import create_app
from kiosk.config import load
from kiosk.demo.program import wait_for_hub
from kiosk.devices.raster import draw
from kiosk.rules.actor import OPERATOR
from kiosk.rules.slips import from_json
from kiosk.rules.words import Role
from kiosk.store import print_jobs
from kiosk.store.database import db
from kiosk.upkeep import setup
from tests.browser.conftest import LAPTOP, PHONE, TABLET, Office
from tests.browser.hands import too_small
from tests.clock import CLOCK

LONG = "Máy tính bảng của Công Tằng Tôn Nữ Thị Phương Thảo, khu nhà B"[:60]


@pytest.fixture
def provisioned(office: Office) -> Office:
    """The office's hub as a box is provisioned: staff work on paired devices only."""
    again_with(office, "trusted_only = true")
    return office


def again_with(office: Office, setting: str) -> None:
    """The hub starts anew with one more setting."""
    office.hub.stop()
    path = office.folder / "site.toml"
    path.write_text(path.read_text().replace("lock_minutes = 0", f"lock_minutes = 0\n{setting}"))
    office.hub.start()
    wait_for_hub(office.base, office.hub)


def slip_for(office: Office, station: str) -> str:
    """What the last code on a status slip says, read from the dots on its paper."""
    with create_app(load(office.folder)).app_context():
        now = CLOCK.now()
        id = printers.print_status(
            OPERATOR, now, str(uuid4()), "kiosk-1", station, "vi", CLOCK.local(now.at), (), office.base
        )  # fmt: skip
        blocks = from_json(print_jobs.get(id).blocks)
        db.engine.dispose()
    paper = Image.fromarray(~draw(blocks, 384)).convert("L")
    return next(code.text for code in zxingcpp.read_barcodes(paper))


def test_a_tablet_is_trusted_by_a_slip_and_revoked_while_somebody_works(provisioned: Office) -> None:
    lead = provisioned.visitor(TABLET)
    lead.go(f"/pair#{setup.invite(load(provisioned.folder), 'finish-1')}")
    expect(lead.page.locator("[name=code]")).not_to_have_value("")
    lead.page.locator("[name=name]").fill("Máy của phụ trách")
    lead.page.get_by_role("button", name="Ghép thiết bị này").click()
    lead.page.wait_for_url("**/sign-in**")
    lead.enter("L01", "3064")

    tablet = provisioned.visitor(TABLET, has_touch=True)
    tablet.go("/desk/desk-1")
    expect(tablet.page.locator("h1")).to_have_text("Thiết bị này chưa được ghép")
    tablet.check()
    link = slip_for(provisioned, "desk-1")
    tablet.page.goto(link)
    page = tablet.page
    assert "#" not in page.url, "the code stays in no address"
    expect(page.locator("[name=code]")).to_have_value(link.partition("#")[2])
    assert too_small(page) == []
    page.get_by_role("button", name="Ghép thiết bị này").tap()
    page.wait_for_url("**/sign-in**")
    tablet.enter("V01", "1807")
    tablet.go("/desk/desk-1")
    expect(page.locator(".station-bar .name")).to_have_text("Bàn tình nguyện viên 1")
    tablet.go("/table/finish-1")
    expect(page.locator("h1")).to_contain_text("chưa được ghép với Bàn hoàn tất")
    tablet.check()
    tablet.go("/desk/desk-1")

    lead.go("/devices")
    row = lead.page.locator(".trusted li", has_text="Linux · Chrome")
    row.locator("summary").click()
    row.get_by_role("button", name="Thu hồi ngay").click()
    expect(row).to_have_count(0)
    # Its open page hears of it and is led away, without anybody's touch.
    page.wait_for_url("**/pair**")
    expect(page.locator("h1")).to_have_text("Thiết bị này chưa được ghép")

    again = provisioned.visitor(PHONE)
    again.page.goto(link)
    again.page.get_by_role("button", name="Ghép thiết bị này").click()
    expect(again.page.locator("#code-refusal")).to_contain_text("xin mã mới")
    again.check()


def test_a_kiosks_screen_is_paired_by_a_link_alone_and_leaves_when_it_is_revoked(office: Office) -> None:
    screen = office.visitor(LAPTOP)
    code = setup.pair(load(office.folder), "kiosk-1")
    screen.go(f"/kiosk/kiosk-1#{code}")
    expect(screen.page.locator(".kiosk-bar")).to_be_visible()
    assert code not in screen.page.url
    lead = office.sign_in(Role.SITE_LEAD, LAPTOP)
    lead.go("/devices")
    row = lead.page.locator(".trusted li", has_text="Ghép tại máy chủ").first
    row.locator("summary").click()
    row.get_by_role("button", name="Thu hồi ngay").click()
    screen.page.wait_for_url("**/pair**")


@pytest.mark.parametrize("size", [PHONE, TABLET, LAPTOP])
def test_the_leads_screen_shows_a_code_and_then_who_joined(office: Office, size: tuple[int, int]) -> None:
    lead = office.sign_in(Role.SITE_LEAD, size)
    page = lead.go("/devices")
    expect(page.locator("#devices .empty")).to_be_visible()
    lead.check()
    page.locator("#station").select_option("desk-1")
    page.locator("#show-code").click()
    code = page.locator(".pairing-code").inner_text()
    expect(page.locator("#devices")).to_contain_text("Mã chưa dùng")
    lead.check()
    assert too_small(page) == []
    tablet = office.visitor(TABLET)
    tablet.go("/pair")
    tablet.page.locator("[name=code]").fill(code)
    tablet.page.locator("[name=name]").fill(LONG)
    tablet.page.get_by_role("button", name="Ghép thiết bị này").click()
    tablet.page.wait_for_url("**/sign-in**")
    expect(page.locator("#code")).to_contain_text("Đã ghép một thiết bị")
    expect(page.locator("#devices")).to_contain_text(LONG)
    page.locator(".trusted summary").click()
    lead.check()
    assert too_small(page) == []
    page.locator("#station").select_option("injection-1")
    page.locator("#show-code").click()
    expect(page.locator("#code")).to_contain_text("Bàn tiêm 1")
    expect(page.locator(".pairing-code")).not_to_have_text(code)


def test_the_code_on_the_screen_is_read_by_a_camera(office: Office) -> None:
    again_with(office, 'staff_address = "https://diem-tiem.local"')
    lead = office.sign_in(Role.SITE_LEAD, LAPTOP)
    page = lead.go("/devices")
    page.locator("#show-code").click()
    code = page.locator(".pairing-code").inner_text()
    picture = Image.open(BytesIO(page.locator(".scanned").last.screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [f"https://diem-tiem.local/pair#{code}"]

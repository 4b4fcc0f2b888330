"""The day before, in the office: a list with mistakes is brought, looked at, taken, and leaves again as a sheet."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from kiosk.rules.words import Role
from tests import cast as casting
from tests import roster_files
from tests.browser.conftest import LAPTOP, PHONE, TABLET, Office, Watched

TOMORROW = casting.now().on + timedelta(days=1)


def bring(page: Page, file: Path) -> None:
    """Chooses the file and presses the button."""
    page.locator("[name=file]").set_input_files(file)
    page.locator("#bring").click()


def saved(page: Page, button: str) -> list[list[str]]:
    """Presses a button that gives a sheet; its rows."""
    with page.expect_download() as download:
        page.locator(button).click()
    return CalamineWorkbook.from_path(download.value.path()).get_sheet_by_index(0).to_python()  # type: ignore[return-value]


def test_a_list_with_every_defect_lands_its_good_rows_and_leaves_again(office: Office, tmp_path: Path) -> None:
    file = roster_files.every_defect("xlsx")
    (tmp_path / "Danh sách xã Bịa.xlsx").write_bytes(file.content)
    lead = office.sign_in(Role.SITE_LEAD, LAPTOP)
    lead.go("/").get_by_role("link", name="Danh sách tiêm").click()
    lead.check()
    bring(lead.page, tmp_path / "Danh sách xã Bịa.xlsx")
    land = lead.page.locator("#land")
    expect(land).to_have_text(f"Nhận {len(file.good_lines)} dòng", timeout=30_000)
    for line in (*file.wrong, *file.clashes):
        expect(lead.page.locator("td.count").get_by_text(str(line), exact=True)).to_be_visible()
    expect(lead.page.get_by_text("31/02/1960")).to_be_visible()
    lead.check()
    wrong = saved(lead.page, "#export-wrong")
    assert len([row for row in wrong if row[-1] and row[0] != "#"]) >= len(file.wrong)
    land.click()
    expect(lead.page.get_by_text("Đã nhận", exact=True)).to_be_visible(timeout=30_000)
    lead.check()
    lead.page.get_by_role("link", name=f"Ngày {TOMORROW:%d/%m/%Y}").click()
    expect(lead.page.get_by_role("heading", name=f"{len(file.good_lines)} người")).to_be_visible()
    lead.check()
    rows = saved(lead.page, "#sheet")
    assert [row for row in rows if "Hà Thị Lụa" in row and "015161000011" in row]
    assert not [row for row in rows if "Hà Thị Sai" in row]
    phones = saved(lead.page, "#phones")
    assert any("0912000033" in row for row in phones)


def test_a_wrong_file_gets_its_sentence_and_leaves_nothing(office: Office, tmp_path: Path) -> None:
    (tmp_path / "anh.xlsx").write_bytes(b"\x89PNG no list")
    lead = office.sign_in(Role.SITE_LEAD, TABLET)
    lead.go("/rosters")
    bring(lead.page, tmp_path / "anh.xlsx")
    expect(lead.page.get_by_text("Không dùng được tệp này")).to_be_visible(timeout=30_000)
    lead.check()
    lead.page.locator("#drop").click()
    expect(lead.page.get_by_text("anh.xlsx")).to_have_count(0)
    lead.page.locator("[name=on]").fill("31/02/2026")
    bring(lead.page, tmp_path / "anh.xlsx")
    expect(lead.page.locator("#on-refusal")).to_be_visible()
    lead.check()


@pytest.mark.parametrize("size", [PHONE, TABLET, LAPTOP], ids=["phone", "tablet", "laptop"])
def test_the_lists_fit_every_screen_in_both_languages(office: Office, size: tuple[int, int]) -> None:
    lead: Watched = office.sign_in(Role.SITE_LEAD, size)
    for _ in range(2):
        for path in ("/rosters", f"/rosters/days/{casting.now().on}"):
            lead.go(path)
            lead.check()
        lead.page.get_by_role("button", name=re.compile("English|Tiếng Việt")).click()


def test_it_works_without_scripts(office: Office, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(roster_files.every_defect("csv").content)
    lead = office.sign_in(Role.SITE_LEAD, LAPTOP, java_script_enabled=False)
    lead.go("/rosters")
    bring(lead.page, tmp_path / "a.csv")
    for _ in range(60):
        if lead.page.locator("#land").count():
            break
        lead.page.wait_for_timeout(500)
        lead.page.reload()
    lead.page.locator("#land").click()
    expect(lead.page.locator("#roster")).to_be_visible()

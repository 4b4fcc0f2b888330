"""The hub's clock set with a tablet: it proposes its own time, at the site, until somebody types another."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kiosk.rules.words import Role
from kiosk.store import clock_wish
from tests.browser.conftest import LAPTOP, PHONE, Office
from tests.browser.hands import too_small

MEANT = datetime(2030, 11, 23, 0, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(("size", "language"), [(PHONE, "vi"), (LAPTOP, "en")])
def test_a_tablet_knows_the_time_and_one_tap_passes_it_on(office: Office, size: tuple[int, int], language: str) -> None:
    # The tablet is far away by its own settings; the instant is what counts.
    technician = office.sign_in(Role.TECHNICIAN, size, timezone_id="America/New_York")
    page = technician.page
    page.clock.install(time=MEANT)
    technician.go("/boxes")
    page.locator("#clock summary").click()
    expect(page.locator("#day")).to_have_value("2030-11-23")
    assert page.locator("#time").input_value().startswith("07:30:")
    if language == "en":
        page.locator("button[name=language]").first.click()
        page.locator("#clock summary").click()
    technician.check()
    assert too_small(page) == []
    if folder := os.environ.get("KIOSK_PICTURES"):
        page.screenshot(path=Path(folder) / f"clock-{language}-{size[0]}.png", full_page=True)
    page.locator("#time").fill("09:15")
    page.clock.run_for(5000)
    assert page.locator("#time").input_value() == "09:15", "what somebody typed stays"
    page.locator("#set-clock").click()
    expect(page.locator("#clock details")).to_have_count(0)
    wish = json.loads((office.folder / clock_wish.WISH).read_text())
    assert datetime.fromtimestamp(wish["at"], UTC) == MEANT.replace(hour=2, minute=15, second=0)

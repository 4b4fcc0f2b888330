"""A family at the kiosk: everything that must be read and touched is on the screen."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk import config
from kiosk.actions import day, scanning, site
from kiosk.app import create_app
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.person import Identity
from kiosk.rules.words import Role, Sex
from kiosk.store import people, rosters
from kiosk.store.database import db, writing
from tests.browser.conftest import Office
from tests.cast import CARD, key, now

LONGEST = "Nguyễn Hoàng Phương Uyên Thảo Nguyên Bích Ngọc Trâm Anh Kim"


def bring_family(office: Office, children: int) -> str:
    """Hường's children are expected today, her card is held to the kiosk; the token of its screen."""
    app = create_app(config.load(office.folder))
    with app.app_context():
        mother = people.search("NGUYEN THI HUONG", None)[0].id
        day.open_day(OPERATOR, now(), key(), "morning")
        with writing():
            file = rosters.Roster(file_name="x", counts={}, staged_at=now().at, landed_at=now().at)
            rosters.add(file)
            for n in range(children):
                child = people.add(Identity(LONGEST, born_on=date(2012, 1, 1 + n), born_year=2012, sex=Sex.FEMALE))
                child.guardian_id = mother
                entry = rosters.RosterEntry(roster_id=file.id, person_id=child.id, on=now().on, priority_group="")
                db.session.add(entry)
        token = site.new_token()
        screen = Actor(site.pair(OPERATOR, now(), key(), "kiosk-1", token), Role.DEVICE, "kiosk-1")
        scan = key()
        scanning.scan_code(screen, now(), scan, scan, CARD.encode(), "QRCode")
    return token


@pytest.mark.parametrize("children", [2, 8])
@pytest.mark.parametrize("size", [(1024, 768), (1280, 800)])
def test_nothing_of_a_family_is_cut_off(office: Office, size: tuple[int, int], children: int) -> None:
    token = bring_family(office, children)
    kiosk = office.visitor(size)
    kiosk.context.add_cookies([{"name": "screen-kiosk-1", "value": token, "url": office.base}])
    page = kiosk.go("/kiosk/kiosk-1")
    page.wait_for_selector("#person")
    kiosk.check(scrolls=False)
    page.locator("button[form=who-came]").click()
    for _ in range(4):
        page.wait_for_selector("#question")
        kiosk.check(scrolls=False)
        asked = page.locator("#question-title").inner_text()
        page.locator("button[name=none]").click()
        page.wait_for_function(
            "was => document.querySelector('#question-title')?.innerText !== was", arg=asked
        )  # fmt: skip
    page.wait_for_selector(".kiosk-numbers")
    assert page.locator(".kiosk-numbers li").count() == children + 1
    kiosk.check(scrolls=False)

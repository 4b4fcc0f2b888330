"""People due a next dose, in a real browser: seen by vaccine, put on tomorrow's list."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, select

from kiosk import config
from kiosk.app import create_app
from kiosk.rules.words import Role
from kiosk.store.columns import box_name, new_id, next_seq
from kiosk.store.database import db, writing
from kiosk.store.doses import EarlierDose
from kiosk.store.people import Person
from tests.browser.conftest import PHONE, TABLET, Office
from tests.clock import CLOCK

LONGEST = "Công Tằng Tôn Nữ Huỳnh Thị Phương Nguyệt Quỳnh Hương Thảo"


def had_a_dose(office: Office, n: int) -> None:
    """So many people with one dose, ten weeks ago."""
    app, now = create_app(config.load(office.folder)), CLOCK.now()
    with app.app_context():
        with writing():
            rows = [
                {"id": new_id(), "name": LONGEST, "name_key": "X", "born_year": 1950, "sex": "female"} for _ in range(n)
            ]
            db.session.execute(insert(Person), rows)
            last, given_on = next_seq(box_name(), n), now.on - timedelta(days=70)
            doses = [
                {"id": new_id(), "person_id": row["id"], "vaccine": ("astrazeneca", "pfizer")[nth % 3 == 0],
                 "given_on": given_on + timedelta(days=nth % 20), "at": now.at, "box": box_name(), "seq": last - nth,
                 "clock_trusted": True}
                for nth, row in enumerate(rows)
            ]  # fmt: skip
            db.session.execute(insert(EarlierDose), doses)
        assert db.session.scalar(select(EarlierDose.id).limit(1))
        db.session.remove()
        db.engine.dispose()


def test_whoever_waits_longest_is_put_on_tomorrows_list(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD, PHONE)
    lead.go("/due")
    lead.check()
    had_a_dose(office, 300)
    lead.go("/due")
    lead.check()
    lead.page.locator("[name=most]").fill("0")
    lead.page.locator("#list").click()
    lead.page.locator("#most-refusal").wait_for()
    lead.check()
    lead.page.locator("[name=most]").fill("25")
    lead.page.locator("#list").click()
    lead.page.wait_for_url("**/rosters/*")
    assert "25" in lead.page.inner_text("main")
    wide = office.sign_in(Role.SITE_LEAD, TABLET)
    wide.go("/due?early=1")
    wide.check()

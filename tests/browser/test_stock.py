"""The site's vaccine and standby in a real browser: read on a phone, called with two taps."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import insert

from kiosk import config
from kiosk.actions import day, stock, vials
from kiosk.app import create_app
from kiosk.rules.actor import Actor
from kiosk.rules.words import Role
from kiosk.store import rosters, staff
from kiosk.store.columns import new_id
from kiosk.store.database import db, writing
from kiosk.store.people import Person
from kiosk.store.stock_moves import STORE
from tests.browser.conftest import LAPTOP, PHONE, TABLET, Office
from tests.clock import CLOCK

LONGEST = "Công Tằng Tôn Nữ Huỳnh Thị Phương Nguyệt Quỳnh Hương Thảo"


def prepare(office: Office) -> None:
    """A clinic day with a vial open at a table, lots in the store, and twenty-five people of tomorrow's list."""
    app, now = create_app(config.load(office.folder)), CLOCK.now()
    with app.app_context():
        member = staff.find_by_badge("L01")
        assert member
        lead = Actor(member.id, Role.SITE_LEAD, "injection-1")
        day.open_day(lead, now, str(uuid4()), "morning")
        for number in ("NK0191", "ABCDEFGHIJ0123456789"):
            expires = f"31/12/{now.on.year + 1}"
            lot_id = stock.receive_lot(lead, now, str(uuid4()), "astrazeneca", number, expires, 12, 10)
        stock.transfer(lead, now, str(uuid4()), lot_id, STORE, "injection-1", 3)
        vials.open_vial(lead, now, str(uuid4()), lot_id)
        with writing():
            rows = [
                {"id": new_id(), "name": LONGEST, "name_key": "X", "born_year": 1950, "sex": "female",
                 "phone": f"09000000{nth:02}"}
                for nth in range(25)
            ]  # fmt: skip
            db.session.execute(insert(Person), rows)
            roster = rosters.Roster(file_name="a.xlsx", staged_at=now.at, landed_at=now.at, landed_seq=900, counts={})
            rosters.add(roster)
            for line, row in enumerate(rows):
                entry = {"roster_id": roster.id, "on": now.on + timedelta(days=1), "priority_group": "9"}
                db.session.add(rosters.RosterEntry(person_id=row["id"], line=line, **entry))
        db.session.remove()
        db.engine.dispose()


def test_vaccine_is_received_and_somebody_is_called_with_two_taps(office: Office) -> None:
    lead = office.sign_in(Role.SITE_LEAD, PHONE)
    for path in ("/stock", "/standby"):
        lead.go(path)
        lead.check()
    prepare(office)
    page = lead.go("/stock")
    lead.check()
    page.locator("#forms summary").first.click()
    page.locator("#receive-go").click()
    page.locator("#receive-vaccine-refusal").wait_for()
    lead.check()
    page.locator("#receive-vaccine").select_option("pfizer")
    for name, worth in (("number", "FK5618"), ("expires", f"12/{CLOCK.now().on.year + 1}"), ("vials", "30")):
        page.locator(f"#receive-{name}").fill(worth)
    page.locator("#receive-doses_per_vial").fill("6")
    page.locator("#receive-go").click()
    page.locator("#books", has_text="FK5618").wait_for()
    page.locator("#leftover a").click()
    page.wait_for_url("**/standby?vaccine=astrazeneca")
    page.locator("#choose button").first.click()
    page.locator("#called a[href^='tel:']").wait_for()
    lead.check()
    page.locator("#called button").first.click()
    page.locator("#called .paper.right").wait_for()
    lead.check()
    for size in (TABLET, LAPTOP):
        wide = office.sign_in(Role.VOLUNTEER, size)
        wide.go("/standby")
        wide.check()
        wide = office.sign_in(Role.SITE_LEAD, size)
        for path in ("/stock", "/standby", "/lead"):
            wide.go(path)
            wide.check()

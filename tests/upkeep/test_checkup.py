"""The hub measures its own box, and goes on when it cannot."""

from __future__ import annotations

import time

from kiosk.actions import heartbeats, site
from kiosk.devices.box import measure
from kiosk.rules.actor import OPERATOR
from kiosk.rules.box import read
from kiosk.store import box_reports, pairings
from kiosk.store.box_reports import HUB
from kiosk.store.database import db, writing
from kiosk.upkeep import checkup
from tests.cast import now


def test_the_hubs_box_is_a_row_that_names_nobody(hub, inside, players, folder):
    heartbeats.beat(players.kiosk, now(), "run-1", 8081, "ready", "paper_out", False)
    checkup.report(hub)
    db.session.rollback()
    row = box_reports.find(HUB)
    facts = read(row.facts["box"])
    assert facts.disk_mb == measure(folder).disk_mb
    assert facts.versions["sqlite"]
    found = {(each["part"], each["place"]): each["state"] for each in row.facts["site"]}
    assert found["camera", "kiosk-1"] == "ok"
    assert found["printer", "kiosk-1"] == "look"
    assert "Mai" not in str(row.facts)


def state_of_the_kiosks_program(hub):
    checkup.report(hub)
    db.session.rollback()
    found = box_reports.find(HUB).facts["site"]
    return next(each["state"] for each in found if (each["part"], each["place"]) == ("agent", "kiosk-1"))


def test_a_kiosk_without_a_machine_is_no_trouble_and_one_that_never_came_is(hub, inside, players):
    with writing():
        for pairing in pairings.list_trusted():
            pairing.revoked_at = now().at
    assert state_of_the_kiosks_program(hub) == "look"
    with writing():
        site.trust(OPERATOR, now(), "kiosk-1", "its token")
    assert state_of_the_kiosks_program(hub) == "broken"


def test_a_second_look_takes_the_place_of_the_first(hub, inside, players):
    checkup.report(hub)
    checkup.report(hub)
    db.session.rollback()
    assert [row.box for row in box_reports.list_()] == [HUB]


def test_the_thread_looks_at_once_and_stops(hub, inside, players):
    program = checkup.Program(hub)
    program.start()
    until = time.monotonic() + 30
    while box_reports.find(HUB) is None and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.05)
    program.stop()
    assert box_reports.find(HUB) is not None
    assert not program._thread.is_alive()


def test_a_hub_without_its_tables_goes_on(hub, inside, players):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("DROP TABLE box_report")
    program = checkup.Program(hub)
    program.start()
    until = time.monotonic() + 30
    while not program._failed and time.monotonic() < until:
        time.sleep(0.05)
    assert program._failed == "OperationalError"
    assert program._thread.is_alive()
    program.stop()

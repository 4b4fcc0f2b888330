"""What agents say of themselves."""

from __future__ import annotations

import pytest

from kiosk.actions.heartbeats import beat
from kiosk.store import audit, heartbeats, topics
from kiosk.store.database import db
from tests.cast import Players, now

pytestmark = pytest.mark.usefixtures("inside")


def test_only_a_change_is_audited_and_said_to_the_pages(players: Players) -> None:
    beat(players.kiosk, now(), "run 1", 8081, "ready", "ready", False)
    entries, said = audit.count(), topics.versions()
    later = now(1)
    beat(players.kiosk, later, "run 1", 8081, "ready", "ready", False)
    db.session.remove()
    assert (audit.count(), topics.versions()) == (entries, said)
    row = heartbeats.find("kiosk-1")
    assert row
    assert row.at == later.at
    db.session.remove()
    beat(players.kiosk, now(2), "run 1", 8081, "lost", "paper_out", True)
    db.session.remove()
    assert audit.count() == entries + 1
    assert topics.versions()["desk"] == said["desk"] + 1
    assert topics.versions()["kiosk:kiosk-1"] == said["kiosk:kiosk-1"] + 1


def test_a_new_run_takes_the_place_of_the_old_one(players: Players) -> None:
    beat(players.kiosk, now(), "run 1", 8081, "ready", "ready", False)
    beat(players.kiosk, now(), "run 2", 8081, "ready", "ready", False)
    assert [row.run for row in heartbeats.list_()] == ["run 2"]

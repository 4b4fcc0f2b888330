"""GET /ready: anybody may ask, it reads the database, and it names nobody."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from kiosk.store.database import db, held_seconds, turn
from kiosk.web import ready
from tests.cast import Players


def test_it_answers_anybody(hub: Flask, players: Players) -> None:
    answer = hub.test_client().get("/ready")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_its_tables_it_does_not(hub: Flask) -> None:
    with hub.app_context(), db.engine.connect().execution_options(writing=True) as line:
        line.exec_driver_sql("DROP TABLE topic")
        line.commit()
    hub.config["PROPAGATE_EXCEPTIONS"] = False
    assert hub.test_client().get("/ready").status_code == 500


def test_a_turn_that_is_never_given_back_is_told(hub: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, give_back = threading.Event(), threading.Event()

    def sit() -> None:
        with hub.app_context(), turn():
            taken.set()
            give_back.wait(60)

    client, sitting = hub.test_client(), threading.Thread(target=sit)
    assert held_seconds() == 0.0
    sitting.start()
    assert taken.wait(60)
    assert held_seconds() > 0.0
    assert client.get("/ready").status_code == 200, "not yet: a piece of a list may be on its way in"
    monkeypatch.setattr(ready, "STUCK_SECONDS", 0.0)
    answer = client.get("/ready")
    assert (answer.status_code, answer.text) == (503, "stuck\n")
    give_back.set()
    sitting.join()
    assert client.get("/ready").status_code == 200

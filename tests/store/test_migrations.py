"""The newest step of the schema: up over rows that are there, and down again without losing them."""

from __future__ import annotations

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from kiosk.store.database import db
from tests.actions.test_scanning import scan
from tests.cast import CARD, Players

pytestmark = pytest.mark.usefixtures("inside")
ADDED = {"scan": {"kind"}, "identity_check": {"document"}, "person": {"document", "document_number", "nationality"}}


def columns(table: str) -> set[str]:
    return {column["name"] for column in inspect(db.engine).get_columns(table)}


def counted() -> list[int]:
    with db.engine.connect() as connection:
        return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ADDED]


def test_the_newest_step_goes_down_and_up_again_and_loses_nobody(players: Players, opened: str) -> None:
    scan(players.kiosk, CARD)
    db.session.rollback()
    before = counted()
    downgrade(revision="0002")
    assert not any(ADDED[table] & columns(table) for table in ADDED)
    assert counted() == before
    upgrade()
    assert all(ADDED[table] <= columns(table) for table in ADDED)
    assert counted() == before
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT kind FROM scan")).scalars().all() == [""]

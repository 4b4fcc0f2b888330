"""Which certificate is asked for next; and the step of the schema that holds them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from kiosk.rules.words import CertificateState
from kiosk.store import certificates
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests.cast import Players, now, receive

pytestmark = pytest.mark.usefixtures("inside")


def asked(visit: str, minutes: float | None) -> str:
    """A certificate that is asked for in so many minutes; its id."""
    with writing():
        at = now()
        due = None if minutes is None else at.at + timedelta(minutes=minutes)
        row = certificates.Certificate(
            visit_id=visit, state=CertificateState.ASKED, asked_at=at.at, asked_by="x", next_at=due
        )
        return record(row, at).id


def test_whoever_waits_longest_is_next_and_who_waits_for_nothing_never(players: Players, opened: str) -> None:
    later = asked(receive(players, players.huong), -1)
    first = asked(receive(players, players.pao), -2)
    asked(receive(players, players.dung), None)
    found = certificates.find_due(now().at)
    assert found
    assert found.id == first
    with writing():
        certificates.get(first).next_at = now(5).at
    found = certificates.find_due(now().at)
    assert found
    assert found.id == later
    with writing():
        certificates.get(later).next_at = now(5).at
    assert certificates.find_due(now().at) is None


def test_there_is_one_a_visit(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    asked(visit, 0)
    with pytest.raises(Exception, match="UNIQUE"):
        asked(visit, 0)


def test_the_step_goes_down_and_up_again_and_is_what_the_program_expects(players: Players, opened: str) -> None:
    asked(receive(players, players.huong), 0)
    db.session.rollback()
    downgrade(revision="0004")
    assert "certificate" not in inspect(db.engine).get_table_names()
    upgrade()
    table = certificates.Certificate.__table__
    found = {column["name"]: column["nullable"] for column in inspect(db.engine).get_columns("certificate")}
    assert found == {column.name: bool(column.nullable) for column in table.columns}
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []

"""Who works here, at the machine itself: the way back in when no site lead can sign in."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.actions import sign_in
from kiosk.actions.sign_in import NOBODY
from kiosk.cli import main
from kiosk.errors import Refusal
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role
from kiosk.store import staff
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db
from tests.cast import Players, hub, inside, key, now, players  # noqa: F401
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal's language."""
    monkeypatch.setenv("LANG", "C")


def run(folder: Path, *words: str, typed: str | None = None) -> Result:
    """`python -m kiosk --folder … staff words`."""
    result = CliRunner().invoke(main, ["--folder", str(folder), "staff", *words], input=typed, catch_exceptions=False)
    db.session.rollback()
    return result


def enter(who: str, pin: str) -> str:
    """Signs in, or gives the code of the refusal."""
    try:
        return sign_in.sign_in(NOBODY, now(), key(), who, pin, key(), 5, 5)
    except Refusal as refusal:
        return refusal.code


def events() -> list[tuple[str, str]]:
    """What the operator did, by the audit; newest last."""
    rows = db.session.scalars(db.select(AuditEntry).where(AuditEntry.by == OPERATOR.id).order_by(AuditEntry.seq))
    return [(row.event, row.noun_id) for row in rows if row.event.startswith("staff.")][len(STAFF) :]


def test_a_locked_lead_gets_in_again(folder: Path, players: Players) -> None:  # noqa: F811
    for _ in range(5):
        enter("L01", "9999")
    assert enter("L01", STAFF[Role.SITE_LEAD][2]) == "sign_in_locked"
    assert "locked)" in run(folder, "list").output
    result = run(folder, "pin", "l01", typed="8642\n8642\n")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "L01 may sign in")
    assert "8642" not in result.output
    db.session.rollback()  # as another request would: the command line has changed what this one had read
    assert staff.list_open_sessions(players.lead.id) == []
    assert staff.get_session(enter("L01", "8642")).staff_id == players.lead.id
    assert events() == [("staff.pin_reset", players.lead.id)]


def test_the_list_says_how_everybody_stands(folder: Path) -> None:
    lines = run(folder, "list").output.splitlines()
    assert len(lines) == len(STAFF)
    assert [line.split()[0] for line in lines] == sorted(badge for _, badge, _ in STAFF.values())
    assert "site_lead   Hoàng Thị Lan (here)" in " ".join(lines)
    assert run(folder, "out", "N01").output == "N01 no longer works here\n"
    assert "Vàng Thị Sua (gone)" in run(folder, "list").output


def test_a_badge_is_made_up_or_replaced(folder: Path) -> None:
    added = run(folder, "add", "--name", "Vũ Thị Tình", "--role", "site_lead", "--licence", "1/YB", "--pin", "2468")
    code = added.output.split()[0]
    row = staff.find_by_badge(code)
    assert row
    assert (added.exit_code, row.licence, row.works_as) == (0, "1/YB", Role.SITE_LEAD)
    replaced = run(folder, "badge", code.lower())
    assert replaced.exit_code == 0
    assert staff.find_by_badge(code) is None
    assert staff.get(row.id).badge == replaced.output.split()[0]
    assert events() == [("staff.added", row.id), ("staff.badge_replaced", row.id)]


def test_the_last_lead_stays_here_too(folder: Path) -> None:
    refused = run(folder, "out", "L01")
    assert refused.exit_code == 1
    assert "Add another site lead first" in refused.output
    assert run(folder, "add", "--name", "Vũ Thị Tình", "--role", "site_lead", "--pin", "2468").exit_code == 0
    assert run(folder, "out", "L01").exit_code == 0


@pytest.mark.parametrize("words", [("pin", "X99", "--pin", "2468"), ("badge", "X99"), ("out", "X99")])
def test_nobodys_badge_is_said(folder: Path, words: tuple[str, ...]) -> None:
    result = run(folder, *words)
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert "cli." not in result.output
    assert events() == []


def test_a_pin_that_anybody_would_try_is_refused(folder: Path) -> None:
    result = run(folder, "pin", "L01", "--pin", "1234")
    assert result.exit_code == 1
    assert "harder to guess" in result.output
    assert enter("L01", STAFF[Role.SITE_LEAD][2]) != "sign_in_wrong"

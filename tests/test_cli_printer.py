"""Slips that an operator asks for without a screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.actions.site import token_hash
from kiosk.cli import main
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import SlipKind
from kiosk.store import pairings, print_jobs
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db
from tests.cast import hub, inside  # noqa: F401

pytestmark = pytest.mark.usefixtures("inside")


def run(folder: Path, *words: str) -> Result:
    """`python -m kiosk --folder … print words --station kiosk-1`."""
    return CliRunner().invoke(main, ["--folder", str(folder), "print", *words], catch_exceptions=False)


def printed() -> print_jobs.PrintJob:
    """The one slip that was asked for."""
    db.session.rollback()
    return db.session.scalars(db.select(print_jobs.PrintJob)).one()


@pytest.mark.parametrize(
    ("words", "slip", "label"),
    [(["width"], SlipKind.WIDTH, "Kiosk 1"), (["blank"], SlipKind.BLANK, "Kiosk 1"),
     (["badge", "n01"], SlipKind.BADGE, "N01"), (["status"], SlipKind.STATUS, "Kiosk 1")],
)  # fmt: skip
def test_a_slip_waits_for_the_printer_that_was_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], slip: SlipKind, label: str
) -> None:
    monkeypatch.setenv("LANG", "C")
    result = run(folder, *words, "--station", "kiosk-1")
    assert (result.exit_code, result.output) == (0, "the slip waits for its printer\n")
    job = printed()
    assert (job.slip, job.station, job.label, job.language) == (slip, "kiosk-1", label, "en")
    entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.noun_id == job.id)).one()
    assert (entry.event, entry.by) == ("slip.worded", OPERATOR.id)


def test_a_status_slip_pairs_a_station_only_when_asked(folder: Path) -> None:
    assert run(folder, "status", "--station", "kiosk-1", "--pair", "injection-1").exit_code == 0
    found = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", str(printed().blocks))
    assert found
    pairing = pairings.find_code(token_hash(found[0]))
    assert pairing
    assert pairing.station == "injection-1"


@pytest.mark.parametrize(
    "words", [["width", "--station", "finish-1"], ["badge", "X99", "--station", "kiosk-1"],
              ["status", "--station", "kiosk-1", "--pair", "nowhere"]],
)  # fmt: skip
def test_what_is_not_there_is_said_and_nothing_is_printed(folder: Path, words: list[str]) -> None:
    result = run(folder, *words)
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert db.session.scalars(db.select(print_jobs.PrintJob)).all() == []

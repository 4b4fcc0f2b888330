"""kill -9 while a list is read or lands: it goes on where it stopped, nothing doubled, nothing visible by halves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk import config
from kiosk.actions import roster
from kiosk.app import create_app
from kiosk.demo.program import free_ports
from kiosk.rules.actor import OPERATOR
from kiosk.store import audit, rosters
from kiosk.store.database import db
from tests.cast import key, now
from tests.roster_files import every_defect

DAY = date(2030, 11, 21)
PATIENCE_SECONDS = 180.0
# The hub as it is, but for pieces so small that a short list has many.
HUB = """
from kiosk import importer
importer.READ_PIECE = importer.SMALLEST = importer.LARGEST = 2
from kiosk.cli import main
main()
"""


class Hub:
    """A hub in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it unless it runs."""
        if self._process is None:
            words = [sys.executable, "-c", HUB, "--folder", str(self.folder), "web"]
            self._process = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def ask(self, query: str, *facts: object) -> list[Any]:
        """Straight from the file."""
        with closing(sqlite3.connect(self.folder / "kiosk.db", timeout=10)) as file:
            return file.execute(query, facts).fetchall()


@pytest.fixture
def killed_hub(folder: Path) -> Iterator[Hub]:
    """A hub that is not running yet."""
    text = (folder / "site.toml").read_text(encoding="utf-8")
    listen = f'[hub]\nlisten = "127.0.0.1:{free_ports("hub")["hub"]}"\n'
    (folder / "site.toml").write_text(f"{listen}\n{text}", encoding="utf-8")
    running = Hub(folder)
    yield running
    running.kill()


def kill_until(hub: Hub, roster_id: str, working: tuple[str, ...]) -> int:
    """Kills it after every few rows until the list is past these states; how often in the middle of its work."""
    kills, reached, until = 0, 0, time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        ((state, done, total),) = hub.ask("SELECT state, done, total FROM roster WHERE id = ?", roster_id)
        if state not in working:
            return kills
        hub.start()
        if reached + 6 < done < total:
            hub.kill()
            ((state, reached, total),) = hub.ask("SELECT state, done, total FROM roster WHERE id = ?", roster_id)
            kills += state in working and reached < total
        time.sleep(0.002)
    raise TimeoutError(f"{roster_id} never got past {working}")


def test_a_list_that_is_killed_again_and_again_lands_its_good_rows_once(killed_hub: Hub, folder: Path) -> None:
    hub, file, app = killed_hub, every_defect("xlsx"), create_app(config.load(folder))
    with app.app_context():
        roster_id = roster.begin_import(OPERATOR, now(), key(), "list.xlsx", DAY, file.content)
    assert kill_until(hub, roster_id, ("waiting", "reading")) >= 1
    hub.kill()
    with app.app_context():
        counts = rosters.get(roster_id).counts
        assert (counts["new"], counts["duplicate"]) == (len(file.good_lines), len(file.duplicates))
        roster.land(OPERATOR, now(), key(), roster_id, counts)
        db.session.rollback()
        assert rosters.count_expected(DAY) == 0
    entries = "SELECT line FROM roster_entry WHERE roster_id = ?"
    assert kill_until(hub, roster_id, ("landing",)) >= 1
    hub.kill()
    assert sorted(line for (line,) in hub.ask(entries, roster_id)) == sorted(file.good_lines)
    assert hub.ask("SELECT count(*) FROM earlier_dose WHERE roster_id = ?", roster_id) == hub.ask(
        "SELECT count(*) FROM (SELECT DISTINCT person_id, given_on FROM earlier_dose WHERE roster_id = ?)", roster_id
    )
    numbers = hub.ask("SELECT number FROM person WHERE number IS NOT NULL")
    assert len(numbers) == len(set(numbers))
    with app.app_context():
        assert rosters.count_expected(DAY) == len(file.good_lines)
        assert not list(audit.verify())
        events = db.session.scalars(db.select(audit.AuditEntry.event).where(audit.AuditEntry.noun_id == roster_id))
        assert sorted(events) == ["roster.accepted", "roster.landed", "roster.read", "roster.staged"]
        db.engine.dispose()

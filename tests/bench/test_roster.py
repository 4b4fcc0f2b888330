"""The bench of lists, at a size that proves only that it runs and counts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

from bench import roster
from kiosk.clock import Clock
from kiosk.demo import commune


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.roster words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.roster", *words],
        check=False, capture_output=True, text=True, timeout=180, cwd=Path(roster.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--people", "120", "--settled", "12", "--lookups", "5", "--folder", str(tmp_path))
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert (said["bench"], said["figures"]["people"]) == ("roster", 120)
    for name in (roster.LOST, roster.DOUBLED, roster.HALVES, roster.REFUSED):
        assert said["targets"][name] == [0, "<=", 0, True]
    assert said["figures"]["people checked in meanwhile"] > 0
    assert list(tmp_path.iterdir()) == [], "it takes its database away again"


def test_it_refuses_odd_sizes() -> None:
    assert run("--people", "3").returncode == 2


def test_it_sees_what_was_lost_or_doubled(tmp_path: Path) -> None:
    on = Clock(roster.ZONE).now().on
    people = commune.invent(12, on)
    roster.prepare(tmp_path, people, 1)
    database = sqlite3.connect(tmp_path / "kiosk.db")
    database.execute(
        "INSERT INTO earlier_dose (id, box, seq, clock_trusted, person_id, vaccine, given_on, lot, place, at) "
        "SELECT id, 'bench', rowid, 1, id, 'astrazeneca', '2021-08-01', '', '', '2021-08-01' FROM person LIMIT 6"
    )
    database.commit()
    assert set(roster.reread(tmp_path, people, on, 0).values()) == {0}
    database.execute("DELETE FROM roster_entry WHERE line = 3")
    database.execute(
        "INSERT INTO roster_entry SELECT 'x', roster_id, person_id, date(\"on\", '+1 day'), slot_from, slot_until, "
        "priority_group, special, approved, approved_by, line, note, cells FROM roster_entry WHERE line = 4"
    )
    database.execute("UPDATE roster_entry SET \"on\" = date(\"on\", '-1 day') WHERE id = 'x' AND 0")
    database.commit()
    database.close()
    assert roster.reread(tmp_path, people, on, 1)[roster.LOST] == 2, "a row, and a visit that was acknowledged"

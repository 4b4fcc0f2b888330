"""The bench of check-ins, at a size that proves only that it runs and counts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

from bench import check_in
from kiosk.clock import Clock


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.check_in words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.check_in", *words],
        check=False, capture_output=True, text=True, timeout=60, cwd=Path(check_in.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--count", "40", "--folder", str(tmp_path))
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert set(said) == {"bench", "figures", "targets", "ok"}
    assert (said["bench"], said["figures"]["people"]) == ("check_in", 40)
    for name in ("numbers doubled", "numbers missing", "acknowledged check-ins lost", "audit entries broken"):
        assert said["targets"][name] == [0, "<=", 0, True]
    share, relation, bound, met = said["targets"]["share of bare INSERTs"]
    assert (relation, met) == (">=", share >= bound)
    assert said["ok"] == all(target[3] for target in said["targets"].values())
    assert "check-ins a second" in program.stdout, "and a table for a person"
    assert list(tmp_path.iterdir()) == [], "it takes its database away again"


def test_it_explains_itself_and_refuses_odd_sizes() -> None:
    assert "--count" in run("--help").stdout
    assert run("--count", "3", "--writers", "8").returncode == 2


def test_it_sees_what_was_lost_doubled_or_touched(tmp_path: Path) -> None:
    app, ids = check_in.prepare(tmp_path, 6, Clock(check_in.ZONE).now())
    acknowledged, _, _ = check_in.check_in_all(app, ids, 2)
    assert set(check_in.reread(tmp_path, acknowledged).values()) == {0}
    database = sqlite3.connect(tmp_path / "kiosk.db")
    database.execute("DELETE FROM visit WHERE n = 3")
    database.execute("UPDATE audit_entry SET noun_id = 'x' WHERE seq = (SELECT max(seq) FROM audit_entry)")
    database.commit()
    database.close()
    found = check_in.reread(tmp_path, acknowledged)
    assert found["numbers missing"] == found["acknowledged check-ins lost"] == found["audit entries broken"] == 1

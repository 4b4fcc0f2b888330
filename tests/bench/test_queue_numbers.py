"""The bench of the numbers, at a size that proves only that it runs, kills, and counts."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bench import number_writer, queue_numbers
from kiosk.store.database import db

COUNT = 400


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.queue_numbers words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.queue_numbers", *words],
        check=False, capture_output=True, text=True, timeout=60, cwd=Path(queue_numbers.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--count", str(COUNT), "--folder", str(tmp_path))
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert (said["bench"], said["figures"]["numbers"], said["figures"]["series"]) == ("queue_numbers", COUNT, 2)
    assert len(number_writer.DEATHS) <= said["figures"]["writers killed"] <= len(number_writer.DEATHS) + 2
    for name in (queue_numbers.DOUBLED, queue_numbers.GAPS, queue_numbers.LOST, queue_numbers.UNASKED):
        assert said["targets"][name] == [0, "<=", 0, True]
    share, relation, bound, met = said["targets"][queue_numbers.SHARE]
    assert (relation, met) == (">=", share >= bound)
    assert list(tmp_path.iterdir()) == [], "it takes its database away again"


def test_it_refuses_odd_sizes() -> None:
    assert run("--count", "3").returncode == 2


def test_it_sees_what_was_lost_doubled_or_left_out(tmp_path: Path) -> None:
    count = 20
    app = queue_numbers.prepare(tmp_path, count)
    with app.app_context():
        for nth in range(count):
            n = number_writer.by_hub(nth)
            with (tmp_path / "hub-0.told").open("a") as notes:
                notes.write(f"{nth} {n}\n")
        db.session.remove()
        db.engine.dispose()
    zeros = (queue_numbers.DOUBLED, queue_numbers.GAPS, queue_numbers.LOST, queue_numbers.UNASKED)
    found = queue_numbers.reread(tmp_path, count)
    assert [found[name] for name in zeros] == [0, 0, 0, 0]
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as file:
        file.execute("DELETE FROM visit WHERE series = 'A' AND n = 3")
        file.execute("UPDATE series SET last_n = last_n + 1 WHERE letter = 'U'")
        file.commit()
    with (tmp_path / "hub-1.told").open("a") as notes:
        notes.write("0 1\n")
    found = queue_numbers.reread(tmp_path, count)
    assert (found[queue_numbers.GAPS], found[queue_numbers.UNASKED], found[queue_numbers.DOUBLED]) == (1, 1, 1)
    assert found[queue_numbers.LOST] == 2, "the told one, and one fewer than asked for"

"""The bench of the idle kiosk, at a size that proves only that it runs and counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench import idle
from bench.rig import cpu_seconds


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.idle", "--seconds", "1", "--settle", "1", "--folder", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(idle.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    figures = said["figures"]
    assert said["targets"]["live pictures missing"] == [0, "<=", 0, True]
    share, relation, bound, met = said["targets"][idle.IDLE]
    assert (relation, bound, met) == ("<=", 5.0, share <= 5.0)
    assert figures["naive kiosk, idle, % of a core"] > figures[idle.IDLE] > 0
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_work_is_counted_and_sleep_is_not() -> None:
    pid = os.getpid()
    before = cpu_seconds(pid)
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert cpu_seconds(pid) - before >= 0.15

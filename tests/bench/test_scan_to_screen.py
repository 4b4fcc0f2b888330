"""The bench from card to screen, at a size that proves only that it runs, counts and knows one person from another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import scan_to_screen
from bench.scan_to_screen import Turn


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.scan_to_screen", "--people", "20", "--count", "2", "--pause", "1",
         "--folder", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(scan_to_screen.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert said["targets"]["cards that never came to the screen"] == [0, "<=", 0, True]
    assert said["targets"]["another person on the screen"] == [0, "<=", 0, True]
    p95, relation, bound, met = said["targets"][scan_to_screen.P95]
    assert (relation, bound, met) == ("<=", 300, p95 <= 300)
    for part in ("card to decoded", "decoded to hub's answer", "decoded to event", "event to partial"):
        assert f"{part}, median, ms" in said["figures"]
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_the_parts_make_the_whole() -> None:
    turns = [Turn(shown=10.0, decoded=10.1, answered=10.14, event=10.2, screen=10.23 + n / 1000) for n in range(20)]
    figures = scan_to_screen.figures_of(turns)
    assert figures["card to screen, median, ms"] == 240
    assert figures[scan_to_screen.P95] == figures["card to screen, worst, ms"] == 249
    assert figures["card to decoded, median, ms"] + figures["decoded to event, median, ms"] == 200
    assert figures["decoded to hub's answer, median, ms"] == 40

"""The bench of memory, at a size that proves only that every program is there and counted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench import memory


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    words = ["--streams", "5", "--people", "1", "--settle", "0.5", "--folder", str(tmp_path)]
    program = subprocess.run(
        [sys.executable, "-m", "bench.memory", *words],
        check=False, capture_output=True, text=True, timeout=240, cwd=Path(memory.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stdout + program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    figures = said["figures"]
    assert said["targets"][memory.LOST] == [0, "<=", 0, True]
    total, relation, bound, met = said["targets"][memory.SUM]
    assert (relation, bound, met) == ("<=", 400.0, True)
    programs = ["web", "agent", "forward", *(["Caddy"] if shutil.which("caddy") else [])]
    each = [figures[f"{name}, MB"] for name in programs]
    assert min(each) > 1
    assert total == round(sum(each), 1)
    assert figures["the hub as four processes, MB"] > figures["web, MB"]
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_children_are_counted_with_their_parent() -> None:
    held = "held = bytearray(b'x') * 30_000_000; print(1, flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        before = memory.pss_mb(os.getpid())
        assert child.stdout
        child.stdout.readline()
        assert child.pid in memory.family(os.getpid())
        alone = memory.pss_mb(child.pid)
        assert alone > 28
        assert memory.pss_mb(os.getpid()) > alone
        assert before > 0
    finally:
        child.kill()
        child.wait()


def test_the_programs_run_as_their_units_say() -> None:
    said = memory.environment_of("kiosk-hub")
    assert "MALLOC_ARENA_MAX" in said
    assert "TMPDIR" not in said

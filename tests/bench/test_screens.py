"""The bench of the screens, at a size that proves only that it runs, that every screen hears, and that it counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import screens, screens_pages


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.screens words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.screens", *words],
        check=False, capture_output=True, text=True, timeout=240, cwd=Path(screens.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--changes", "8", "--per-second", "4", "--folder", str(tmp_path))
    assert program.returncode == 0, program.stdout + program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    assert (said["bench"], said["figures"]["changes"]) == ("screens", 8)
    for name in (screens.LOST, screens.FAILED):
        assert said["targets"][name] == [0, "<=", 0, True]
    p95, relation, bound, met = said["targets"][screens.P95]
    assert (relation, met) == ("<=", p95 <= bound)
    kinds = {name.split(", ")[1] for name in said["figures"] if name.count(", ") == 3}
    assert kinds == {"kiosk", "table", "board"}, "each kind of screen had something to show"
    assert said["figures"]["phones asked"] > 0
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_it_refuses_odd_sizes() -> None:
    assert run("--changes", "3").returncode == 2


def test_what_was_never_shown_is_lost_and_counted() -> None:
    screen = screens_pages.Screen("board", 1, "/board")
    screen.seen += [screens_pages.Seen(9.0, "board", "A 001"), screens_pages.Seen(11.0, "board", "A 001")]
    changes = [
        screens.Change("call", 10.0, 10.5, [screen], lambda seen: "A 001" in seen.text),
        screens.Change("call", 10.0, 10.5, [screen], lambda seen: "A 002" in seen.text),
    ]
    took, lost = screens.latencies(changes, patience=0.1)
    assert (dict(took), lost) == ({"board": [500.0]}, 1)


def test_a_page_fetches_what_its_events_concern() -> None:
    html = '<p id="x" hx-get="/a?b=1&amp;c=2" hx-trigger="sse:tables, sse:hello, every 15s" hx-target="this"></p>'
    assert list(screens_pages.parts_of(html + '<p id="y" hx-get="/b" hx-trigger="click"></p>')) == [
        screens_pages.Part("x", "/a?b=1&c=2", frozenset({"tables", "hello"}))
    ]

"""The bench of the day, at a size that proves only that it runs, that everybody gets home, and that it counts."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from bench import day, day_figures, day_people, day_site
from kiosk.rules.words import MoveKind
from kiosk.store.queue_moves import QueueMove

PEOPLE = 12


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.day words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.day", *words],
        check=False, capture_output=True, text=True, timeout=240, cwd=Path(day.__file__).parent.parent,
    )  # fmt: skip


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = run("--people", str(PEOPLE), "--folder", str(tmp_path))
    assert program.returncode == 0, program.stdout + program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    figures = said["figures"]
    assert (said["bench"], figures["people"], figures["tables"]) == ("day", PEOPLE, 10)
    for name in day.ZEROS:
        assert said["targets"][name] == [0, "<=", 0, True]
    assert figures["people with a number"] == figures["told: arrived"] > PEOPLE / 2
    assert figures["told: went home"] >= figures["doses given"] - 1 > 0
    assert [name for name in figures if name.startswith("told: refused")] == []
    assert figures["promised bands"] == figures["people with a number"]
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_it_refuses_odd_sizes() -> None:
    assert run("--people", "3").returncode == 2


def test_the_same_seed_is_the_same_day() -> None:
    on = date(2021, 9, 1)
    one, again, other = (day_people.guests(200, on, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert {guest.way for guest in one} == {"kiosk", "desk", "walk_in"}
    assert any(guest.comes == float("inf") for guest in one)
    assert any(guest.jumps for guest in one + other)
    waits, crowd = day_people.one_line(one, {"screening": [1.0], "injection": [1.0]})
    assert len(waits) == sum(guest.comes != float("inf") for guest in one)
    assert 0 == min(waits) < max(waits)
    assert 1 < crowd <= len(waits)


def test_the_crowd_is_counted_at_its_worst() -> None:
    assert day_people.most_at_once([(1, 1), (2, 1), (2, -1), (3, 1), (4, -1), (5, -1)]) == 2


def test_only_whom_nobody_let_in_by_name_is_above_capacity() -> None:
    most = day_site.CAPACITY["C"]
    came = [QueueMove(visit_id=str(n), kind=MoveKind.ENTER, zone="C", reason="") for n in range(most)]
    named = QueueMove(visit_id="named", kind=MoveKind.ENTER, zone="C", reason="weather")
    one_more = QueueMove(visit_id="more", kind=MoveKind.ENTER, zone="C", reason="")
    assert day_figures.above([*came, named])[day_figures.ABOVE] == 0
    assert day_figures.above([*came, named, one_more])[day_figures.ABOVE] == 1

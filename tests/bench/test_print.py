"""The bench of slips, at a size that proves only that it runs, counts and knows whether a ticket began."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import print as bench_print
from bench.print_rig import PrintRig
from kiosk.demo import samples


def test_its_last_line_is_what_others_read(tmp_path: Path) -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.print", "--times", "3", "--tickets", "3", "--folder", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=300, cwd=Path(bench_print.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stdout + program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    figures = said["figures"]
    assert (said["bench"], figures["tickets tapped"], figures[bench_print.NEVER]) == ("print", 3, 0)
    assert set(said["targets"]) == {target.name for target in bench_print.TARGETS}
    median, relation, bound, met = said["targets"][bench_print.FIRST_BYTE]
    assert (relation, bound, met) == ("<=", 100, median <= 100)
    assert 0 < median <= figures["tap to first byte, worst ms"]
    for kind in ("ticket", "certificate"):
        for mm in (58, 80):
            name = f"{kind} {mm} mm"
            assert figures[f"{name}: bytes of image()"] == round(
                figures[f"{name}: bytes"] / figures[f"{name}: image(), bytes"], 3
            )
            assert figures[f"{name}: s at 115200 baud"] == round(figures[f"{name}: bytes"] / 11_520, 2)
    assert figures["ticket 80 mm: s at 115200 baud, measured"] >= 0.8 * figures["ticket 80 mm: s at 115200 baud"]
    assert list(tmp_path.iterdir()) == [], "it takes its site away again"


def test_a_ticket_takes_at_most_three_quarters_of_the_librarys_bytes() -> None:
    who = samples.cast("vi")
    for width in bench_print.WIDTHS.values():
        one = bench_print.cost(samples.sample("ticket", who), width, 1)
        assert one.size <= 0.75 * one.peer_size
        assert one.peer_size > width / 8 * 400, "the library sends every dot of it"


def test_a_ticket_that_never_begins_is_counted(tmp_path: Path) -> None:
    with PrintRig(tmp_path, 2) as rig:
        rig.pull_out()
        times = bench_print.tap_all(rig, 1, (0.0, 0.1), patience=2)
    assert (times.never, times.begun) == (1, ())

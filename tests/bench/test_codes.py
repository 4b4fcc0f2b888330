"""The bench of codes, at a size that proves only that it runs and counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench import codes as bench
from kiosk.rules import codes
from kiosk.rules.words import CodeKind


def test_its_last_line_is_what_others_read() -> None:
    program = subprocess.run(
        [sys.executable, "-m", "bench.codes", "--seconds", "0.5", "--seed", "7"],
        check=False, capture_output=True, text=True, timeout=60, cwd=Path(bench.__file__).parent.parent,
    )  # fmt: skip
    assert program.returncode == 0, program.stderr
    said = json.loads(program.stdout.splitlines()[-1])
    for name in ("inputs that raised", "whole codes not understood"):
        assert said["targets"][name] == [0, "<=", 0, True]
    assert said["figures"]["inputs"] > 100
    for kind in set(CodeKind) - {CodeKind.UNKNOWN}:
        assert f"\n  {kind} " in program.stdout, "a line for a person"


def test_it_sees_what_raised_and_what_was_not_understood() -> None:
    def read(code: bytes | str, own: object) -> codes.Parsed:
        if code == "bad":
            raise ValueError(code)
        return codes.Unknown()

    tally = bench.Tally()
    for code in ("bad", "x", "longer"):
        tally.meet(read, code, CodeKind.TICKET)
    assert (tally.inputs, tally.raised, tally.missed) == (3, 1, 3)
    assert tally.slowest[1] in (1, 3, 6)

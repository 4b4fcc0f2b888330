"""What a bench prints, and how it ends."""

from __future__ import annotations

import json

import pytest

from bench.report import Target, finish

LOST, FAST = Target("lost", "<=", 0), Target("a second", ">=", 100)


@pytest.mark.parametrize(
    ("lost", "speed", "wrong", "code", "ok"),
    [(0, 120.5, False, 0, True), (0, 80, False, 0, False), (1, 120, True, 1, False)],
)
def test_only_what_is_wrong_ends_with_one(
    capsys: pytest.CaptureFixture[str], lost: int, speed: float, wrong: bool, code: int, ok: bool
) -> None:
    with pytest.raises(SystemExit) as ended:
        finish("sample", {"lost": lost, "a second": speed, "people": 4000}, (LOST, FAST), wrong)
    assert ended.value.code == code
    out = capsys.readouterr().out
    said = json.loads(out.splitlines()[-1])
    assert said["ok"] is ok
    assert said["targets"] == {"lost": [lost, "<=", 0, lost == 0], "a second": [speed, ">=", 100, speed >= 100]}
    assert "4,000" in out
    assert ("MISSED" in out) == (not ok)


def test_a_bench_without_a_target_or_a_figure_is_none() -> None:
    with pytest.raises(ValueError, match="target"):
        finish("sample", {"lost": 0}, (), False)
    with pytest.raises(KeyError):
        finish("sample", {"lost": 0}, (FAST,), False)

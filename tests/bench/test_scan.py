"""The bench of decoders, at a size that proves only that it runs, counts and tells right from wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np

from bench import frames, scan


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`python -m bench.scan words`."""
    return subprocess.run(
        [sys.executable, "-m", "bench.scan", *words],
        check=False, capture_output=True, text=True, timeout=120, cwd=Path(scan.__file__).parent.parent,
    )  # fmt: skip


def said(program: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The last line, for other programs."""
    return dict(json.loads(program.stdout.splitlines()[-1]))


def easy(name: str) -> frames.Shot:
    """A frame that every reader should manage, except OpenCV perhaps."""
    return frames.shot("size", 0, Random(f"easy {name}"), 1)


def save(path: Path, frame: frames.Frame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), frame)


def test_it_prints_a_table_and_ours_reads_nothing_wrongly() -> None:
    program = run("--count", "17", "--seed", "3")
    assert program.returncode == 0, program.stderr
    first_words = [line.split(" ")[0] for line in program.stdout.splitlines()]
    for name in (*frames.SCENARIOS, *scan.READERS):
        assert first_words.count(name) == (2 if name in frames.SCENARIOS else 1), "each scenario: read, and cost"
    end = said(program)
    assert (end["bench"], end["figures"]["frames with a code"]) == ("scan", 17)
    assert end["figures"]["empty frames"] >= 3
    assert end["targets"]["wrong"] == [0, "<=", 0, True]
    assert set(end["targets"]) == {target.name for target in scan.TARGETS}
    assert end["figures"]["right %, ours"] > 30
    assert end["figures"]["right %, union"] >= end["figures"]["right %, zxing"]


def test_a_folder_of_pictures_with_known_texts_is_measured(tmp_path: Path) -> None:
    beside, listed, plain = easy("a"), easy("b"), easy("c")
    save(tmp_path / "beside.png", beside.frame)
    (tmp_path / "beside.txt").write_text(f"{beside.text}\n", encoding="utf-8")
    save(tmp_path / "cards/listed.jpg", listed.frame)
    (tmp_path / "truth.tsv").write_text(f"file\ttext\ncards/listed.jpg\t{listed.text}\nwall.png\tnone\n", "utf-8")
    save(tmp_path / "wall.png", next(frames.empties(1, 1)).frame)
    save(tmp_path / "unknown.png", plain.frame)
    save(tmp_path / "lost.png", np.full((720, 1280, 3), 90, np.uint8))
    (tmp_path / "lost.txt").write_text("DT1:2345678923", encoding="utf-8")
    (tmp_path / "torn.png").write_bytes(b"not a picture")
    program = run("--folder", str(tmp_path), "--dump", str(tmp_path / "out"))
    assert program.returncode == 0, program.stderr
    figures = said(program)["figures"]
    assert (figures["frames with a code"], figures["empty frames"], figures["wrong"]) == (3, 1, 0)
    assert figures["right %, ours"] == 66.7
    assert "1 pictures without a known text" in program.stdout
    assert "torn.png" in program.stderr
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == [
        "missed-folder-0-lost-nobody.png", "missed-folder-0-lost-nobody.txt",
    ]  # fmt: skip


def test_only_a_wrong_text_of_ours_ends_with_one(tmp_path: Path) -> None:
    save(tmp_path / "a.png", easy("a").frame)
    (tmp_path / "truth.csv").write_text('a.png,"something, else"\n', encoding="utf-8")
    program = run("--folder", str(tmp_path))
    assert (program.returncode, said(program)["figures"]["wrong"]) == (1, 1)
    assert run("--folder", str(tmp_path / "nowhere")).returncode == 2

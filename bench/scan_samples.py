"""The pictures of `bench.scan`: invented ones, or those of a folder with their known texts."""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench import frames
from bench.frames import Frame

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
NO_CODE = ("", "none")
NO_TRUTH = "no truth"


@dataclass(frozen=True)
class Sample:
    """A picture and its truth: a text, "" where there is no code in it, None where nobody knows."""

    name: str
    scenario: str
    severity: int
    frame: Frame
    truth: str | None


def generated(count: int, seed: int) -> Iterator[Sample]:
    """`count` invented frames with a code and a sixth of that without, mixed."""
    empties = frames.empties(-(-count // 6), seed)
    for nth, shot in enumerate(frames.shots(count, seed)):
        yield Sample(f"{nth:05}", shot.scenario, shot.severity, shot.frame, shot.text)
        if nth % 6 == 0 and (empty := next(empties, None)) is not None:
            yield Sample(f"{nth:05}-empty", f"empty: {empty.scenario}", 0, empty.frame, "")


def of_folder(folder: Path) -> Iterator[Sample]:
    """The pictures of a folder and its folders; a folder's name is the scenario. Truth: see `truths`."""
    known = truths(folder)
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in PICTURES):
        frame = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if frame is None:
            print(f"  not a picture: {path}", file=sys.stderr)
            continue
        name = path.relative_to(folder).as_posix()
        truth = known.get(name, known.get(path.name, _beside(path)))
        scenario = path.parent.relative_to(folder).as_posix() if path.parent != folder else "folder"
        if truth is None:
            scenario = NO_TRUTH
        elif truth == "":
            scenario = "empty: folder"
        yield Sample(name, scenario, 0, np.asarray(frame, np.uint8), truth)


def truths(folder: Path) -> dict[str, str]:
    """From `truth.csv` or `truth.tsv` (file, text): the text of each picture, "" where there is no code in it."""
    rows: list[list[str]] = []
    if (folder / "truth.csv").is_file():
        rows += csv.reader(io.StringIO((folder / "truth.csv").read_text(encoding="utf-8-sig")))
    if (folder / "truth.tsv").is_file():  # split by hand: here a quotation mark is a letter of the text
        rows += [line.split("\t") for line in (folder / "truth.tsv").read_text(encoding="utf-8-sig").split("\n")]
    return {row[0].replace("\\", "/"): _truth(row[1]) for row in rows if len(row) >= 2}


def _beside(path: Path) -> str | None:
    note = path.with_suffix(".txt")
    return _truth(note.read_text(encoding="utf-8-sig")) if note.is_file() else None


def _truth(text: str) -> str:
    text = unicodedata.normalize("NFC", text.rstrip("\r\n"))
    return "" if text.strip().lower() in NO_CODE else text

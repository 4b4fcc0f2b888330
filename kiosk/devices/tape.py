"""The paper in the virtual printer: rows that came out, the papers that were cut off, and what was said on each."""

from __future__ import annotations

import dataclasses
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Dots = NDArray[np.bool_]
Cut = Literal["full", "partial"]


@dataclass(frozen=True)
class TextLine:
    """A line in the printer's own letters; `pages` are the code pages it was said in, in order."""

    text: str
    pages: tuple[str, ...]


@dataclass
class Record:
    """What has been printed since the last cut beside its dots.

    `codes` are what native codes say, `commands` counts all but plain text by their names, and `unsayable` counts the
    letters that their code page does not have, drawn as "?".
    """

    lines: list[TextLine] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    commands: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)
    unsayable: int = 0


@dataclass(frozen=True)
class Facts:
    """A paper without its dots; width and height in dots (8 to a millimetre), the rest as in Record."""

    n: int
    width: int
    height: int
    cut: Cut
    lines: tuple[TextLine, ...]
    codes: tuple[str, ...]
    commands: dict[str, int]
    unknown: tuple[str, ...]
    unsayable: int


@dataclass(frozen=True, eq=False)
class Paper:
    """The `n`-th paper that was cut off (from 1): dots of shape (height, width), the same as PNG, and when (UTC)."""

    n: int
    dots: Dots
    png: bytes
    at: datetime
    facts: Facts

    @property
    def json(self) -> str:
        """The facts, for a program or a person that keeps them beside the PNG."""
        return json.dumps(dataclasses.asdict(self.facts), ensure_ascii=False, indent=1)


class Tape:
    """Rows of `width` dots hanging out of the printer, and the papers cut so far."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.papers: list[Paper] = []
        self.record = Record()
        self._hanging: list[Dots] = []

    def add(self, rows: Dots) -> None:
        if len(rows):
            self._hanging.append(rows.copy())

    def hanging(self) -> Dots:
        """What is not cut off yet, shape (height, width)."""
        if not self._hanging:
            return np.zeros((0, self.width), np.bool_)
        return np.concatenate(self._hanging)

    def cut(self, kind: Cut) -> None:
        """Cutting where nothing hangs out makes no paper."""
        dots = self.hanging()
        if not len(dots):
            return
        self._hanging = []
        record, self.record = self.record, Record()
        n = len(self.papers) + 1
        facts = Facts(
            n, self.width, len(dots), kind, tuple(record.lines), tuple(record.codes), dict(record.commands),
            tuple(record.unknown), record.unsayable,
        )  # fmt: skip
        self.papers.append(Paper(n, dots, to_png(dots), datetime.now(UTC), facts))


def to_png(dots: Dots) -> bytes:
    """A black and white PNG; a picture of one white row when there are no rows."""
    shown = dots if len(dots) else np.zeros((1, dots.shape[1]), np.bool_)
    file = io.BytesIO()
    Image.fromarray(np.where(shown, 0, 255).astype(np.uint8)).convert("1").save(file, "PNG")
    return file.getvalue()

"""The blocks that a slip is made of, and their JSON. No printer codes and no dots: `devices/raster` draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Size = Literal["small", "body", "large"]
Align = Literal["left", "centre"]
Say = Callable[..., str]
WRITING_MM = 5  # and the rule's own air: a row for a hand in gloves


@dataclass(frozen=True)
class Heading:
    """The site's name or the slip's title: bold, centred, wrapped."""

    text: str


@dataclass(frozen=True)
class Number:
    """The queue number, or the hour to come back: the largest thing, on one line, shrunk only when it would not fit."""

    text: str


@dataclass(frozen=True)
class Line:
    """A line of text, wrapped at words; a word longer than the paper is broken, never clipped."""

    text: str
    size: Size = "body"
    bold: bool = False
    align: Align = "centre"


@dataclass(frozen=True)
class Pair:
    """A label and its value."""

    label: str
    value: str
    size: Size = "body"


@dataclass(frozen=True)
class Rule:
    """A line across the paper; or one of exactly `dots` dots, its end ticks included, from the paper's left edge.

    Such a line may be longer than the paper is wide: that is what the width test asks about.
    """

    dots: int = 0


@dataclass(frozen=True)
class Code:
    """A QR code, EC level M, four modules of quiet zone; `beside` stands to its left.

    `dots` printer dots a module where the paper has room for them, never fewer than `least`.
    """

    payload: str
    dots: int = 8
    beside: tuple[Line, ...] = ()
    least: int = 6


@dataclass(frozen=True)
class Space:
    """Empty paper, in millimetres (8 dots = 1 mm at 203 dpi)."""

    mm: int = 3


Block = Heading | Number | Line | Pair | Rule | Code | Space
_KINDS: dict[str, type[Block]] = {kind.__name__.lower(): kind for kind in get_args(Block)}


def as_reprint(blocks: Iterable[Block], mark: str) -> tuple[Block, ...]:
    """The same slip with the reprint's mark on top."""
    return (Line(mark, size="large", bold=True), *blocks)


def printed(at: datetime, say: Say) -> Line:
    """When the paper was made (site time), at its foot."""
    return Line(say("slip.printed", at=f"{at:%H:%M %d/%m/%Y}"), size="small")


def paragraphs(*sentences: str) -> tuple[Block, ...]:
    """Sentences to be read one by one, each with a little air above it."""
    return tuple(block for sentence in sentences for block in (Space(1), Line(sentence, align="left")))


def to_write(*labels: str) -> tuple[Block, ...]:
    """A label and an empty ruled row for each, to be filled in by hand."""
    return tuple(
        block for label in labels for block in (Line(label, size="small", align="left"), Space(WRITING_MM), Rule())
    )


def to_json(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as plain JSON: `{"block": "line", "text": …}`; `from_json` gives equal blocks back."""
    return [{"block": type(block).__name__.lower(), **asdict(block)} for block in blocks]


def from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[Block, ...]:
    """The blocks of a stored slip. Raises ValueError on a block that this version does not know."""
    return tuple(_block(row) for row in rows)


def _block(row: Mapping[str, Any]) -> Block:
    kind = _KINDS.get(row["block"])
    if kind is None:
        raise ValueError(f"unknown slip block {row['block']!r}")
    facts = {name: value for name, value in row.items() if name != "block"}
    if kind is Code:
        facts["beside"] = tuple(Line(**line) for line in facts.get("beside", ()))
    return kind(**facts)

"""The blocks that a slip is made of, and their JSON. No printer codes and no dots: `devices/raster` draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Size = Literal["small", "body", "large"]
Align = Literal["left", "centre"]
Say = Callable[..., str]


@dataclass(frozen=True)
class Heading:
    """The site's name or the slip's title: bold, centred, wrapped."""

    text: str


@dataclass(frozen=True)
class Number:
    """The queue number: the largest thing on the paper, on one line, shrunk only when it would not fit."""

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


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class Code:
    """A QR code, EC level M, `dots` printer dots a module, four modules of quiet zone; `beside` stands to its left."""

    payload: str
    dots: int = 8
    beside: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Space:
    """Empty paper, in millimetres (8 dots = 1 mm at 203 dpi)."""

    mm: int = 3


Block = Heading | Number | Line | Pair | Rule | Code | Space
_KINDS: dict[str, type[Block]] = {kind.__name__.lower(): kind for kind in get_args(Block)}


def as_reprint(blocks: Iterable[Block], mark: str) -> tuple[Block, ...]:
    """The same slip with the reprint's mark on top."""
    return (Line(mark, size="large", bold=True), *blocks)


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

"""What a slip says, as blocks. No printer codes and no dots here: `devices/raster` draws the blocks.

A slip is worded once, when its print job is made, so that a reprint equals the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from kiosk.rules.person import masked_name
from kiosk.rules.words import Sex

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


@dataclass(frozen=True)
class TicketFacts:
    """What a queue ticket is made of.

    `ahead`: people waiting for the same step before this one. `attention`: a volunteer must come first.
    """

    site: str
    label: str
    zone: str
    ahead: int
    address: str
    name: str
    sex: Sex
    born_year: int | None
    printed: datetime
    payload: str
    distance_m: int
    attention: bool = False


def queue_ticket(facts: TicketFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The queue ticket: number first and largest, then where, how long, who (masked); the code at the end.

    `other` speaks the language that `say` does not, for one line.
    """
    who = [masked_name(facts.name), ", ".join(
        part for part in (say(f"sex.{facts.sex}"), str(facts.born_year or "")) if part
    )]  # fmt: skip
    beside = (
        Line(who[0], bold=True, align="left"),
        Line(who[1], align="left"),
        Line(f"{facts.printed:%d/%m/%Y · %H:%M}", align="left"),
    )
    return (
        Heading(facts.site),
        Rule(),
        Line(say("slip.your_number" if facts.address else "slip.number", who=facts.address)),
        Number(facts.label),
        *_where(facts, say, other),
        Rule(),
        Code(facts.payload, beside=beside),
        Rule(),
        Line(say("slip.keep", metres=facts.distance_m), size="small"),
    )


def _where(facts: TicketFacts, say: Say, other: Say) -> tuple[Line, ...]:
    """Where to wait and how many are before; whoever a volunteer must see first is sent nowhere, in either language."""
    if facts.attention:
        return Line(say("slip.stay"), size="large", bold=True), Line(other("slip.stay"), size="small")
    return (
        Line(say("slip.zone", zone=facts.zone), size="large", bold=True),
        Line(say("slip.ahead" if facts.ahead else "slip.next", n=facts.ahead, at=f"{facts.printed:%H:%M}")),
        Line(other("slip.other" if facts.ahead else "slip.zone", zone=facts.zone, n=facts.ahead), size="small"),
    )


@dataclass(frozen=True)
class DoseFacts:
    """What a provisional slip is made of. Instants are the site's time; `born` and `receipt` are as shown, "" for none.

    `next_from`: recommended first day for the next dose of the series, None after the last.
    """

    site: str
    site_code: str
    label: str
    name: str
    sex: Sex
    born: str
    number: str
    vaccine: str
    lot: str
    dose_number: int
    given: datetime
    observed_until: datetime
    next_from: date | None
    receipt: str
    printed: datetime


def provisional_slip(facts: DoseFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """Ours until the platform issues the certificate: it says so first, and holds every fact that a complaint needs.

    The fields are those which 9458/BYT-CNTT checks a complaint by. No code on it carries personal data.
    """
    return (
        Heading(facts.site),
        Line(say("slip.provisional"), size="large", bold=True),
        Line(say("slip.provisional.not"), bold=True),
        Line(other("slip.provisional.not"), size="small"),
        Rule(),
        Pair(say("slip.ticket"), facts.label),
        Pair(say("slip.name"), facts.name),
        Pair(say("slip.born"), facts.born or say("slip.unknown")),
        Pair(say("slip.sex"), say(f"sex.{facts.sex}") or say("slip.unknown")),
        Pair(say("slip.id"), facts.number or say("slip.unknown")),
        Rule(),
        Pair(say("slip.dose"), str(facts.dose_number)),
        Pair(say("slip.vaccine"), facts.vaccine),
        Pair(say("slip.lot"), facts.lot),
        Pair(say("slip.given"), f"{facts.given:%H:%M · %d/%m/%Y}"),
        Pair(say("slip.place"), facts.site_code),
        Pair(say("slip.observed"), f"{facts.observed_until:%H:%M}"),
        Rule(),
        *_what_next(facts, say),
        Rule(),
        Line(say("slip.printed", at=f"{facts.printed:%H:%M %d/%m/%Y}"), size="small"),
    )


def _what_next(facts: DoseFacts, say: Say) -> tuple[Line, ...]:
    """What the platform knows, how to see it, and when to come back."""
    sent = say("slip.acknowledged", receipt=facts.receipt) if facts.receipt else say("slip.not_acknowledged")
    again = (Line(say("slip.come_back", on=f"{facts.next_from:%d/%m/%Y}"), bold=True),) if facts.next_from else ()
    return (
        *again,
        Line(sent, align="left"),
        Line(say("slip.check_app"), align="left"),
        Line(say("slip.unwell"), align="left", bold=True),
    )


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

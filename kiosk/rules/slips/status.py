"""The status slip of the box: what a technician needs when no screen can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.rules.slips.blocks import Block, Heading, Line, Pair, Rule, Say

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StatusFacts:
    """How the box is, in words. `parts`: (part, its state); `pairing`: (station, code that pairs one device to it)."""

    site: str
    box: str
    addresses: tuple[str, ...]
    versions: Pairs
    parts: Pairs
    pairing: Pairs
    printed: datetime


def status_slip(facts: StatusFacts, say: Say) -> tuple[Block, ...]:
    """Where to find the box, what runs on it, how each part is, and the codes that pair a device."""
    return (
        Heading(facts.site),
        Line(say("slip.status"), size="large", bold=True),
        Pair(say("slip.status.box"), facts.box),
        Pair(say("slip.status.at"), f"{facts.printed:%H:%M · %d/%m/%Y}"),
        *_addresses(facts, say),
        *_titled(say("slip.status.parts"), facts.parts),
        *_titled(say("slip.status.versions"), facts.versions),
        *_pairing(facts, say),
    )


def _addresses(facts: StatusFacts, say: Say) -> tuple[Block, ...]:
    if not facts.addresses:
        return Rule(), Line(say("slip.status.no_address"), bold=True, align="left")
    rows = (Line(address, align="left") for address in facts.addresses)
    return Rule(), Line(say("slip.status.addresses"), bold=True, align="left"), *rows


def _titled(title: str, pairs: Pairs) -> tuple[Block, ...]:
    if not pairs:
        return ()
    return Rule(), Line(title, bold=True, align="left"), *(Pair(label, value) for label, value in pairs)


def _pairing(facts: StatusFacts, say: Say) -> tuple[Block, ...]:
    if not facts.pairing:
        return ()
    codes = (line for station, code in facts.pairing for line in (Line(station), Line(code, size="large", bold=True)))
    return (
        Rule(),
        Line(say("slip.status.pairing"), bold=True, align="left"),
        *codes,
        Line(say("slip.status.pairing.keep"), size="small"),
    )

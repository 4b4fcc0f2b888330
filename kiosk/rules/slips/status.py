"""The status slip of the box: what a technician needs when no screen can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.rules.slips.blocks import Block, Code, Heading, Line, Pair, Rule, Say, Space

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class JoiningFacts:
    """A code that pairs one device to a station.

    `link`: the address that brings the code along, "" where no device reaches the box by an address that is known.
    `certificate`: where the site's own certificate is fetched, "" where nobody needs it. `until`: site time, None
    while the box's clock cannot be trusted.
    """

    station: str
    code: str
    link: str = ""
    certificate: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class StatusFacts:
    """How the box is, in words. `parts`: (part, its state)."""

    site: str
    box: str
    addresses: tuple[str, ...]
    versions: Pairs
    parts: Pairs
    joining: JoiningFacts | None
    printed: datetime


def status_slip(facts: StatusFacts, say: Say) -> tuple[Block, ...]:
    """Where to find the box, what runs on it, how each part is, and the code that pairs a device."""
    return (
        Heading(facts.site),
        Line(say("slip.status"), size="large", bold=True),
        Pair(say("slip.status.box"), facts.box),
        Pair(say("slip.status.at"), f"{facts.printed:%H:%M · %d/%m/%Y}"),
        *_addresses(facts, say),
        *_titled(say("slip.status.parts"), facts.parts),
        *_titled(say("slip.status.versions"), facts.versions),
        *(_joining(facts.joining, say) if facts.joining else ()),
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


def _joining(facts: JoiningFacts, say: Say) -> tuple[Block, ...]:
    """The certificate comes first: a device that does not know it opens the address with a warning, or not at all."""
    until = say("slip.status.pairing.until", until=f"{facts.until:%H:%M %d/%m/%Y}") if facts.until else ""
    by_code = _scanned(say("slip.status.pairing.scan"), facts.link) if facts.link else ()
    return (
        Rule(),
        Line(say("slip.status.pairing"), bold=True),
        Line(facts.station, size="large", bold=True),
        *(_scanned(say("slip.status.pairing.certificate"), facts.certificate) if facts.certificate else ()),
        *(by_code or (Line(say("slip.status.pairing.type"), align="left"),)),
        Line(facts.code, size="large", bold=True),
        Line(until or say("slip.status.pairing.day"), bold=True),
        Line(say("slip.status.pairing.keep"), size="small"),
    )


def _scanned(sentence: str, address: str) -> tuple[Block, ...]:
    """What to do, the code to be scanned, and the same to be typed; far enough from the next one for a camera."""
    return (
        Space(3),
        Line(sentence, align="left"),
        Code(address),
        Line(address.partition("#")[0], size="small"),
        Space(3),
    )

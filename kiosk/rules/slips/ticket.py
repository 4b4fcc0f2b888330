"""The queue ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.rules.slips.blocks import Block, Code, Heading, Line, Number, Rule, Say
from kiosk.rules.slips.who import masked
from kiosk.rules.words import Sex


@dataclass(frozen=True)
class TicketFacts:
    """What a queue ticket is made of.

    `ahead`: people waiting for the same step before this one. `attention`: a volunteer must come first. `numberless`:
    there is no personal number of them yet.
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
    numberless: bool = False


def queue_ticket(facts: TicketFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The queue ticket: number first and largest, then where, how long, who (masked); the code at the end.

    `other` speaks the language that `say` does not, for one line.
    """
    beside = (
        *masked(facts.name, facts.sex, facts.born_year, say, "left"),
        Line(f"{facts.printed:%d/%m/%Y %H:%M}", align="left"),
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
        *((Line(say("slip.numberless"), bold=True), Line(say("slip.numberless.bring"))) if facts.numberless else ()),
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

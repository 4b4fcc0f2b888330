"""The queue ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kiosk.rules import waiting
from kiosk.rules.codes import ticket
from kiosk.rules.slips.blocks import Block, Code, Heading, Line, Number, Rule, Say
from kiosk.rules.slips.who import masked
from kiosk.rules.waiting import Band
from kiosk.rules.words import Sex


@dataclass(frozen=True)
class TicketFacts:
    """What a queue ticket is made of.

    `spot`: theirs in the zone, None for whoever waits outside until they are asked in. `ahead`: people who are called
    before them; `wait`: how long that takes, None where nobody can say. `rule`: who belongs in their lane, in words.
    `payload`: of the code, with this box's address where phones can reach it. `attention`: a volunteer must come first.
    `numberless`: there is no personal number of them yet.
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
    spot: int | None = None
    wait: Band | None = None
    rule: str = ""
    attention: bool = False
    numberless: bool = False

    @property
    def opens(self) -> bool:
        """Does a phone that reads the code open the page that says how much longer?"""
        return not self.payload.startswith(ticket.PREFIX)


def queue_ticket(facts: TicketFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The queue ticket: number first and largest, then where, how long, whose turn when, who (masked); the code last.

    `other` speaks the language that `say` does not, for one line.
    """
    beside = (
        *masked(facts.name, facts.sex, facts.born_year, say, "left"),
        Line(f"{facts.printed:%d/%m/%Y %H:%M}", align="left"),
        *((Line(say("slip.scan"), size="small", align="left"),) if facts.opens else ()),
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
    """Where to wait, how long, how many are before; whoever a volunteer must see first is sent nowhere."""
    if facts.attention:
        return Line(say("slip.stay"), size="large", bold=True), Line(other("slip.stay"), size="small")
    return (
        Line(_place(facts, say), size="large", bold=True),
        *((Line(say("slip.wait", wait=waiting.worded(facts.wait, say)), bold=True),) if facts.wait else ()),
        Line(say("slip.ahead" if facts.ahead else "slip.next", n=facts.ahead, at=f"{facts.printed:%H:%M}")),
        Line(f"{_place(facts, other)} · {_how_long(facts, other)}", size="small"),
        *((Line(facts.rule, size="small"),) if facts.rule else ()),
    )


def _place(facts: TicketFacts, say: Say) -> str:
    return say("slip.outside" if facts.spot is None else "slip.spot", zone=facts.zone, spot=facts.spot)


def _how_long(facts: TicketFacts, say: Say) -> str:
    return waiting.worded(facts.wait, say) if facts.wait else say("slip.before", n=facts.ahead)

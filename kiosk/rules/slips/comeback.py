"""The ticket of one who is early: when to come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from kiosk.rules.slips.blocks import Block, Heading, Line, Number, Rule, Say, printed
from kiosk.rules.slips.who import masked
from kiosk.rules.words import Sex


@dataclass(frozen=True)
class ComebackFacts:
    """When somebody is expected again; hours are the site's. `address`: how the person is spoken to, "" if unknown."""

    site: str
    on: date
    slot_from: time
    slot_until: time
    name: str
    sex: Sex
    born_year: int | None
    address: str
    printed: datetime


def comeback_ticket(facts: ComebackFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The hour first and largest. No queue number and no code: it keeps nobody's place, and it says so."""
    hours = f"{facts.slot_from:%H:%M}–{facts.slot_until:%H:%M}"
    return (
        Heading(facts.site),
        Rule(),
        Line(say("slip.comeback.who" if facts.address else "slip.comeback", who=facts.address)),
        Number(hours),
        Line(say("slip.comeback.on", on=f"{facts.on:%d/%m/%Y}"), size="large", bold=True),
        Line(other("slip.comeback.again", hours=hours, on=f"{facts.on:%d/%m/%Y}"), size="small"),
        Rule(),
        *masked(facts.name, facts.sex, facts.born_year, say),
        Rule(),
        Line(say("slip.comeback.bring"), size="small"),
        printed(facts.printed, say),
    )

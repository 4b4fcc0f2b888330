"""The provisional dose slip: ours, until the platform issues the certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Heading, Line, Pair, Rule, Say, Space, paragraphs, printed
from kiosk.rules.slips.who import numberless, whole
from kiosk.rules.words import Sex


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
        *whole(facts.label, facts.name, facts.born, facts.sex, facts.number, say),
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
        printed(facts.printed, say),
    )


def _what_next(facts: DoseFacts, say: Say) -> tuple[Block, ...]:
    """When to come back, what the platform knows, how to see it, and when not to wait."""
    sent = say("slip.acknowledged", receipt=facts.receipt) if facts.receipt else say("slip.not_acknowledged")
    again = (Line(say("slip.come_back", on=f"{facts.next_from:%d/%m/%Y}"), bold=True),) if facts.next_from else ()
    return (
        *again,
        *numberless(facts.number, say),
        *paragraphs(sent, say("slip.check_app"), say("slip.mistakes")),
        Space(1),
        Line(say("slip.unwell"), align="left", bold=True),
    )

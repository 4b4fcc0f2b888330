"""The slip of one who gets no dose today: why, and what to do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Heading, Line, Pair, Rule, Say, paragraphs, printed, to_write
from kiosk.rules.slips.who import whole
from kiosk.rules.words import Conclusion, Sex


@dataclass(frozen=True)
class DeferralFacts:
    """What the doctor concluded. `title` is the worded conclusion, `reasons` are worded; "" and None: not recorded.

    `born`, `number` as shown, "" for none; instants are the site's time.
    """

    site: str
    site_code: str
    label: str
    name: str
    sex: Sex
    born: str
    number: str
    conclusion: Conclusion
    title: str
    reasons: tuple[str, ...]
    note: str
    doctor: str
    decided: datetime
    come_back_on: date | None
    refer_to: str
    printed: datetime


def deferral_slip(facts: DeferralFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The conclusion first, then who, why and what to do now. A next doctor reads it: it says what was found here."""
    return (
        Heading(facts.site),
        Line(say("slip.deferral"), size="large", bold=True),
        Line(facts.title, bold=True),
        Line(other(_meaning(facts.conclusion)), size="small"),
        Rule(),
        *whole(facts.label, facts.name, facts.born, facts.sex, facts.number, say),
        Rule(),
        *_why(facts, say),
        Rule(),
        *_what_now(facts, say),
        Rule(),
        printed(facts.printed, say),
    )


def _meaning(conclusion: Conclusion) -> str:
    """The code of the sentence that says what the conclusion means for the person; KeyError when it withholds none."""
    return {
        Conclusion.DEFERRED: "slip.deferral.deferred",
        Conclusion.REFERRED: "slip.deferral.referred",
        Conclusion.CONTRAINDICATED: "slip.deferral.contraindicated",
        Conclusion.DECLINED: "slip.deferral.declined",
    }[conclusion]


def _why(facts: DeferralFacts, say: Say) -> tuple[Block, ...]:
    reasons = (Line(say("slip.deferral.why"), bold=True, align="left"),) if facts.reasons else ()
    return (
        *reasons,
        *(Line(f"– {reason}", align="left") for reason in facts.reasons),
        *((Pair(say("slip.deferral.note"), facts.note),) if facts.note else ()),
        *((Pair(say("slip.deferral.doctor"), facts.doctor),) if facts.doctor else ()),
        Pair(say("slip.deferral.decided"), f"{facts.decided:%H:%M · %d/%m/%Y}"),
        Pair(say("slip.place"), facts.site_code),
    )


def _what_now(facts: DeferralFacts, say: Say) -> tuple[Block, ...]:
    return (
        *_where(facts, say),
        *_when(facts, say),
        *paragraphs(say(_meaning(facts.conclusion)), say("slip.deferral.bring")),
    )


def _where(facts: DeferralFacts, say: Say) -> tuple[Block, ...]:
    """Whoever is referred must know where to: a place that nobody recorded is written by the doctor's hand."""
    if facts.refer_to:
        return (Line(say("slip.deferral.refer_to", place=facts.refer_to), bold=True),)
    return to_write(say("slip.deferral.write_place")) if facts.conclusion is Conclusion.REFERRED else ()


def _when(facts: DeferralFacts, say: Say) -> tuple[Block, ...]:
    """The same for the day to come back, of one who is only deferred."""
    if facts.come_back_on:
        return (Line(say("slip.deferral.come_back", on=f"{facts.come_back_on:%d/%m/%Y}"), bold=True),)
    return to_write(say("slip.deferral.write_day")) if facts.conclusion is Conclusion.DEFERRED else ()

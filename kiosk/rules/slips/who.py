"""How a person stands on a paper: masked on one that lies about, whole on one that a doctor or a complaint needs."""

from __future__ import annotations

from kiosk.rules.person import masked_name
from kiosk.rules.slips.blocks import Align, Block, Line, Pair, Say, paragraphs
from kiosk.rules.words import Sex


def masked(name: str, sex: Sex, born_year: int | None, say: Say, align: Align = "centre") -> tuple[Line, ...]:
    """Enough to know one's own paper by, not enough to be known: the masked name, then sex and birth year if known."""
    about = ", ".join(part for part in (say(f"sex.{sex}"), str(born_year or "")) if part)
    return Line(masked_name(name), bold=True, align=align), *((Line(about, align=align),) if about else ())


def whole(label: str, name: str, born: str, sex: Sex, number: str, say: Say) -> tuple[Pair, ...]:
    """The queue number and the four fields that the platform compares (9438/BYT-CNTT, 5/11/2021), missing ones said."""
    unknown = say("slip.unknown")
    return (
        Pair(say("slip.ticket"), label),
        Pair(say("slip.name"), name),
        Pair(say("slip.born"), born or unknown),
        Pair(say("slip.sex"), say(f"sex.{sex}") or unknown),
        Pair(say("slip.id"), number or unknown),
    )


def numberless(number: str, say: Say) -> tuple[Block, ...]:
    """What is still to be brought by somebody whose dose the platform cannot match (Gia Lai 628/CV-BCĐ, 4/11/2021)."""
    return () if number else (Line(say("slip.numberless"), bold=True), *paragraphs(say("slip.numberless.what")))

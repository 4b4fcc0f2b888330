"""One person's paper form for a power failure: everything that is typed into the kiosk when power is back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Heading, Line, Pair, Say, Space, printed, to_write

_BOX = "[\u00a0\u00a0\u00a0]"  # wider than a square as high as the letters: it is ticked in gloves


@dataclass(frozen=True)
class BlankFacts:
    """`on`: None leaves the date to be written. `questions`: those of the screening form, worded.

    `of_child`: there is a guardian, who signs.
    """

    site: str
    site_code: str
    on: date | None
    questions: tuple[str, ...]
    printed: datetime
    of_child: bool = False


def blank_form(facts: BlankFacts, say: Say) -> tuple[Block, ...]:
    """Ruled lines in the order of the steps: reception, screening, injection, observation."""
    return (
        Heading(facts.site),
        Line(say("slip.blank.child" if facts.of_child else "slip.blank"), size="large", bold=True),
        Line(say("slip.blank.use"), size="small"),
        Pair(say("slip.place"), facts.site_code),
        *((Pair(say("slip.blank.on"), f"{facts.on:%d/%m/%Y}"),) if facts.on else to_write(say("slip.blank.on"))),
        *_reception(facts, say),
        *_screening(facts, say),
        *_injection(say),
        Space(2),
        printed(facts.printed, say),
    )


def _boxes(*answers: str) -> str:
    """The answers with a box to tick behind each, held together on one row."""
    return "\u00a0\u00a0\u00a0".join(f"{answer}\u00a0{_BOX}" for answer in answers)


def _reception(facts: BlankFacts, say: Say) -> tuple[Block, ...]:
    guardian = to_write(say("slip.blank.guardian"), say("slip.blank.guardian_phone")) if facts.of_child else ()
    return (
        Line(say("slip.blank.reception"), bold=True, align="left"),
        *to_write(say("slip.ticket"), say("slip.name"), say("slip.born")),
        Pair(say("slip.sex"), _boxes(say("slip.blank.male"), say("slip.blank.female")), size="small"),
        *to_write(say("slip.id"), say("slip.blank.phone"), say("slip.blank.address")),
        *guardian,
    )


def _screening(facts: BlankFacts, say: Say) -> tuple[Block, ...]:
    answer = _boxes(say("slip.blank.no"), say("slip.blank.yes"))
    if facts.of_child:
        agrees, signed, measured = (
            "slip.blank.guardian_agrees", "slip.blank.guardian_signature", "slip.blank.child_vitals",
        )  # fmt: skip
    else:
        agrees, signed, measured = "slip.blank.agrees", "slip.blank.signature", "slip.blank.vitals"
    return (
        Line(say("slip.blank.screening"), bold=True, align="left"),
        *(Pair(f"{n}. {question}", answer, size="small") for n, question in enumerate(facts.questions, 1)),
        Pair(say(agrees), answer, size="small"),
        *to_write(say(signed), say(measured), say("slip.blank.conclusion")),
    )


def _injection(say: Say) -> tuple[Block, ...]:
    return (
        Line(say("slip.blank.injection"), bold=True, align="left"),
        *to_write(say("slip.vaccine"), say("slip.blank.lot"), say("slip.blank.given")),
        Pair(say("slip.blank.arm"), _boxes(say("slip.blank.left"), say("slip.blank.right")), size="small"),
        *to_write(say("slip.blank.nurse"), say("slip.blank.reaction")),
    )

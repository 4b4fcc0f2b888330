"""The closing slip: a clinic day in figures, and the head of the audit chain, on paper that nobody can change later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Heading, Line, Pair, Rule, Say, Space, printed

GROUP, GROUPS_A_ROW = 4, 4


@dataclass(frozen=True)
class ClosingFacts:
    """A half of a day, in words. `rows`: (how far set in, words, number), as `rules/report.rows` gives them.

    `closed_by`: "" while it is open; `closed` is then when it is told.
    `unbalanced`: worded; none when the books balance. `audit_head`: 64 hex digits. Instants are the site's time.
    `queue`: (how far set in, words, figure) of the queue. `named`: (time, number, what, why, who) of every move in it
    that somebody answers for. Both are for the sheet: the slip is short.
    """

    site: str
    site_code: str
    on: date
    half: str
    rows: tuple[tuple[int, str, int], ...]
    unbalanced: tuple[str, ...]
    audit_head: str
    audit_entries: int
    closed: datetime
    closed_by: str
    printed: datetime
    queue: tuple[tuple[int, str, str], ...] = ()
    named: tuple[tuple[str, str, str, str, str], ...] = ()


def closing_slip(facts: ClosingFacts, say: Say) -> tuple[Block, ...]:
    """Figures, whether they balance, the audit head in groups to compare by eye, and room to sign."""
    return (
        Heading(facts.site),
        Line(say("slip.closing"), size="large", bold=True),
        Line(f"{facts.half} · {facts.on:%d/%m/%Y}", bold=True),
        Line(say("slip.closing.provisional"), size="small"),
        Rule(),
        *(Pair(f"– {words}" if depth else words, str(n)) for depth, words, n in facts.rows),
        Rule(),
        *_balance(facts, say),
        Rule(),
        Pair(say("slip.place"), facts.site_code),
        Pair(say("slip.closing.closed"), f"{facts.closed:%H:%M · %d/%m/%Y}"),
        Pair(say("slip.closing.by"), facts.closed_by),
        Pair(say("slip.closing.entries"), str(facts.audit_entries)),
        Line(say("slip.closing.head"), size="small", align="left"),
        Line(grouped(facts.audit_head), bold=True),
        Rule(),
        Line(say("slip.closing.sign"), size="small"),
        Space(18),
        printed(facts.printed, say),
    )


def _balance(facts: ClosingFacts, say: Say) -> tuple[Line, ...]:
    if facts.unbalanced:
        return tuple(Line(words, bold=True, align="left") for words in facts.unbalanced)
    return (Line(say("slip.closing.balanced"), bold=True),)


def grouped(digits: str) -> str:
    """`0123456789ab…` → `0123 4567 89ab …`, four groups of four a row: what an eye can follow."""
    groups = [digits[at : at + GROUP] for at in range(0, len(digits), GROUP)]
    return "\n".join(" ".join(groups[at : at + GROUPS_A_ROW]) for at in range(0, len(groups), GROUPS_A_ROW))

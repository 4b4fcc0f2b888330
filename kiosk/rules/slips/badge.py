"""The badge of a member of staff."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rules.slips.blocks import Block, Code, Heading, Line, Rule, Say


@dataclass(frozen=True)
class BadgeFacts:
    """Who wears it. `role` is worded; `badge` is its code as typed, `payload` the same as scanned. Never the PIN."""

    site: str
    name: str
    role: str
    badge: str
    payload: str


def badge(facts: BadgeFacts, say: Say) -> tuple[Block, ...]:
    """Role and name large enough to read across a table, then the code. It signs nobody in without the PIN."""
    return (
        Heading(facts.site),
        Rule(),
        Line(facts.role, size="large", bold=True),
        Line(facts.name, size="large", bold=True),
        Code(facts.payload, dots=8),
        Line(say("slip.badge.code", badge=facts.badge)),
        Line(say("slip.badge.lost"), size="small"),
    )

"""The test slip that tells how wide the paper is: a person reads it, because few printers say."""

from __future__ import annotations

from kiosk.rules.slips.blocks import Block, Line, Rule, Say, Space

DOTS_PER_MM = 8


def width_test(widths: tuple[int, ...], say: Say, other: Say) -> tuple[Block, ...]:
    """Numbered lines of exactly these many dots, shortest first, and the question which is the longest whole one.

    Meant to be drawn at the narrowest width, so that its words fit on any paper.
    """
    return (
        Line(say("slip.width"), size="large", bold=True, align="left"),
        Line(say("slip.width.ask"), align="left"),
        Line(other("slip.width.ask"), size="small", align="left"),
        *(block for n, dots in enumerate(sorted(widths), 1) for block in (
            Space(2),
            Line(say("slip.width.line", number=n, mm=dots // DOTS_PER_MM), bold=True, align="left"),
            Rule(dots=dots),
        )),
    )  # fmt: skip

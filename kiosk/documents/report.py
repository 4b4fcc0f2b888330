"""A clinic day on A4, a draft while it is open: figures, do the books balance, the audit head, lines to sign."""

from __future__ import annotations

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from kiosk.documents.sheet import WIDTH, Flowable, build, table, words
from kiosk.rules.slips import ClosingFacts, Say
from kiosk.rules.slips.closing import grouped

_INDENT = 6 * mm


def report(facts: ClosingFacts, say: Say) -> bytes:
    """A4 PDF of the day's figures, marked as this site's provisional ones; a long table goes on over pages."""
    title = _title(facts, say)
    foot = f"{facts.site_code} · {say('slip.printed', at=f'{facts.printed:%H:%M %d/%m/%Y}')}"
    return build(_story(facts, say), say, title=title, foot=foot)


def _title(facts: ClosingFacts, say: Say) -> str:
    return say("document.report") if facts.closed_by else say("document.report_draft")


def _story(facts: ClosingFacts, say: Say) -> list[Flowable]:
    return [
        words(facts.site, 11, bold=True),
        words(f"{say('slip.place')}: {facts.site_code}"),
        Spacer(0, 6 * mm),
        words(_title(facts, say), 16, bold=True, align="centre"),
        words(f"{facts.half} · {facts.on:%d/%m/%Y}", 11, bold=True, align="centre"),
        words(say("slip.closing.provisional"), 10.5, align="centre"),
        Spacer(0, 5 * mm),
        _figures(facts, say),
        Spacer(0, 5 * mm),
        *_balance(facts, say),
        *_queue(facts, say),
        Spacer(0, 5 * mm),
        _audit(facts, say),
        Spacer(0, 8 * mm),
        KeepTogether([_signatures(say)]),
    ]


def _figures(facts: ClosingFacts, say: Say) -> Flowable:
    rows = [[words(say("document.figure"), 9, bold=True), words(say("document.count"), 9, bold=True, align="right")]]
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999"), ("BACKGROUND", (0, 0), (-1, 0), "#eeeeee")]
    for row, (depth, named, n) in enumerate(facts.rows, 1):
        rows.append([words(named, bold=not depth), words(str(n), bold=not depth, align="right")])
        style.append(("LEFTPADDING", (0, row), (0, row), 6 + depth * _INDENT))
    return table(rows, [WIDTH - 30 * mm, 30 * mm], *style, repeatRows=1)


def _queue(facts: ClosingFacts, say: Say) -> list[Flowable]:
    """How the queue was kept, and every move that somebody answers for; nothing of a day that nobody came on."""
    if not facts.queue:
        return []
    rows: list[list[Flowable]] = []
    style: list[tuple[Any, ...]] = [("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999")]
    for row, (depth, named, figure) in enumerate(facts.queue):
        rows.append([words(named, bold=not depth), words(figure, bold=not depth, align="right")])
        style.append(("LEFTPADDING", (0, row), (0, row), 6 + depth * _INDENT))
    shown = [Spacer(0, 5 * mm), words(say("report.queue"), 11, bold=True), Spacer(0, 2 * mm)]
    return [*shown, table(rows, [WIDTH - 55 * mm, 55 * mm], *style), *_named(facts, say)]


def _named(facts: ClosingFacts, say: Say) -> list[Flowable]:
    if not facts.named:
        return []
    heads = ("at", "number", "what", "why", "who")
    rows = [[words(say(f"report.queue.{head}"), 9, bold=True) for head in heads]]
    rows += [[words(each, 9) for each in row] for row in facts.named]
    widths = [14 * mm, 18 * mm, 46 * mm, (WIDTH - 78 * mm) / 2, (WIDTH - 78 * mm) / 2]
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999"), ("BACKGROUND", (0, 0), (-1, 0), "#eeeeee")]
    title = words(say("report.queue.named"), 10.5, bold=True)
    return [Spacer(0, 4 * mm), title, Spacer(0, 2 * mm), table(rows, widths, *style, repeatRows=1)]


def _balance(facts: ClosingFacts, say: Say) -> list[Flowable]:
    if facts.unbalanced:
        return [words(sentence, bold=True) for sentence in facts.unbalanced]
    return [words(say("slip.closing.balanced"), bold=True)]


def _audit(facts: ClosingFacts, say: Say) -> Flowable:
    at = f"{facts.closed:%H:%M · %d/%m/%Y}"
    closing = ((say("slip.closing.closed"), at), (say("slip.closing.by"), facts.closed_by))
    rows = [
        *(closing if facts.closed_by else ((say("document.still_open"), at),)),
        (say("slip.closing.entries"), str(facts.audit_entries)),
        (say("slip.closing.head"), grouped(facts.audit_head)),
    ]
    cells = [[words(label), words(value, bold=True)] for label, value in rows]
    return table(cells, [70 * mm, WIDTH - 70 * mm], ("LEFTPADDING", (0, 0), (0, -1), 0))


def _signatures(say: Say) -> Flowable:
    signers = [say("document.drawn_up_by"), say("document.site_lead")]
    cells = [
        [words(signer, bold=True, align="centre"), words(say("document.sign"), 9, align="centre"), Spacer(0, 26 * mm)]
        for signer in signers
    ]
    return table([cells], [WIDTH / 2, WIDTH / 2])

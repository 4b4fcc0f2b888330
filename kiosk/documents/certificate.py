"""The certificate on A4, in the official layout and both languages, from what the platform returned and nothing else.

The form is that of `rules/slips/certificate`, which says which decree it follows; this is the copy that keeps.
"""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import HRFlowable, KeepTogether, Spacer

from kiosk.documents.sheet import WIDTH, Flowable, build, code, table, words
from kiosk.rules.slips import CertificateFacts, CertifiedDose, Say

# The code itself is then about 42 mm wide, 59 mm from corner to corner: the EU's advice is 35 to 60.
CODE_SIDE = 46 * mm
STAMP_ROOM = 34 * mm
_LINE = ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999")
_FLUSH = ("LEFTPADDING", (0, 0), (0, -1), 0)


def certificate(facts: CertificateFacts, say: Say, other: Say) -> bytes:
    """A4 PDF: who, every dose the platform has, room for signature and stamp, the platform's code when there is one."""
    foot = f"{facts.reference} · {facts.name}".removeprefix(" · ")
    return build(_story(facts, say, other), say, title=say("slip.certificate.form.title"), foot=foot)


def _story(facts: CertificateFacts, say: Say, other: Say) -> list[Flowable]:
    return [
        words(say("slip.certificate.form.state"), 11, bold=True, align="centre"),
        words(say("slip.certificate.form.motto"), 10.5, align="centre"),
        HRFlowable(width=50 * mm, thickness=0.8, color="black", spaceBefore=2 * mm, spaceAfter=6 * mm),
        words(say("slip.certificate.form.title"), 16, bold=True, align="centre"),
        words(say("slip.certificate.form.title_en"), 11, bold=True, align="centre"),
        Spacer(0, 5 * mm),
        _person(facts, say),
        Spacer(0, 5 * mm),
        words(say("slip.certificate.form.vaccinated"), 10.5, bold=True, align="centre"),
        Spacer(0, 2 * mm),
        _doses(facts.doses, say),
        Spacer(0, 6 * mm),
        KeepTogether([_end(facts, say), Spacer(0, 4 * mm), *_what_it_is(say, other)]),
    ]


def _person(facts: CertificateFacts, say: Say) -> Flowable:
    fields = (
        (say("slip.certificate.form.name"), facts.name),
        (say("slip.certificate.form.born"), facts.born),
        (say("slip.certificate.form.number"), facts.number),
        (say("slip.certificate.form.phone"), facts.phone),
        (say("slip.certificate.form.address"), facts.address),
    )
    rows = [[words(label), words(value or "—", 11, bold=True)] for label, value in fields]
    return table(rows, [66 * mm, WIDTH - 66 * mm], _LINE, _FLUSH)


def _doses(doses: tuple[CertifiedDose, ...], say: Say) -> Flowable:
    """One row a dose, as many as the platform has; the head is repeated on a further page."""
    head = [
        say("document.dose"), say("document.date"), say("slip.certificate.form.vaccine"),
        say("slip.certificate.form.lot"), say("slip.certificate.form.place"),
    ]  # fmt: skip
    rows = [
        [str(dose.number), f"{dose.on:%d/%m/%Y}", dose.vaccine, dose.lot or "—", dose.place or "—"] for dose in doses
    ]
    cells = [
        [words(text, 9, bold=True) for text in head],
        *([words(text, 10, bold=column == 1) for column, text in enumerate(row)] for row in rows),
    ]
    widths = [21 * mm, 28 * mm, 39 * mm, 30 * mm]
    style = [("GRID", (0, 0), (-1, -1), 0.5, "#666666"), ("BACKGROUND", (0, 0), (-1, 0), "#eeeeee")]
    return table(cells, [*widths, WIDTH - sum(widths)], *style, repeatRows=1)


def _end(facts: CertificateFacts, say: Say) -> Flowable:
    """The platform's code and number at the left; at the right, room for a signature and a stamp."""
    proof: list[Flowable] = [code(facts.code, CODE_SIDE)] if facts.code else []
    if facts.reference:
        proof.append(words(f"{say('slip.certificate.form.reference')}: {facts.reference}", 9))
    if facts.issued:
        proof.append(words(f"{say('slip.certificate.form.issued')}: {facts.issued:%d/%m/%Y}", 9))
    proof.append(words(f"{say('slip.certificate.form.printed')}: {facts.printed:%H:%M %d/%m/%Y}", 9))
    signed = [
        words(say("slip.certificate.form.unit"), 10.5, align="centre"),
        words(facts.site, 10.5, bold=True, align="centre"),
        words(say("slip.certificate.form.sign"), 9, align="centre"),
        Spacer(0, STAMP_ROOM),
    ]
    return table([[proof, signed]], [WIDTH / 2, WIDTH / 2], _FLUSH)


def _what_it_is(say: Say, other: Say) -> list[Flowable]:
    return [words(speak("slip.certificate.copy"), 8.5) for speak in (say, other)]

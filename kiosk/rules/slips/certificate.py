"""The certificate in the official layout, from what the platform returned and from nothing else.

The form is Phụ lục 4 of QĐ 3588/QĐ-BYT (26/7/2021), with as many doses as QĐ 43/QĐ-BYT (7/1/2022) has rows for. Its
text is in both languages at once, so each catalogue holds the same words for `slip.certificate.form.…`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Code, Line, Pair, Rule, Say, Space

# 48 mm for a code of usual length, which phones read best; 4 or 3 dots where the paper is narrow.
DOTS, LEAST_DOTS = 5, 3
SIGNATURE_MM = 20


@dataclass(frozen=True)
class CertifiedDose:
    """A dose as the platform has it. `place`: where it was given, "" where the platform does not say."""

    number: int
    on: date
    vaccine: str
    lot: str
    place: str


@dataclass(frozen=True)
class CertificateFacts:
    """What the platform returned; "" where it says nothing.

    `code`: the HC1 text that it signed, "" while there is none. `reference`: its own number of the certificate.
    `issued`, `printed`: site time.
    """

    name: str
    born: str
    number: str
    phone: str
    address: str
    doses: tuple[CertifiedDose, ...]
    code: str
    reference: str
    issued: datetime | None
    site: str
    printed: datetime


def certificate(facts: CertificateFacts, say: Say, other: Say) -> tuple[Block, ...]:
    """The official form in both languages, room for signature and stamp, the platform's code as it came, what it is.

    The code is the only one of ours that carries personal data: the platform made it for this.
    """
    return (
        Line(say("slip.certificate.form.state"), size="small", bold=True),
        Line(say("slip.certificate.form.motto"), size="small"),
        Rule(),
        Line(say("slip.certificate.form.title"), size="large", bold=True),
        Line(say("slip.certificate.form.title_en"), size="small", bold=True),
        *_person(facts, say),
        Space(1),
        Line(say("slip.certificate.form.vaccinated"), size="small", bold=True),
        *(row for dose in facts.doses for row in _dose(dose, say)),
        Rule(),
        Line(say("slip.certificate.form.unit"), size="small"),
        Line(facts.site, size="small", bold=True),
        Line(say("slip.certificate.form.sign"), size="small"),
        Space(SIGNATURE_MM),
        *_proof(facts, say),
        Rule(),
        *_what_it_is(say, other),
    )


def _person(facts: CertificateFacts, say: Say) -> tuple[Pair, ...]:
    return (
        _row(say("slip.certificate.form.name"), facts.name),
        _row(say("slip.certificate.form.born"), facts.born),
        _row(say("slip.certificate.form.number"), facts.number),
        _row(say("slip.certificate.form.phone"), facts.phone),
        _row(say("slip.certificate.form.address"), facts.address),
    )


def _row(label: str, value: str) -> Pair:
    """A field of the form; one that the platform left empty stays visibly empty."""
    return Pair(label, value or "—", size="small")


def _dose(dose: CertifiedDose, say: Say) -> tuple[Block, ...]:
    """Lot and place are not on the form: they stand here where the platform gives them, for complaints ask them."""
    return (
        Space(1),
        _row(say("slip.certificate.form.dose", number=dose.number), f"{dose.on:%d/%m/%Y}"),
        _row(say("slip.certificate.form.vaccine"), dose.vaccine),
        *((_row(say("slip.certificate.form.lot"), dose.lot),) if dose.lot else ()),
        *((_row(say("slip.certificate.form.place"), dose.place),) if dose.place else ()),
    )


def _proof(facts: CertificateFacts, say: Say) -> tuple[Block, ...]:
    """The platform's code and number, and when it came onto this paper; without a code nothing is put in its place."""
    return (
        *((Code(facts.code, dots=DOTS, least=LEAST_DOTS),) if facts.code else ()),
        *((_row(say("slip.certificate.form.reference"), facts.reference),) if facts.reference else ()),
        *((_row(say("slip.certificate.form.issued"), f"{facts.issued:%d/%m/%Y}"),) if facts.issued else ()),
        _row(say("slip.certificate.form.printed"), f"{facts.printed:%H:%M %d/%m/%Y}"),
    )


def _what_it_is(say: Say, other: Say) -> tuple[Line, ...]:
    """Whose words these are, for whoever is shown the paper; how it keeps, for whom it belongs to."""
    return (
        Line(say("slip.certificate.copy"), size="small", bold=True),
        Line(other("slip.certificate.copy"), size="small"),
        Line(say("slip.certificate.paper"), size="small"),
    )

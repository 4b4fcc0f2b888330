"""The label of an opened vial: about 40 mm long, so that it goes around the vial's tray or box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kiosk.rules.slips.blocks import Block, Code, Line, Say


@dataclass(frozen=True)
class VialFacts:
    """One opened vial; instants are the site's time. `use_by`: None where no source says how long it keeps."""

    vaccine: str
    lot: str
    expires_on: date
    opened: datetime
    use_by: datetime | None
    station: str
    payload: str


def vial_label(facts: VialFacts, say: Say) -> tuple[Block, ...]:
    """Vaccine and last hour large, the rest beside the code. An unknown last hour is left to be written by hand."""
    beside = (
        Line(say("slip.vial.lot", lot=facts.lot), size="small", bold=True, align="left"),
        Line(say("slip.vial.expires", on=f"{facts.expires_on:%d/%m/%Y}"), size="small", align="left"),
        Line(say("slip.vial.opened", at=f"{facts.opened:%H:%M %d/%m}"), size="small", align="left"),
        Line(facts.station, size="small", align="left"),
    )
    until = say("slip.vial.use_by", at=f"{facts.use_by:%H:%M %d/%m}") if facts.use_by else say("slip.vial.write_use_by")
    return (
        Line(facts.vaccine, size="large", bold=True),
        Code(facts.payload, dots=6, beside=beside),
        Line(until, size="large", bold=True),
    )

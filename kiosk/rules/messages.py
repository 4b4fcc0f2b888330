"""What leaves the site: frozen messages, stored as JSON in the outbox in the transaction of the fact they tell of.

A message says everything itself: whoever sends it looks nothing up, and what was true then stays true in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from kiosk.rules.words import Arm, DoseKind, Sex

DOSE_GIVEN = "dose_given.1"
DOSE_VOIDED = "dose_voided.1"


@dataclass(frozen=True)
class DoseGiven:
    """One injection. `id` is the UUID minted with the dose: whoever gets it twice gets the same dose.

    `session`: the clinic day's id. `born_on` is None where only the year is known. `expires_on`: of the lot.
    `given_at` is an aware instant; `clock_trusted` is false while the box's clock may have been wrong.
    `vaccinator` confirmed the dose, `entered_by` typed it: staff ids of this site, with names. `replaces`: id of the
    dose in whose place this one stands after a correction, else "".
    """

    id: str
    session: str
    site_code: str
    site_name: str
    person_id: str
    name: str
    number: str
    old_number: str
    born_on: date | None
    born_year: int | None
    sex: Sex
    address: str
    vaccine: str
    lot: str
    expires_on: date
    dose_number: int
    series_doses: int
    arm: Arm
    given_at: datetime
    clock_trusted: bool
    vaccinator: str
    vaccinator_name: str
    entered_by: str
    entered_by_name: str
    kind: DoseKind = DoseKind.BASIC
    replaces: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, with the kind and version of the message."""
        return {
            "message": DOSE_GIVEN,
            **asdict(self),
            "born_on": self.born_on.isoformat() if self.born_on else None,
            "expires_on": self.expires_on.isoformat(),
            "given_at": self.given_at.isoformat(),
        }


@dataclass(frozen=True)
class DoseVoided:
    """The dose of this `id` was recorded wrongly. `dose`: word for word what was told of it; it may not be there yet.

    `reason`: in the protocol's words, never what somebody typed. `voided_by`: staff id of this site, with the name.
    `replaced_by`: the id of the dose that stands in its place, else "". `voided_at` is an aware instant.
    """

    id: str
    person_id: str
    session: str
    site_code: str
    voided_at: datetime
    clock_trusted: bool
    reason: str
    voided_by: str
    voided_by_name: str
    dose: DoseGiven
    replaced_by: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, with the kind and version of the message."""
        return {
            "message": DOSE_VOIDED,
            **asdict(self),
            "voided_at": self.voided_at.isoformat(),
            "dose": self.dose.to_json(),
        }


Message = DoseGiven | DoseVoided


def read(body: Mapping[str, Any]) -> Message:
    """The message that was stored. Raises ValueError for a kind that this version does not know."""
    if body.get("message") == DOSE_VOIDED:
        facts = _facts(body)
        return DoseVoided(
            **facts | {"voided_at": datetime.fromisoformat(facts["voided_at"]), "dose": read_given(facts["dose"])}
        )
    return read_given(body)


def read_given(body: Mapping[str, Any]) -> DoseGiven:
    """A stored message that must be of a dose. Raises ValueError for any other kind.

    What was stored before there were kinds of doses and corrections says nothing of them, and is read as it was meant.
    """
    if body.get("message") != DOSE_GIVEN:
        raise ValueError(f"unknown message {body.get('message')!r}")
    facts = _facts(body)
    return DoseGiven(
        **facts
        | {
            "born_on": date.fromisoformat(facts["born_on"]) if facts["born_on"] else None,
            "expires_on": date.fromisoformat(facts["expires_on"]),
            "given_at": datetime.fromisoformat(facts["given_at"]),
            "sex": Sex(facts["sex"]),
            "arm": Arm(facts["arm"]),
            "kind": DoseKind(facts.get("kind", DoseKind.BASIC)),
        }
    )


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "message"}

"""A dose that was taken back, as FHIR R4: the same Immunization, entered in error. Pure.

Its reason is a note: `statusReason` is why a dose was not given (HL7 FHIR R4, Immunization).
"""

from __future__ import annotations

from kiosk.rules.messages import DoseVoided
from kiosk.upstream import fhir
from kiosk.upstream.fhir import Resource
from kiosk.upstream.fhir_check import validate
from kiosk.upstream.profile import Profile

COMPLETED, ENTERED_IN_ERROR = "completed", "entered-in-error"


def bundle(message: DoseVoided, profile: Profile) -> Resource:
    """The transaction of a void whose dose is not there: it takes the dose's place, should that still arrive.

    Raises ValueError for a message that makes no valid one.
    """
    transaction = fhir.bundle(message.dose, profile)
    _, dose = transaction["entry"]
    dose["resource"] = withdrawn(dose["resource"], message, profile)
    validate(transaction)
    return transaction


def withdrawn(stored: Resource, message: DoseVoided, profile: Profile) -> Resource:
    """The Immunization as it is stored, void: nothing but its status changes, and our notes are added."""
    said = [profile.notes["void"].format(reason=message.reason)]
    said += [profile.notes["replaced"].format(id=message.replaced_by)] if message.replaced_by else []
    said += [] if message.clock_trusted else [profile.notes["clock"]]
    by = {"authorString": message.voided_by_name} if message.voided_by_name else {}
    notes = [{**by, "time": fhir.told(message.voided_at), "text": text} for text in said]
    return stored | {"status": ENTERED_IN_ERROR, "note": [*fhir.listed(stored, "note"), *notes]}

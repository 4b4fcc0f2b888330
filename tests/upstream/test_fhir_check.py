"""What is not valid FHIR is refused, by the library or by our own lines."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from kiosk.upstream import fhir, profile
from kiosk.upstream.fhir_check import validate
from tests.upstream.conftest import DOSE

BUNDLE = fhir.bundle(DOSE, profile.load())
PATIENT, IMMUNIZATION = (entry["resource"] for entry in BUNDLE["entry"])

Change = Callable[[dict[str, Any]], Any]

DOSE_MUTATIONS: dict[str, Change] = {
    "no status": lambda dose: dose.pop("status"),
    "unknown status": lambda dose: dose.update(status="done"),
    "no vaccine": lambda dose: dose.pop("vaccineCode"),
    "no patient": lambda dose: dose.pop("patient"),
    "patient is a group": lambda dose: dose["patient"].update(reference="Group/1"),
    "patient is a sentence": lambda dose: dose["patient"].update(reference="the patient"),
    "no occurrence": lambda dose: dose.pop("occurrenceDateTime"),
    "two occurrences": lambda dose: dose.update(occurrenceString="today"),
    "time without zone": lambda dose: dose.update(occurrenceDateTime="2021-10-05T08:30:15"),
    "no such day": lambda dose: dose.update(expirationDate="2022-02-30"),
    "a date the Vietnamese way": lambda dose: dose.update(expirationDate="31/01/2022"),
    "dose number as text": lambda dose: dose["protocolApplied"][0].update(doseNumberPositiveInt="1"),
    "dose number 0": lambda dose: dose["protocolApplied"][0].update(doseNumberPositiveInt=0),
    "dose number true": lambda dose: dose["protocolApplied"][0].update(doseNumberPositiveInt=True),
    "no dose number": lambda dose: dose["protocolApplied"][0].pop("doseNumberPositiveInt"),
    "truth as text": lambda dose: dose.update(primarySource="true"),
    "unknown element": lambda dose: dose.update(nurse="x"),
    "one where many belong": lambda dose: dose.update(identifier=dose["identifier"][0]),
    "many where one belongs": lambda dose: dose.update(lotNumber=["A"]),
    "empty list": lambda dose: dose.update(note=[]),
    "empty object": lambda dose: dose.update(route={}),
    "empty text": lambda dose: dose.update(lotNumber=""),
    "blank text": lambda dose: dose.update(lotNumber="  "),
    "nothing": lambda dose: dose.update(lotNumber=None),
    "performer without actor": lambda dose: dose["performer"][0].pop("actor"),
    "imm-1": lambda dose: dose.update(education=[{"publicationDate": "2021-01-01"}]),
    "another type": lambda dose: dose.update(resourceType="Observation"),
    "no type": lambda dose: dose.pop("resourceType"),
    "use of an identifier": lambda dose: dose["identifier"][0].update(use="main"),
}
PATIENT_MUTATIONS: dict[str, Change] = {
    "unknown gender": lambda patient: patient.update(gender="nữ"),
    "month 13": lambda patient: patient.update(birthDate="1947-13"),
    "use of a name": lambda patient: patient["name"][0].update(use="main"),
    "number as a number": lambda patient: patient["identifier"][0].update(value=1190000012),
}
BUNDLE_MUTATIONS: dict[str, Change] = {
    "unknown type": lambda bundle: bundle.update(type="everything"),
    "unknown method": lambda bundle: bundle["entry"][0]["request"].update(method="SEND"),
    "reference leads nowhere": lambda bundle: bundle["entry"][0].update(
        fullUrl="urn:uuid:00000000-0000-4000-8000-000000000000"
    ),
    "a bad dose within": lambda bundle: bundle["entry"][1]["resource"].update(status="done"),
    "no entries": lambda bundle: bundle.update(entry=[]),
}


@pytest.mark.parametrize("resource", [BUNDLE, PATIENT, IMMUNIZATION], ids=lambda one: one["resourceType"])
def test_what_we_send_is_valid(resource: dict[str, Any]) -> None:
    validate(resource)


@pytest.mark.parametrize(
    ("resource", "change"),
    [
        pytest.param(resource, change, id=f"{resource['resourceType']}: {name}")
        for resource, changes in (
            (IMMUNIZATION, DOSE_MUTATIONS),
            (PATIENT, PATIENT_MUTATIONS),
            (BUNDLE, BUNDLE_MUTATIONS),
        )
        for name, change in changes.items()
    ],
)
def test_a_mutation_is_refused(resource: dict[str, Any], change: Change) -> None:
    mutated = deepcopy(resource)
    change(mutated)
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        validate(mutated)
    assert "Hường" not in str(refused.value)
    assert "0011" not in str(refused.value)

"""What the platform certifies is taken as it says it: from the simulator, and from servers that say odd things."""

from __future__ import annotations

import base64
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import UUID

import pytest
import requests
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.documentreference import DocumentReference

from kiosk.rules import certificate as rules
from kiosk.rules.certificate import Certificate
from kiosk.rules.codes import hcert
from kiosk.upstream import fhir, profile
from kiosk.upstream.client import Acknowledged, Client, Later, NeedsHuman
from kiosk.upstream.simulator import Platform
from tests.papers import CERTIFICATE
from tests.upstream.conftest import DOSE, FHIR, StandIn, found

PROFILE = profile.load()
SECOND = replace(DOSE, id=str(UUID(int=7)), dose_number=2, lot="ABW2222")
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
PAGE = b"<!doctype html><title>Wi-Fi</title>"


def told(client: Client, *doses: Any) -> str:
    """The doses are told of; what the platform calls the first."""
    answers = [client.submit(dose) for dose in doses]
    assert isinstance(answers[0], Acknowledged)
    return answers[0].remote_id


# Against the simulated platform.


def test_nothing_is_certified_of_what_was_not_told(client: Client) -> None:
    assert client.ask_certificate(DOSE, "Immunization/1") is None


def test_it_certifies_what_it_has_and_its_code_is_the_person_s(platform: Platform, client: Client) -> None:
    found = client.ask_certificate(DOSE, told(client, DOSE, SECOND))
    assert isinstance(found, Certificate)
    assert [(dose.number, dose.lot, dose.place) for dose in found.doses] == [
        (1, DOSE.lot, DOSE.site_name),
        (2, "ABW2222", DOSE.site_name),
    ]
    assert found.doses[0].vaccine == PROFILE.product(DOSE.vaccine).text
    assert (found.identity.name, found.identity.number) == (DOSE.name, DOSE.number)
    code = hcert.read(found.code)
    assert code
    assert code.key_id == base64.b64encode(b"demo").decode()
    assert found.reference == code.doses[0].certificate_id
    assert found.reference.startswith("URN:UVCI:01:VN:")
    rules.require_own(found, replace(found.identity, number=""))
    assert rules.read(found.to_json()) == found


def test_what_it_says_of_certificates_is_fhir(platform: Platform, client: Client) -> None:
    query = {"related": told(client, DOSE)}
    said = requests.get(f"{platform.url}/DocumentReference", params=query, timeout=10).json()
    Bundle.model_validate(said)
    DocumentReference.model_validate(said["entry"][0]["resource"])
    again = requests.get(f"{platform.url}/DocumentReference", params=query, timeout=10).json()
    assert again == said
    CapabilityStatement.model_validate(requests.get(f"{platform.url}/metadata", timeout=10).json())


def test_none_yet_and_then_one(platform: Platform, client: Client) -> None:
    id = told(client, DOSE)
    platform.misbehave(no_certificate=True)
    assert client.ask_certificate(DOSE, id) is None
    platform.misbehave(no_certificate=False)
    assert isinstance(client.ask_certificate(DOSE, id), Certificate)


def test_one_of_another_is_returned_and_not_taken_for_the_person_s(platform: Platform, client: Client) -> None:
    id = told(client, DOSE)
    platform.misbehave(other_certificate=True)
    found = client.ask_certificate(DOSE, id)
    assert isinstance(found, Certificate)
    with pytest.raises(Exception, match="certificate_of_another"):
        rules.require_own(found, found.identity)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"busy": True}, Later("busy", link=True, wait_seconds=2.0)),
        ({"login_page": True}, Later("login_page", link=True)),
        ({"delay": 60}, Later("timeout", link=True)),
    ],
)
def test_the_faults_of_the_platform(platform: Platform, client: Client, fault: dict[str, Any], answer: Later) -> None:
    id = told(client, DOSE)
    platform.misbehave(**fault)
    assert Client(platform.url, PROFILE, deadline_seconds=2).ask_certificate(DOSE, id) == answer


def test_a_platform_that_is_away(platform: Platform, client: Client) -> None:
    id = told(client, DOSE)
    platform.stop()
    assert client.ask_certificate(DOSE, id) == Later("unreachable", link=True)


def test_a_dose_of_another_kiosk_s_is_nobody_s(platform: Platform, client: Client) -> None:
    id = told(client, DOSE)
    assert client.ask_certificate(replace(DOSE, id=str(UUID(int=9))), id) == Later("forgotten", link=False)


def test_a_patient_who_is_somebody_else(platform: Platform, client: Client) -> None:
    id = told(client, DOSE)
    assert client.ask_certificate(replace(DOSE, name="Trần Văn Khác"), id) == NeedsHuman("other_person")


@pytest.mark.parametrize("id", ["", "Immunization/", "Immunization/a/b", "Patient/1", "Immunization/\ud800"])
def test_an_id_that_is_none_is_not_asked_for(stand_in: StandIn, id: str) -> None:
    assert Client(stand_in.url, PROFILE).ask_certificate(DOSE, id) == Later("forgotten", link=False)
    assert stand_in.asked == []


# Against servers that say odd things.

PATIENT = fhir.bundle(DOSE, PROFILE)["entry"][0]["resource"] | {"id": "16"}
STORED = fhir.bundle(DOSE, PROFILE)["entry"][1]["resource"] | {
    "id": "17",
    "patient": {"reference": "Patient/16"},
    "meta": {"versionId": "4"},
}
DOCUMENT: dict[str, Any] = {
    "resourceType": "DocumentReference",
    "status": "current",
    "date": "2021-12-20T10:00:00Z",
    "subject": {"reference": "Patient/16"},
    "masterIdentifier": {"value": "URN:UVCI:01:VN:THU"},
    "context": {"related": [{"reference": "Immunization/17"}]},
    "content": [{"attachment": {"data": base64.b64encode(CERTIFICATE.encode()).decode()}}],
}
Says = Callable[..., Client]


def with_code(text: str | bytes) -> list[dict[str, Any]]:
    data = base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()
    return [{"attachment": {"contentType": "text/plain", "data": data}}]


@pytest.fixture
def says(stand_in: StandIn) -> Says:
    """A platform with this DocumentReference search, dose, person and record."""

    def set_up(documents: Any = None, dose: Any = None, patient: Any = None, record: Any = None) -> Client:
        answers = {
            "/fhir/DocumentReference": found(DOCUMENT) if documents is None else documents,
            "/fhir/Immunization/17": STORED if dose is None else dose,
            "/fhir/Patient/16": PATIENT if patient is None else patient,
            "/fhir/Immunization": found(STORED) if record is None else record,
        }

        def write(asked: BaseHTTPRequestHandler) -> None:
            body = answers[asked.path.partition("?")[0]]
            stand_in.says("REPLY", *(body if isinstance(body, tuple) else (body,)))
            stand_in.answers["REPLY"](asked)

        stand_in.raw("GET", write)
        stand_in.raw("PATIENT", write)
        return Client(stand_in.url, PROFILE, "secret")

    return set_up


def ask(client: Client) -> Any:
    return client.ask_certificate(DOSE, "Immunization/17")


def test_it_asks_four_times_by_the_platform_s_own_ids(stand_in: StandIn, says: Says) -> None:
    answer = ask(says())
    assert isinstance(answer, Certificate)
    assert (answer.code, answer.reference) == (CERTIFICATE, "URN:UVCI:01:VN:THU")
    assert [path for _, path, _, _ in stand_in.asked] == [
        "/fhir/DocumentReference?related=Immunization%2F17&_count=100",
        "/fhir/Immunization/17",
        "/fhir/Patient/16",
        "/fhir/Immunization?patient=Patient%2F16&_count=100",
    ]
    assert {method for method, _, _, _ in stand_in.asked} == {"GET"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "superseded"}, None),
        ({"status": "entered-in-error"}, None),
        ({"context": {"related": [{"reference": "Immunization/18"}]}}, None),
        ({"context": {}}, None),
        ({"context": "x"}, None),
        ({"content": []}, None),
        ({"content": [{"attachment": {"url": "https://elsewhere.example/code"}}]}, None),
        ({"content": [{"attachment": "x"}, 7]}, None),
        ({"content": [{"attachment": {"data": "%%%"}}]}, None),
        ({"content": with_code("no code")}, None),
        ({"content": with_code(b"%PDF-1.7 \xff")}, None),
        ({"content": with_code("HC1:" + "A" * 9000)}, None),
        ({"content": [*with_code(b"%PDF"), *with_code(CERTIFICATE + "\r\n")]}, CERTIFICATE),
        ({"subject": {}}, CERTIFICATE),
        ({"context": {"related": [{"reference": "http://x/fhir/Immunization/17/_history/4"}]}}, CERTIFICATE),
    ],
)
def test_only_a_signed_text_for_this_dose_counts(says: Says, changes: dict[str, Any], code: str | None) -> None:
    answer = ask(says(found(DOCUMENT | changes)))
    assert (answer.code if isinstance(answer, Certificate) else answer) == code


def test_the_newest_that_is_in_force_counts(says: Says) -> None:
    newer = DOCUMENT | {"date": "2022-12-20T10:00:00Z", "masterIdentifier": {"value": "NEWER"}}
    gone = DOCUMENT | {"date": "2023-12-20T10:00:00Z", "status": "superseded"}
    assert ask(says(found(newer, DOCUMENT, gone))).reference == "NEWER"


def test_a_certificate_that_is_filed_under_somebody_else(says: Says) -> None:
    assert ask(says(found(DOCUMENT | {"subject": {"reference": "Patient/99"}}))) == NeedsHuman("other_person")


def test_doses_are_the_platform_s_and_only_against_this_disease(says: Says) -> None:
    elsewhere = deepcopy(STORED) | {"id": "5", "identifier": [], "lotNumber": "X1", "location": {"display": "CDC"}}
    elsewhere["protocolApplied"][0] |= {"doseNumberPositiveInt": 2}
    elsewhere["occurrenceDateTime"] = "2021-06-30T20:00:00Z"
    by_code = deepcopy(elsewhere) | {"id": "6", "occurrenceDateTime": "2021-05-01"}
    by_code["protocolApplied"] = [{"doseNumberString": "3"}]
    by_code["vaccineCode"].pop("text")
    measles = deepcopy(elsewhere) | {"vaccineCode": {"text": "MMR"}, "protocolApplied": [{"doseNumberPositiveInt": 1}]}
    void, not_done = elsewhere | {"status": "entered-in-error"}, elsewhere | {"status": "not-done"}
    foreign = elsewhere | {"patient": {"reference": "Patient/99"}}
    answer = ask(says(record=found(STORED, measles, void, not_done, foreign, elsewhere, by_code)))
    assert [(dose.number, dose.on, dose.lot, dose.place) for dose in answer.doses] == [
        (3, date(2021, 5, 1), "X1", "CDC"),
        (2, date(2021, 7, 1), "X1", "CDC"),
        (1, answer.doses[-1].on, DOSE.lot, DOSE.site_name),
    ]
    assert answer.doses[0].vaccine == STORED["vaccineCode"]["coding"][0].get("display", answer.doses[0].vaccine)


@pytest.mark.parametrize(
    "changes",
    [
        {"occurrenceDateTime": "2021"},
        {"occurrenceDateTime": None, "occurrenceString": "hè 2021"},
        {"vaccineCode": {}, "protocolApplied": STORED["protocolApplied"]},
        {"protocolApplied": [{"targetDisease": STORED["protocolApplied"][0]["targetDisease"]}]},
        {"protocolApplied": [STORED["protocolApplied"][0] | {"doseNumberPositiveInt": "\ud800"}]},
    ],
)
def test_a_dose_that_says_too_little_makes_the_whole_unfit(says: Says, changes: dict[str, Any]) -> None:
    assert ask(says(record=found(STORED, STORED | {"id": "5"} | changes))) == Later("incomplete", link=False)


def test_a_record_that_goes_on_is_not_printed_in_part(says: Says) -> None:
    part = found(STORED) | {"link": [{"relation": "next", "url": "http://x/fhir?page=2"}]}
    assert ask(says(record=part)) == Later("incomplete", link=False)


@pytest.mark.parametrize("record", [found(), found(STORED | {"status": "entered-in-error"}), found("x", 7)])
def test_a_record_without_our_dose_is_not_believed(says: Says, record: Any) -> None:
    assert ask(says(record=record)) == Later("forgotten", link=False)


def test_what_cannot_be_read_is_left_out(says: Says) -> None:
    patient = PATIENT | {
        "telecom": [{"system": "email", "value": "x"}, {"system": "phone", "value": "0900000000"}, 7],
        "address": [{"text": "\ud800"}],
        "name": [{"use": "old", "text": DOSE.name}, {"use": "official", "text": DOSE.name}],
        "identifier": [{"system": PROFILE.systems.number, "value": 7}],
        "birthDate": str(DOSE.born_on.year if DOSE.born_on else DOSE.born_year),
    }
    answer = ask(says(patient=patient))
    assert (answer.phone, answer.identity.address, answer.identity.number) == ("0900000000", "", "")
    assert answer.identity.born_on is None
    assert answer.identity.born_year
    assert ask(says(patient={"resourceType": "Patient", "id": "16"})).identity.name == ""


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"documents": (OUTCOME, 404)}, None),
        ({"documents": (OUTCOME, 410)}, None),
        ({"documents": (PAGE, 404, "text/html")}, Later("not_fhir", link=True)),
        ({"documents": (OUTCOME, 400)}, Later("refused", link=False)),
        ({"documents": (OUTCOME, 401)}, Later("unauthorised", link=True)),
        ({"documents": (OUTCOME, 500)}, Later("server_error", link=True)),
        ({"documents": (PAGE, 200, "text/html")}, Later("login_page", link=True)),
        ({"documents": (b"{", 200, FHIR)}, Later("not_fhir", link=True)),
        ({"documents": (found() | {"entry": "x"},)}, None),
        ({"documents": (b"[" + b"0," * 600_000 + b"0]", 200, FHIR)}, Later("incomplete", link=True)),
        ({"dose": (OUTCOME, 404)}, Later("forgotten", link=False)),
        ({"dose": (STORED | {"id": "18"},)}, Later("not_fhir", link=True)),
        ({"dose": (STORED | {"identifier": []},)}, Later("forgotten", link=False)),
        ({"dose": (STORED | {"patient": {}},)}, NeedsHuman("other_person")),
        ({"patient": (OUTCOME, 410)}, Later("forgotten", link=False)),
        ({"patient": (PATIENT | {"birthDate": "2001-02-03"},)}, NeedsHuman("other_person")),
        ({"record": (OUTCOME, 404)}, Later("forgotten", link=False)),
        ({"record": (OUTCOME, 503)}, Later("busy", link=True)),
        ({"record": (PATIENT,)}, Later("not_fhir", link=True)),
    ],
)
def test_each_odd_answer_has_its_meaning(says: Says, answers: dict[str, Any], expected: object) -> None:
    assert ask(says(**answers)) == expected

"""Every answer that a server or a network can give, over real sockets, becomes one of three words."""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from kiosk.rules.person import name_key
from kiosk.upstream import fhir, profile
from kiosk.upstream.answers import REASONS, wait_seconds
from kiosk.upstream.client import Acknowledged, Client, Later, NeedsHuman
from tests.upstream.conftest import DOSE, FHIR, StandIn, entries, found

PROFILE = profile.load()
CREATED = entries("201 Created", "201 Created")
PATIENT = fhir.bundle(DOSE, PROFILE)["entry"][0]["resource"] | {"id": "16"}
PAGE = b"<!doctype html><title>Wi-Fi</title>"
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid"}]}


def stored(**changes: Any) -> dict[str, Any]:
    dose = deepcopy(fhir.bundle(DOSE, PROFILE)["entry"][1]["resource"])
    return dose | {"id": "17", "patient": {"reference": "Patient/16"}, "meta": {"versionId": "4"}} | changes


@pytest.fixture
def client(stand_in: StandIn) -> Client:
    stand_in.says("POST", CREATED)
    stand_in.says("GET", found(stored()))
    stand_in.says("PATIENT", PATIENT)
    return Client(stand_in.url + "/", PROFILE, "secret")


def test_told_and_read_back_is_acknowledged(stand_in: StandIn, client: Client) -> None:
    answer = client.submit(DOSE)
    assert isinstance(answer, Acknowledged)
    assert (answer.remote_id, answer.version, answer.server) == ("Immunization/17", "4", stand_in.url)
    assert len(answer.read_back_sha256) == 64
    assert answer == client.submit(DOSE)
    posted, asked, person = stand_in.asked[:3]
    assert person[:2] == ("GET", "/fhir/Patient/16"), "no number of a person stands in an address"
    assert posted[:2] == ("POST", "/fhir")
    assert asked[:2] == ("GET", f"/fhir/Immunization?identifier=urn%3Adiem-tiem%3Adose%7C{DOSE.id}")
    assert "Hường".encode() in posted[3]


@pytest.mark.parametrize("id", ["", None, 17, "\ud800", "a/b", "x" * 65])
def test_an_id_that_is_none_is_no_receipt(stand_in: StandIn, client: Client, id: object) -> None:
    stand_in.says("GET", found(stored(id=id)))
    assert client.submit(DOSE) == Later("not_fhir", link=True)


def test_a_version_that_is_none_is_left_out(stand_in: StandIn, client: Client) -> None:
    stand_in.says("GET", found(stored(meta={"versionId": "\ud800"})))
    answer = client.submit(DOSE)
    assert isinstance(answer, Acknowledged)
    assert answer.version == ""


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"name": [{"text": "Trần Văn Khác"}]}, NeedsHuman("other_person")),
        ({"birthDate": "2001-02-03"}, NeedsHuman("other_person")),
        ({"name": [{"family": "LE", "given": ["THI", "HUONG"]}]}, NeedsHuman("other_person")),
        ({"resourceType": "Group"}, Later("not_fhir", link=True)),
    ],
)
def test_a_dose_filed_under_somebody_else_is_not_acknowledged(
    stand_in: StandIn, client: Client, changes: dict[str, Any], answer: object
) -> None:
    stand_in.says("PATIENT", PATIENT | changes)
    assert client.submit(DOSE) == answer


def test_the_platform_s_own_spelling_is_the_same_person(stand_in: StandIn, client: Client) -> None:
    family, *given = name_key(DOSE.name).split()
    stand_in.says("PATIENT", PATIENT | {"name": [{"family": family, "given": given}]})
    assert isinstance(client.submit(DOSE), Acknowledged)
    stand_in.says("PATIENT", {"resourceType": "Patient", "id": "16"})
    assert isinstance(client.submit(DOSE), Acknowledged), "what the platform has not is no difference"


@pytest.mark.parametrize("reference", ["Group/16", "", None])
def test_a_dose_of_nobody_is_not_acknowledged(stand_in: StandIn, client: Client, reference: Any) -> None:
    stand_in.says("GET", found(stored(patient={"reference": reference})))
    assert client.submit(DOSE) == NeedsHuman("other_person")


def test_another_record_is_another_digest(stand_in: StandIn, client: Client) -> None:
    first = client.submit(DOSE)
    stand_in.says("GET", found(stored(note=[{"text": "x"}])))
    second = client.submit(DOSE)
    assert isinstance(first, Acknowledged)
    assert isinstance(second, Acknowledged)
    assert first.read_back_sha256 != second.read_back_sha256


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (301, Later("login_page", link=True)),
        (302, Later("login_page", link=True)),
        (307, Later("login_page", link=True)),
        (400, Later("refused", link=False)),
        (401, Later("unauthorised", link=True)),
        (403, Later("forbidden", link=True)),
        (404, Later("not_fhir", link=True)),
        (405, Later("not_fhir", link=True)),
        (408, Later("server_error", link=True)),
        (409, Later("server_error", link=True)),
        (412, NeedsHuman("doubled")),
        (413, Later("refused", link=False)),
        (422, Later("refused", link=False)),
        (425, Later("server_error", link=True)),
        (429, Later("busy", link=True)),
        (500, Later("server_error", link=True)),
        (502, Later("server_error", link=True)),
        (503, Later("busy", link=True)),
        (504, Later("server_error", link=True)),
        (511, Later("login_page", link=True)),
        (204, Later("not_fhir", link=True)),
    ],
)
def test_each_status_has_its_meaning(stand_in: StandIn, client: Client, status: int, answer: object) -> None:
    stand_in.says("POST", b"" if status == 204 else OUTCOME, status)
    assert client.submit(DOSE) == answer
    assert len(stand_in.asked) == 1


@pytest.mark.parametrize(
    ("body", "status", "media_type", "reason", "link"),
    [
        (PAGE, 200, "text/html; charset=utf-8", "login_page", True),
        (PAGE, 400, "text/html", "login_page", True),
        (PAGE, 412, "text/html", "login_page", True),
        (PAGE, 413, "text/html", "refused", False),
        (b"no", 422, "text/plain", "not_fhir", True),
        (CREATED, 200, "text/plain", "not_fhir", True),
        (b"", 200, FHIR, "not_fhir", True),
        (b"{", 200, FHIR, "not_fhir", True),
        (b"[" * 100_000, 200, FHIR, "not_fhir", True),
        (b"\xff\xfe", 200, FHIR, "not_fhir", True),
        (b"[]", 200, FHIR, "not_fhir", True),
        (b'{"ok": true}', 200, "application/json", "not_fhir", True),
        (OUTCOME, 200, FHIR, "not_fhir", True),
        ({"resourceType": "Patient"}, 200, FHIR, "not_fhir", True),
        (CREATED | {"type": "batch-response"}, 200, FHIR, "not_fhir", True),
        (CREATED | {"entry": []}, 200, FHIR, "not_fhir", True),
        (CREATED | {"entry": "x"}, 200, FHIR, "not_fhir", True),
        (CREATED | {"entry": [{}, {"response": {"status": 201}}]}, 200, FHIR, "not_fhir", True),
        (entries("201 Created"), 200, FHIR, "not_fhir", True),
        (entries("201 Created", "fine"), 200, FHIR, "not_fhir", True),
    ],
)
def test_whoever_is_not_the_platform_is_not_believed(
    stand_in: StandIn, client: Client, body: Any, status: int, media_type: str, reason: str, link: bool
) -> None:
    stand_in.says("POST", body, status, media_type)
    assert client.submit(DOSE) == Later(reason, link)


def test_plain_json_is_fhir_too(stand_in: StandIn, client: Client) -> None:
    stand_in.says("POST", CREATED, media_type="application/json")
    assert isinstance(client.submit(DOSE), Acknowledged)


@pytest.mark.parametrize(
    ("statuses", "answer"),
    [
        (("200 OK", "200"), None),
        (("201 Created", "400 Bad Request"), Later("refused", link=False)),
        (("422", "201"), Later("refused", link=False)),
        (("429 Too Many Requests", "429 Too Many Requests"), Later("busy", link=True)),
        (("400", "429"), Later("busy", link=True)),
        (("412 Precondition Failed", "201"), NeedsHuman("doubled")),
        (("400", "412"), NeedsHuman("doubled")),
        (("412", "503"), Later("busy", link=True)),
        (("201", "500"), Later("server_error", link=True)),
        (("401", "401"), Later("unauthorised", link=True)),
        (("201", "403"), Later("forbidden", link=True)),
    ],
)
def test_success_without_is_not_success_within(
    stand_in: StandIn, client: Client, statuses: tuple[str, ...], answer: object
) -> None:
    stand_in.says("POST", entries(*statuses))
    said = client.submit(DOSE)
    assert isinstance(said, Acknowledged) if answer is None else said == answer


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Tue, 05 Oct 2021 01:31:00 GMT", "date": "Tue, 05 Oct 2021 01:30:00 GMT"}, 60.0),
        ({"retry-after": "Tue, 05 Oct 2021 01:29:00 GMT", "date": "Tue, 05 Oct 2021 01:30:00 GMT"}, 0.0),
        ({"retry-after": "Tue, 05 Oct 2021 01:31:00 GMT"}, None),
        ({"ratelimit": '"requests";r=0;t=42'}, 42.0),
        ({"ratelimit": '"requests";r=3;t=42'}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_seconds(headers) == seconds


def test_a_busy_platform_says_how_long(stand_in: StandIn, client: Client) -> None:
    stand_in.says("POST", OUTCOME, 503, Retry_After="9")
    assert client.submit(DOSE) == Later("busy", link=True, wait_seconds=9.0)
    stand_in.says("POST", entries("429", "429"), RateLimit='"requests";r=0;t=42')
    assert client.submit(DOSE) == Later("busy", link=True, wait_seconds=42.0)


@pytest.mark.parametrize(
    ("resources", "answer"),
    [
        ((), Later("forgotten", link=False)),
        ((OUTCOME,), Later("forgotten", link=False)),
        ((None, 7), Later("forgotten", link=False)),
        ((stored(identifier=[{"system": "urn:diem-tiem:dose", "value": "foreign"}]),), Later("forgotten", link=False)),
        ((stored(identifier=[{"system": "urn:other", "value": DOSE.id}]),), Later("forgotten", link=False)),
        ((stored(), stored(id="18")), NeedsHuman("doubled")),
        ((stored(lotNumber="X"),), NeedsHuman("differs")),
        ((stored(status="entered-in-error"),), NeedsHuman("differs")),
        ((stored(id=""),), Later("not_fhir", link=True)),
        ((stored(meta=None),), None),
        ((stored(identifier=[{"value": "x"}]), stored(), OUTCOME), None),
        ((stored(note=[{"text": "\ud800"}]),), None),
    ],
)
def test_only_what_is_read_back_counts(
    stand_in: StandIn, client: Client, resources: tuple[Any, ...], answer: object
) -> None:
    stand_in.says("GET", found(*resources))
    said = client.submit(DOSE)
    assert isinstance(said, Acknowledged) if answer is None else said == answer


@pytest.mark.parametrize(
    ("body", "status", "media_type", "answer"),
    [
        (PAGE, 200, "text/html", Later("login_page", link=True)),
        (CREATED, 200, FHIR, Later("not_fhir", link=True)),
        (found() | {"entry": "x"}, 200, FHIR, Later("forgotten", link=False)),
        (OUTCOME, 404, FHIR, Later("not_fhir", link=True)),
        (OUTCOME, 503, FHIR, Later("busy", link=True)),
    ],
)
def test_a_read_back_that_fails_is_no_receipt(
    stand_in: StandIn, client: Client, body: Any, status: int, media_type: str, answer: object
) -> None:
    stand_in.says("GET", body, status, media_type)
    assert client.submit(DOSE) == answer


def test_a_message_that_makes_no_resource_is_not_sent(stand_in: StandIn, client: Client) -> None:
    assert client.submit(replace(DOSE, dose_number=0)) == NeedsHuman("invalid")
    assert client.submit(replace(DOSE, name="\ud800")) == NeedsHuman("invalid")
    assert stand_in.asked == []


def test_nothing_of_the_person_is_logged_or_said(
    stand_in: StandIn, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stand_in.says("POST", OUTCOME, 422)
    said = [client.submit(DOSE), client.submit(replace(DOSE, dose_number=0))]
    stand_in.says("POST", CREATED)
    said.append(client.submit(DOSE))
    text = caplog.text + repr(said) + repr(client) + "".join(path for _, path, _, _ in stand_in.asked)
    for private in (DOSE.number, "Hường", "Th%E1", DOSE.person_id, "secret"):
        assert private not in text


def test_the_reasons_are_closed() -> None:
    assert {
        "unreachable",
        "timeout",
        "tls",
        "incomplete",
        "login_page",
        "not_fhir",
        "unauthorised",
        "forbidden",
        "busy",
        "server_error",
        "refused",
        "forgotten",
        "doubled",
        "differs",
        "changed",
        "stands",
        "invalid",
        "other_person",
    } == REASONS

"""Doses, voids and corrections against the router of a FHIR server that others wrote (npm @medplum/fhir-router)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import requests

from kiosk.rules.messages import DoseGiven, DoseVoided
from kiosk.upstream import fhir, fhir_void, profile
from kiosk.upstream.client import Acknowledged, Client
from tests.peers.conftest import HERE
from tests.upstream.conftest import DOSE, FHIR, VOID

PROFILE = profile.load()
OLDEST_NODE = 20


@pytest.fixture(scope="module")
def base(node: str) -> Iterator[str]:
    """Where it answers."""
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"@medplum/fhir-router needs node {OLDEST_NODE} or newer; this is {version.strip()}.")
    with subprocess.Popen([node, HERE / "fhir_server.mjs"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            assert port, "it did not start: see what node says above"
            yield f"http://127.0.0.1:{port}/fhir"
        finally:
            server.kill()


@pytest.fixture
def client(base: str) -> Client:
    return Client(base, PROFILE)


@pytest.fixture
def pair() -> tuple[DoseGiven, DoseVoided]:
    """A dose that it has not seen, and its void."""
    given = replace(DOSE, id=str(uuid4()))
    return given, replace(VOID, id=given.id, dose=given)


def held(base: str, dose_id: str) -> list[dict[str, Any]]:
    """What it has under our identifier."""
    wanted = {"identifier": f"{PROFILE.systems.dose}|{dose_id}"}
    found = requests.get(f"{base}/Immunization", params=wanted, timeout=10).json()
    return [entry["resource"] for entry in found.get("entry", [])]


def arrive_late(base: str, dose: DoseGiven) -> int:
    """The line delivers the dose (again)."""
    body = fhir.bundle(dose, PROFILE)
    return requests.post(base, json=body, headers={"Content-Type": FHIR}, timeout=10).status_code


def test_a_dose_told_three_times_is_one(base: str, client: Client, pair: tuple[DoseGiven, DoseVoided]) -> None:
    given, _ = pair
    assert len({client.submit(given) for _ in range(3)}) == 1
    assert [one["status"] for one in held(base, given.id)] == ["completed"]


def test_a_void_marks_it_once_and_a_late_dose_changes_nothing(
    base: str, client: Client, pair: tuple[DoseGiven, DoseVoided]
) -> None:
    given, void = pair
    first = client.submit(given)
    answers = {client.submit(void) for _ in range(3)}
    (answer,) = answers
    assert isinstance(first, Acknowledged)
    assert isinstance(answer, Acknowledged)
    assert (answer.remote_id == first.remote_id, answer.version == first.version) == (True, False)
    assert arrive_late(base, given) == 200
    (one,) = held(base, given.id)
    assert (one["status"], one["lotNumber"], len(one["note"])) == ("entered-in-error", given.lot, 1)


def test_a_void_that_comes_first_keeps_the_dose_out(
    base: str, client: Client, pair: tuple[DoseGiven, DoseVoided]
) -> None:
    given, void = pair
    assert isinstance(client.submit(void), Acknowledged)
    assert arrive_late(base, given) == 200
    assert [one["status"] for one in held(base, given.id)] == ["entered-in-error"]


def test_only_the_newest_version_is_changed(base: str, client: Client, pair: tuple[DoseGiven, DoseVoided]) -> None:
    given, void = pair
    client.submit(given)
    (one,) = held(base, given.id)
    address, body = f"{base}/Immunization/{one['id']}", fhir_void.withdrawn(one, void, PROFILE)
    headers = {"Content-Type": FHIR, "If-Match": 'W/"none"'}
    assert requests.put(address, json=body, headers=headers, timeout=10).status_code == 412
    assert [one["status"] for one in held(base, given.id)] == ["completed"]
    assert isinstance(client.submit(void), Acknowledged)


def test_a_correction_stands_beside_what_it_replaces(
    base: str, client: Client, pair: tuple[DoseGiven, DoseVoided]
) -> None:
    given, void = pair
    right = replace(given, id=str(uuid4()), lot="ABW9999", replaces=given.id)
    for message in (given, replace(void, replaced_by=right.id), right):
        assert isinstance(client.submit(message), Acknowledged)
    (old,), (new,) = held(base, given.id), held(base, right.id)
    assert (old["status"], new["status"], new["lotNumber"]) == ("entered-in-error", "completed", "ABW9999")
    assert right.id in old["note"][1]["text"]
    assert given.id in new["note"][0]["text"]

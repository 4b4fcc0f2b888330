"""The client against the simulated platform: nothing lost, nothing doubled, whatever it is told to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
import requests
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome

from kiosk.upstream import fhir, profile
from kiosk.upstream.client import Acknowledged, Client, Later, NeedsHuman
from kiosk.upstream.simulator import Platform
from tests.upstream.conftest import DOSE, FHIR

PROFILE = profile.load()
ONE = {"doses": 1, "voided": 0, "patients": 1, "doubled": 0}
NONE = {"doses": 0, "voided": 0, "patients": 0, "doubled": 0}


def control(platform: Platform) -> str:
    return platform.url.replace("/fhir", "/control")


def post(platform: Platform, body: object) -> requests.Response:
    return requests.post(platform.url, json=body, headers={"Content-Type": FHIR}, timeout=10)


def test_three_times_is_once(platform: Platform, client: Client) -> None:
    answers = [client.submit(DOSE) for _ in range(3)]
    assert isinstance(answers[0], Acknowledged)
    assert len(set(answers)) == 1
    assert platform.records.figures() == ONE


def test_twenty_at_once_are_one(platform: Platform) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: Client(platform.url, PROFILE).submit(DOSE), range(20)))
    assert len(set(answers)) == 1
    assert isinstance(answers[0], Acknowledged)
    assert platform.records.figures() == ONE


def test_two_doses_of_one_person(platform: Platform, client: Client) -> None:
    second = replace(DOSE, id=str(UUID(int=7)), dose_number=2)
    assert client.submit(DOSE) != client.submit(second)
    assert platform.records.figures() == {"doses": 2, "voided": 0, "patients": 1, "doubled": 0}


def test_the_dose_is_that_person_s(platform: Platform, client: Client) -> None:
    answer = client.submit(DOSE)
    assert isinstance(answer, Acknowledged)
    dose = requests.get(f"{platform.url}/{answer.remote_id}", timeout=10).json()
    patient = requests.get(f"{platform.url}/{dose['patient']['reference']}", timeout=10).json()
    assert patient["name"][0]["text"] == DOSE.name
    assert dose["meta"]["versionId"] == answer.version == "1"


def test_the_same_id_with_another_lot_needs_a_human(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    assert client.submit(replace(DOSE, lot="ABW9999")) == NeedsHuman("differs")
    assert platform.records.figures() == ONE


def test_refuse(platform: Platform, client: Client) -> None:
    platform.misbehave(refuse=True)
    assert client.submit(DOSE) == Later("refused", link=False)
    assert platform.records.figures() == NONE


def test_busy(platform: Platform, client: Client) -> None:
    platform.misbehave(busy=True)
    assert client.submit(DOSE) == Later("busy", link=True, wait_seconds=2.0)


def test_login_page(platform: Platform, client: Client) -> None:
    platform.misbehave(login_page=True)
    assert client.submit(DOSE) == Later("login_page", link=True)
    assert platform.records.figures() == NONE


def test_delay_beyond_the_deadline_and_again(platform: Platform, client: Client) -> None:
    platform.misbehave(delay=60)
    impatient = Client(platform.url, PROFILE, deadline_seconds=0.5)
    assert impatient.submit(DOSE) == Later("timeout", link=True)
    platform.misbehave(delay=0)
    assert isinstance(client.submit(DOSE), Acknowledged)
    assert platform.records.figures() == ONE


def test_forget_and_again(platform: Platform, client: Client) -> None:
    platform.misbehave(forget=True)
    assert client.submit(DOSE) == Later("forgotten", link=False)
    assert platform.records.figures() == NONE
    platform.misbehave(forget=False)
    assert isinstance(client.submit(DOSE), Acknowledged)


def test_duplicate_needs_a_human_for_ever(platform: Platform, client: Client) -> None:
    platform.misbehave(duplicate=True)
    assert client.submit(DOSE) == NeedsHuman("doubled")
    assert platform.records.figures() == {"doses": 2, "voided": 0, "patients": 2, "doubled": 1}
    platform.misbehave(duplicate=False)
    assert client.submit(DOSE) == NeedsHuman("doubled")


def test_an_answer_that_was_dropped_after_the_commit(platform: Platform, client: Client) -> None:
    platform.misbehave(drop_answer=True)
    assert client.submit(DOSE) == Later("unreachable", link=True)
    assert platform.records.figures() == ONE
    platform.misbehave(drop_answer=False)
    assert isinstance(client.submit(DOSE), Acknowledged)
    assert platform.records.figures() == ONE


def test_gone_and_back(platform: Platform, client: Client) -> None:
    first = client.submit(DOSE)
    platform.stop()
    assert client.submit(DOSE) == Later("unreachable", link=True)
    platform.start()
    assert client.submit(DOSE) == first


def test_a_token(tmp_path: Path) -> None:
    guarded = Platform(tmp_path, token="right")
    guarded.start()
    try:
        assert Client(guarded.url, PROFILE).submit(DOSE) == Later("unauthorised", link=True)
        assert Client(guarded.url, PROFILE, "wrong").submit(DOSE) == Later("unauthorised", link=True)
        assert isinstance(Client(guarded.url, PROFILE, "right").submit(DOSE), Acknowledged)
        assert requests.get(f"{guarded.url}/metadata", timeout=10).status_code == 200
    finally:
        guarded.stop()


@contextmanager
def program(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "kiosk.upstream.simulator", "--port", str(port), "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            if process.poll() is None:
                process.kill()


def test_what_it_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with program(tmp_path, 0) as (process, url):
        first = Client(url, PROFILE).submit(DOSE)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert isinstance(first, Acknowledged)
    with program(tmp_path, int(url.split(":")[2].split("/")[0])) as (process, again):
        assert again == url
        state = requests.get(url.replace("/fhir", "/control"), timeout=10).json()
        assert (state["doses"], state["patients"]) == (1, 1)
        assert Client(url, PROFILE).submit(DOSE) == first
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_control_shows_and_sets(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    state = requests.get(control(platform), timeout=10).json()
    assert state == {
        "faults": {
            "refuse": False,
            "busy": False,
            "delay": 0,
            "forget": False,
            "duplicate": False,
            "login_page": False,
            "drop_answer": False,
            "no_certificate": False,
            "other_certificate": False,
            "meddle": False,
            "unchanging": False,
        },
        **ONE,
    }
    said = requests.post(control(platform), json={"refuse": True, "delay": 0.5}, timeout=10).json()
    assert (said["faults"]["refuse"], said["faults"]["delay"]) == (True, 0.5)
    assert platform.faults.refuse


@pytest.mark.parametrize("changes", [{"explode": True}, {"refuse": 1}, {"delay": -1}, {"delay": True}, [1], 7])
def test_control_refuses_what_it_does_not_know(platform: Platform, changes: object) -> None:
    before = platform.faults
    assert requests.post(control(platform), json=changes, timeout=10).status_code == 400
    assert platform.faults == before


def test_control_takes_no_form_of_a_foreign_page(platform: Platform) -> None:
    said = requests.post(control(platform), data='{"refuse": true}', headers={"Content-Type": "text/plain"}, timeout=10)
    assert said.status_code == 400
    assert not platform.faults.refuse


def test_what_it_says_is_fhir(platform: Platform, client: Client) -> None:
    CapabilityStatement.model_validate(requests.get(f"{platform.url}/metadata", timeout=10).json())
    said = post(platform, fhir.bundle(DOSE, PROFILE))
    assert said.headers["Content-Type"].startswith(FHIR)
    Bundle.model_validate(said.json())
    by_session = {"_tag": f"{PROFILE.systems.session}|{DOSE.session}"}
    found = requests.get(f"{platform.url}/Immunization", params=by_session, timeout=10).json()
    Bundle.model_validate(found)
    assert found["total"] == 1
    by_number = {"identifier": f"{PROFILE.systems.number}|{DOSE.number}"}
    assert requests.get(f"{platform.url}/Patient", params=by_number, timeout=10).json()["total"] == 1
    nobody = {"identifier": f"{PROFILE.systems.number}|000000000000"}
    assert requests.get(f"{platform.url}/Patient", params=nobody, timeout=10).json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [("/Immunization/999", 404), ("/Immunization", 400), ("/Immunization?lot-number=x", 400), ("/Observation/1", 404)],
)
def test_what_is_not_there_is_an_outcome(platform: Platform, path: str, status: int) -> None:
    said = requests.get(platform.url + path, timeout=10)
    assert said.status_code == status
    OperationOutcome.model_validate(said.json())


def test_a_bad_entry_leaves_nothing_behind(platform: Platform) -> None:
    bundle = fhir.bundle(DOSE, PROFILE)
    bundle["entry"][1]["resource"]["patient"]["reference"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    assert post(platform, bundle).status_code == 400
    bundle["entry"][1]["resource"].pop("vaccineCode")
    assert post(platform, bundle).status_code == 400
    assert post(platform, {"resourceType": "Patient"}).status_code == 400
    assert post(platform, []).status_code == 400
    assert platform.records.figures() == NONE


def test_it_listens_on_this_machine_alone(platform: Platform) -> None:
    assert platform.url.startswith("http://127.0.0.1:")

"""A void against the simulated platform: whatever happens on the way, the dose ends there once, entered in error."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
import requests

from kiosk.rules.messages import DoseVoided, Message
from kiosk.upstream import fhir, fhir_void, profile
from kiosk.upstream.client import Acknowledged, Client, Later, NeedsHuman
from kiosk.upstream.simulator import Platform
from tests.upstream.conftest import DOSE, FHIR, VOID, StandIn, found

PROFILE = profile.load()
STANDS = {"doses": 1, "voided": 0, "patients": 1, "doubled": 0}
GONE = {"doses": 0, "voided": 1, "patients": 1, "doubled": 0}


def stored(platform: Platform) -> dict[str, Any]:
    """The only dose there."""
    name, system = "identifier", PROFILE.systems.dose
    (one,) = platform.records.search("Immunization", [(name, system, DOSE.id)])
    return one


def statuses(platform: Platform) -> list[str]:
    """What the platform ever held of it, in order."""
    return [version["status"] for version in platform.records.history(stored(platform)["id"])]


def post(platform: Platform, body: object) -> int:
    said = requests.post(platform.url, json=body, headers={"Content-Type": FHIR}, timeout=10)
    return said.status_code


def put(platform: Platform, resource: dict[str, Any], version: str | None) -> int:
    headers = {"Content-Type": FHIR} | ({"If-Match": f'W/"{version}"'} if version else {})
    address = f"{platform.url}/Immunization/{resource['id']}"
    return requests.put(address, json=resource, headers=headers, timeout=10).status_code


def test_a_dose_that_is_there_is_marked_and_read_back(platform: Platform, client: Client) -> None:
    given = client.submit(DOSE)
    before = stored(platform)
    answer = client.submit(VOID)
    assert isinstance(given, Acknowledged)
    assert isinstance(answer, Acknowledged)
    assert (answer.remote_id, answer.version) == (given.remote_id, "2")
    assert answer.read_back_sha256 != given.read_back_sha256
    assert platform.records.figures() == GONE
    after = stored(platform)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {"status", "note", "meta"}
    assert statuses(platform) == ["completed", "entered-in-error"]


def test_why_and_who_is_a_note(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    client.submit(replace(VOID, replaced_by="0f0e0d0c-0000-4000-8000-000000000001"))
    why, what = stored(platform)["note"]
    assert "Ghi nhầm người" in why["text"]
    assert why["authorString"] == "Trần Văn Bình"
    assert why["time"] == "2021-10-05T08:41:00+07:00"
    assert "0f0e0d0c-0000-4000-8000-000000000001" in what["text"]


def test_what_the_platform_added_is_kept(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    theirs = stored(platform) | {"note": [{"text": "của nền tảng"}], "reportOrigin": {"text": "x"}}
    assert put(platform, theirs, "1") == 200
    assert isinstance(client.submit(VOID), Acknowledged)
    after = stored(platform)
    assert (after["note"][0]["text"], len(after["note"])) == ("của nền tảng", 2)
    assert after["reportOrigin"] == {"text": "x"}


def test_three_times_is_once(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    answers = {client.submit(VOID) for _ in range(3)}
    assert len(answers) == 1
    assert statuses(platform) == ["completed", "entered-in-error"]


def test_a_dose_that_never_arrived_is_there_as_void_and_cannot_come_to_life(platform: Platform, client: Client) -> None:
    assert isinstance(client.submit(VOID), Acknowledged)
    assert platform.records.figures() == GONE
    late = fhir.bundle(DOSE, PROFILE)
    assert [post(platform, late) for _ in range(3)] == [200, 200, 200], "the dose arrives after its void"
    assert platform.records.figures() == GONE
    assert statuses(platform) == ["entered-in-error"]
    assert client.submit(DOSE) == NeedsHuman("differs")


def test_a_late_duplicate_of_the_dose_does_not_undo_the_void(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    client.submit(VOID)
    assert post(platform, fhir.bundle(DOSE, PROFILE)) == 200
    assert statuses(platform) == ["completed", "entered-in-error"]


def test_a_late_duplicate_of_the_change_does_not_undo_what_came_after(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    first = stored(platform)
    late = fhir_void.withdrawn(first, VOID, PROFILE)
    assert put(platform, first | {"reportOrigin": {"text": "x"}}, "1") == 200
    assert put(platform, late, "1") == 412
    assert stored(platform)["status"] == "completed"


@pytest.mark.parametrize("there", [True, False])
def test_a_dose_of_the_same_person_stands(platform: Platform, client: Client, there: bool) -> None:
    new = replace(DOSE, id=str(UUID(int=7)), replaces=DOSE.id)
    if there:
        client.submit(DOSE)
    assert isinstance(client.submit(VOID), Acknowledged)
    assert isinstance(client.submit(new), Acknowledged)
    assert platform.records.figures() == {"doses": 1, "voided": 1, "patients": 1, "doubled": 0}
    (one,) = platform.records.search("Immunization", [("identifier", PROFILE.systems.dose, new.id)])
    assert DOSE.id in one["note"][0]["text"]


def test_somebody_else_changes_it_just_before(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    platform.misbehave(meddle=True)
    assert client.submit(VOID) == Later("changed", link=False)
    assert platform.records.figures() == STANDS
    platform.misbehave(meddle=False)
    answer = client.submit(VOID)
    assert isinstance(answer, Acknowledged)
    assert answer.version == "3"
    assert statuses(platform) == ["completed", "completed", "entered-in-error"]


def test_a_platform_that_says_yes_and_changes_nothing_is_not_believed(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    platform.misbehave(forget=True)
    assert client.submit(VOID) == Later("stands", link=False)
    assert platform.records.figures() == STANDS


def test_a_platform_that_takes_doses_and_changes_none_is_no_trouble_of_the_line(
    platform: Platform, client: Client
) -> None:
    client.submit(DOSE)
    platform.misbehave(unchanging=True)
    assert client.submit(VOID) == Later("refused", link=False)
    assert isinstance(client.submit(replace(DOSE, id=str(UUID(int=7)))), Acknowledged)


def test_an_answer_that_was_lost_after_the_change(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    platform.misbehave(drop_answer=True)
    assert client.submit(VOID) == Later("unreachable", link=True)
    assert platform.records.figures() == GONE
    platform.misbehave(drop_answer=False)
    assert isinstance(client.submit(VOID), Acknowledged)
    assert statuses(platform) == ["completed", "entered-in-error"], "found void, it was not changed again"


def test_an_answer_that_was_lost_after_the_create(platform: Platform, client: Client) -> None:
    platform.misbehave(drop_answer=True)
    assert client.submit(VOID) == Later("unreachable", link=True)
    platform.misbehave(drop_answer=False)
    assert isinstance(client.submit(VOID), Acknowledged)
    assert platform.records.figures() == GONE


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ({"refuse": True}, Later("refused", link=False)),
        ({"busy": True}, Later("busy", link=True, wait_seconds=2.0)),
        ({"login_page": True}, Later("login_page", link=True)),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_platform_or_a_network_that_does_not_want_to(
    platform: Platform, client: Client, there: bool, fault: dict[str, bool], answer: object
) -> None:
    if there:
        client.submit(DOSE)
    before = platform.records.figures()
    platform.misbehave(**fault)
    assert client.submit(VOID) == answer
    assert platform.records.figures() == before
    platform.misbehave(**dict.fromkeys(fault, False))
    assert isinstance(client.submit(VOID), Acknowledged)


def test_a_dose_that_is_there_twice_needs_a_person(platform: Platform, client: Client) -> None:
    platform.misbehave(duplicate=True)
    client.submit(DOSE)
    platform.misbehave(duplicate=False)
    assert client.submit(VOID) == NeedsHuman("doubled")
    assert platform.records.figures()["voided"] == 0


def test_a_void_that_is_carried_out_twice_needs_a_person(platform: Platform, client: Client) -> None:
    platform.misbehave(duplicate=True)
    assert client.submit(VOID) == NeedsHuman("doubled")


def test_a_dose_filed_under_another_is_void_all_the_same(platform: Platform, client: Client) -> None:
    client.submit(replace(DOSE, id=str(UUID(int=7)), name="Trần Văn Khác"))
    assert client.submit(DOSE) == NeedsHuman("other_person")
    assert isinstance(client.submit(VOID), Acknowledged)
    assert stored(platform)["status"] == "entered-in-error"


def test_a_void_dose_is_not_certified(platform: Platform, client: Client) -> None:
    given = client.submit(DOSE)
    assert isinstance(given, Acknowledged)
    client.submit(VOID)
    assert client.ask_certificate(DOSE, given.remote_id) is None


def test_what_makes_no_dose_makes_no_void(platform: Platform, client: Client) -> None:
    assert client.submit(replace(VOID, dose=replace(DOSE, dose_number=0))) == NeedsHuman("invalid")
    assert platform.records.figures()["voided"] == 0


def test_the_platform_wants_the_newest_version_named(platform: Platform, client: Client) -> None:
    client.submit(DOSE)
    one = stored(platform)
    assert put(platform, one, None) == 428
    assert put(platform, one, "7") == 412
    assert put(platform, one | {"id": "999"}, "1") == 404
    assert put(platform, one | {"status": "done"}, "1") in (400, 422)
    assert put(platform, one | {"lotNumber": []}, "1") == 400
    assert put(platform, one | {"identifier": []}, "1") in (400, 422)
    assert requests.put(platform.url, json=one, headers={"Content-Type": FHIR}, timeout=10).status_code == 405
    assert stored(platform) == one


def test_the_bundle_of_a_void_is_the_dose_s_own(client: Client) -> None:
    given, void = fhir.bundle(DOSE, PROFILE), fhir_void.bundle(VOID, PROFILE)
    assert [entry["request"] for entry in void["entry"]] == [entry["request"] for entry in given["entry"]]
    assert void["entry"][0] == given["entry"][0]
    dose = void["entry"][1]["resource"]
    assert (dose["status"], dose.get("statusReason")) == ("entered-in-error", None)
    moment = replace(VOID, voided_at=datetime(2021, 10, 5, 1, 41, tzinfo=UTC), clock_trusted=False, voided_by_name="")
    notes = fhir_void.bundle(moment, PROFILE)["entry"][1]["resource"]["note"]
    assert [note["text"] for note in notes][1:] == [PROFILE.notes["clock"]]
    assert "authorString" not in notes[0]


FAULTS = ("drop_answer", "refuse", "busy", "forget", "login_page", "meddle", "unchanging")


def settle(platform: Platform, client: Client, message: Message, chance: Random) -> None:
    """Tells of it until it is acknowledged, as the forwarder does; each time something else may be wrong."""
    for nth in range(6):
        wrong = {fault: nth < 5 and fault == chance.choice((*FAULTS, "")) for fault in FAULTS}
        platform.misbehave(**wrong)
        answer = client.submit(message)
        platform.misbehave(**dict.fromkeys(FAULTS, False))
        if isinstance(message, DoseVoided) and chance.random() < 0.3:
            post(platform, fhir.bundle(message.dose, PROFILE))
        if isinstance(answer, Acknowledged):
            return
        assert isinstance(answer, Later)
    raise AssertionError("a platform that is well took it")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_each_dose_ends_as_it_is_here(platform: Platform, client: Client, seed: int) -> None:
    """Doses, voids before and after the first attempt, corrections, faults, and doses that arrive late or twice."""
    chance, stands = Random(seed), {}
    for _ in range(12):
        given = replace(DOSE, id=str(UUID(int=chance.getrandbits(128), version=4)))
        void = replace(VOID, id=given.id, dose=given)
        fate = chance.choice(("stands", "void after", "void instead", "corrected"))
        if fate == "void instead":
            # Its first attempt may or may not have arrived: it is not told again.
            platform.misbehave(drop_answer=chance.random() < 0.5, login_page=chance.random() < 0.5)
            client.submit(given)
            platform.misbehave(drop_answer=False, login_page=False)
        else:
            settle(platform, client, given, chance)
        stands[given.id] = fate == "stands"
        if not stands[given.id]:
            settle(platform, client, void, chance)
        if fate == "corrected":
            new = replace(given, id=str(UUID(int=chance.getrandbits(128), version=4)), replaces=given.id)
            settle(platform, client, new, chance)
            stands[new.id] = True
        post(platform, fhir.bundle(given, PROFILE))
    for id, standing in stands.items():
        found = platform.records.search("Immunization", [("identifier", PROFILE.systems.dose, id)])
        assert [one["status"] for one in found] == ["completed" if standing else "entered-in-error"], seed
    assert platform.records.figures()["doubled"] == 0


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "conflict"}]}
PAGE = b"<!doctype html><title>Wi-Fi</title>"
KEPT = fhir.bundle(DOSE, PROFILE)["entry"][1]["resource"] | {
    "id": "17", "patient": {"reference": "Patient/16"}, "meta": {"versionId": "4"}
}  # fmt: skip


@pytest.fixture
def scripted(stand_in: StandIn) -> Client:
    """A platform that holds the dose for good, whatever it says to a change."""
    stand_in.says("GET", found(KEPT))
    stand_in.says("DOSE", KEPT)
    stand_in.says("PUT", KEPT | {"status": "entered-in-error"})
    return Client(stand_in.url, PROFILE, "secret")


def test_a_change_names_the_version_that_it_changes(stand_in: StandIn, scripted: Client) -> None:
    assert scripted.submit(VOID) == Later("stands", link=False)
    methods = [(method, path.partition("?")[0]) for method, path, _, _ in stand_in.asked]
    search, one = "/fhir/Immunization", "/fhir/Immunization/17"
    assert methods == [("GET", search), ("GET", one), ("PUT", one), ("GET", search)]
    assert stand_in.asked[2][2]["If-Match"] == 'W/"4"'
    assert all("If-Match" not in headers for method, _, headers, _ in stand_in.asked if method == "GET")
    for private in (DOSE.number, "H%C6%B0%E1%BB%9Dng", VOID.person_id):
        assert private not in "".join(path for _, path, _, _ in stand_in.asked)


@pytest.mark.parametrize(
    ("body", "status", "media_type", "answer"),
    [
        (OUTCOME, 400, FHIR, Later("refused", link=False)),
        (OUTCOME, 401, FHIR, Later("unauthorised", link=True)),
        (OUTCOME, 403, FHIR, Later("refused", link=False)),
        (OUTCOME, 404, FHIR, Later("forgotten", link=False)),
        (OUTCOME, 405, FHIR, Later("refused", link=False)),
        (OUTCOME, 409, FHIR, Later("changed", link=False)),
        (OUTCOME, 410, FHIR, Later("forgotten", link=False)),
        (OUTCOME, 412, FHIR, Later("changed", link=False)),
        (OUTCOME, 422, FHIR, Later("refused", link=False)),
        (OUTCOME, 428, FHIR, Later("refused", link=False)),
        (OUTCOME, 429, FHIR, Later("busy", link=True)),
        (OUTCOME, 500, FHIR, Later("server_error", link=True)),
        (OUTCOME, 501, FHIR, Later("refused", link=False)),
        (OUTCOME, 503, FHIR, Later("busy", link=True)),
        (PAGE, 200, "text/html", Later("login_page", link=True)),
        (PAGE, 302, "text/html", Later("login_page", link=True)),
        (PAGE, 403, "text/html", Later("forbidden", link=True)),
        (PAGE, 404, "text/html", Later("not_fhir", link=True)),
        (PAGE, 412, "text/html", Later("login_page", link=True)),
        (b"", 200, FHIR, Later("not_fhir", link=True)),
        (OUTCOME, 200, FHIR, Later("not_fhir", link=True)),
    ],
)
def test_each_answer_to_a_change_has_its_meaning(
    stand_in: StandIn, scripted: Client, body: Any, status: int, media_type: str, answer: object
) -> None:
    stand_in.says("PUT", body, status, media_type)
    assert scripted.submit(VOID) == answer
    assert stand_in.asked[-1][0] == "PUT", "a no is not read back"


@pytest.mark.parametrize(
    ("body", "status", "answer"),
    [
        (OUTCOME, 404, Later("forgotten", link=False)),
        (OUTCOME, 410, Later("forgotten", link=False)),
        (OUTCOME, 503, Later("busy", link=True)),
        (PAGE, 404, Later("not_fhir", link=True)),
        (KEPT | {"identifier": []}, 200, Later("not_fhir", link=True)),
        (KEPT | {"meta": {}}, 200, Later("refused", link=False)),
        (KEPT | {"status": "entered-in-error"}, 200, Later("stands", link=False)),
    ],
)
def test_nothing_is_changed_that_was_not_seen_whole(
    stand_in: StandIn, scripted: Client, body: Any, status: int, answer: object
) -> None:
    stand_in.says("DOSE", body, status, FHIR if isinstance(body, dict) else "text/html")
    assert scripted.submit(VOID) == answer
    assert "PUT" not in [method for method, _, _, _ in stand_in.asked]


@pytest.mark.parametrize(
    ("resources", "answer"),
    [
        ((KEPT | {"status": "not-done"},), NeedsHuman("differs")),
        ((KEPT | {"id": "a/b"},), Later("not_fhir", link=True)),
        ((KEPT, KEPT | {"id": "18"}), NeedsHuman("doubled")),
    ],
)
def test_what_is_found_is_judged_before_anything_is_changed(
    stand_in: StandIn, scripted: Client, resources: tuple[Any, ...], answer: object
) -> None:
    stand_in.says("GET", found(*resources))
    assert scripted.submit(VOID) == answer
    assert {method for method, _, _, _ in stand_in.asked} == {"GET"}


def test_what_no_text_can_say_comes_back_as_it_was(stand_in: StandIn, scripted: Client) -> None:
    stand_in.says("DOSE", KEPT | {"note": [{"text": "\ud800"}]})
    assert scripted.submit(VOID) == Later("stands", link=False)

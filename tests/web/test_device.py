"""The device API: what agents say and ask."""

from __future__ import annotations

import base64
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kiosk import wording
from kiosk.clock import Clock
from kiosk.store import heartbeats, print_jobs, scans, stations, visits
from kiosk.store.database import db, writing
from kiosk.web import device, events
from tests.cast import CARD, Players, key, now, receive
from tests.screen import Browser

RUN = "11111111-1111-4111-8111-111111111111"
READY = {"run": RUN, "live_port": 1, "camera": {"state": "ready"}, "printer": {"state": "ready"}}
NEXT_RUN = "22222222-2222-4222-8222-222222222222"


class Agent:
    """An agent's side of the wire."""

    def __init__(self, hub: Flask, token: str) -> None:
        self.client = hub.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.client.post(f"/device/{path}", json=body or {}, headers=self.headers)

    def scan(self, text: str, id: str = "") -> TestResponse:
        raw = base64.b64encode(text.encode()).decode()
        return self.post("scans", {"id": id or key(), "raw": raw, "symbology": "QRCode"})

    def claim(self, run: str = RUN, wait: str = "0") -> dict[str, Any]:
        return dict(self.post(f"print-jobs/claim?wait={wait}", {"run": run}).json)

    def settle(self, id: str, state: str, reason: str = "", fault: str = "", mm: int = 0) -> TestResponse:
        body = {"run": RUN, "state": state, "reason": reason, "fault": fault, "mm": mm}
        return self.post(f"print-jobs/{id}/outcome", body)


@pytest.fixture
def agent(hub: Flask, players: Players) -> Agent:
    """The agent of kiosk-1."""
    return Agent(hub, players.tokens["kiosk"])


@pytest.fixture
def visit(hub: Flask, players: Players, opened: str) -> str:
    """Somebody has a number and a slip that waits."""
    with hub.app_context():
        return receive(players, players.huong)


@pytest.mark.parametrize("token", ["", "wrong", "the token of the volunteer"])
@pytest.mark.parametrize("path", ["start", "heartbeat", "scans", "print-jobs/claim", "print-jobs/x/outcome"])
def test_without_a_paired_token_nothing_is_taken(hub: Flask, players: Players, path: str, token: str) -> None:
    answer = Agent(hub, token).post(path, {"run": RUN})
    assert (answer.status_code, answer.json) == (401, {"refusal": "not_paired"})


def test_a_screens_cookie_is_no_token(hub: Flask, players: Players) -> None:
    client = hub.test_client()
    client.set_cookie("screen-kiosk-1", players.tokens["kiosk"])
    assert client.post("/device/print-jobs/claim", json={"run": RUN}).status_code == 401


def test_an_agent_learns_its_station(agent: Agent) -> None:
    answer = agent.post("start", {"run": RUN, "journal": []})
    assert answer.json == {"station": "kiosk-1", "language": "vi", "formats": []}


def test_a_scan_sent_twice_is_one_scan(hub: Flask, agent: Agent, opened: str) -> None:
    id = key()
    assert [agent.scan(CARD, id).json for _ in range(2)] == [{"outcome": "rostered"}] * 2
    with hub.app_context():
        assert len(scans.list_offered("kiosk-1", now(-1).at)) == 1


def test_a_scan_under_another_agents_id_is_refused_with_its_code(hub: Flask, agent: Agent, players: Players) -> None:
    id = key()
    agent.scan(CARD, id)
    answer = Agent(hub, players.tokens["neighbour"]).scan(CARD, id)
    assert (answer.status_code, answer.json) == (422, {"refusal": "key_used"})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "short", "raw": "AAAA", "symbology": "QRCode"},
        {"id": key(), "raw": "", "symbology": "QRCode"},
        {"id": key(), "raw": "không", "symbology": "QRCode"},
        {"id": key(), "raw": "AAA", "symbology": "QRCode"},
        {"id": key(), "raw": base64.b64encode(b"x" * 8001).decode(), "symbology": "QRCode"},
        {"id": key(), "raw": 7, "symbology": "QRCode"},
        [1, 2],
        "text",
    ],
)
def test_a_scan_that_is_none_is_a_bad_request(agent: Agent, body: Any) -> None:
    assert agent.post("scans", body).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("heartbeat", {"run": RUN}),
        ("heartbeat", {"run": RUN, "live_port": "x", "camera": {"state": "ready"}, "printer": {"state": "ready"}}),
        ("heartbeat", {"run": RUN, "live_port": 1, "camera": {"state": "asleep"}, "printer": {"state": "ready"}}),
        ("heartbeat", {"run": RUN, "live_port": 1, "camera": "ready", "printer": {"state": "ready"}}),
        ("heartbeat", {**READY, "scanner": {"state": "asleep"}}),
        ("heartbeat", {**READY, "scanner": "lost"}),
        ("heartbeat", {**READY, "printer": {"state": "ready", "roll_m": "80"}}),
        ("heartbeat", {**READY, "printer": {"state": "ready", "width_dots": -1}}),
        ("start", {"run": RUN, "journal": [{"state": "printed"}]}),
        ("start", {"run": RUN, "journal": "none"}),
        ("print-jobs/claim", {}),
    ],
)
def test_a_body_that_makes_no_sense_is_a_bad_request_not_a_failure(agent: Agent, path: str, body: Any) -> None:
    assert agent.post(path, body).status_code == 400


def test_a_heartbeat_is_kept(hub: Flask, agent: Agent) -> None:
    body = {"run": RUN, "live_port": 8081, "camera": {"state": "ready", "detail": ""},
            "printer": {"state": "cutter_error", "near_end": True, "width_dots": 576, "roll_m": 80}}  # fmt: skip
    answer = agent.post("heartbeat", body)
    assert (answer.status_code, answer.json) == (200, {})
    with hub.app_context():
        beat = heartbeats.find("kiosk-1")
    assert beat
    assert (beat.camera, beat.printer, beat.near_end, beat.live_port) == ("ready", "cutter_error", True, 8081)
    assert (beat.paper_dots, beat.roll_m) == (576, 80)


@pytest.mark.parametrize("printer", ["paper_out", "cover_open", "cutter_error", "error", "offline", "unreachable"])
def test_a_printer_that_stops_is_told_to_the_desk_at_once_and_in_words(
    hub: Flask, agent: Agent, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch, printer: str
) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 3600.0)
    inbox = hub.extensions["watcher"].subscribe(frozenset({"desk"}))
    agent.post("heartbeat", {**READY, "printer": {"state": printer}})
    assert inbox.get(timeout=50) == "desk", "without waiting for the next look"
    strip = browser("volunteer").open("/desk/desk-1/strip")
    assert wording.say(f"strip.printer.{printer}", station="Máy lấy số 1") in strip.text


def test_a_slip_that_waits_where_no_printer_is_is_told(
    agent: Agent, visit: str, browser: Callable[..., Browser]
) -> None:
    agent.post("heartbeat", {**READY, "printer": {"state": "none"}})
    strip = browser("volunteer").open("/desk/desk-1/strip")
    assert wording.say("strip.waiting", station="Máy lấy số 1", n=1) in strip.text


def test_a_slip_goes_out_and_comes_back_printed(hub: Flask, agent: Agent, visit: str) -> None:
    job = agent.claim()
    assert set(job) == {"id", "blocks", "label", "copy", "slip", "width_dots"}
    assert (job["slip"], job["width_dots"]) == ("ticket", 0)
    assert (job["label"], job["copy"]) == ("U 001", 1)
    assert agent.claim(wait="60") == job, "an agent that asks has nothing in hand: the answer was lost"
    for _ in range(2):
        answer = agent.settle(job["id"], "printed")
        assert (answer.status_code, answer.json) == (200, {})
    assert agent.claim() == {}
    with hub.app_context():
        newest = print_jobs.find_newest(visit, "ticket")
    assert newest
    assert newest.state == "printed"


def test_a_settled_slip_is_not_settled_otherwise(agent: Agent, visit: str) -> None:
    id = agent.claim()["id"]
    agent.settle(id, "printed")
    answer = agent.settle(id, "held")
    assert (answer.status_code, answer.json) == (422, {"refusal": "print_settled"})
    answer = agent.settle(id, "burnt")
    assert (answer.status_code, answer.json) == (422, {"refusal": "print_outcome_odd"})


def test_another_printers_slip_is_not_there(hub: Flask, agent: Agent, players: Players, visit: str) -> None:
    id = agent.claim()["id"]
    neighbour = Agent(hub, players.tokens["neighbour"])
    assert neighbour.claim() == {}
    assert neighbour.settle(id, "printed").status_code == 404


def test_a_new_run_makes_doubtful_what_no_journal_names(hub: Flask, agent: Agent, visit: str) -> None:
    agent.claim()
    for _ in range(2):
        assert agent.post("start", {"run": NEXT_RUN, "journal": []}).status_code == 200
    assert agent.claim(NEXT_RUN) == {}
    with hub.app_context():
        newest = print_jobs.find_newest(visit, "ticket")
    assert newest
    assert (newest.state, newest.reason) == ("doubtful", "agent_restarted")


@pytest.mark.parametrize("state", ["printed", "held", "doubtful"])
def test_a_new_run_settles_what_its_journal_names(hub: Flask, agent: Agent, visit: str, state: str) -> None:
    id = agent.claim()["id"]
    journal = [{"job": id, "state": state, "reason": "power_cut"}]
    for _ in range(2):
        assert agent.post("start", {"run": NEXT_RUN, "journal": journal}).status_code == 200
    with hub.app_context():
        newest = print_jobs.find_newest(visit, "ticket")
        assert visits.get(visit).n == 1
    assert newest
    assert newest.state == state


def test_a_journal_with_a_word_that_nobody_knows_leaves_its_slip_doubtful(hub: Flask, agent: Agent, visit: str) -> None:
    id = agent.claim()["id"]
    answer = agent.post("start", {"run": NEXT_RUN, "journal": [{"job": id, "state": "burnt"}]})
    assert answer.status_code == 200, "the agent starts all the same"
    with hub.app_context():
        assert print_jobs.get(id).state == "doubtful"


@pytest.mark.parametrize(("fault", "kept"), [("cover_open", "cover_open"), ("gremlins", "unknown"), (7, "unknown")])
def test_what_a_slip_lived_through_is_kept(hub: Flask, agent: Agent, visit: str, fault: Any, kept: str) -> None:
    id = agent.claim()["id"]
    assert agent.settle(id, "printed", fault=fault, mm=108).status_code == 200
    with hub.app_context():
        job = print_jobs.get(id)
    assert (job.fault, job.mm) == (kept, 108)


def test_a_claim_says_how_wide_the_paper_is_where_somebody_has_measured_it(
    hub: Flask, agent: Agent, visit: str
) -> None:
    with hub.app_context(), writing():
        stations.get("kiosk-1").paper_dots = 384
    assert agent.claim()["width_dots"] == 384


def test_a_ticket_whose_time_has_passed_is_not_given_out(
    hub: Flask, agent: Agent, visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now(21)
    monkeypatch.setattr(Clock, "now", lambda clock: later)
    assert agent.claim() == {}


@pytest.mark.parametrize(("wait", "status"), [("0", 200), ("-1", 200), ("nan", 200), ("soon", 400)])
def test_a_patience_that_makes_no_sense_waits_for_nothing(agent: Agent, wait: str, status: int) -> None:
    assert agent.post(f"print-jobs/claim?wait={wait}", {"run": RUN}).status_code == status


@pytest.fixture
def ask(hub: Flask, players: Players, monkeypatch: pytest.MonkeyPatch) -> Callable[[], queue.SimpleQueue[str]]:
    """An agent waits for a slip for as long as it takes; what it is told comes into the queue."""
    monkeypatch.setattr(device, "SLIP_SECONDS", 60.0)

    def begin() -> queue.SimpleQueue[str]:
        said: queue.SimpleQueue[str] = queue.SimpleQueue()

        def wait() -> None:
            said.put(Agent(hub, players.tokens["kiosk"]).claim(wait="60")["label"])

        threading.Thread(target=wait, daemon=True).start()
        return said

    return begin


@pytest.mark.parametrize("this_process", [True, False])
def test_whoever_waits_for_a_slip_hears_of_it(
    hub: Flask, agent: Agent, players: Players, opened: str, ask: Callable[[], queue.SimpleQueue[str]],
    monkeypatch: pytest.MonkeyPatch, this_process: bool,
) -> None:  # fmt: skip
    if this_process:
        monkeypatch.setattr(events, "LOOK_SECONDS", 3600.0)
    said = ask()
    with hub.app_context():
        receive(players, players.huong)
    if this_process:
        agent.client.post("/sign-in")  # whatever a page sends ends after the commit
    assert said.get(timeout=50) == "U 001"


def test_agents_that_wait_for_a_slip_hold_no_connection(
    hub: Flask, agent: Agent, players: Players, opened: str, ask: Callable[[], queue.SimpleQueue[str]]
) -> None:
    said = [ask() for _ in range(4)]
    with hub.app_context():
        pool: Any = db.engine.pool
        until = time.monotonic() + 50
        while (pool.checkedout(), hub.extensions["watcher"].waiting) != (1, 4):
            assert time.monotonic() < until, "all wait, and the watcher alone holds one"
            time.sleep(0.01)
        receive(players, players.huong)
    assert [each.get(timeout=50) for each in said] == ["U 001"] * 4


def test_a_journal_from_another_database_does_not_keep_the_agent_from_starting(agent: Agent) -> None:
    journal = [{"job": key(), "state": "printed", "reason": ""}]
    assert agent.post("start", {"run": RUN, "journal": journal}).status_code == 200


def test_an_error_is_json_and_never_a_page(agent: Agent) -> None:
    answer = agent.client.get("/device/nothing", headers=agent.headers)
    assert (answer.status_code, answer.json) == (404, {"refusal": "404"})

"""The agent tells apart a hub that is gone, one that says no and one that does not know it."""

from __future__ import annotations

import logging
import threading

import pytest

from kiosk.agent.hub_link import Backoff, HubGone, HubLink, HubRefused, JobReport, NotPaired, PrintJob, Scan, Welcome


@pytest.fixture
def link(hub):
    return HubLink(hub.url, hub.token, run="run-1")


def test_each_call_says_what_the_hub_expects(hub, link) -> None:
    assert link.start([JobReport("j", "doubtful", "agent_died_printing")]) == Welcome("kiosk-1", "vi", ())
    assert link.scan(Scan("s", "Nữ".encode(), "QRCode")) == "known"
    assert link.claim() is None
    link.report(JobReport("j", "printed", "", fault="paper_out"))
    link.heartbeat({"live_port": 8081})
    assert hub.requests == [
        (
            "/device/start",
            {
                "run": "run-1",
                "journal": [{"job": "j", "state": "doubtful", "reason": "agent_died_printing", "fault": "", "mm": 0}],
            },
        ),
        ("/device/scans", {"id": "s", "raw": "TuG7rw==", "symbology": "QRCode"}),
        ("/device/print-jobs/claim?wait=0.00", {"run": "run-1"}),
        (
            "/device/print-jobs/j/outcome",
            {"run": "run-1", "state": "printed", "reason": "", "fault": "paper_out", "mm": 0},
        ),
        ("/device/heartbeat", {"run": "run-1", "live_port": 8081}),
    ]


def test_a_claimed_job_carries_its_blocks(hub, link) -> None:
    blocks = [{"block": "rule"}]
    hub.jobs = [{"id": "j", "blocks": blocks, "label": "A 012", "copy": 1, "slip": "ticket", "width_dots": 384}]
    hub.jobs += [{"id": "k", "blocks": blocks, "label": "A 013", "copy": 1}]  # as an older hub says it
    assert link.claim() == PrintJob("j", blocks, 384)
    assert link.claim() == PrintJob("k", blocks, 0)


def test_it_waits_for_a_job_as_long_as_the_hub_lets_it(hub, link) -> None:
    threading.Timer(0.3, lambda: hub.jobs.append({"id": "j", "blocks": []})).start()
    assert link.claim(20) == PrintJob("j", [], 0)
    assert link.claim(0.1) is None


@pytest.mark.parametrize("code", [500, 502, 503, 408, 429, 302])
def test_these_answers_mean_try_again(hub, link, code: int) -> None:
    hub.answer_with = code
    with pytest.raises(HubGone):
        link.claim()


def test_no_connection_means_try_again(hub, link) -> None:
    hub.die()
    with pytest.raises(HubGone):
        link.claim()


def test_a_foreign_token_is_not_paired(hub) -> None:
    with pytest.raises(NotPaired):
        HubLink(hub.url, "foreign", run="run-1").start([])


def test_a_refusal_has_a_code(hub, link) -> None:
    hub.refusals["/device/scans"] = "scan_too_old"
    with pytest.raises(HubRefused) as refused:
        link.scan(Scan("s", b"x", "QRCode"))
    assert refused.value.code == "scan_too_old"


def test_only_the_edges_are_logged(hub, link, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kiosk.agent")
    hub.answer_with = 503
    for _ in range(3):
        with pytest.raises(HubGone):
            link.claim()
    hub.answer_with = 200
    link.claim()
    link.claim()
    assert [record.getMessage().split()[0] for record in caplog.records] == ["hub.lost", "hub.found"]


def test_neither_token_nor_payload_is_shown_by_accident(link) -> None:
    assert "Nguyễn" not in repr(Scan("s", "Nguyễn".encode(), "QRCode"))
    assert b"Nguy".hex() not in repr(Scan("s", b"Nguy", "QRCode"))
    assert "token-of" not in repr(link)


def test_pauses_grow_to_two_seconds_and_begin_again() -> None:
    backoff = Backoff()
    assert [backoff.failed() for _ in range(6)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    backoff.worked()
    assert backoff.failed() == 0.2

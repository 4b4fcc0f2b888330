"""A slip is printed once, the hub hears the truth about it, and nothing is claimed that cannot be printed."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from kiosk.agent.hub_link import HubLink, JobReport
from kiosk.agent.journal import Journal
from kiosk.agent.paper import Paper
from kiosk.devices.decoder import decode
from kiosk.devices.printer import open_printer
from kiosk.devices.virtual_printer import VirtualPrinter
from kiosk.rules.slips import Code, Heading, Line, Number, to_json

TICKET = "DT1:23456789AB"


def job(*blocks: dict) -> dict:
    slip = [Heading("Điểm tiêm thử"), Number("A 012"), Line("Mời ông/bà chờ ở khu A"), Code(TICKET)]
    return {"id": str(uuid.uuid4()), "blocks": [*to_json(slip), *blocks], "label": "A 012", "copy": 1}


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    machine = VirtualPrinter()
    machine.start()
    yield machine
    machine.stop()


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "agent.journal")


@pytest.fixture
def paper(hub, journal, printer, stop) -> Paper:
    link = HubLink(hub.url, hub.token, "run-1")
    return Paper(link, journal, open_printer(printer.address), 576, stop, lambda: None)


@pytest.fixture
def running(paper) -> Paper:
    threading.Thread(target=paper.run, daemon=True).start()
    return paper


def test_a_waiting_job_comes_out_once_and_its_code_leads_to_the_ticket(hub, running, printer, eventually) -> None:
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    (slip,) = printer.papers
    (reading,) = decode(cv2.imdecode(np.frombuffer(slip.png, np.uint8), cv2.IMREAD_COLOR))
    assert reading.text == TICKET
    assert [(said["state"], said["fault"]) for said in hub.outcomes(waiting["id"])] == [("printed", "")]
    assert printer.unknown == []


def test_jobs_come_out_in_the_order_of_the_hub(hub, running, printer, eventually) -> None:
    hub.jobs += [job(), job(), job()]
    ids = [waiting["id"] for waiting in hub.jobs]
    assert eventually(lambda: len(printer.papers) == 3 and hub.outcomes(ids[2]))
    told = [path.split("/")[3] for path, _ in hub.requests if path.endswith("/outcome")]
    assert told == ids


def test_without_paper_nothing_is_claimed_until_there_is_paper(hub, running, printer, eventually) -> None:
    printer.set_fault("paper_out", True)
    assert eventually(lambda: running.status.state == "paper_out")
    waiting = job()
    hub.jobs.append(waiting)
    time.sleep(1.5)
    assert hub.bodies("/device/print-jobs/claim") == []
    printer.set_fault("paper_out", False)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert len(printer.papers) == 1


def test_paper_that_ends_inside_a_slip_is_seen_and_the_slip_ends_after_the_fault(
    hub, running, printer, eventually
) -> None:
    printer.paper_out_after_rows(60)
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: running.status.state == "paper_out")
    assert hub.outcomes(waiting["id"]) == []
    printer.set_fault("paper_out", False)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert [(said["state"], said["fault"]) for said in hub.outcomes(waiting["id"])] == [("printed", "paper_out")]


def test_a_power_cut_inside_a_slip_is_doubtful_and_is_never_sent_again(hub, running, printer, eventually) -> None:
    assert eventually(lambda: running.status.state == "ready")
    printer.fault_after_rows("power_cut", 100)
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert hub.outcomes(waiting["id"])[0]["state"] == "doubtful"
    printer.set_fault("power_cut", False)
    time.sleep(2)
    assert len(hub.bodies("/device/print-jobs/claim")) == 1


def test_an_outcome_waits_for_the_hub(hub, running, printer, journal, eventually) -> None:
    waiting = job()
    printer.paper_out_after_rows(60)
    hub.jobs.append(waiting)
    assert eventually(lambda: running.status.state == "paper_out")
    hub.die()
    printer.set_fault("paper_out", False)
    assert eventually(lambda: [report.state for report in journal.unreported()] == ["printed"])
    time.sleep(0.5)
    hub.start()
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert eventually(lambda: journal.unreported() == [])
    assert len(hub.outcomes(waiting["id"])) == 1
    assert len(printer.papers) == 1


def test_an_outcome_that_the_hub_refuses_is_let_go(hub, running, journal, eventually) -> None:
    waiting = job()
    hub.refusals[f"/device/print-jobs/{waiting['id']}/outcome"] = "not_your_job"
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]) and not journal.left_behind())
    assert len(hub.outcomes(waiting["id"])) == 1


@pytest.mark.parametrize(
    "block", [{"block": "hologram"}, {"block": "line", "text": "x", "colour": "red"}, {"text": "no kind"}]
)
def test_a_slip_that_cannot_be_drawn_is_a_persons_matter_and_the_next_comes_out(hub, paper, printer, block) -> None:
    odd, fine = job(block), job()
    hub.jobs += [odd, fine]
    paper.look()
    paper.turn()
    paper.turn()
    assert [(said["state"], said["reason"]) for said in hub.outcomes(odd["id"])] == [("doubtful", "unknown_block")]
    assert hub.outcomes(fine["id"])[0]["state"] == "printed"
    assert len(printer.papers) == 1


def test_the_journal_is_ahead_of_the_paper(hub, journal, running, printer, tmp_path, eventually) -> None:
    assert eventually(lambda: running.status.state == "ready")
    printer.paper_out_after_rows(0)
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: journal.has_begun(waiting["id"]))
    on_disk = tmp_path / "agent.journal"
    assert '"first_byte"' in on_disk.read_text()
    assert printer.papers == []
    printer.set_fault("paper_out", False)
    assert eventually(lambda: on_disk.read_text() == "")
    assert hub.outcomes(waiting["id"])


def test_a_mute_printer_gets_the_job_and_the_outcome_is_sent(hub, running, printer, eventually) -> None:
    printer.set_fault("mute", True)
    assert eventually(lambda: running.status.state == "mute")
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert hub.outcomes(waiting["id"])[0]["state"] == "sent"


def test_no_printer_claims_nothing(hub, journal, stop) -> None:
    hub.jobs.append(job())
    paper = Paper(HubLink(hub.url, hub.token, "run-1"), journal, open_printer(""), 576, stop, lambda: None)
    paper.look()
    assert paper.turn() > 0
    assert paper.status.state == "none"
    assert hub.bodies("/device/print-jobs/claim") == []


def test_what_an_earlier_life_left_open_is_reported_before_anything_is_claimed(hub, tmp_path, stop, printer) -> None:
    before = Journal(tmp_path / "agent.journal")
    before.claimed("old")
    before.outcome(JobReport("old", "printed"))
    hub.jobs.append(job())
    journal = Journal(tmp_path / "agent.journal")
    paper = Paper(HubLink(hub.url, hub.token, "r"), journal, open_printer(printer.address), 576, stop, lambda: None)
    paper.look()
    paper.turn()
    paths = [path for path, _ in hub.requests]
    assert paths.index("/device/print-jobs/old/outcome") < paths.index("/device/print-jobs/claim")

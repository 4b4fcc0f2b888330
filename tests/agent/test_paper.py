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
from kiosk.config_devices import Printer as PrinterSettings
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
def news() -> threading.Event:
    return threading.Event()


@pytest.fixture
def paper(hub, journal, printer, stop, news) -> Paper:
    link = HubLink(hub.url, hub.token, "run-1")
    return Paper(link, journal, open_printer(printer.address), PrinterSettings(), stop, news.set)


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
    assert hub.jobs == [waiting]
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
    assert len(hub.outcomes(waiting["id"])) == 1


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


def test_a_slip_that_a_restored_hub_offers_again_is_answered_and_not_printed(
    hub, running, printer, journal, tmp_path, eventually
) -> None:
    waiting, later = job(), job()
    hub.jobs.append(waiting)
    assert eventually(lambda: journal.settled(waiting["id"]))
    hub.jobs += [waiting, later]
    assert eventually(lambda: hub.outcomes(later["id"]))
    first, again = hub.outcomes(waiting["id"])
    assert first == again
    assert len(printer.papers) == 2
    assert Journal(tmp_path / "agent.journal").settled(waiting["id"]) is not None, "the next process knows it too"


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
    assert eventually(lambda: '"settled"' in on_disk.read_text())
    assert hub.outcomes(waiting["id"])


def test_a_mute_printer_gets_the_job_and_the_outcome_is_sent(hub, printer, eventually, request) -> None:
    printer.set_fault("mute", True)
    running = request.getfixturevalue("running")
    assert eventually(lambda: running.status.state == "mute")
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    assert hub.outcomes(waiting["id"])[0]["state"] == "sent"


def test_no_printer_claims_nothing(hub, journal, stop) -> None:
    hub.jobs.append(job())
    paper = Paper(
        HubLink(hub.url, hub.token, "run-1"), journal, open_printer(""), PrinterSettings(), stop, lambda: None
    )
    paper.look()
    assert paper.turn() > 0
    assert paper.status.state == "none"
    assert hub.claims() == []


def test_what_an_earlier_life_left_open_is_reported_before_anything_is_claimed(hub, tmp_path, stop, printer) -> None:
    before = Journal(tmp_path / "agent.journal")
    before.claimed("old")
    before.outcome(JobReport("old", "printed"))
    hub.jobs.append(job())
    journal = Journal(tmp_path / "agent.journal")
    paper = Paper(
        HubLink(hub.url, hub.token, "r"), journal, open_printer(printer.address), PrinterSettings(), stop, lambda: None
    )
    paper.look()
    paper.turn()
    paths = [path for path, _ in hub.requests]
    assert paths.index("/device/print-jobs/old/outcome") < paths.index(hub.claims()[0])


def test_a_job_is_handed_over_while_the_hub_lets_us_wait(hub, running, printer, eventually) -> None:
    """Not in the next round of questions: the one that waits is answered with it."""
    assert eventually(lambda: running.status.state == "ready" and hub.requests)
    waiting = job()
    asked = len(hub.requests)
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))
    paths = [path for path, _ in hub.requests[asked:]]
    assert paths.index(f"/device/print-jobs/{waiting['id']}/outcome") <= 1
    assert float(hub.claims()[0].partition("wait=")[2]) <= 1, "it must look at the printer in between"


def test_a_hub_that_does_not_let_us_wait_is_not_asked_without_pause(hub, running, eventually) -> None:
    hub.lets_wait = False
    assert eventually(lambda: hub.requests)
    asked, began = len(hub.requests), time.monotonic()
    time.sleep(2)
    assert len(hub.requests) - asked < 8 * (time.monotonic() - began)
    waiting = job()
    hub.jobs.append(waiting)
    assert eventually(lambda: hub.outcomes(waiting["id"]))


def test_the_printer_is_watched_while_the_hub_lets_us_wait(hub, running, printer, news, eventually) -> None:
    assert eventually(lambda: running.status.state == "ready")
    for fault in ("paper_out", "cover_open", "cutter_error", "offline"):
        news.clear()
        printer.set_fault(fault, True)
        assert eventually(news.is_set)
        assert running.status.state == fault
        printer.set_fault(fault, False)
        assert eventually(lambda: running.status.state == "ready")


def test_a_fault_inside_a_slip_is_news_at_once(hub, running, printer, news, eventually) -> None:
    assert eventually(lambda: running.status.state == "ready")
    news.clear()
    printer.paper_out_after_rows(60)
    hub.jobs.append(job())
    assert eventually(news.is_set)
    assert running.status.state == "paper_out"


def test_it_draws_as_wide_as_the_hub_says_and_else_as_it_is_set(hub, paper, printer) -> None:
    narrow, own = job() | {"width_dots": 384}, job() | {"width_dots": 0}
    hub.jobs += [narrow, own]
    assert paper.facts() == {"state": "unreachable", "near_end": False, "width_dots": 576, "roll_m": 80}
    paper.look()
    paper.turn()
    assert paper.facts()["width_dots"] == 384
    assert not printer.papers[0].dots[:, 384:].any()
    paper.turn()
    assert paper.facts()["width_dots"] == 576
    assert printer.papers[1].dots[:, 384:].any()
    assert hub.outcomes(own["id"])[0]["mm"] == round(printer.papers[1].dots.shape[0] / 8)


def test_what_cannot_be_written_down_is_not_printed_and_waits(hub, printer, stop, tmp_path, eventually) -> None:
    """A disk that is full or gone: the slip goes back to the hub, the program lives, and later it comes out once."""
    card, away = tmp_path / "card", tmp_path / "away"
    card.mkdir()
    journal = Journal(card / "agent.journal")
    link = HubLink(hub.url, hub.token, "run-1")
    paper = Paper(link, journal, open_printer(printer.address), PrinterSettings(), stop, lambda: None)
    card.rename(away)
    waiting = job()
    hub.jobs.append(waiting)
    paper.look()
    paper.turn()
    assert [(said["state"], said["reason"]) for said in hub.outcomes(waiting["id"])] == [("held", "journal_failed")]
    assert printer.papers == []
    away.rename(card)
    hub.jobs.append(waiting)
    assert eventually(lambda: paper.turn() is not None and len(hub.outcomes(waiting["id"])) == 2)
    assert hub.outcomes(waiting["id"])[1]["state"] == "printed"
    assert len(printer.papers) == 1


def test_a_job_that_comes_back_is_given_a_rest_but_the_printer_is_looked_at(hub, paper, printer, eventually) -> None:
    waiting = job()
    hub.jobs.append(waiting)
    paper.look()
    printer.set_fault("cover_open", True)
    paper.turn()
    assert [(said["state"], said["reason"]) for said in hub.outcomes(waiting["id"])] == [("held", "cover_open")]
    assert paper.status.state == "cover_open"
    printer.set_fault("cover_open", False)
    assert eventually(lambda: paper.turn() > 0 and paper.status.state == "ready")

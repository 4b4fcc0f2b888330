"""kill -9 on any program at any time loses nothing that a person was told had happened, and doubles nothing."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from kiosk.app import create_app
from kiosk.demo import cards, smoke
from kiosk.demo.crew import NUMBER, Kiosk, Reception, Table, until
from kiosk.demo.program import OPENING, PORTS, Demo, free_ports
from kiosk.demo.visitor import Form
from kiosk.rules.words import MessageState, PrintState
from kiosk.store import audit, doses, observations, outbox, print_jobs, visits
from kiosk.store.database import db


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A running site with an open clinic day."""
    running = Demo(tmp_path, free_ports(*PORTS), begins=OPENING)
    running.start()
    yield running
    running.stop()


@contextmanager
def rows(demo: Demo) -> Iterator[None]:
    """Reads the hub's database from outside."""
    with create_app(demo.settings).app_context():
        yield


def last_question(demo: Demo, kiosk: Kiosk, index: int) -> Form:
    """Holds a card and answers up to the last question; its form, not yet sent."""
    demo.camera.hold(cards.national_card(demo.people[index]))
    kiosk.meet(demo.people[index].identity.name)
    return kiosk.reach_last_question()


def test_hub_killed_while_it_gives_numbers(demo: Demo) -> None:
    kiosk = Kiosk(demo.url, demo.pairing_codes["kiosk-1"])
    chance = random.Random(2021)
    told: list[str] = []
    for index in range(3):
        form = last_question(demo, kiosk, index * 7)
        killer = threading.Timer(chance.uniform(0, 0.03), demo.hub.kill)
        killer.start()
        try:
            kiosk.submit(form, none="yes")
        except requests.RequestException:
            kiosk.text = ""  # the answer was lost; was the act?
        killer.join()
        shown = NUMBER.search(kiosk.text)
        demo.hub.start()
        demo.wait_for_hub()
        kiosk.submit(form, none="yes")  # the person taps again: the same form, the same key
        again = NUMBER.search(kiosk.text)
        assert again, kiosk.text[:300]
        assert not shown or shown[1] == again[1]
        told.append(again[1])
        kiosk.send("/done")
        demo.camera.hold(None)
    assert told == ["U 001", "A 001", "U 002"]
    with rows(demo):
        assert sorted(visit.label for visit in db.session.query(visits.Visit)) == sorted(told)
        assert not list(audit.verify())


def test_agent_killed_while_the_paper_comes_out(demo: Demo) -> None:
    kiosk = Kiosk(demo.url, demo.pairing_codes["kiosk-1"])
    form = last_question(demo, kiosk, 11)
    # The paper ends in the middle of the slip: the agent waits for the printer's word, and is killed waiting.
    demo.printer.fault_after_rows("paper_out", 100)
    kiosk.submit(form, none="yes")
    until("half a slip", lambda: "paper_out" in demo.printer.faults)
    with rows(demo):
        assert _states() == [PrintState.SENDING]
    demo.agent.kill()
    demo.printer.set_fault("paper_out", False)
    demo.agent.start()
    with rows(demo):
        until("the doubtful slip", lambda: bool(_states() == [PrintState.DOUBTFUL]))
    time.sleep(1)
    with rows(demo):
        assert _states() == [PrintState.DOUBTFUL], "nothing prints twice by itself"
    assert len(demo.printer.papers) <= 2  # what the printer finished by itself, and a snip that clears the path
    assert "U 001" in Reception(demo.url).text


def _states() -> list[PrintState]:
    db.session.rollback()
    return [job.stands for job in db.session.query(print_jobs.PrintJob)]


def ready_for_the_needle(demo: Demo, indices: range) -> Table:
    """Checked in by the desk and cleared by the doctor, all of them; the nurse, with a lot at her table."""
    desk, doctor = Reception(demo.url), Table(demo.url, "BS1", "screening-1")
    for index in indices:
        desk.check_in(demo.people[index])
        doctor.call()
        doctor.screen()
    nurse = Table(demo.url, "DD1", "injection-1")
    nurse.open_vial()
    return nurse


def test_hub_killed_while_it_writes_doses(demo: Demo) -> None:
    nurse = ready_for_the_needle(demo, range(30, 33))
    chance = random.Random(2022)
    for _ in range(3):
        assert nurse.call()
        nurse.ask_who()
        form = nurse.find("/dose")
        killer = threading.Timer(chance.uniform(0, 0.03), demo.hub.kill)
        killer.start()
        with suppress(requests.RequestException):
            nurse.submit(form, arm="left")
        killer.join()
        demo.hub.start()
        demo.wait_for_hub()
        assert nurse.submit(form, arm="left").status == 200, nurse.text[:300]  # the nurse presses again
    until("three receipts", lambda: _count(demo, outbox.Receipt) == 3)
    assert [_count(demo, noun) for noun in (doses.Dose, observations.Observation, outbox.Message)] == [3, 3, 3]
    assert demo.platform.doses == 3
    with rows(demo):
        assert not list(audit.verify())


def test_forwarder_and_platform_killed_with_a_dose_in_hand(demo: Demo) -> None:
    nurse = ready_for_the_needle(demo, range(40, 41))
    demo.platform.misbehave(delay=30)
    nurse.call()
    nurse.ask_who()
    nurse.give()
    # The platform has stored it and says nothing yet: whether it arrived, nobody here can know.
    until("the dose on the platform", lambda: demo.platform.doses == 1)
    demo.forwarder.kill()
    with rows(demo):
        assert [message.stands for message in db.session.query(outbox.Message)] == [MessageState.SENDING]
    demo.platform.kill()
    demo.platform.misbehave(delay=0)
    demo.forwarder.start()
    time.sleep(1)
    assert _count(demo, outbox.Receipt) == 0, "nobody is told that it arrived before it has been read back"
    demo.platform.start()
    until("the receipt", lambda: _count(demo, outbox.Receipt) == 1, 40)
    assert demo.platform.doses == 1


def _count(demo: Demo, noun: type[Any]) -> int:
    with rows(demo):
        return db.session.query(noun).count()


@pytest.mark.long
def test_the_smoke_walk_with_kills(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main(["--kill"]) == 0, capsys.readouterr().err
    said = capsys.readouterr().out
    assert "one visit, one number, two slips (printed, printed), one dose, one receipt" in said

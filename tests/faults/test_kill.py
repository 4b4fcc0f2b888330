"""kill -9 on any program at any time loses nothing that a person was told had happened, and doubles nothing."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from kiosk.app import create_app
from kiosk.demo import cards, smoke
from kiosk.demo.program import Demo, free_ports
from kiosk.demo.smoke import NUMBER, until
from kiosk.demo.visitor import Form, Visitor
from kiosk.rules.words import PrintState
from kiosk.store import audit, print_jobs, visits
from kiosk.store.database import db


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A running site with an open clinic day."""
    running = Demo(tmp_path, free_ports("hub", "live", "camera", "printer"))
    running.start()
    yield running
    running.stop()


@contextmanager
def rows(demo: Demo) -> Iterator[None]:
    """Reads the hub's database from outside."""
    with create_app(demo.settings).app_context():
        yield


def last_question(demo: Demo, kiosk: Visitor, index: int) -> Form:
    """Holds a card and answers up to the last question; its form, not yet sent."""
    demo.camera.hold(cards.national_card(demo.people[index]))
    until("the person", lambda: any("/answers" in form.action for form in kiosk.open("/kiosk/kiosk-1").forms))
    kiosk.send("/answers")
    for _ in range(3):
        kiosk.send("/answers", none="yes")
    return kiosk.find("/answers")


def test_hub_killed_while_it_gives_numbers(demo: Demo) -> None:
    kiosk = Visitor(demo.url)
    kiosk.open("/kiosk/kiosk-1").send("/pair", code=demo.pairing_codes["kiosk-1"])
    chance = random.Random(2021)
    told: list[str] = []
    for index in range(5):
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
    assert told == ["A 001", "A 002", "A 003", "A 004", "A 005"]
    with rows(demo):
        assert sorted(visit.label for visit in db.session.query(visits.Visit)) == told
        assert not list(audit.verify())


def test_agent_killed_while_the_paper_comes_out(demo: Demo) -> None:
    kiosk = Visitor(demo.url)
    kiosk.open("/kiosk/kiosk-1").send("/pair", code=demo.pairing_codes["kiosk-1"])
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
    desk = Visitor(demo.url)
    desk.open("/sign-in").send("/sign-in", who="TN1", pin="2002")
    assert "A 001" in desk.open("/desk/desk-1").text


def _states() -> list[PrintState]:
    db.session.rollback()
    return [job.stands for job in db.session.query(print_jobs.PrintJob)]


def test_the_smoke_walk_with_kills(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main(["--kill"]) == 0, capsys.readouterr().err
    assert "one visit, one number, one slip (printed)" in capsys.readouterr().out

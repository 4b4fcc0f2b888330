"""A whole clinic day of twenty people: every program in its own process, real sockets, and books that balance.

The site's clock begins at half past seven of today and passes half an hour at a time. In the middle the paper runs
out and the platform vanishes; both come back.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from kiosk.app import create_app
from kiosk.demo import cards
from kiosk.demo.commune import Invented
from kiosk.demo.crew import Kiosk, Lead, Observer, Reception, Table, until
from kiosk.demo.program import OPENING, PORTS, Demo, free_ports
from kiosk.rules import report
from kiosk.store import audit, clinic_days, doses, figures, outbox, print_jobs
from kiosk.store.database import db
from kiosk.upstream import profile

# Numbers on the list of the demo: by card at the kiosk, by name at the desk. Number 20 has sixty letters.
AT_THE_KIOSK, AT_THE_DESK = ((0, 1, 2, 20), (4, 5, 6, 7), (8, 9, 10)), ((11, 12, 13), (14, 15, 16), (17, 18))
DEFERRED, REFERRED, GOES_WITHOUT = (2, 14), (9,), 7
DOSES = 20 - len(DEFERRED) - len(REFERRED) - 1
ROUNDS = 8


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The running site, early in the morning."""
    running = Demo(tmp_path_factory.mktemp("one-day"), free_ports(*PORTS), open_day=False, begins=OPENING)
    running.start()
    yield running
    running.stop()


class Day:
    """Everybody who works today, and what they do with whom."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        Lead(demo.url).open_day()
        self.kiosk = Kiosk(demo.url, demo.pairing_codes["kiosk-1"])
        self.reception = Reception(demo.url)
        self.doctors = [Table(demo.url, "BS1", "screening-1"), Table(demo.url, "BS2", "screening-2")]
        self.nurses = [Table(demo.url, "DD1", "injection-1"), Table(demo.url, "DD2", "injection-2")]
        for nurse in self.nurses:
            nurse.open_vial()
        self.room = Observer(demo.url)
        self.finish = Table(demo.url, "TN1", "finish-1")
        self.people = demo.people[:21] + demo.strangers[:1]
        self.told: list[str] = []

    def whose(self, table: Table) -> Invented:
        """Who is at this table, by the name on its page."""
        (one,) = [one for one in self.people if one.identity.name in table.text]
        return one

    def arrive(self, by_card: Sequence[int], by_name: Sequence[int]) -> None:
        """Some come to the kiosk, some to the desk."""
        for index in by_card:
            person = self.people[index]
            self.demo.camera.hold(cards.national_card(person))
            self.kiosk.meet(person.identity.name)
            self.kiosk.answer()
            self.told.append(self.kiosk.number)
            self.kiosk.leave()
        self.demo.camera.hold(None)
        for index in by_name:
            self.reception.check_in(self.people[index])

    def screen(self, doctor: Table) -> int:
        """Everybody who waits for a doctor."""
        seen = 0
        while doctor.call():
            index = self.people.index(self.whose(doctor))
            if index in DEFERRED:
                doctor.screen("deferred", "38,6")
            elif index in REFERRED:
                doctor.screen("referred", ticked="allergy")
            else:
                doctor.screen()
            seen += 1
        return seen

    def inject(self, nurse: Table, camera: Any) -> int:
        """Everybody who waits for this nurse; at the table with a camera they hold their card to it."""
        given = 0
        while nurse.call():
            person = self.whose(nurse)
            if self.people.index(person) == GOES_WITHOUT:
                nurse.leave_out("declined")
                continue
            if camera is None:
                nurse.ask_who()
            else:
                camera.hold(cards.national_card(person))
                if person in self.demo.strangers:  # the desk wrote them down from this very card: one source, not two
                    until("what the card says", lambda: "chưa đủ hai nguồn" in nurse.look().text)
                    nurse.ask_who()
                until("the dose form", lambda: any("/dose" in form.action for form in nurse.look().forms))
            nurse.give("right" if given % 2 else "left")
            given += 1
            if "Đã hết số liều trên nhãn" in nurse.look().text:
                nurse.open_vial()
        return given

    def see_off(self) -> int:
        """Everybody at the finish desk; whoever had a dose takes the slip along."""
        gone = 0
        while self.finish.call():
            if any("/slip" in form.action for form in self.finish.forms):
                self.finish.do("/slip")
            self.finish.look().discharge("yes" if gone % 2 else "not_yet")
            gone += 1
        return gone

    def print_everything(self) -> None:
        """Until every slip is printed; the volunteer wants each one that asks whether it still is of use."""
        desk = Reception(self.demo.url)

        def done() -> bool:
            asking = [form.action for form in desk.look().forms if form.action.endswith("/anyway")]
            for action in asking:
                desk.look().do(action)
            return not asking and set(papers(self.demo)) == {"printed"}

        until("every slip on paper", done, 40)

    def half_an_hour(self, number: int) -> int:
        """All tables at once; then time passes, and the room empties. How much was done."""
        with ThreadPoolExecutor(6) as pool:
            done = [pool.submit(self.screen, doctor) for doctor in self.doctors]
            cameras = (self.demo.table_camera, None)
            done += [pool.submit(self.inject, *each) for each in zip(self.nurses, cameras, strict=True)]
            done.append(pool.submit(self.see_off))
            if number < len(AT_THE_KIOSK):
                self.arrive(AT_THE_KIOSK[number], AT_THE_DESK[number])
        self.demo.shift.advance(31)
        return sum(each.result() for each in done) + self.room.release_all()


@contextmanager
def rows(demo: Demo) -> Iterator[clinic_days.ClinicDay]:
    """Reads the hub's database from outside; today's clinic day."""
    with create_app(demo.settings).app_context():
        day = clinic_days.find_last()
        assert day
        yield day
        db.session.remove()
        db.engine.dispose()


def papers(demo: Demo) -> Counter[str]:
    """How many slips are in each state."""
    with rows(demo):
        return Counter(job.state for job in db.session.query(print_jobs.PrintJob))


def receipts(demo: Demo) -> dict[str, str]:
    """By dose: what the platform called it."""
    with rows(demo):
        messages = db.session.query(outbox.Message).all()
        return {message.noun_id: message.receipt.remote_id for message in messages if message.receipt}


def held_upstream(demo: Demo, dose: str) -> list[str]:
    """What the platform itself finds for this dose."""
    identifier = f"{profile.load().systems.dose}|{dose}"
    found = requests.get(f"{demo.platform.url}/Immunization", {"identifier": identifier}, timeout=10).json()
    return [f"Immunization/{entry['resource']['id']}" for entry in found.get("entry", [])]


def command(demo: Demo, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m kiosk …` as an operator types it."""
    call = [sys.executable, "-m", "kiosk", "--folder", str(demo.settings.folder), *words]
    return subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)


def test_twenty_people_and_the_books_balance(demo: Demo) -> None:
    day = Day(demo)
    day.reception.walk_in(demo.strangers[0], "UBND xã duyệt")
    day.half_an_hour(0)
    day.print_everything()
    demo.printer.set_fault("paper_out", on=True)
    demo.wire.cut()
    before, number = _given(demo), 1
    day.half_an_hour(number)
    assert set(papers(demo)) > {"printed"}, "without paper slips wait"
    demo.printer.set_fault("paper_out", on=False)
    while number < len(AT_THE_KIOSK) - 1 or _given(demo) == before:
        number += 1
        day.half_an_hour(number)
    assert len(receipts(demo)) <= before, "without the platform doses wait"
    demo.wire.mend()
    while day.half_an_hour(number := number + 1):
        assert number < ROUNDS, "somebody never gets home"
    until("every receipt", lambda: len(receipts(demo)) == DOSES, 60)
    day.print_everything()
    _books_balance(demo)
    _upstream_holds_the_same(demo)
    lead = Lead(demo.url)
    assert (lead.figure("given"), lead.figure("acknowledged")) == (DOSES, DOSES)
    lead.close_day()
    closed = command(demo, "report")
    assert closed.returncode == 0, closed.stdout + closed.stderr


def _given(demo: Demo) -> int:
    with rows(demo):
        return db.session.query(doses.Dose).count()


def _books_balance(demo: Demo) -> None:
    with rows(demo) as day:
        books = figures.of_day(day)
        assert not list(audit.verify())
    assert report.balance(books) == ()
    assert (books.arrived, books.left, books.given, books.acknowledged) == (20, 20, DOSES, DOSES)
    assert books.screened == {"cleared": DOSES + 1, "deferred": len(DEFERRED), "referred": len(REFERRED)}
    assert books.skipped == {"declined": 1}
    assert papers(demo) == {"printed": 20 + DOSES}


def _upstream_holds_the_same(demo: Demo) -> None:
    given = receipts(demo)
    assert {dose: held_upstream(demo, dose) for dose in given} == {dose: [id] for dose, id in given.items()}
    state: Any = requests.get(demo.platform.url.replace("/fhir", "/control"), timeout=10).json()
    assert (state["doses"], state["doubled"]) == (DOSES, 0)

"""The second half of the walk: doctor, nurse, seat, slip, and a receipt that the platform itself confirms."""

from __future__ import annotations

import threading

import requests

from kiosk.demo import cards
from kiosk.demo.crew import Failed, Observer, Table, until
from kiosk.demo.visitor import Visitor
from kiosk.demo.walk import Walk
from kiosk.rules.person import masked_name
from kiosk.store import audit, doses, outbox, stock_moves, visits
from kiosk.store.database import db
from kiosk.upstream import profile

SLOW_SECONDS = 4


def screen(walk: Walk) -> list[str]:
    """The doctor calls and concludes."""
    doctor = Table(walk.demo.url, "BS1", "screening-1", walk.code("screening-1"))
    visit = doctor.call()
    if visit is None or walk.number not in doctor.text or walk.name not in doctor.text:
        raise Failed(f"the table does not show whom it called: {doctor.text[:200]}")
    walk.visit = visit
    _see_board(walk, "Bàn khám 1")
    if walk.kill:
        walk.kill_hub()
    doctor.screen()
    return [f"Bàn khám 1 called {walk.number}, sees {walk.name}, and cleared them; the board names nobody"]


def _see_board(walk: Walk, table: str) -> None:
    board = Visitor(walk.demo.url)
    until("the number on the board", lambda: walk.number in board.open("/board").text, 2)
    if table not in board.text:
        raise Failed("the board does not say where to go")
    if walk.name in board.text or masked_name(walk.name) in board.text:
        raise Failed("the board shows a name")


def meet_nurse(walk: Walk) -> list[str]:
    """A vial, a call, and the same card before the other camera; the agent there may die over it."""
    walk.nurse = Table(walk.demo.url, "DD1", "injection-1", walk.code("injection-1"))
    walk.nurse.open_vial()
    if walk.nurse.call() != walk.visit:
        raise Failed("the nurse called somebody else")
    if any("/dose" in form.action for form in walk.nurse.forms):
        raise Failed("the dose form is open before anybody was identified")
    walk.demo.table_camera.hold(cards.national_card(walk.person))
    if walk.kill:
        walk.kill_and_start(walk.demo.table_agent)
    until("the dose form", lambda: any("/dose" in form.action for form in walk.nurse.look().forms))
    walk.demo.table_camera.hold(None)
    return ["a vial opened at Bàn tiêm 1", "the card held to its camera opened the dose form"]


def give(walk: Walk) -> list[str]:
    """The dose, pressed twice; with `kill` the hub dies while it is written, and the line is slow."""
    form = walk.nurse.find("/dose")
    if walk.kill:
        walk.demo.platform.misbehave(delay=SLOW_SECONDS)
        killer = threading.Timer(0.02, walk.demo.hub.kill)
        killer.start()
        try:
            walk.nurse.submit(form, arm="left")
        except requests.RequestException:
            walk.nurse.text = ""  # the answer was lost; was the act?
        killer.join()
        walk.demo.hub.start()
        walk.demo.wait_for_hub()
    walk.nurse.submit(form, arm="left")
    walk.nurse.submit(form, arm="left")
    if walk.nurse.status != 200:
        raise Failed(f"the dose was refused: {walk.nurse.text[:400]}")
    with walk.hub_rows():
        given = db.session.query(doses.Dose).count()
    if given != 1:
        raise Failed(f"{given} doses")
    return ["one dose, however often it is pressed"]


def send(walk: Walk) -> list[str]:
    """The receipt; with `kill` the forwarder dies while the platform is slow, the platform after it has stored."""
    if walk.kill:
        platform = walk.demo.platform
        until("the dose on the platform", lambda: platform.doses == 1)
        walk.demo.forwarder.kill()
        platform.kill()
        platform.misbehave(delay=0)
        platform.start()
        walk.demo.forwarder.start()
    walk.receipt = until("a receipt", lambda: _receipt(walk))
    return [f"the platform gave {walk.receipt}"]


def _receipt(walk: Walk) -> str | None:
    with walk.hub_rows():
        found = [row.remote_id for row in db.session.query(outbox.Receipt)]
    return found[0] if found else None


def observe(walk: Walk) -> list[str]:
    """Nobody goes before their time."""
    room = Observer(walk.demo.url, walk.code("observation-1"))
    if room.release(walk.visit):
        raise Failed("the room let somebody go at once")
    walk.demo.shift.advance(31)
    if not room.release(walk.visit):
        raise Failed(f"the room lets nobody go after 31 minutes: {room.text[:400]}")
    return ["not released at once; released 31 minutes later, by the site's clock"]


def depart(walk: Walk) -> list[str]:
    """The finish desk: the platform's word, the provisional slip, home."""
    finish = Table(walk.demo.url, "TN1", "finish-1", walk.code("finish-1"))
    if finish.call() != walk.visit:
        raise Failed("the finish desk called somebody else")
    until(f"{walk.receipt} at the finish desk", lambda: walk.receipt in finish.look().text)
    finish.do("/slip")
    paper = until("the provisional slip on paper", lambda: _slip_state(walk))
    finish.look().discharge("yes")
    if any("/departure" in form.action for form in finish.look().forms):
        raise Failed("the person is still at the finish desk")
    return [f"the finish desk shows {walk.receipt}", f"provisional slip {paper}", "gone home"]


def _slip_state(walk: Walk) -> str | None:
    with walk.hub_rows():
        states = [job.state for job in walk.jobs() if job.slip == "provisional"]
    return "printed" if states == ["printed"] else None


def ask_platform(walk: Walk) -> list[str]:
    """What the platform itself says, without our client."""
    with walk.hub_rows():
        dose = db.session.query(doses.Dose).one().id
    identifier = f"{profile.load().systems.dose}|{dose}"
    found = requests.get(f"{walk.demo.platform.url}/Immunization", {"identifier": identifier}, timeout=10).json()
    ids = [f"Immunization/{entry['resource']['id']}" for entry in found.get("entry", [])]
    if ids != [walk.receipt] or walk.demo.platform.doses != 1:
        raise Failed(
            f"the platform holds {ids}, {walk.demo.platform.doses} doses in all; the receipt is {walk.receipt}"
        )
    return [f"asked for {identifier} it holds exactly {walk.receipt}"]


def close_day(walk: Walk) -> list[str]:
    """The books."""
    given, acknowledged = walk.lead.figure("given"), walk.lead.figure("acknowledged")
    if (given, acknowledged) != (1, 1):
        raise Failed(f"the lead page says {given} given, {acknowledged} acknowledged")
    walk.lead.close_day()
    return ["the lead page says 1 given, 1 acknowledged", "the clinic day is closed"]


def count(walk: Walk) -> list[str]:
    """The database, once more: nothing twice, nothing lost, nothing changed behind the audit's back."""
    with walk.hub_rows():
        rows = [db.session.query(noun).count() for noun in (visits.Visit, doses.Dose, outbox.Message, outbox.Receipt)]
        jobs = [job.state for job in walk.jobs()]
        broken, books = list(audit.verify()), stock_moves.balance()
    if rows != [1, 1, 1, 1] or len(jobs) != 2 or broken:
        raise Failed(f"{rows} visits, doses, messages, receipts; slips {jobs}; {len(broken)} broken audit entries")
    if (books.given, books.difference) != (1, 0):
        raise Failed(f"the vaccine's books do not balance: {books}")
    return [
        f"one visit, one number, two slips ({', '.join(jobs)}), one dose, one receipt; the audit chain holds",
        f"of {books.received} doses {books.given} given, {books.wasted} wasted, {books.unopened} unopened",
    ]

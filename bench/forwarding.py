"""How many messages a minute reach the platform, each read back and receipted; and how much of that is our own doing.

Real doses (screened, identified, injected) in the outbox of a file with synchronous=FULL, the real forwarder, the
simulated platform behind a real socket. When half of them are there, every twentieth of all is taken back or corrected.
Beside it, in the same run and from the same disk: the bare client, which sends the same doses to an empty platform and
reads them back, with no database behind it. Then a quarter as many again, while the platform loses answers after doing
what it was told and other doses arrive a second time after everything: none may be lost, doubled, without a receipt,
void where it stands, or a ghost that stands where it is void.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import requests
import structlog
from flask import Flask

from bench.check_in import SITE, ZONE, prepare
from bench.report import Figure, Target, finish
from kiosk import protocols
from kiosk.actions import check_in, identity, injection, screening, sign_in, stock, table, vials, voiding
from kiosk.actions.staff import add_staff
from kiosk.clock import Clock
from kiosk.forwarder import Forwarder
from kiosk.rules import messages
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import MessageState, Role
from kiosk.store import audit, outbox
from kiosk.store.database import db
from kiosk.store.doses import Dose
from kiosk.upstream import fhir, profile
from kiosk.upstream.client import Acknowledged, Client
from kiosk.upstream.simulator import Platform

TABLE = """
[[stations]]
code = "table-1"
kind = "injection"
name = { vi = "Bàn 1", en = "Table 1" }
steps = ["screening", "injection", "finish"]

[[stations]]
code = "room-1"
kind = "observation"
name = { vi = "Phòng 1", en = "Room 1" }
"""
IN_A_VIAL = 10
TARGETS = (
    Target("doses lost", "<=", 0),
    Target("doses doubled", "<=", 0),
    Target("messages without a receipt", "<=", 0),
    Target("doses in a wrong state", "<=", 0),
    Target("ghosts", "<=", 0),
    Target("audit entries broken", "<=", 0),
    # Four hundred people a day is one a minute; a day's backlog must not take the night.
    Target("share of the bare client", ">=", 0.2),
)


def give_doses(app: Flask, ids: list[str], now: Moment, local: Clock) -> Actor:
    """Everybody goes through a table that screens, identifies and injects; who gave the doses."""
    with app.app_context():
        staff = add_staff(OPERATOR, now, str(uuid4()), "Lò Thị Đo", "screener", "B1", "2468")
        session = sign_in.sign_in(sign_in.NOBODY, now, str(uuid4()), "B1", "2468", "bench", 5, 5)
        by, desk = Actor(staff, Role.SCREENER, "table-1", session), Actor(staff, Role.VOLUNTEER, "desk-1", session)
        lot = stock.receive_lot(
            by, now, str(uuid4()), "pfizer", "BENCH1", f"31/12/{now.on.year + 1}", len(ids) // IN_A_VIAL + 1, IN_A_VIAL
        )
        said: dict[str, list[str]] = {group.code: [] for group in protocols.declaration().groups}
        for nth, person in enumerate(ids):
            if nth % IN_A_VIAL == 0:
                vial = vials.open_vial(by, now, str(uuid4()), lot)
            visit = check_in.check_in_person(desk, now, str(uuid4()), person, said, "vi", local.local(now.at))
            called = table.call_next(by, now, str(uuid4()))
            if called != visit:
                raise RuntimeError("somebody else was called")
            table.receive(by, now, str(uuid4()), visit)
            screening.conclude(
                by, now, str(uuid4()), visit, [], True, {"temperature": "36.8"}, [], "cleared", ""
            )  # fmt: skip
            identity.confirm_spoken(by, now, str(uuid4()), visit, ["name", "birth"])
            injection.give_dose(by, now, str(uuid4()), visit, vial, 1, "left")
        return by


def change_some(app: Flask, by: Actor, now: Moment) -> None:
    """Every twentieth dose does not stand: one is taken back, the next one corrected."""
    with app.app_context():
        given = list(db.session.scalars(db.select(Dose).order_by(Dose.seq)))
        wrong = [(dose.id, dose.vial_id or "", dose.vaccinator) for dose in given[::20]]
        for nth, (id, vial, vaccinator) in enumerate(wrong):
            if nth % 2 == 0:
                voiding.void_dose(by, now, str(uuid4()), id, "wrong_person", "")
            else:
                voiding.correct_dose(
                    by, now, str(uuid4()), id, vial_id=vial, dose_number=1, arm="right", vaccinator=vaccinator,
                    reason="mistyped", note="",
                )  # fmt: skip


def forward_all(app: Flask, platform: Platform, seconds: float, most: int | None = None) -> float:
    """Runs the forwarder until the outbox is empty, `most` were sent or `seconds` are over; how long it took."""
    forwarder = Forwarder(app, Clock(ZONE), Client(platform.url, profile.load()))
    begun, sent = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds and sent != most:
        if forwarder.pause:
            time.sleep(0.01)
        elif forwarder.go_on():
            sent += 1
        elif not forwarder.trouble:
            break
    return time.perf_counter() - begun


def bare(app: Flask, platform: Platform) -> float:
    """The peer: the client alone, dose after dose; doses a second."""
    with app.app_context():
        bodies = [message.body for message in db.session.scalars(db.select(outbox.Message))]
    client = Client(platform.url, profile.load())
    begun = time.perf_counter()
    sent = [client.submit(messages.read_given(body)) for body in bodies]
    seconds = time.perf_counter() - begun
    if not all(isinstance(answer, Acknowledged) for answer in sent):
        raise RuntimeError("the bare client was not acknowledged")
    return len(bodies) / seconds


def arrive_late(app: Flask, platform: Platform) -> None:
    """Every dose that ever was to be told arrives once more, after everything."""
    with app.app_context():
        bodies = [row.body for row in db.session.scalars(db.select(outbox.Message)) if row.attempts]
    for told in map(messages.read, bodies):
        if isinstance(told, messages.DoseGiven):
            body = fhir.bundle(told, profile.load())
            requests.post(platform.url, json=body, headers={"Content-Type": "application/fhir+json"}, timeout=60)


def reread(app: Flask, platform: Platform) -> dict[str, Figure]:
    """What both sides say at the end."""
    system = profile.load().systems.dose
    with app.app_context():
        rows = list(db.session.scalars(db.select(outbox.Message)))
        stands = {dose.id: dose.voided_at is None for dose in db.session.scalars(db.select(Dose))}
        broken = sum(1 for _ in audit.verify())
        unproven = sum(1 for row in rows if row.stands is not MessageState.SUPERSEDED and not _proven(row))
    there = {id: platform.records.search("Immunization", [("identifier", system, id)]) for id in stands}
    told = {id: {one["status"] for one in found} for id, found in there.items()}
    voids = {row.noun_id for row in rows if row.kind == messages.DOSE_VOIDED}
    return {
        "doses lost": sum(standing and not there[id] for id, standing in stands.items()),
        "doses doubled": sum(len(found) > 1 for found in there.values()),
        "messages without a receipt": unproven,
        "doses in a wrong state": sum(
            "entered-in-error" in told[id] if standing else told[id] != {"entered-in-error"} and id in voids
            for id, standing in stands.items()
        ),
        "ghosts": sum("completed" in told[id] and not standing for id, standing in stands.items()),
        "audit entries broken": broken,
    }


def _proven(row: outbox.Message) -> bool:
    return row.receipt is not None and row.stands is MessageState.ACKNOWLEDGED


def count_acknowledged(app: Flask) -> int:
    """How many messages the platform has."""
    with app.app_context():
        return sum(map(_proven, db.session.scalars(db.select(outbox.Message))))


def run(folder: Path, count: int, faults: bool) -> tuple[dict[str, Figure], float, float]:
    """One site and one platform; (what both say, messages a second, the bare client's)."""
    folder.mkdir()
    clock = Clock(ZONE)
    app, ids = prepare(folder, count, clock.now(), SITE + TABLE)
    by = give_doses(app, ids, clock.now(), clock)
    platform, empty = Platform(folder / "platform"), Platform(folder / "peer")
    platform.start()
    empty.start()
    try:
        peer = bare(app, empty)
        seconds = forward_all(app, platform, 600, count // 2)
        if faults:
            platform.misbehave(drop_answer=True)
            forward_all(app, platform, 3)
        change_some(app, by, clock.now())
        if faults:
            forward_all(app, platform, 3)
            platform.misbehave(drop_answer=False)
        seconds += forward_all(app, platform, 600)
        speed = count_acknowledged(app) / seconds
        arrive_late(app, platform)
        return reread(app, platform), speed, peer
    finally:
        platform.stop()
        empty.stop()
        with app.app_context():
            db.engine.dispose()


def measure(folder: Path, count: int) -> dict[str, Figure]:
    """Every figure."""
    well, speed, peer = run(folder / "well", count, faults=False)
    dropped, _, _ = run(folder / "dropped", max(1, count // 4), faults=True)
    return {
        "doses": count,
        "messages a minute": round(speed * 60, 1),
        "bare client, doses a minute": round(peer * 60, 1),
        "share of the bare client": round(speed / peer, 3),
        **{name: worth + dropped[name] for name, worth in well.items()},
    }


def main() -> None:
    """Measures, tells, ends with 1 when a promise of zero was broken."""
    options = argparse.ArgumentParser(prog="bench.forwarding", description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=400, help="doses to send (a big day: 2000)")
    options.add_argument("--folder", type=Path, help="where to put the databases; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 1 <= chosen.count <= 9999:
        options.error("--count is 1 to 9999")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.count)
    zeros = [target.name for target in TARGETS if target.bound == 0]
    finish("forwarding", figures, TARGETS, any(figures[name] for name in zeros))


if __name__ == "__main__":
    main()

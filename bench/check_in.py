"""How many people get a number in a second, with every promise kept: none doubled, none missing, none lost.

Real check-ins (visit, declaration, slip, audit entry and key in one transaction each) from several threads on a file
with synchronous=FULL. Beside it, in the same run and on the same disk: bare INSERTs of the same visit rows, one a
transaction, which no program could do faster and still not lose a row.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

from flask import Flask

from bench.report import Figure, Target, finish
from kiosk import config, importer, protocols
from kiosk.actions import check_in, day
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.rules.actor import OPERATOR, Actor
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role
from kiosk.store import people
from kiosk.store.database import db
from kiosk.upkeep import setup

ZONE = "Asia/Ho_Chi_Minh"
SITE = """
[site]
mode = "demo"
name = "Điểm tiêm đo tốc độ"
code = "BENCH"

[[stations]]
code = "desk-1"
kind = "desk"
name = { vi = "Bàn 1", en = "Desk 1" }
"""
TARGETS = (
    Target("numbers doubled", "<=", 0),
    Target("numbers missing", "<=", 0),
    Target("acknowledged check-ins lost", "<=", 0),
    Target("audit entries broken", "<=", 0),
    # Where the disk costs nothing, a check-in (some twenty statements, four fact rows) may cost a hundred INSERTs.
    Target("share of bare INSERTs", ">=", 0.01),
)
# Numbers of a true form; no register reaches 99.
NUMBER = "01506099{:04}"
TITLES = "Họ và tên,Ngày sinh,Giới tính,Số CCCD,Ngày tiêm"


def prepare(folder: Path, count: int, now: Moment, settings_text: str = SITE) -> tuple[Flask, list[str]]:
    """A site with `count` people on today's list and an open day; the app and the people's ids."""
    (folder / "site.toml").write_text(settings_text, encoding="utf-8")
    settings = config.load(folder)
    setup.migrate(settings)
    app = create_app(settings)
    rows = [f"Nguyễn Văn Đo,1960,Nam,{NUMBER.format(n)},{now.on:%d/%m/%Y}" for n in range(count)]
    with app.app_context():
        importer.bring(OPERATOR, now, str(uuid4()), "bench.csv", "\n".join([TITLES, *rows]).encode())
        day.open_day(OPERATOR, now, str(uuid4()), "morning")
        ids = {person.number: person.id for person in db.session.scalars(db.select(people.Person))}
    return app, [ids[NUMBER.format(n)] for n in range(count)]


def check_in_all(app: Flask, ids: list[str], writers: int) -> tuple[list[str], list[float], float]:
    """Everybody is checked in by `writers` threads; acknowledged visits, milliseconds of each, seconds of all."""
    clock = Clock(ZONE)
    volunteer = Actor("bench", Role.VOLUNTEER, "desk-1")
    said: dict[str, list[str]] = {group.code: [] for group in protocols.declaration().groups}
    acknowledged: list[str] = []
    took: list[float] = []
    start = threading.Barrier(writers + 1)

    def work(mine: list[str]) -> None:
        start.wait()
        for person_id in mine:
            with app.app_context():  # as one request does
                now, begun = clock.now(), time.perf_counter()
                visit = check_in.check_in_person(
                    volunteer, now, str(uuid4()), person_id, said, "vi", clock.local(now.at)
                )  # fmt: skip
                acknowledged.append(visit)
                took.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=work, args=(ids[nth::writers],)) for nth in range(writers)]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return acknowledged, took, time.perf_counter() - begun


def bare_inserts(folder: Path) -> float:
    """The peer: the same visit rows into an empty copy of the table, one a transaction, same pragmas; rows a second."""
    source = sqlite3.connect(folder / "kiosk.db")
    rows = source.execute("SELECT * FROM visit").fetchall()
    table = source.execute("SELECT sql FROM sqlite_master WHERE name = 'visit'").fetchone()[0]
    source.close()
    peer = sqlite3.connect(folder / "peer.db", isolation_level=None)
    peer.execute("PRAGMA journal_mode=WAL")
    peer.execute("PRAGMA synchronous=FULL")
    peer.execute(table)
    insert = f"INSERT INTO visit VALUES ({','.join('?' * len(rows[0]))})"
    begun = time.perf_counter()
    for row in rows:
        peer.execute("BEGIN IMMEDIATE")
        peer.execute(insert, row)
        peer.execute("COMMIT")
    seconds = time.perf_counter() - begun
    peer.close()
    return len(rows) / seconds


def reread(folder: Path, acknowledged: list[str]) -> dict[str, Figure]:
    """What a fresh look at the file says, past every cache of the program that wrote it."""
    database = sqlite3.connect(folder / "kiosk.db")
    stored = database.execute("SELECT id, n FROM visit").fetchall()
    papers = {id for (id,) in database.execute("SELECT visit_id FROM print_job")}
    database.close()
    numbers = [n for _, n in stored]
    kept = {id for id, _ in stored} & papers
    verified = subprocess.run(
        [sys.executable, "-m", "kiosk", "--folder", str(folder), "audit", "verify"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    broken = verified.stderr.count("broken: ")
    return {
        "numbers doubled": len(numbers) - len(set(numbers)),
        "numbers missing": len(set(range(1, len(acknowledged) + 1)) - set(numbers)),
        "acknowledged check-ins lost": len(set(acknowledged) - kept),
        "audit entries broken": broken if verified.returncode in (0, 1) else -1,
    }


def measure(folder: Path, count: int, writers: int) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    app, ids = prepare(folder, count, Clock(ZONE).now())
    acknowledged, took, seconds = check_in_all(app, ids, writers)
    with app.app_context():
        db.engine.dispose()
    took.sort()
    bare = bare_inserts(folder)
    figures: dict[str, Figure] = {
        "people": count,
        "writers": writers,
        "check-ins not acknowledged": count - len(acknowledged),
        "check-ins a second": round(len(acknowledged) / seconds, 1),
        "one check-in, median ms": round(took[len(took) // 2], 2),
        "one check-in, 99th of 100, ms": round(took[len(took) * 99 // 100], 2),
        "one check-in, worst ms": round(took[-1], 2),
        "bare INSERTs a second": round(bare, 1),
        "share of bare INSERTs": round(len(acknowledged) / seconds / bare, 3),
    }
    return figures | reread(folder, acknowledged)


def main() -> None:
    """Measures, tells, ends with 1 when a promise of zero was broken."""
    options = argparse.ArgumentParser(prog="bench.check_in", description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=1000, help="people to check in (full size: 9000)")
    options.add_argument("--writers", type=int, default=8, help="threads that check in at the same time")
    options.add_argument("--folder", type=Path, help="where to put the database; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 1 <= chosen.writers <= chosen.count <= 9999:
        options.error("--count is 1 to 9999, --writers at most as many")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.count, chosen.writers)
    zeros = [target.name for target in TARGETS if target.bound == 0]
    finish("check_in", figures, TARGETS, any(figures[name] for name in (*zeros, "check-ins not acknowledged")))


if __name__ == "__main__":
    main()

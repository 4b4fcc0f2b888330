"""Numbers of the queue: eight writers at once, without a double and without a gap; beside a bare insert of the rows.

Each writer is a process of its own (`bench/number_writer.py`), as the programs of a box are: real file, the hub's own
`writing()` with the lock that lets one at a time write. A number, one transaction. Several clinic days one after the
other, all writers at the same two series at a time. Nine tenths are measured; while the last tenth is given out writers
are killed with -9, in the middle of their transaction too, others take over, and every tenth number is first asked for
in a transaction that is refused. The peer in the same run: as many writers, the same rows, lock and durability, into a
file of the same tables, in plain sqlite3 and with no counter.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask

from bench.number_writer import (
    BEGAN,
    DEATHS,
    FIRST_DAY,
    PEOPLE_A_DAY,
    WRITERS,
    Writers,
    day_id,
    person_id,
    row,
    series,
    told,
)
from bench.report import Figure, Target, finish
from bench.rig import until
from kiosk import config
from kiosk.app import create_app
from kiosk.store import clinic_days, people
from kiosk.store.database import add_rows, db, writing
from kiosk.upkeep import setup

SITE = '[site]\nmode = "demo"\nname = "Điểm tiêm đo số"\ncode = "BENCH"\n'
DOUBLED, GAPS, LOST = "numbers doubled", "gaps in the numbers", "acknowledged numbers lost"
UNASKED, SHARE = "numbers that nobody has", "share of bare inserts"
TARGETS = (
    Target(DOUBLED, "<=", 0), Target(GAPS, "<=", 0), Target(LOST, "<=", 0), Target(UNASKED, "<=", 0),
    # What is counted costs two statements more and an ORM's transaction around them.
    Target(SHARE, ">=", 0.15),
)  # fmt: skip


def prepare(folder: Path, count: int) -> Flask:
    """A site with the days and the people, and an empty copy of it for the peer; no connection to it is open."""
    (folder / "site.toml").write_text(SITE, encoding="utf-8")
    settings = config.load(folder)
    setup.migrate(settings)
    half, those = ("morning", "afternoon"), range(min(count, PEOPLE_A_DAY))
    app = create_app(settings)
    with app.app_context():
        with writing():
            days = range(-(-count // PEOPLE_A_DAY))
            add_rows(clinic_days.ClinicDay, [
                {"id": day_id(n), "on": FIRST_DAY + timedelta(days=n // 2), "half": half[n % 2], "opened_at": BEGAN}
                for n in days
            ])  # fmt: skip
            add_rows(people.Person, [
                {"id": person_id(n), "name": "Nguyễn Văn Đo", "name_key": "nguyen van do", "born_year": 1960,
                 "number": f"01506099{n:04}", "sex": "male"} for n in those
            ])  # fmt: skip
        db.session.remove()
        db.engine.dispose()
    with closing(sqlite3.connect(folder / "kiosk.db")) as file:
        file.execute("VACUUM INTO ?", (str(folder / "bare.db"),))
    return app


def rate(writers: Writers, count: int) -> float:
    """Rows a second while nothing happens."""
    begun = time.perf_counter()
    writers.start()
    writers.wait()
    return count / (time.perf_counter() - begun)


def disturb(app: Flask, folder: Path, first: int, last: int) -> int:
    """The rest of the numbers, and how many writers were killed meanwhile: three where it hurts most, two anywhere."""
    writers = Writers("hub", app, folder, first, last)
    half = first + (last - first) // 2 // WRITERS * WRITERS
    known = [len(told(folder, nth)) for nth in range(WRITERS)]
    writers.start({nth: f"{DEATHS[nth]} {half + nth}" if nth < len(DEATHS) else "" for nth in range(WRITERS)})
    for nth in (WRITERS - 2, WRITERS - 1):
        until("a writer at work", partial(_has_more, folder, nth, known[nth]))
        writers.kill(nth)
    killed = writers.replace_the_killed()
    writers.wait()
    return killed


def _has_more(folder: Path, nth: int, than: int) -> bool:
    return len(told(folder, nth)) > than


def reread(folder: Path, count: int) -> dict[str, Figure]:
    """What a fresh look at the file says, past every writer, and what the writers had been told."""
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    stored: dict[str, int] = {}
    with closing(sqlite3.connect(folder / "kiosk.db")) as file:
        for id, day, letter, n in file.execute("SELECT id, clinic_day_id, series, n FROM visit"):
            numbers[day, letter].append(n)
            stored[id] = n
        last = {(day, letter): n for day, letter, n in file.execute("SELECT * FROM series")}
    said = [each for writer in range(WRITERS) for each in told(folder, writer)]
    doubles = Counter((whose // PEOPLE_A_DAY, series(whose), n) for whose, n in said)
    return {
        DOUBLED: sum(len(each) - len(set(each)) for each in numbers.values()) + sum(n - 1 for n in doubles.values()),
        GAPS: sum(len(set(range(1, max(each) + 1)) - set(each)) for each in numbers.values()),
        LOST: sum(stored.get(row(whose)["id"]) != n for whose, n in said) + count - len(stored),
        UNASKED: sum(abs(last[those] - max(each)) for those, each in numbers.items()) + len(last) - len(numbers),
        "series": len(numbers),
        "highest number": max(max(each) for each in numbers.values()),
    }


def measure(folder: Path, count: int) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    app = prepare(folder, count)
    calm = count * 9 // 10 // WRITERS * WRITERS
    ours = rate(Writers("hub", app, folder, 0, calm), calm)
    plain = rate(Writers("bare", app, folder, 0, calm), calm)
    killed = disturb(app, folder, calm, count)
    return {
        "numbers": count, "writers": WRITERS, "writers killed": killed,
        "numbers a second": round(ours, 1), "bare inserts a second": round(plain, 1), SHARE: round(ours / plain, 3),
    } | reread(folder, count)  # fmt: skip


def main() -> None:
    """Measures, tells, ends with 1 when a number was doubled or lost, or one is missing."""
    options = argparse.ArgumentParser(prog="bench.queue_numbers", description=__doc__.split("\n")[0])
    options.add_argument("--count", type=int, default=50_000, help="numbers to give out (full size: 1000000)")
    options.add_argument("--folder", type=Path, help="where to put the database; a temporary folder otherwise")
    chosen = options.parse_args()
    if not 400 <= chosen.count <= 2_000_000:
        options.error("--count is 400 to 2000000")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.count)
    finish("queue_numbers", figures, TARGETS, any(figures[name] for name in (DOUBLED, GAPS, LOST, UNASKED)))


if __name__ == "__main__":
    main()

"""One writer at a time, in the order asked for; whoever only reads cannot write, whatever they try."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError, OperationalError

from kiosk import importer, protocols
from kiosk.actions import check_in
from kiosk.config import Settings
from kiosk.rules.actor import OPERATOR
from kiosk.store import clinic_days, line, people, print_jobs, staff, topics, visits
from kiosk.store.columns import BoxCounter, box_name, next_seq
from kiosk.store.database import CannotWrite, db, writing
from kiosk.store.visits import Visit
from tests import cast as casting
from tests.cast import Players

pytestmark = pytest.mark.usefixtures("inside")


def test_a_change_outside_writing_is_refused_before_it_reaches_the_database(players: Players) -> None:
    people.get(players.huong).address = "elsewhere"
    with pytest.raises(CannotWrite):
        db.session.flush()
    db.session.rollback()
    assert people.get(players.huong).address == "Tổ 4, phường Hồng Hà"


def test_a_new_row_outside_writing_is_refused(players: Players) -> None:
    with pytest.raises(CannotWrite):
        staff.add(staff.Staff(name="Ma", name_key="MA", badge="MA", pin_hash="", role="volunteer"))


@pytest.mark.parametrize(
    "words",
    [
        "UPDATE person SET address = 'elsewhere'",
        "DELETE FROM act",
        "INSERT INTO topic VALUES ('x', 1)",
        "DROP TABLE act",
    ],
)
def test_the_database_itself_refuses_raw_sql_outside_writing(words: str) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text(words))


def test_statements_that_go_around_the_session_are_refused_too() -> None:
    with pytest.raises(OperationalError, match="readonly"):
        db.session.execute(delete(Visit))
    db.session.rollback()
    with db.engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(text("DELETE FROM person"))


def test_reading_after_writing_cannot_write_on_the_same_connection() -> None:
    with writing():
        topics.touch("board")
    with pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text("UPDATE topic SET version = 0"))


def test_writing_commits_at_its_end() -> None:
    with writing():
        topics.touch("board")
    db.session.rollback()
    assert topics.versions()["board"] >= 1


def test_what_failed_leaves_no_trace(players: Players) -> None:
    with writing():
        before = next_seq(box_name())

    def fail() -> None:
        with writing():
            people.get(players.huong).address = "elsewhere"
            assert next_seq(box_name()) == before + 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert people.get(players.huong).address == "Tổ 4, phường Hồng Hà"
    with writing():
        assert next_seq(box_name()) == before + 1


def test_a_row_that_breaks_a_bond_is_refused() -> None:
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(text("INSERT INTO series VALUES ('no such day', 'A', 1)"))


def test_writing_is_not_nested() -> None:
    with writing(), pytest.raises(CannotWrite), writing():
        pass
    with writing():
        topics.touch("board")


def test_the_file_is_as_durable_as_promised() -> None:
    said = {
        name: db.session.execute(text(f"PRAGMA {name}")).scalar()
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def _together(count: int, body: Callable[[int], None]) -> None:
    """Runs `body(0)` … at the same time and raises what any of them raised."""
    failed: list[BaseException] = []
    start = threading.Barrier(count)

    def run(nth: int) -> None:
        start.wait()
        try:
            body(nth)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(nth,)) for nth in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _crowd(count: int) -> list[str]:
    """Ids of people of a crowd that is on today's list."""
    now = casting.now()
    rows = [("Nguyễn Văn Đông", "01/02/1960", "Nam", f"0150609{n:05}", "") for n in range(count)]
    listed = casting.roster_csv(f"{now.on:%d/%m/%Y}", *rows)
    importer.bring(OPERATOR, now, casting.key(), "crowd.csv", listed)
    return [person.id for n in range(count) if (person := people.find_by_number(f"0150609{n:05}"))]


def _check_in(players: Players, person_id: str) -> str:
    return check_in.check_in_person(
        players.volunteer, casting.now(), casting.key(), person_id, casting.answers(), "vi", casting.local()
    )


def _seqs(file: Path) -> list[int]:
    """Every `seq` that any fact row of the file carries."""
    database = sqlite3.connect(file)
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    facts = [
        name
        for name in tables
        if any(row[1] == "clock_trusted" for row in database.execute(f"PRAGMA table_info({name})"))
    ]
    seqs = [seq for name in facts for (seq,) in database.execute(f"SELECT seq FROM {name}")]
    queue = [seq for (seq,) in database.execute("SELECT queue_seq FROM visit")]
    database.close()
    return seqs + queue


def test_eight_threads_check_in_two_hundred_people(hub: Flask, players: Players, opened: str, folder: Path) -> None:
    crowd = _crowd(200)

    def receive(nth: int) -> None:
        with hub.app_context():
            for person_id in crowd[nth * 25 : nth * 25 + 25]:
                _check_in(players, person_id)

    _together(8, receive)
    db.session.rollback()
    numbers = [visit.n for visit in visits.list_present(opened)]
    assert sorted(numbers) == list(range(1, 201))
    assert numbers == list(range(1, 201)), "who asked first has the lower number"
    tokens = {visit.token for visit in visits.list_present(opened)}
    assert len(tokens) == 200
    seqs = _seqs(folder / "kiosk.db")
    assert len(seqs) == len(set(seqs)), "a box gives a sequence number once"
    assert db.session.get_one(BoxCounter, "hub-1").seq == max(seqs)


OTHER_PROGRAM = """
import sys
from pathlib import Path
from kiosk import config
from kiosk.app import create_app
from kiosk.store import clinic_days
from kiosk.store.columns import box_name, next_seq
from kiosk.store.database import writing

with create_app(config.load(Path(sys.argv[1]))).app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(60):
        with writing():
            print(clinic_days.next_number(sys.argv[2], "Z"), next_seq(box_name()), flush=True)
"""


def test_another_program_that_writes_at_the_same_time_neither_fails_nor_doubles(opened: str, folder: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROGRAM, str(folder), opened],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdin
    assert program.stdout
    assert program.stdout.readline() == "ready\n"
    program.stdin.write("go\n")
    program.stdin.close()
    ours = []
    for _ in range(60):
        with writing():
            ours.append((clinic_days.next_number(opened, "Z"), next_seq(box_name())))
    said = program.stdout.read()
    assert program.wait(20) == 0
    theirs = [tuple(map(int, line.split())) for line in said.splitlines()]
    assert sorted(n for n, _ in ours + theirs) == list(range(1, 121))
    assert len({seq for _, seq in ours + theirs}) == 120


def test_a_program_that_dies_in_the_middle_leaves_no_trace_and_no_lock(opened: str, folder: Path) -> None:
    dies = OTHER_PROGRAM.replace("next_seq(box_name()), flush=True)", "flush=True); os.kill(os.getpid(), 9)")
    program = subprocess.run(
        [sys.executable, "-c", "import os" + dies, str(folder), opened],
        check=False, input="go\n", capture_output=True, text=True, timeout=20,
    )  # fmt: skip
    assert program.returncode == -9
    assert program.stdout.split() == ["ready", "1"]
    with writing():
        assert clinic_days.next_number(opened, "Z") == 1


def test_four_tables_that_call_at_once_call_nobody_twice(hub: Flask, players: Players, opened: str) -> None:
    waiting = [_check_in(players, person_id) for person_id in _crowd(20)]
    called: list[str] = []

    def call(nth: int) -> None:
        with hub.app_context():
            for _ in range(5):
                with writing():
                    seq = next_seq(box_name())
                    rows = line.read(opened, ("screening",), 2).inside(f"table-{nth}")
                    visit = visits.call(rows[0].id if rows else "", f"table-{nth}", seq, casting.now().at)
                assert visit
                called.append(visit.id)

    _together(4, call)
    assert sorted(called) == sorted(waiting)
    with writing():
        assert not line.read(opened, ("screening",), 2).rows
        assert visits.call(called[0], "table-1", 1, casting.now().at) is None, "they wait no more"


def test_four_agents_that_claim_at_once_claim_nothing_twice(hub: Flask, players: Players, opened: str) -> None:
    for person_id in _crowd(12):
        _check_in(players, person_id)
    claimed: list[str] = []

    def claim(nth: int) -> None:
        with hub.app_context():
            for _ in range(3):
                with writing():
                    job = print_jobs.claim("kiosk-1", f"run {nth}", casting.now().at, protocols.slips().called)
                assert job
                claimed.append(job.id)

    _together(4, claim)
    assert len(set(claimed)) == 12


def test_a_second_change_reads_what_somebody_else_wrote_between(settings: Settings, players: Players) -> None:
    with writing():
        name = people.get(players.huong).name
    with closing(sqlite3.connect(settings.folder / "kiosk.db")) as file:
        file.execute("UPDATE person SET name = ? WHERE id = ?", (f"{name} Mới", players.huong))
        file.commit()
    with writing():
        assert people.get(players.huong).name == f"{name} Mới"

"""The steps of the schema: up over rows that are there, and down again without losing what the older one knows."""

from __future__ import annotations

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from kiosk.actions import injection, printing, queueing, stock, vials, voiding
from kiosk.rules import slips
from kiosk.rules.report import balance
from kiosk.rules.words import SlipKind
from kiosk.store import clinic_days, doses, figures, print_jobs, stock_moves
from kiosk.store.database import db, writing
from tests.actions.test_scanning import scan
from tests.cast import CARD, Players, dose_of, dosed, identified, key, now, receive, refusal_of, screened

pytestmark = pytest.mark.usefixtures("inside")
ADDED = {"scan": {"kind"}, "identity_check": {"document"}, "person": {"document", "document_number", "nationality"}}


def columns(table: str) -> set[str]:
    return {column["name"] for column in inspect(db.engine).get_columns(table)}


def counted() -> list[int]:
    with db.engine.connect() as connection:
        return [connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ADDED]


def test_the_third_step_goes_down_and_up_again_and_loses_nobody(players: Players, opened: str) -> None:
    scan(players.kiosk, CARD)
    db.session.rollback()
    before = counted()
    downgrade(revision="0002")
    assert not any(ADDED[table] & columns(table) for table in ADDED)
    assert counted() == before
    upgrade()
    assert all(ADDED[table] <= columns(table) for table in ADDED)
    assert counted() == before
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT kind FROM scan")).scalars().all() == [""]


def test_the_second_step_goes_down_over_a_day_of_work_and_up_again(players: Players, opened: str) -> None:
    dosed(players, players.huong)
    scan(players.kiosk, CARD)
    db.session.rollback()
    kept = ("person", "visit", "scan", "station", "staff", "audit_entry")
    with db.engine.connect() as connection:
        rows = {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in kept}
    downgrade(revision="0001")
    upgrade()
    with db.engine.connect() as connection:
        assert {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in kept} == rows
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_the_seventh_step_comes_in_the_middle_of_a_day(players: Players, opened: str) -> None:
    """Doses and a slip of the former version stay what they are; the books begin with what is received since."""
    visit = dosed(players, players.huong)
    id = dose_of(visit)
    with writing():
        for about, slip in ((id, SlipKind.PROVISIONAL), (visit, SlipKind.DEFERRAL)):
            printing.queue_slip(players.volunteer, now(), slip, [], about=about, label="A 001", language="vi")
    receive(players, players.pao)
    screened(players)
    waits = identified(players.vaccinator)
    db.session.rollback()
    downgrade(revision="0006")
    with db.engine.connect() as connection:
        told = dict(connection.execute(text("SELECT slip, about FROM print_job WHERE slip <> 'ticket'")).all())
        lot = connection.execute(text("SELECT lot_id FROM dose")).scalar_one()
    assert told == {"provisional": visit, "deferral": visit}, "the older program knows slips by their visit"
    with writing() as session:
        session.execute(text(
            "INSERT INTO table_lot (clinic_day_id, station, lot_id, at, by, id, box, seq, clock_trusted) "
            "VALUES (:day, 'injection-1', :lot, '2026-01-01', 'x', :id, 'hub-1', 1, 1)"
        ), {"lot": lot, "day": opened, "id": key()})  # fmt: skip
    upgrade()
    db.session.rollback()
    db.session.expire_all()
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    assert print_jobs.find_newest(id, SlipKind.PROVISIONAL)
    assert print_jobs.find_newest(visit, SlipKind.DEFERRAL)
    row = doses.get(id)
    assert (row.vial_id, row.kind, row.voided_at) == (None, "basic", None)
    assert row.screening_id
    assert stock_moves.list_balances() == [], "what was given before vials were counted came out of none"
    assert balance(figures.of_day(clinic_days.get(opened))) == ()
    nurse = players.vaccinator
    assert refusal_of(injection.give_dose, nurse, waits, "", 1, "left") == "vial_missing"
    assert refusal_of(vials.open_vial, nurse, lot) == "lot_unmeasured"
    stock.receive_lot(nurse, now(), key(), row.lot.vaccine, row.lot.number, f"{row.lot.expires_on:%d/%m/%Y}", 2, 10)
    one = vials.open_vial(nurse, now(), key(), lot)
    injection.give_dose(nurse, now(), key(), waits, one, 1, "left")
    facts = {"dose_number": 1, "arm": "right", "vaccinator": row.vaccinator, "reason": "other_vial", "note": ""}
    fresh = voiding.correct_dose(nurse, now(), key(), id, vial_id=one, **facts)
    voiding.void_dose(nurse, now(), key(), fresh, "drawn", "")
    db.session.rollback()
    books = stock_moves.balance()
    assert (books.given, books.wasted, books.in_open, books.unopened, books.difference) == (1, 1, 8, 10, 0)
    assert balance(figures.of_day(clinic_days.get(opened))) == ()
    with pytest.raises(SystemExit):  # an older version would count what was taken back
        downgrade(revision="0006")


def test_a_ticket_that_waits_while_the_program_is_renewed_asks_before_it_is_printed(
    players: Players, opened: str
) -> None:
    visit = receive(players, players.huong)
    db.session.rollback()
    downgrade(revision="0003")
    upgrade()
    db.session.rollback()
    job = print_jobs.find_newest(visit, SlipKind.TICKET)
    assert job
    assert job.useful_until == job.queued_at
    assert printing.claim_job(players.kiosk, now(1), key(), "run 1") is None


def test_the_fourth_step_keeps_every_slip_and_its_fault(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    id = printing.claim_job(players.kiosk, now(), key(), "run 1")
    assert id
    printing.settle_job(players.kiosk, now(), key(), id, "printed", "", "cover_open", 108)
    with writing():
        printing.queue_slip(
            players.volunteer, now(), SlipKind.VIAL, [slips.Heading("Nhãn")], about="lọ 1", label="NK0191 lọ 1",
            language="vi",
        )  # fmt: skip
    db.session.rollback()
    downgrade(revision="0003")
    with db.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT id, visit_id, after_fault FROM print_job")).all()
    assert tuple(row) == (id, visit, 1), "the older program knows no slip without a visit"
    assert not {"fault", "about", "mm", "useful_until"} & columns("print_job")
    upgrade()
    db.session.rollback()
    job = print_jobs.get(id)
    assert (job.about, job.visit_id, job.fault, job.useful_until, job.mm) == (visit, visit, "unknown", None, 0)
    assert printing.reprint(players.volunteer, now(), key(), visit)
    assert {"paper_dots"} <= columns("station")
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_whoever_is_out_of_the_line_waits_again_in_the_older_version(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    queueing.hold(players.volunteer, now(), key(), visit, "toilet")
    db.session.rollback()
    downgrade(revision="0007")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM visit")).scalars().all() == ["waiting"]
    upgrade()

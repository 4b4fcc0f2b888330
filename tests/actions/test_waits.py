"""How long until somebody is called: reckoned from what the tables do, and kept as it was promised on the ticket."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import event

from kiosk import wording
from kiosk.actions import check_in, plan, printing, queueing, screening, table, waits
from kiosk.rules import waiting
from kiosk.rules.actor import Actor
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex, SlipKind
from kiosk.store import clinic_days, day_plans, print_jobs, queue_moves, stations, visits
from kiosk.store import waits as rows
from kiosk.store.clinic_days import ClinicDay
from kiosk.store.database import db, writing
from tests.cast import Players, answers, key, local, now, receive

pytestmark = pytest.mark.usefixtures("inside")
STEP = "screening"
NAMES = ("An", "Bình", "Chi", "Dung", "Em", "Giang", "Hà", "Khoa", "Lan", "Minh", "Nam", "Oanh", "Phú", "Quý", "Sơn")


@pytest.fixture
def day(opened: str) -> ClinicDay:
    """This morning's clinic day."""
    return clinic_days.get(opened)


@pytest.fixture
def comes(players: Players, day: ClinicDay) -> Callable[..., visits.Visit]:
    """`comes(3, 10)`: the third stranger takes a number ten minutes from now; a born year makes an elder of them."""

    def come(nth: int, minute: float = 0, born: int = 1990, **ticked: list[str]) -> visits.Visit:
        who = Identity(name=f"Khách Văn {NAMES[nth % 15]} {NAMES[nth // 15]}", born_year=born, sex=Sex.MALE)
        id = check_in.check_in_walk_in(
            players.lead, now(minute), key(), who, "theo giấy của xã", answers(**ticked), "vi", local()
        )  # fmt: skip
        return visits.get(id)

    return come


def serves(by: Actor, minute: float, until: float) -> str:
    """The doctor's table calls the next one, who comes at once and goes on at `until`; the visit's id."""
    visit_id = table.call_next(by, now(minute), key())
    assert visit_id, "nobody waits"
    table.receive(by, now(minute), key(), visit_id)
    screening.conclude(by, now(until), key(), visit_id, [], True, {"temperature": "36,8"}, [], "cleared", "")
    return visit_id


def pace(by: Actor, calls: int, minutes: float) -> float:
    """So many calls of one table, each so many minutes after the last; the minute at which it is free again."""
    for nth in range(calls):
        serves(by, nth * minutes, (nth + 1) * minutes)
    return calls * minutes


def test_before_the_first_call_it_is_reckoned_from_the_plan_and_says_so(day: ClinicDay) -> None:
    told = waits.band_now(day, STEP, "usual", now())
    assert told
    assert (told.low_minutes, told.known) == (0, False)
    assert waits.tables(day, STEP, [], now()) == {"screening-1", "screening-2"}


def test_a_vague_band_of_the_plan_alone_frightens_nobody(day: ClinicDay, comes: Callable[..., visits.Visit]) -> None:
    everybody = [comes(nth) for nth in range(15)]
    untold = [visit for visit in everybody if visit.told_high is None]
    assert untold
    assert len(untold) < len(everybody), "few minutes are told"
    for visit in untold:
        (job,) = print_jobs.list_copies(visit.id, SlipKind.TICKET)
        words = json.dumps(job.blocks, ensure_ascii=False)
        assert "phút" not in words
        assert f"Còn {queueing.count_ahead(visit)} người" in words


def test_no_band_ends_after_the_half_closes_by_its_plan(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    visit = comes(1)
    planned = day_plans.get(plan.make_plan(players.lead, now(), key(), day.on + timedelta(days=1), "morning"))
    with writing():
        clinic_days.get(day.id).plan_id, planned.closes = planned.id, time(23, 59)
    assert waits.band(clinic_days.get(day.id), visit, now())
    with writing():
        planned.closes = time(0, 1)
    assert waits.band(clinic_days.get(day.id), visit, now()) is None


def test_it_follows_what_the_tables_do(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:  # fmt: skip
    everybody = [comes(nth) for nth in range(14)]
    then = pace(players.screener, 9, 4)
    last = visits.get(everybody[-1].id)
    told = waits.band(day, last, now(then))
    assert told
    assert told.known
    assert queueing.count_ahead(last) == 4
    assert told.low_minutes < 20 <= told.high_minutes, "five people at four minutes each, one table"
    heard = waits._heard(day, STEP).calls
    assert waits.tables(day, STEP, heard, now(then)) == {"screening-1"}, "the other table has called nobody yet"
    slower = waits.band(day, last, now(then + 40))
    assert slower
    assert slower.high_minutes > told.high_minutes, "nobody has been called for long"


def test_a_table_that_calls_counts_and_one_that_serves_it_no_more_does_not(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    for nth in range(14):
        comes(nth)
    then = pace(players.screener, 4, 5)
    one = waits.band_now(day, STEP, "usual", now(then))
    serves(replace(players.screener, station="screening-2"), then, then + 1)
    two = waits.band_now(day, STEP, "usual", now(then))
    assert one
    assert two
    assert two.high_minutes < one.high_minutes
    with writing():
        stations.get("screening-2").steps = []
    assert waits.tables(day, STEP, waits._heard(day, STEP).calls, now(then)) == {"screening-1"}
    with writing():
        stations.get("screening-1").retired = True
    assert waits.band_now(day, STEP, "usual", now(then)) is None, "no table works on it: nobody can say"


def test_a_table_silent_for_half_an_hour_is_gone_unless_all_are_silent(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    for nth in range(6):
        comes(nth)
    serves(replace(players.screener, station="screening-2"), 0, 1)
    pace(players.screener, 2, 5)
    serves(players.screener, 40, 45)
    calls = waits._heard(day, STEP).calls
    assert waits.tables(day, STEP, calls, now(45)) == {"screening-1"}
    assert waits.tables(day, STEP, calls, now(120)) == {"screening-1", "screening-2"}, "a quiet hour"
    visit_id = table.call_next(players.other_screener, now(41), key())
    assert visit_id
    calls = [call for call in waits._heard(day, STEP).calls if call.station == "screening-1"] + calls[:1]
    assert "screening-2" in waits.tables(day, STEP, calls, now(45)), "busy with somebody"


def test_the_priority_lane_waits_less_and_neither_for_ever(
    day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:  # fmt: skip
    for nth in range(24):
        comes(nth, born=1950 if nth % 2 else 1990)
    elder, other = (waits.band_now(day, STEP, lane, now()) for lane in ("priority", "usual"))
    assert elder
    assert other
    assert elder.high_minutes < other.high_minutes


def test_what_the_ticket_says_is_kept_and_stands_on_it(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    for nth in range(12):
        comes(nth)
    then = pace(players.screener, 6, 6)
    visit = comes(13, then)
    assert visit.told_high is not None
    assert visit.told_low is not None
    told = waiting.Band(visit.told_low, visit.told_high, known=True)
    (job,) = print_jobs.list_copies(visit.id, SlipKind.TICKET)
    words = json.dumps(job.blocks, ensure_ascii=False)
    assert waiting.worded(told, wording.speaker("vi")) in words
    assert waiting.worded(told, wording.speaker("en")) in words
    assert f"Khu A, chỗ {visit.spot}" in words
    assert "A · Theo thứ tự đến" in words
    assert "DT1:" in words
    assert wording.say("slip.scan") not in words, "no phone reaches this site"


def test_nothing_is_promised_where_nobody_can_say_or_a_volunteer_must_come(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    feverish = comes(1, symptoms=["fever"])
    assert (feverish.told_low, feverish.told_high) == (None, None)
    with writing():
        for code in ("screening-1", "screening-2"):
            stations.get(code).steps = []
    nobody_works = comes(2)
    assert (nobody_works.told_low, nobody_works.told_high) == (None, None)
    (job,) = print_jobs.list_copies(nobody_works.id, SlipKind.TICKET)
    assert "phút" not in json.dumps(job.blocks, ensure_ascii=False)


def test_whoever_waits_for_no_call_is_told_none(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    visit = comes(1)
    assert waits.band(day, visit, now())
    queueing.hold(players.volunteer, now(), key(), visit.id, "toilet")
    assert waits.band(day, visits.get(visit.id), now()) is None
    queueing.resume(players.volunteer, now(), key(), visit.id)
    table.call_next(players.screener, now(), key())
    assert waits.band(day, visits.get(visit.id), now()) is None


def test_missed_promises_widen_what_follows_and_a_second_call_breaks_none(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    everybody = [comes(nth) for nth in range(12)]
    with writing():
        for visit in everybody:
            visits.get(visit.id).told_low, visits.get(visit.id).told_high = 1, 5
    pace(players.screener, 10, 12)
    heard = waits._heard(day, STEP)
    assert heard.scale.up > 1.3
    promised = waits._promises(heard.rows, heard.calls)
    assert len(promised) == 10
    again = [*heard.rows, heard.rows[0]], [*heard.calls, heard.calls[0]]
    assert waits._promises(*again) == promised


def test_an_undone_call_is_none(players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]) -> None:
    for nth in range(3):
        comes(nth)
    visit_id = table.call_next(players.screener, now(), key())
    assert len(waits._heard(day, STEP).calls) == 1
    (call,) = rows.list_calls(day.id, STEP, 9)
    assert (call.visit_id, call.station, call.kind) == (visit_id, "screening-1", "call")
    move = queue_moves.find_last(str(visit_id))
    assert move
    queueing.undo(players.screener, now(), key(), move.id)
    assert waits._heard(day, STEP).calls == []
    assert rows.list_busy(day.id) == set()


def test_where_phones_reach_the_box_the_code_is_its_address(
    hub: Flask, players: Players, opened: str
) -> None:  # fmt: skip
    hub.config["ADDRESS"] = "http://10.42.0.1/"
    visit = visits.get(receive(players, players.huong))
    printing.reprint(players.volunteer, now(), key(), visit.id)
    jobs = print_jobs.list_copies(visit.id, SlipKind.TICKET)
    assert len(jobs) == 2
    for job in jobs:
        words = json.dumps(job.blocks, ensure_ascii=False)
        assert f"HTTP://10.42.0.1/T/{visit.token}" in words
        assert wording.say("slip.scan") in words
        assert "DT1:" not in words


def test_a_board_or_a_phone_costs_few_statements(
    players: Players, day: ClinicDay, comes: Callable[..., visits.Visit]
) -> None:
    for nth in range(4):
        comes(nth)
    waits.band_now(day, STEP, "usual", now())
    asked: list[str] = []
    count = lambda _c, _cursor, statement, *_rest: asked.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", count)
    waits.band_now(day, STEP, "usual", now())
    waits.band_now(day, STEP, "priority", now())
    event.remove(db.engine, "before_cursor_execute", count)
    assert len(asked) <= 8, asked

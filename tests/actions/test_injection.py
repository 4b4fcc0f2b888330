"""Giving a dose: one act, one transaction, one dose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from kiosk.actions import day, duty, injection, screening, table, vials
from kiosk.errors import NotFound, Refusal
from kiosk.rules import messages
from kiosk.rules.moment import Moment
from kiosk.rules.words import Role, VisitState
from kiosk.store import audit, doses, observations, outbox, screenings, stations, visits
from kiosk.store import vials as opened_vials
from kiosk.store.columns import record
from kiosk.store.database import db, writing
from tests.cast import (
    Players,
    called,
    done_once,
    dosed,
    everything,
    identified,
    key,
    now,
    receive,
    refusal_of,
    screened,
    vial_opened,
    without_ids,
)
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")


def told(players: Players, *earlier: tuple[str, str], conclusion: str = "cleared") -> str:
    """Whoever waits for the doctor tells of doses given elsewhere; the visit's id."""
    visit = called(players.screener)
    screening.conclude(
        players.screener, now(), key(), visit, [], True, {"temperature": "36,8"}, earlier, conclusion, ""
    )
    return visit


def ago(days: int) -> str:
    """The date so many days before today, as it is typed."""
    return f"{now().on - timedelta(days=days):%d/%m/%Y}"


def later(days: int) -> Moment:
    """This time, some days later."""
    return replace(now(days * 24 * 60), on=now().on + timedelta(days=days))


@pytest.fixture
def visit(players: Players, opened: str) -> str:
    """Hường is cleared, identified, and sits at injection-1; no lot stands there yet."""
    receive(players, players.huong)
    screened(players)
    return identified(players.vaccinator)


def dose_of(visit: str) -> doses.Dose:
    """The one dose of the visit."""
    row = doses.find(visit)
    assert row
    return row


def test_one_press_writes_dose_seat_message_and_audit(players: Players, opened: str, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    id = done_once(injection.give_dose, players.vaccinator, visit, vial, 1, "left", other=players.typist)
    dose = dose_of(visit)
    assert (dose.id, dose.vial_id, dose.dose_number, dose.series_doses, dose.arm) == (id, vial, 1, 2, "left")
    assert (dose.station, dose.given_on, dose.clinic_day_id) == ("injection-1", now().on, opened)
    assert (dose.entered_by, dose.vaccinator) == (players.vaccinator.id, players.vaccinator.id)
    seat = observations.get(visit)
    assert (seat.dose_id, seat.seat, seat.begun_at, seat.station) == (id, 1, dose.given_at, "observation-1")
    row = visits.get(visit)
    assert (row.step, row.stands, row.station) == ("observation", VisitState.SEATED, "observation-1")


def test_the_message_says_everything_by_itself(players: Players, opened: str, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    duty.take_duty(players.typist, now(), key(), *STAFF[Role.VACCINATOR][1:], 5, 5)
    id = injection.give_dose(players.typist, now(), key(), visit, vial, 1, "right")
    row = outbox.find_of(id)
    assert row
    message = messages.read(row.body)
    assert (message.id, message.session, message.site_code) == (id, opened, "YB-01")
    assert (message.name, message.number, message.born_on) == (
        "Nguyễn Thị Hường", "015158004187", date(1958, 5, 12),
    )  # fmt: skip
    assert (message.vaccine, message.lot, message.dose_number, message.series_doses, message.arm) == (
        "astrazeneca", "NK0191", 1, 2, "right",
    )  # fmt: skip
    assert (message.vaccinator, message.entered_by) == (players.vaccinator.id, players.typist.id)
    assert (message.vaccinator_name, message.entered_by_name) == (
        STAFF[Role.VACCINATOR][0], STAFF[Role.VOLUNTEER][0],
    )  # fmt: skip
    assert message.given_at == dose_of(visit).given_at
    assert message.clock_trusted == now().trusted


def test_a_volunteer_types_and_the_nurse_on_duty_answers(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    assert refusal_of(injection.give_dose, players.typist, visit, vial, 1, "left") == "nobody_on_duty"
    duty.take_duty(players.typist, now(), key(), *STAFF[Role.VACCINATOR][1:], 5, 5)
    injection.give_dose(players.typist, now(), key(), visit, vial, 1, "left")
    dose = dose_of(visit)
    assert (dose.entered_by, dose.vaccinator) == (players.typist.id, players.vaccinator.id)


def test_a_second_press_with_another_key_is_refused(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left")
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "dose_already_given"
    assert db.session.query(doses.Dose).count() == 1


def test_without_a_vial_there_is_no_dose(players: Players, visit: str) -> None:
    give = injection.give_dose
    assert refusal_of(give, players.vaccinator, visit, "", 1, "left") == "vial_missing"
    elsewhere = vial_opened(players.other_vaccinator)
    assert refusal_of(give, players.vaccinator, visit, elsewhere, 1, "left") == "vial_missing"


def test_a_lot_that_has_expired_is_not_given(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    with writing():
        opened_vials.get(vial).lot.expires_on = now().on - timedelta(days=1)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "lot_expired"


def test_a_vial_that_has_been_open_for_too_long_is_not_given(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    with writing():
        opened_vials.get(vial).use_by = now().at
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "vial_expired"


def test_an_empty_vial_gives_nothing(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    with writing():
        opened_vials.get(vial).wasted = 10
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "vial_empty"


def test_the_dose_leaves_its_vial_once(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    done_once(injection.give_dose, players.vaccinator, visit, vial, 1, "left", other=players.typist)
    assert (opened_vials.get(vial).given, opened_vials.get(vial).left, dose_of(visit).vial_id) == (1, 9, vial)


def test_a_box_that_does_not_know_the_time_records_no_dose(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    past = replace(later(-400), trusted=False)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left", at=past) == "clock_untrusted"


def test_without_a_room_to_observe_nobody_is_injected(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    with writing():
        stations.get("observation-1").steps = []
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "room_missing"


def test_whoever_declined_at_a_folded_table_gets_no_dose_from_a_form_left_open(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    with writing():
        stations.get("injection-1").steps = ["injection", "finish"]
    table.skip(players.vaccinator, now(), key(), visit, "declined", "")
    assert visits.get(visit).stands is VisitState.AT_TABLE
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "visit_moved_on"


def test_whoever_is_called_again_is_identified_again(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    table.no_show(players.vaccinator, now(), key(), visit)
    assert table.call_next(players.vaccinator, now(1), key()) == visit
    table.receive(players.vaccinator, now(1), key(), visit)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "identity_missing"


def test_a_lot_or_number_that_changed_since_it_was_shown_is_shown_again(players: Players, visit: str) -> None:
    shown = vial_opened(players.vaccinator)
    placed = vial_opened(players.vaccinator, "pfizer")
    give = injection.give_dose
    assert refusal_of(give, players.vaccinator, visit, shown, 1, "left") == "dose_changed"
    assert refusal_of(give, players.vaccinator, visit, placed, 2, "left") == "dose_changed"
    give(players.vaccinator, now(), key(), visit, placed, 1, "left")
    assert dose_of(visit).lot.vaccine == "pfizer"


@pytest.mark.parametrize("arm", ["", "leg"])
def test_an_arm_is_left_or_right(players: Players, visit: str, arm: str) -> None:
    vial = vial_opened(players.vaccinator)
    with pytest.raises(Refusal) as refused:
        injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, arm)
    assert (refused.value.code, refused.value.field) == ("arm_missing", "arm")


def test_nobody_is_injected_before_it_is_sure_who_they_are(players: Players, opened: str) -> None:
    receive(players, players.huong)
    screened(players)
    vial, visit = vial_opened(players.vaccinator), called(players.vaccinator)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "identity_missing"


@pytest.mark.parametrize("conclusion", ["deferred", "referred", "contraindicated", "declined"])
def test_whom_the_doctor_has_not_cleared_gets_no_dose(players: Players, opened: str, conclusion: str) -> None:
    receive(players, players.huong)
    visit = told(players, conclusion=conclusion)
    assert visits.get(visit).step == "finish"
    assert table.call_next(players.vaccinator, now(), key()) is None
    vial = vial_opened(players.vaccinator)
    then = everything()
    with pytest.raises((NotFound, Refusal)):
        injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left")
    assert everything() == then


def test_even_at_the_table_only_the_doctors_word_opens_the_dose(players: Players, opened: str) -> None:
    """Somebody is at the injection table without having been screened, or against what was concluded."""
    receive(players, players.huong)
    visit = told(players, conclusion="contraindicated")
    _sit_down(visit, players.vaccinator.station)
    vial = vial_opened(players.vaccinator)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "not_cleared"
    unseen = receive(players, players.pao)
    _sit_down(visit, "")
    _sit_down(unseen, players.vaccinator.station)
    assert refusal_of(injection.give_dose, players.vaccinator, unseen, vial, 1, "left") == "not_cleared"


def _sit_down(visit: str, station: str) -> None:
    with writing():
        row = visits.get(visit)
        row.step, row.station = "injection", station
        row.state = VisitState.AT_TABLE if station else VisitState.WAITING


AGREED = injection.Accepted(reason="explained", note="  Đã hẹn  ")


@pytest.mark.parametrize(("days", "refused"), [(27, True), (28, False), (29, False)])
def test_an_earlier_dose_told_at_the_screening_counts(players: Players, opened: str, days: int, refused: bool) -> None:
    receive(players, players.huong)
    told(players, ("astrazeneca", ago(days)))
    visit, vial = identified(players.vaccinator), vial_opened(players.vaccinator)
    if refused:
        assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 2, "left", AGREED) == "doctor_missing"
        return
    injection.give_dose(players.vaccinator, now(), key(), visit, vial, 2, "left", AGREED)
    assert (dose_of(visit).dose_number, dose_of(visit).warnings) == (2, ["early"])


@pytest.fixture
def mixed(players: Players, opened: str) -> tuple[str, str]:
    """Hường had AstraZeneca sixty days ago, a vial of Pfizer is open: the rules warn; (visit, vial)."""
    receive(players, players.huong)
    told(players, ("astrazeneca", ago(60)))
    return identified(players.vaccinator), vial_opened(players.vaccinator, "pfizer")


def test_a_warning_is_accepted_by_whoever_answers_and_stands_with_the_dose(
    players: Players, mixed: tuple[str, str]
) -> None:
    visit, vial = mixed
    duty.take_duty(players.typist, now(), key(), *STAFF[Role.VACCINATOR][1:], 5, 5)
    done_once(injection.give_dose, players.typist, visit, vial, 2, "left", AGREED, other=players.vaccinator)
    dose = dose_of(visit)
    assert dose.warnings
    assert (dose.accepted_by, dose.accepted_reason) == (players.vaccinator.id, "explained: Đã hẹn")


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        (injection.NOTHING, "dose_reason_missing"),
        (injection.Accepted(reason="because"), "dose_reason_missing"),
        (injection.Accepted(reason="other", note="  "), "dose_note_missing"),
    ],
)
def test_a_warning_is_not_passed_over_in_silence(
    players: Players, mixed: tuple[str, str], accepted: injection.Accepted, code: str
) -> None:
    assert refusal_of(injection.give_dose, players.vaccinator, *mixed, 2, "left", accepted) == code


def test_where_nothing_is_to_be_accepted_nothing_is(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left", AGREED)
    assert (dose_of(visit).accepted_by, dose_of(visit).accepted_reason) == ("", "")


@pytest.fixture
def early(players: Players, opened: str) -> tuple[str, str]:
    """Hường had AstraZeneca ten days ago: the rules refuse a second one; (visit, vial)."""
    receive(players, players.huong)
    told(players, ("astrazeneca", ago(10)))
    return identified(players.vaccinator), vial_opened(players.vaccinator)


def by_doctor(who: str, pin: str) -> injection.Accepted:
    """A reason, and the badge and PIN of whoever decides."""
    return replace(AGREED, who=who, pin=pin)


def test_against_a_refusal_only_a_doctor_with_badge_and_pin_decides(players: Players, early: tuple[str, str]) -> None:
    give, (badge, pin) = injection.give_dose, STAFF[Role.SCREENER][1:]
    assert refusal_of(give, players.vaccinator, *early, 2, "left", injection.NOTHING) == "dose_reason_missing"
    nurse = by_doctor(*STAFF[Role.VACCINATOR][1:])
    assert refusal_of(give, players.vaccinator, *early, 2, "left", nurse) == "accept_not_yours"
    assert refusal_of(give, players.vaccinator, *early, 2, "left", by_doctor(badge, "0000")) == "sign_in_wrong"
    done_once(give, players.vaccinator, *early, 2, "left", by_doctor(badge, pin), other=players.typist)
    dose = dose_of(early[0])
    assert (dose.warnings, dose.accepted_by, dose.vaccinator) == (
        ["too_soon"], players.screener.id, players.vaccinator.id,
    )  # fmt: skip


def test_wrong_pins_at_the_dose_form_lock_the_badge(players: Players, early: tuple[str, str]) -> None:
    wrong = by_doctor(STAFF[Role.SCREENER][1], "0000")
    for _ in range(5):
        assert refusal_of(injection.give_dose, players.vaccinator, *early, 2, "left", wrong) == "sign_in_wrong"
    right = by_doctor(*STAFF[Role.SCREENER][1:])
    assert refusal_of(injection.give_dose, players.vaccinator, *early, 2, "left", right) == "sign_in_locked"


def test_a_second_dose_of_one_day_is_nobodys_to_allow(players: Players, opened: str) -> None:
    receive(players, players.huong)
    told(players)
    with writing():
        said = doses.EarlierDose(person_id=players.huong, vaccine="astrazeneca", given_on=now().on, at=now().at)
        record(said, now())
    visit, vial = identified(players.vaccinator), vial_opened(players.vaccinator)
    doctor = by_doctor(*STAFF[Role.SCREENER][1:])
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 2, "left", doctor) == "dose_refused"


def test_the_file_itself_refuses_what_a_page_must_not_offer(players: Players, opened: str) -> None:
    """No screening of the visit, a second dose of that person and day, a second one of that visit."""
    given = dose_of(dosed(players, players.huong))
    other = receive(players, players.pao)

    def put(**facts: object) -> str:
        same = {each.name: getattr(given, each.name) for each in doses.Dose.__table__.columns}
        row = doses.Dose(**{name: worth for name, worth in same.items() if name not in ("id", "seq", "box")} | facts)
        with pytest.raises(Refusal) as refused, writing():
            doses.put(row, now())
        return refused.value.code

    assert put(visit_id=other, person_id=players.pao) == "not_cleared"
    assert put(given_on=now().on + timedelta(days=1)) == "dose_already_given"
    mine = screening_of(players, other)
    assert put(visit_id=other, screening_id=mine) == "same_day"
    assert db.session.query(doses.Dose).count() == 1


def screening_of(players: Players, visit: str) -> str:
    """The id of the screening by which somebody is cleared."""
    assert screened(players) == visit
    row = screenings.find(visit)
    assert row
    return row.id


def test_two_tables_at_once_give_one_person_one_dose(hub: Flask, players: Players, visit: str) -> None:
    """The same form, sent by two threads with two keys: against the real file one of them is refused."""
    vial, said = vial_opened(players.vaccinator), []
    db.session.rollback()

    def press(_: int) -> None:
        with hub.app_context():
            try:
                injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left")
                said.append("given")
            except Refusal as refusal:
                said.append(refusal.code)

    with ThreadPoolExecutor(2) as both:
        list(both.map(press, range(2)))
    assert sorted(said) == ["dose_already_given", "given"]
    db.session.rollback()
    assert (db.session.query(doses.Dose).count(), opened_vials.get_anew(vial).given) == (1, 1)


def test_a_dose_given_here_counts_the_next_time(players: Players, opened: str, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left")
    row = dose_of(visit)
    answer = injection.may_give(visits.get(visit), row.lot.vaccine, later(27))
    assert (answer.verdict, answer.reasons[0].code, answer.dose_number) == ("refuse", "too_soon", 2)
    assert injection.may_give(visits.get(visit), row.lot.vaccine, later(56)).verdict == "allow"


def test_another_tables_person_is_not_here_and_a_closed_day_gives_nothing(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    vials.move_vial(players.other_vaccinator, now(), key(), vial)
    assert refusal_of(injection.give_dose, players.other_vaccinator, visit, vial, 1, "left") == "visit_moved_on"
    day.close_day(players.lead, now(), key(), 1)
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "no_clinic_day"


def test_who_left_the_table_gets_no_dose(players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    table.skip(players.vaccinator, now(), key(), visit, "unwell", "")
    assert refusal_of(injection.give_dose, players.vaccinator, visit, vial, 1, "left") == "visit_moved_on"


def test_the_audit_names_nobody(hub: Flask, players: Players, visit: str) -> None:
    vial = vial_opened(players.vaccinator)
    id = injection.give_dose(players.vaccinator, now(), key(), visit, vial, 1, "left")
    entries = db.session.scalars(db.select(audit.AuditEntry)).all()
    given = next(entry for entry in entries if entry.event == "dose.given")
    facts = {"visit": visit, "lot": dose_of(visit).lot_id, "vial": vial, "vaccinator": players.vaccinator.id}
    assert (given.noun_id, given.facts) == (id, facts)
    said = " ".join(f"{entry.noun_id} {entry.facts}" for entry in entries)
    for secret in ("Hường", "HUONG", "015158004187", "1958", "Vàng", "Sua"):
        assert secret not in without_ids(said)

"""Who answers for what a volunteer types at a table."""

from __future__ import annotations

import pytest

from kiosk.actions import duty
from kiosk.errors import Refusal
from kiosk.rules.words import Role
from kiosk.store import audit, clinic_days, duties, stations
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, key, now, refusal_of
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")

NURSE, DOCTOR, VOLUNTEER, LEAD, OBSERVER = (
    STAFF[role][1:] for role in (Role.VACCINATOR, Role.SCREENER, Role.VOLUNTEER, Role.SITE_LEAD, Role.OBSERVER)
)
LOCK = (5, 5)


def day_of(id: str) -> clinic_days.ClinicDay:
    """The clinic day that is open."""
    day = clinic_days.find_open()
    assert day
    assert day.id == id
    return day


def test_a_nurse_signs_on_at_a_volunteers_tablet_and_answers_there(players: Players, opened: str) -> None:
    assert done_once(duty.take_duty, players.typist, *NURSE, *LOCK, other=players.vaccinator) == players.vaccinator.id
    day = day_of(opened)
    member = duty.require_answering(players.typist, day, "dose")
    assert member.id == players.vaccinator.id
    assert duties.find_at(opened, "injection-2") is None


def test_whoever_signs_on_last_answers(players: Players, opened: str) -> None:
    duty.take_duty(players.typist, now(), key(), *NURSE, *LOCK)
    duty.take_duty(players.typist, now(), key(), *DOCTOR, *LOCK)
    member = duty.answering(players.typist, day_of(opened), "dose")
    assert member
    assert member.id == players.screener.id, "a doctor may also inject"


def test_a_nurse_at_the_keyboard_answers_for_herself(players: Players, opened: str) -> None:
    duty.take_duty(players.typist, now(), key(), *DOCTOR, *LOCK)
    member = duty.answering(players.vaccinator, day_of(opened), "dose")
    assert member
    assert member.id == players.vaccinator.id


def test_without_anybody_on_duty_nobody_answers(players: Players, opened: str) -> None:
    day = day_of(opened)
    assert duty.answering(players.typist, day, "dose") is None
    with pytest.raises(Refusal) as refused:
        duty.require_answering(players.typist, day, "dose")
    assert refused.value.code == "nobody_on_duty"


@pytest.mark.parametrize(
    ("who", "pin", "code"),
    [
        ("N01", "0000", "sign_in_wrong"),
        ("X99", "5538", "sign_in_wrong"),
        ("", "", "sign_in_wrong"),
        (*VOLUNTEER, "duty_not_yours"),
        (*LEAD, "duty_not_yours"),
        (*OBSERVER, "duty_not_yours"),
    ],
)
def test_badge_and_pin_must_be_of_a_nurse_or_a_doctor(
    players: Players, opened: str, who: str, pin: str, code: str
) -> None:
    assert refusal_of(duty.take_duty, players.typist, who, pin, *LOCK) == code
    assert duties.find_at(opened, "injection-1") is None


def test_a_nurse_does_not_answer_for_a_screening(players: Players, opened: str) -> None:
    assert refusal_of(duty.take_duty, players.screener, *NURSE, *LOCK) == "duty_not_yours"


def test_a_nurse_at_a_folded_table_answers_for_her_own_part_only(players: Players, opened: str) -> None:
    with writing():
        stations.get("injection-1").steps = ["screening", "injection"]
    duty.take_duty(players.typist, now(), key(), *NURSE, *LOCK)
    day = day_of(opened)
    assert duty.answering(players.typist, day, "screening") is None
    assert duty.answering(players.typist, day, "dose")


def test_wrong_pins_lock_as_at_the_sign_in(players: Players, opened: str) -> None:
    wrong = ("N01", "0000")
    for _ in range(3):
        assert refusal_of(duty.take_duty, players.typist, *wrong, 3, 5) == "sign_in_wrong"
    assert refusal_of(duty.take_duty, players.typist, *NURSE, 3, 5) == "sign_in_locked"
    duty.take_duty(players.typist, now(6), key(), *NURSE, 3, 5)
    assert duties.find_at(opened, "injection-1")


def test_without_a_clinic_day_there_is_no_duty(players: Players) -> None:
    assert refusal_of(duty.take_duty, players.typist, *NURSE, *LOCK) == "no_clinic_day"


def test_what_is_answered_for_follows_the_steps_of_the_table(players: Players) -> None:
    assert duty.answered_at("injection-1") == ["identity", "dose"]
    assert duty.answered_at("screening-1") == ["screening"]
    assert duty.answered_at("finish-1") == []


def test_the_audit_holds_ids_only(players: Players, opened: str) -> None:
    duty.take_duty(players.typist, now(), key(), *NURSE, *LOCK)
    entry = db.session.scalars(db.select(audit.AuditEntry).order_by(audit.AuditEntry.seq.desc())).first()
    assert entry
    assert (entry.event, entry.noun_id, entry.by, entry.station, entry.facts) == (
        "duty.taken", players.vaccinator.id, players.typist.id, "injection-1", {},
    )  # fmt: skip

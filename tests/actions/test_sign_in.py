"""Signing in: attempts are counted in the database, so that a restart forgets none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from kiosk.actions import sign_in
from kiosk.actions import staff as staff_acts
from kiosk.actions.sign_in import NOBODY
from kiosk.actions.site import token_hash
from kiosk.app import create_app
from kiosk.config import Settings
from kiosk.errors import Refusal
from kiosk.rules.actor import OPERATOR
from kiosk.rules.words import Role
from kiosk.store import staff
from kiosk.store.database import db, writing
from tests.cast import Players, done_once, key, now
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")
RULES = (5, 5)
PIN = STAFF[Role.VOLUNTEER][2]


def enter(who: str, pin: str, minutes: float = 0) -> str:
    """Signs in, or gives the code of the refusal."""
    try:
        return sign_in.sign_in(NOBODY, now(minutes), key(), who, pin, key(), *RULES)
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("who", ["V01", " v01 ", "Trần Thị Mai", "TRAN THI MAI"])
def test_badge_or_name_and_pin(players: Players, who: str) -> None:
    session = staff.get_session(enter(who, "1807"))
    assert session.staff_id == players.volunteer.id


def test_a_second_tap_is_the_same_session(players: Players) -> None:
    id = done_once(sign_in.sign_in, NOBODY, "V01", "1807", "token of the browser", *RULES, other=players.volunteer)
    found = staff.find_session(token_hash("token of the browser"))
    assert found
    assert found.id == id


@pytest.mark.parametrize(("who", "pin"), [("V01", "9999"), ("V01", ""), ("nobody", "1807"), ("", "1807")])
def test_a_wrong_pin_and_an_unknown_name_are_told_the_same(players: Players, who: str, pin: str) -> None:
    assert enter(who, pin) == "sign_in_wrong"


def test_wrong_pins_are_counted_across_a_restart_and_lock_the_fifth_time(players: Players, settings: Settings) -> None:
    for _ in range(3):
        assert enter("V01", "9999") == "sign_in_wrong"
    restarted = create_app(settings)
    with restarted.app_context():
        member = staff.find_by_badge("V01")
        assert member
        assert member.failures == 3
        assert [enter("V01", "9999") for _ in range(2)] == ["sign_in_wrong"] * 2
        assert enter("V01", "1807") == "sign_in_locked"
        db.engine.dispose()
    assert enter("V01", "1807", minutes=4.5) == "sign_in_locked"
    assert enter("L01", "3064") not in ("sign_in_locked", "sign_in_wrong"), "nobody else is locked out"
    assert enter("V01", "1807", minutes=5.5) not in ("sign_in_locked", "sign_in_wrong")


def test_a_lock_says_for_how_many_minutes(players: Players) -> None:
    for _ in range(5):
        enter("V01", "9999")
    with pytest.raises(Refusal) as refused:
        sign_in.sign_in(NOBODY, now(2), key(), "V01", "1807", key(), *RULES)
    assert (refused.value.code, refused.value.facts) == ("sign_in_locked", {"n": 3})


def test_the_right_pin_forgets_the_wrong_ones(players: Players) -> None:
    for pin in ["9999"] * 4 + ["1807"] + ["9999"] * 4:
        enter("V01", pin)
    assert enter("V01", "1807") not in ("sign_in_locked", "sign_in_wrong")


def test_a_double_tap_on_a_wrong_pin_is_one_attempt(players: Players) -> None:
    tapped = key()
    for _ in range(2):
        with pytest.raises(Refusal, match="sign_in_wrong"):
            sign_in.sign_in(NOBODY, now(), tapped, "V01", "9999", key(), *RULES)
    member = staff.find_by_badge("V01")
    assert member
    assert member.failures == 1


def test_signing_out_ends_the_session(hub: Flask, players: Players) -> None:
    token = players.tokens["volunteer"]
    assert staff.find_session(token_hash(token))
    done_once(sign_in.sign_out, players.volunteer, other=players.lead)
    assert staff.find_session(token_hash(token)) is None


def test_no_pin_and_no_token_is_stored(players: Players, hub: Flask) -> None:
    stored = " ".join(row.pin_hash for row in staff.list_())
    assert "1807" not in stored or "$argon2id$" in stored
    assert all(row.pin_hash.startswith("$argon2id$") for row in staff.list_())


@pytest.mark.parametrize("who", ["DTB1:V01", "dtb1:v01", " DTB1:V01 ", "dtb1;v01"])
def test_a_badge_that_a_hand_scanner_types_is_its_code(players: Players, who: str) -> None:
    assert staff.get_session(enter(who, PIN)).staff_id == players.volunteer.id


def test_a_badge_alone_opens_nothing(players: Players) -> None:
    assert enter("DTB1:V01", "") == "sign_in_wrong"
    assert enter("DTB1:NOBODY", PIN) == "sign_in_wrong"


def namesake(pin: str) -> str:
    """Somebody else with the volunteer's name; their id."""
    return staff_acts.add_staff(OPERATOR, now(), key(), STAFF[Role.VOLUNTEER][0], Role.VOLUNTEER, "V77", pin)


def test_two_of_one_name_are_told_apart_by_their_pins_or_by_the_badge(players: Players) -> None:
    name = STAFF[Role.VOLUNTEER][0]
    other = namesake("9481")
    assert staff.get_session(enter(name, "9481")).staff_id == other
    assert staff.get_session(enter(name, PIN)).staff_id == players.volunteer.id


def test_two_of_one_name_with_one_pin_must_show_the_badge(players: Players) -> None:
    other = namesake(PIN)
    assert enter(STAFF[Role.VOLUNTEER][0], PIN) == "sign_in_two"
    assert staff.get_session(enter("V77", PIN)).staff_id == other
    assert staff.get_session(enter("V01", PIN)).staff_id == players.volunteer.id


def test_whose_last_day_has_passed_is_told_so_and_nobody_else_is(players: Players) -> None:
    with writing():
        staff.get(players.volunteer.id).valid_until = now().on - timedelta(days=1)
    assert enter("V01", PIN) == "sign_in_over"
    assert enter("V01", "9999") == "sign_in_wrong", "who does not know the PIN learns nothing"


def test_another_session_of_the_same_person_goes_on(players: Players) -> None:
    first, second = enter("V01", PIN), enter("V01", PIN)
    assert {first, second} <= {row.id for row in staff.list_open_sessions(players.volunteer.id)}


def test_signing_in_ends_what_this_browser_had(players: Players) -> None:
    before = players.lead.session
    sign_in.sign_in(NOBODY, now(), key(), "V01", PIN, key(), *RULES, before=before)
    assert staff.get_session(before).ended_at is not None
    assert staff.get_session(players.volunteer.session).ended_at is None


def test_sessions_that_nobody_uses_any_more_are_not_counted(players: Players) -> None:
    open_ = {row.id for row in staff.list_sessions_since(now(-120).at)}
    assert {players.volunteer.session, players.lead.session} <= open_
    assert staff.list_sessions_since(now(1).at) == []
    sign_in.sign_out(players.lead, now(), key())
    assert players.lead.session not in {row.id for row in staff.list_sessions_since(now(-120).at)}

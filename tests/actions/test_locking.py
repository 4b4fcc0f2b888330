"""Locking a screen, by hand and by badge, and unlocking it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from kiosk.actions import locking, scanning, sign_in
from kiosk.rules.actor import Actor
from kiosk.rules.words import Role, ScanOutcome
from kiosk.store import audit, scans, staff
from kiosk.store.database import db
from tests.cast import Players, done_once, everything, key, now, refusal_of
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")
RULES = (5, 5)
PIN = STAFF[Role.VOLUNTEER][2]


def locked(by: Actor) -> bool:
    """Is the actor's session locked by hand?"""
    return staff.get_session(by.session).locked_at is not None


def test_a_session_is_locked_and_its_pin_opens_it(players: Players) -> None:
    done_once(locking.lock, players.volunteer, other=players.lead)
    assert locked(players.volunteer)
    assert not locked(players.lead)
    done_once(locking.unlock, players.volunteer, PIN, *RULES, other=players.lead)
    assert not locked(players.volunteer)
    session = players.volunteer.session
    assert all(audit.find_last(event, session) for event in ("session.locked", "session.unlocked"))


def test_locking_twice_keeps_the_first_time(players: Players) -> None:
    locking.lock(players.volunteer, now(), key())
    first = staff.get_session(players.volunteer.session).locked_at
    locking.lock(players.volunteer, now(3), key())
    assert staff.get_session(players.volunteer.session).locked_at == first


@pytest.mark.parametrize("pin", ["9999", "", STAFF[Role.SITE_LEAD][2]])
def test_no_other_pin_opens_it(players: Players, pin: str) -> None:
    locking.lock(players.volunteer, now(), key())
    assert refusal_of(locking.unlock, players.volunteer, pin, *RULES) == "sign_in_wrong"
    assert locked(players.volunteer)


def test_wrong_pins_count_as_at_the_sign_in(players: Players) -> None:
    locking.lock(players.volunteer, now(), key())
    for _ in range(5):
        refusal_of(locking.unlock, players.volunteer, "9999", *RULES)
    assert refusal_of(locking.unlock, players.volunteer, PIN, *RULES) == "sign_in_locked"
    assert refusal_of(sign_in.sign_in, sign_in.NOBODY, "V01", PIN, key(), *RULES) == "sign_in_locked"


def test_a_wrong_pin_does_not_make_an_idle_session_look_used(players: Players) -> None:
    before = staff.get_session(players.volunteer.session).last_act_at
    refusal_of(locking.unlock, players.volunteer, "9999", *RULES, at=now(20))
    assert staff.get_session(players.volunteer.session).last_act_at == before


def test_unlocking_counts_the_minutes_anew(players: Players) -> None:
    locking.unlock(players.volunteer, now(20), key(), PIN, *RULES)
    assert staff.get_session(players.volunteer.session).last_act_at >= now(19).at


def test_a_touch_is_written_once_a_minute_at_most_and_is_in_no_audit(players: Players) -> None:
    before = everything()
    locking.note_presence(players.volunteer, now(0.5))
    assert everything() == before
    later = now(2)
    locking.note_presence(players.volunteer, later)
    after = everything()
    assert {name for name in before if before[name] != after[name]} == {"staff_session"}
    db.session.expire_all()
    assert staff.get_session(players.volunteer.session).last_act_at == later.at


def read(by: Actor, badge: str, symbology: str) -> str:
    """A badge is held to the actor's camera or hand scanner; the outcome."""
    id = str(uuid4())
    return scanning.scan_code(by, now(), id, id, f"DTB1:{badge}".encode(), symbology)


@pytest.mark.parametrize("symbology", ["Keyboard", "Serial"])
@pytest.mark.parametrize("where", ["kiosk", "table_camera"])
def test_a_badge_at_a_hand_scanner_locks_every_session_of_whose_it_is(
    players: Players, where: str, symbology: str
) -> None:
    assert read(getattr(players, where), "V01", symbology) == ScanOutcome.UNKNOWN_CODE
    assert all(locked(one) for one in (players.volunteer, players.typist, players.finisher))
    assert not locked(players.lead)
    assert not locked(players.vaccinator)
    station = getattr(players, where).station
    assert scans.find_offered(station, now(-1).at) is None, "no screen shows it"


@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix", "Code128"])
def test_a_badge_round_a_neck_is_in_the_picture_all_day_and_locks_nothing(players: Players, symbology: str) -> None:
    read(players.kiosk, "V01", symbology)
    assert not locked(players.volunteer)


def test_what_a_colleague_types_or_scans_with_a_tablet_locks_nobody(players: Players) -> None:
    read(players.lead, "V01", "Keyboard")
    assert not locked(players.volunteer)


def test_a_badge_of_nobody_who_is_signed_in_is_named_as_before(players: Players, opened: str) -> None:
    read(players.kiosk, "T01", "Keyboard")
    offered = scans.find_offered("kiosk-1", now(-1).at)
    assert offered
    assert offered.kind == "badge"


def test_a_second_sending_of_the_same_badge_is_the_same(players: Players) -> None:
    id = key()
    for _ in range(2):
        scanning.scan_code(players.kiosk, now(), id, id, b"DTB1:V01", "Serial")
    locking.unlock(players.volunteer, now(), key(), PIN, *RULES)
    scanning.scan_code(players.kiosk, now(), id, id, b"DTB1:V01", "Serial")
    assert not locked(players.volunteer), "a scan that comes late again locks nothing anew"

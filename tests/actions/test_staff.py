"""Who works here: added, changed, a lost badge, a forgotten PIN, gone and back again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kiosk.actions import duty, sign_in, staff
from kiosk.actions.sign_in import NOBODY
from kiosk.errors import NotFound, Refusal
from kiosk.rules.actor import OPERATOR
from kiosk.rules.moment import Moment
from kiosk.rules.staff import BADGE_LENGTH, BADGE_SIGNS
from kiosk.rules.words import Role
from kiosk.store import acts, clinic_days, duties
from kiosk.store import staff as known
from kiosk.store.audit import AuditEntry
from kiosk.store.database import db
from tests.cast import Players, done_once, everything, key, now, refusal_of
from tests.conftest import STAFF

pytestmark = pytest.mark.usefixtures("inside")
FACTS = ("Vũ Thị Tình", "volunteer", "", "2468")
LAST = {"badge_replaced", "pin_reset", "unlocked", "sessions_ended", "taken_out", "taken_back", "changed", "added"}


def member(role: Role = Role.VACCINATOR) -> known.Staff:
    """One of the cast."""
    row = known.find_by_badge(STAFF[role][1])
    assert row
    return row


def enter(who: str, pin: str, at: Moment | None = None) -> str:
    """Signs in, or gives the code of the refusal."""
    try:
        return sign_in.sign_in(NOBODY, at or now(), key(), who, pin, key(), 5, 5)
    except Refusal as refusal:
        return refusal.code


def tomorrow() -> Moment:
    """The same time on the next day."""
    moment = now()
    return replace(moment, at=moment.at + timedelta(days=1), on=moment.on + timedelta(days=1))


def changed(by: Any, row: known.Staff, **facts: Any) -> list[str]:
    """Changes only what is named."""
    as_it_is = {"name": row.name, "role": row.role, "licence": row.licence, "until": row.valid_until}
    return staff.change_staff(by, now(), key(), row.id, **as_it_is | facts)


def test_a_member_of_staff_is_added(players: Players) -> None:
    id = done_once(staff.add_staff, OPERATOR, "  Vũ Thị Tình ", "observer", "o01", "2468", other=players.lead)
    row = known.get(id)
    assert (row.name, row.badge, row.role, row.licence) == ("Vũ Thị Tình", "O01", "observer", "")
    assert row.valid_until is None
    assert row.added_at is not None


def test_a_volunteer_for_today_gets_a_badge_and_may_sign_in_until_midnight(players: Players) -> None:
    row = known.get(staff.add_staff(players.lead, now(), key(), *FACTS, until=now().on))
    assert len(row.badge) == BADGE_LENGTH
    assert set(row.badge) <= set(BADGE_SIGNS)
    assert known.get_session(enter(row.badge.lower(), "2468")).staff_id == row.id
    assert enter(row.badge, "2468", tomorrow()) == "sign_in_over"


def test_two_of_one_name_are_two(players: Players) -> None:
    one, two = (known.get(staff.add_staff(players.lead, now(), key(), *FACTS[:3], pin)) for pin in ("2468", "1357"))
    assert one.badge != two.badge
    assert known.get_session(enter("vu thi tinh", "1357")).staff_id == two.id
    assert [row.id for row in known.search("tình vũ", 9)] == [
        row.id for row in sorted((one, two), key=lambda row: row.badge)
    ]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (("Vũ Thị Tình", "device", "O01", "2468"), "role_odd"),
        (("Vũ Thị Tình", "king", "O01", "2468"), "role_odd"),
        (("Vũ Thị Tình", "observer", "v01", "2468"), "badge_taken"),
        (("Vũ Thị Tình", "observer", "O 01", "2468"), "badge_odd"),
        (("Vũ Thị Tình", "observer", "O" * 21, "2468"), "badge_odd"),
        (("Vũ Thị Tình", "observer", "O01", "246"), "pin_odd"),
        (("Vũ Thị Tình", "observer", "O01", "1234"), "pin_trivial"),
        (("", "observer", "O01", "2468"), "name_missing"),
        (("Tình 2", "observer", "O01", "2468"), "name_odd"),
        (("Vũ Thị Tình", "screener", "O01", "2468", "a;b"), "licence_odd"),
        (("Vũ Thị Tình", "screener", "O01", "2468", "", now().on - timedelta(days=1)), "last_day_odd"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_member_of_staff(facts: tuple[Any, ...], code: str) -> None:
    assert refusal_of(staff.add_staff, OPERATOR, *facts) == code


def test_a_badge_of_somebody_who_is_gone_is_nobody_elses(players: Players) -> None:
    staff.take_out(players.lead, now(), key(), member().id)
    assert refusal_of(staff.add_staff, OPERATOR, "Vũ Thị Tình", "observer", "N01", "2468") == "badge_taken"


def test_what_is_known_of_somebody_is_corrected(players: Players) -> None:
    row = member()
    facts = (row.id, "Vàng Thị Súa", "screener", "000123/YB-CCHN", now().on)
    assert done_once(staff.change_staff, players.lead, *facts) == ["licence", "name", "role", "until"]
    row = known.get(row.id)
    assert (row.name, row.name_key, row.works_as) == ("Vàng Thị Súa", "VANG THI SUA", Role.SCREENER)
    assert (row.licence, row.valid_until) == ("000123/YB-CCHN", now().on)
    assert changed(players.lead, row) == []
    assert refusal_of(staff.change_staff, players.lead, row.id, "Tên", "king", "", None) == "role_odd"
    yesterday = now().on - timedelta(days=1)
    assert refusal_of(staff.change_staff, players.lead, row.id, "Tên", "screener", "", yesterday) == "last_day_odd"


def test_a_lost_badge_stops_at_once_and_its_owner_goes_on(players: Players) -> None:
    row, pin = member(), STAFF[Role.VACCINATOR][2]
    before = len(known.list_open_sessions(row.id))
    assert before
    done_once(staff.replace_badge, players.lead, row.id)
    row = known.get(row.id)
    assert enter("N01", pin) == "sign_in_wrong"
    assert len(known.list_open_sessions(row.id)) == before, "a badge alone opens nothing"
    assert known.get_session(enter(row.badge, pin)).staff_id == row.id
    assert known.is_taken(row.badge)
    assert not known.is_taken("N01")


def test_a_new_pin_unlocks_and_ends_sessions(players: Players) -> None:
    row = member()
    for _ in range(5):
        enter("N01", "9999")
    assert enter("N01", STAFF[Role.VACCINATOR][2]) == "sign_in_locked"
    assert done_once(staff.reset_pin, players.lead, row.id, "8642") == 3
    assert known.list_open_sessions(row.id) == []
    assert enter("N01", STAFF[Role.VACCINATOR][2]) == "sign_in_wrong"
    assert known.get_session(enter("N01", "8642")).staff_id == row.id
    for pin in ("1111", "12"):
        assert refusal_of(staff.reset_pin, players.lead, row.id, pin) in ("pin_trivial", "pin_odd")


def test_a_lead_who_resets_their_own_pin_stays_signed_in_here(players: Players) -> None:
    elsewhere = enter("L01", STAFF[Role.SITE_LEAD][2])
    assert staff.reset_pin(players.lead, now(), key(), players.lead.id, "8642") == 1
    assert [each.id for each in known.list_open_sessions(players.lead.id)] == [players.lead.session]
    assert known.get_session(elsewhere).ended_at is not None


def test_somebody_is_unlocked_and_signed_out_everywhere(players: Players) -> None:
    row = member()
    for _ in range(5):
        enter("N01", "9999")
    done_once(staff.unlock, players.lead, row.id)
    assert known.get_session(enter("N01", STAFF[Role.VACCINATOR][2])).staff_id == row.id
    assert done_once(staff.end_sessions, players.lead, row.id) == 4
    assert known.list_open_sessions(row.id) == []


def test_whoever_is_taken_out_is_signed_in_nowhere_and_answers_for_no_table(players: Players, opened: str) -> None:
    duty.take_duty(players.typist, now(), key(), "N01", STAFF[Role.VACCINATOR][2], 5, 5)
    assert duties.find_at(opened, "injection-1")
    row = member()
    assert done_once(staff.take_out, players.lead, row.id) == 3
    assert known.list_open_sessions(row.id) == []
    day = clinic_days.find_open()
    assert day
    assert duty.answering(players.typist, day, "dose") is None
    assert enter("N01", STAFF[Role.VACCINATOR][2]) == "sign_in_wrong"
    assert row.id not in [each.id for each in known.list_page(now().on, gone=False, role="", offset=0, limit=99)]
    assert [each.id for each in known.list_page(now().on, gone=True, role="", offset=0, limit=99)] == [row.id]
    for act, facts in (
        (staff.take_out, ()), (staff.replace_badge, ()), (staff.reset_pin, ("8642",)), (staff.unlock, ()),
        (staff.change_staff, ("Tên", "observer", "", None)),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act(players.lead, now(), key(), row.id, *facts)  # type: ignore[operator]


@pytest.mark.parametrize("only_today", [True, False])
def test_whoever_comes_back_has_badge_and_pin_as_before(players: Players, only_today: bool) -> None:
    row = member()
    staff.take_out(players.lead, now(), key(), row.id)
    done_once(staff.take_back, players.lead, row.id, only_today)
    assert known.get(row.id).valid_until == (now().on if only_today else None)
    assert known.get_session(enter("N01", STAFF[Role.VACCINATOR][2])).staff_id == row.id


def test_the_last_site_lead_cannot_lock_the_site_out(players: Players) -> None:
    lead = member(Role.SITE_LEAD)
    for by in (players.lead, OPERATOR):
        assert refusal_of(staff.take_out, by, lead.id) == "last_site_lead"
        assert refusal_of(staff.change_staff, by, lead.id, lead.name, "volunteer", "", None) == "last_site_lead"
        assert refusal_of(staff.change_staff, by, lead.id, lead.name, "site_lead", "", now().on) == "last_site_lead"
    assert changed(players.lead, lead, name="Hoàng Thị Lan Anh") == ["name"]
    for_a_day = staff.add_staff(
        players.lead, now(), key(), "Giàng Thị Mỷ", "site_lead", "", "2468", "", now().on
    )  # fmt: skip
    assert refusal_of(staff.take_out, players.lead, lead.id) == "last_site_lead", "the other is gone tomorrow"
    changed(players.lead, known.get(for_a_day), until=None)
    staff.take_out(players.lead, now(), key(), lead.id)
    assert refusal_of(staff.take_out, OPERATOR, for_a_day) == "last_site_lead"
    assert refusal_of(staff.take_back, OPERATOR, for_a_day, True) == "last_site_lead", "an old page, pressed again"


def test_wrong_pins_lock_the_last_lead_and_the_machine_lets_them_in_again(players: Players) -> None:
    for _ in range(5):
        enter("L01", "9999")
    assert enter("L01", STAFF[Role.SITE_LEAD][2]) == "sign_in_locked"
    staff.reset_pin(OPERATOR, now(), key(), players.lead.id, "8642")
    assert known.get_session(enter("L01", "8642")).staff_id == players.lead.id


def test_every_act_is_in_the_audit_and_no_pin_is_anywhere(players: Players) -> None:
    id = staff.add_staff(players.lead, now(), key(), "Vũ Thị Tình", "volunteer", "", "86420135")
    row = known.get(id)
    staff.reset_pin(players.lead, now(), key(), id, "97531864")
    once: tuple[Callable[..., Any], ...] = (
        staff.replace_badge, staff.unlock, staff.end_sessions, staff.take_out,
    )  # fmt: skip
    for act in once:
        act(players.lead, now(), key(), id)
    staff.take_back(players.lead, now(), key(), id, True)
    changed(players.lead, row, name="Vũ Thị Tinh")
    entries = db.session.scalars(db.select(AuditEntry).where(AuditEntry.noun_id == id)).all()
    assert {entry.event for entry in entries} == {f"staff.{each}" for each in LAST}
    assert {entry.by for entry in entries} == {players.lead.id}
    said = json.dumps([entry.facts for entry in entries], ensure_ascii=False)
    assert "Tình" not in said
    assert row.badge not in said
    rows = everything()
    kept = repr([rows["audit_entry"], rows[acts.Act.__tablename__], rows["staff"]])
    for secret in ("86420135", "97531864"):
        assert secret not in kept
    hashes = [each.pin_hash for each in known.list_()]
    assert not any(each in repr([rows["audit_entry"], rows[acts.Act.__tablename__]]) for each in hashes)

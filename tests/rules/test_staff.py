"""Who may work here: the last day, the PIN, the licence, the badge's code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import staff
from kiosk.rules.words import Role

TODAY = date(2021, 11, 20)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Member:
    """A colleague on paper."""

    active: bool = True
    valid_until: date | None = None
    works_as: Role = Role.VOLUNTEER
    licence: str = ""


def refused(rule, *facts):
    """The code and the field it refuses with."""
    with pytest.raises(Refusal) as error:
        rule(*facts)
    return error.value.code, error.value.field


@pytest.mark.parametrize(
    ("active", "until", "works"),
    [(True, None, True), (True, TODAY, True), (True, TODAY + DAY, True), (True, TODAY - DAY, False),
     (False, None, False), (False, TODAY, False)],
)  # fmt: skip
def test_somebody_works_to_the_end_of_their_last_day(active, until, works):
    assert staff.works_on(Member(active, until), TODAY) is works


@pytest.mark.parametrize("pin", ["2580", "1807", "1001", "12345679", "1221", "135792"])
def test_a_pin_that_can_be_used(pin):
    assert staff.require_pin(pin) == pin


@pytest.mark.parametrize(
    "pin", ["0000", "77777777", "1234", "0123", "9876", "45678", "1212", "0707", "123123", "20212021"]
)
def test_a_pin_that_anybody_would_try_first(pin):
    assert refused(staff.require_pin, pin) == ("pin_trivial", "pin")


@pytest.mark.parametrize("pin", ["", "258", "258025802", "25a0", "٢٥٨٠", " 2580", "-258"])
def test_what_is_no_pin(pin):
    assert refused(staff.require_pin, pin) == ("pin_odd", "pin")


@pytest.mark.parametrize("text", ["", "000123/YB-CCHN", " 012345/BYT-GPHN ", "Đ.12-3"])
def test_a_licence_is_kept_as_written(text):
    assert staff.require_licence(text) == text.strip()


@pytest.mark.parametrize("text", ["1" * 41, "12;34", "<b>"])
def test_what_is_no_licence(text):
    assert refused(staff.require_licence, text) == ("licence_odd", "licence")


def test_doctors_and_nurses_practise_under_a_licence_and_volunteers_help_for_a_day():
    known = protocols.staff()
    assert (known.licensed, known.for_a_day) == ({Role.SCREENER, Role.VACCINATOR}, {Role.VOLUNTEER})
    assert "40/2009/QH12" in known.source
    doctor = Member(works_as=Role.SCREENER)
    assert staff.lacks_licence(doctor, known)
    assert not staff.lacks_licence(replace(doctor, licence="000123/YB-CCHN"), known)
    assert not staff.lacks_licence(Member(), known)


@pytest.mark.parametrize(
    ("text", "until"), [("", None), (" ", None), ("2021-11-20", TODAY), ("21/11/2021", TODAY + DAY)]
)
def test_a_last_day(text, until):
    assert staff.require_last_day(text, TODAY) == until


@pytest.mark.parametrize("text", ["2021-11-19", "tomorrow", "31/02/2022", "2022"])
def test_no_last_day(text):
    assert refused(staff.require_last_day, text, TODAY) == ("last_day_odd", "until")


def test_a_drawn_badge_is_neither_a_name_nor_a_number():
    assert staff.badge_of("K7M4Q") == "K7M4Q"
    assert staff.badge_of("KTMNQ") is None
    assert staff.badge_of("23456") is None
    assert not set(staff.BADGE_SIGNS) & set("AEIOUYDW01L"), "no sign that is misread, or turned into another"


def test_a_chosen_badge_and_role():
    assert staff.require_badge("o01") == "O01"
    assert staff.require_role("observer") is Role.OBSERVER
    for role in ("device", "king", ""):
        assert refused(staff.require_role, role) == ("role_odd", "role")
    for badge in ("", "O 01", "Ô01", "O" * 21):
        assert refused(staff.require_badge, badge) == ("badge_odd", "badge")

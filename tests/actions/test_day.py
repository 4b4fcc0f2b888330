"""Opening and closing the clinic day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from kiosk.actions import day, forwarding, help_calls, scanning
from kiosk.errors import Refusal
from kiosk.rules.report import balance, together
from kiosk.rules.words import DayHalf, VisitState
from kiosk.store import clinic_days, figures, outbox, scans, stations, visits
from kiosk.store import help_calls as calls
from kiosk.store.database import db, writing
from tests.cast import CARD, Players, called, done_once, dosed, key, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside")


def test_the_lead_opens_this_morning(players: Players) -> None:
    id = done_once(day.open_day, players.lead, "morning", other=players.volunteer)
    found = clinic_days.find_open()
    assert found
    assert (found.id, found.on, found.half) == (id, now().on, DayHalf.MORNING)


def test_two_days_are_never_open_at_once(players: Players, opened: str) -> None:
    assert refusal_of(day.open_day, players.lead, "afternoon") == "day_already_open"


def test_a_half_closed_by_mistake_goes_on_where_it_stopped(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    day.close_day(players.lead, now(), key(), 1)
    assert visits.get(visit).state == "left"
    assert day.open_day(players.lead, now(), key(), "morning") == opened
    db.session.expire_all()
    assert (visits.get(visit).state, visits.get(visit).left_at) == ("waiting", None)
    assert receive(players, players.huong) == visit


def test_what_changed_while_a_half_was_closed_holds_when_it_goes_on(players: Players, opened: str) -> None:
    visit = receive(players, players.huong)
    day.close_day(players.lead, now(), key(), 1)
    with writing():
        visits.get(visit).lane, visits.get(visit).bound_for = "a lane of before", "screening-1"
        stations.get("screening-1").own_steps = []
    day.open_day(players.lead, now(), key(), "morning")
    db.session.expire_all()
    assert (visits.get(visit).lane, visits.get(visit).bound_for, visits.get(visit).inside) == ("usual", "", "A")
    assert called(players.other_screener) == visit


def test_a_box_that_does_not_know_the_date_opens_nothing(players: Players) -> None:
    unsure = replace(now(), trusted=False)
    assert refusal_of(day.open_day, players.lead, "morning", at=unsure) == "clock_untrusted"


def test_an_empty_day_closes(players: Players, opened: str) -> None:
    assert done_once(day.close_day, players.lead, 0, other=players.volunteer) == 0
    assert clinic_days.find_open() is None


def test_a_day_with_people_closes_only_when_they_have_gone(players: Players, opened: str) -> None:
    visit, call = receive(players, players.huong), help_calls.call_help(players.kiosk, now(), key(), "asked")
    with pytest.raises(Refusal) as refused:
        day.close_day(players.lead, now(), key(), 0)
    assert (refused.value.code, refused.value.facts) == ("people_still_here", {"n": 1})
    assert day.close_day(players.lead, now(), key(), 1) == 1
    assert visits.get(visit).stands is VisitState.LEFT
    assert visits.get(visit).left_at
    assert calls.get(call).taken_by == players.lead.id


@pytest.mark.parametrize("minutes", [0, -3 * 24 * 60], ids=["today", "days before the day was opened"])
def test_at_the_close_every_card_is_forgotten(players: Players, opened: str, minutes: float) -> None:
    id = key()
    scanning.scan_code(players.kiosk, now(minutes), id, id, CARD.encode(), "QRCode")
    assert scans.get(id).raw
    day.close_day(players.lead, now(1), key(), 0)
    db.session.expire_all()
    assert scans.get(id).raw == b""


def test_a_dose_that_the_platform_does_not_have_keeps_the_day_open(players: Players, opened: str) -> None:
    dosed(players, players.huong)
    with pytest.raises(Refusal) as refused:
        day.close_day(players.lead, now(), key(), 1)
    assert (refused.value.code, refused.value.facts) == ("doses_unsettled", {"n": 1})
    (message,) = outbox.list_unsettled(opened)
    forwarding.sign_for(players.lead, now(), key(), [message.id], "mất mạng")
    assert day.close_day(players.lead, now(), key(), 1) == 1
    assert [each.message.id for each in figures.list_undelivered(9)] == [message.id], "and it still goes"


def test_two_halves_of_a_date_have_books_of_their_own(players: Players, opened: str) -> None:
    dosed(players, players.huong)
    forwarding.sign_for(players.lead, now(), key(), [row.id for row in outbox.list_unsettled(opened)], "mất mạng")
    day.close_day(players.lead, now(), key(), 1)
    afternoon = day.open_day(players.lead, now(), key(), "afternoon")
    assert outbox.list_unsettled(afternoon) == [], "nobody signs twice"
    dosed(players, players.pao)
    receive(players, players.dung)
    days = [clinic_days.find(now().on, half) for half in DayHalf]
    halves = [figures.of_day(each) for each in days if each]
    assert [(each.arrived, each.given, each.left, each.signed) for each in halves] == [(1, 1, 1, 1), (2, 1, 0, 0)]
    whole = together(halves)
    assert (whole.planned, whole.given, whole.undecided, balance(whole)) == (3, 2, 1, ())


def test_there_is_nothing_to_close_without_a_day(players: Players) -> None:
    assert refusal_of(day.close_day, players.lead, 0) == "no_clinic_day"


@pytest.mark.parametrize(("hour", "half"), [(7, "morning"), (11, "morning"), (12, "afternoon"), (18, "afternoon")])
def test_noon_begins_the_afternoon(hour: int, half: str) -> None:
    assert day.half_of(datetime(2021, 11, 20, hour, 59)) == half  # noqa: DTZ001 (local time, as shown)

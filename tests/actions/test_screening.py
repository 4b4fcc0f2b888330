"""The doctor screens."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kiosk.actions import duty, screening
from kiosk.rules.schedule import PastDose
from kiosk.rules.words import Conclusion, EarlierSource
from kiosk.store import audit, doses, screenings, visits
from kiosk.store.database import db
from tests.cast import Players, called, done_once, key, now, receive, refusal_of

pytestmark = pytest.mark.usefixtures("inside", "opened")
HEALTHY: dict[str, Any] = {
    "ticked": [], "none": True, "vitals": {"temperature": "36,8"}, "earlier": [], "conclusion": "cleared", "note": "",
}  # fmt: skip


def facts(visit_id: str, **changed: Any) -> tuple[Any, ...]:
    """What `conclude` is told of somebody healthy, but for what is named."""
    return (visit_id, *(HEALTHY | changed).values())


@pytest.fixture
def here(players: Players) -> str:
    """Hường is at the doctor's table; her visit."""
    receive(players, players.huong)
    return called(players.screener)


def test_somebody_healthy_goes_on_to_the_needle(players: Players, here: str) -> None:
    done_once(screening.conclude, players.screener, *facts(here), other=players.other_screener)
    row = screenings.find(here)
    assert row
    assert (row.concluded, row.suggested, row.vitals) == (Conclusion.CLEARED, "cleared", {"temperature": 36.8})
    assert (row.version, row.entered_by, row.screener) == ("QĐ 4355/QĐ-BYT", players.screener.id, players.screener.id)
    assert visits.get(here).step == "injection"


@pytest.mark.parametrize(
    ("conclusion", "step"),
    [("cleared", "injection"), ("caution", "injection"), ("deferred", "finish"), ("referred", "finish"),
     ("contraindicated", "finish"), ("declined", "finish")],
)  # fmt: skip
def test_the_conclusion_decides_where_they_go(players: Players, here: str, conclusion: str, step: str) -> None:
    screening.conclude(players.screener, now(), key(), *facts(here, conclusion=conclusion))
    assert (visits.get(here).step, visits.get(here).state) == (step, "waiting")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"none": False}, "answer_missing"),
        ({"ticked": ["allergy"]}, "answer_contradicts"),
        ({"ticked": ["horoscope"], "none": False}, "screening_changed"),
        ({"vitals": {}}, "vital_missing"),
        ({"vitals": {"temperature": "369"}}, "vital_odd"),
        ({"conclusion": ""}, "conclusion_missing"),
        ({"ticked": ["acute_illness"], "none": False}, "conclusion_milder"),
        ({"earlier": [("astrazeneca", "")]}, "earlier_odd"),
        ({"earlier": [("", "01/09/2021")]}, "earlier_odd"),
        ({"earlier": [("astrazeneca", "01/09/2019")]}, "earlier_odd"),
        ({"earlier": [("astrazeneca", f"{now().on:%d/%m/%Y}")]}, "earlier_odd"),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_leaves_nothing(
    players: Players, here: str, changed: dict[str, Any], code: str
) -> None:
    assert refusal_of(screening.conclude, players.screener, *facts(here, **changed)) == code
    assert visits.get(here).step == "screening"


def test_a_doctor_may_be_milder_and_says_why(players: Players, here: str) -> None:
    milder = facts(here, ticked=["acute_illness"], none=False, note=" đã   khỏi ")
    screening.conclude(players.screener, now(), key(), *milder)
    row = screenings.find(here)
    assert row
    assert (row.conclusion, row.suggested, row.note, row.ticked) == (
        "cleared",
        "deferred",
        "đã khỏi",
        ["acute_illness"],
    )


def test_nobody_is_screened_twice(players: Players, here: str) -> None:
    screening.conclude(players.screener, now(), key(), *facts(here))
    assert refusal_of(screening.conclude, players.screener, *facts(here)) == "visit_moved_on"


def test_earlier_doses_are_history_once(players: Players, here: str) -> None:
    told = [("astrazeneca", "01/09/2021"), ("", ""), ("astrazeneca", "1/9/2021")]
    screening.conclude(players.screener, now(), key(), *facts(here, earlier=told))
    assert doses.history(players.huong) == [PastDose("astrazeneca", date(2021, 9, 1), source=EarlierSource.SAID)]


def test_a_volunteer_types_only_where_a_doctor_is_on_duty(players: Players, here: str) -> None:
    typing = type(players.typist)(players.typist.id, players.typist.role, "screening-1", players.typist.session)
    assert refusal_of(screening.conclude, typing, *facts(here)) == "nobody_on_duty"
    duty.take_duty(typing, now(), key(), "S01", "2916", 5, 5)
    screening.conclude(typing, now(), key(), *facts(here))
    row = screenings.find(here)
    assert row
    assert (row.entered_by, row.screener) == (players.volunteer.id, players.screener.id)


def test_a_nurse_does_not_conclude(players: Players, here: str) -> None:
    nurse = type(players.vaccinator)(
        players.vaccinator.id, players.vaccinator.role, "screening-1", players.vaccinator.session
    )
    assert refusal_of(screening.conclude, nurse, *facts(here)) == "nobody_on_duty"


def test_the_audit_names_nobody(players: Players, here: str) -> None:
    screening.conclude(players.screener, now(), key(), *facts(here, note="Nguyễn Thị Hường nói vậy"))
    said = str([entry.facts for entry in db.session.scalars(db.select(audit.AuditEntry))])
    assert "Hường" not in said
    assert not list(audit.verify())

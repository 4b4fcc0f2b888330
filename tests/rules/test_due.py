"""Whose next dose is due."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules.due import Begun, NextDose, Window, next_dose, windows
from kiosk.rules.schedule import PastDose, Who, may_give

VACCINES = protocols.vaccines()
GIVEN = date(2021, 8, 1)


def begun(doses: int, first: str, last: str | None = None) -> Begun:
    """Somebody with so many doses, the last one on a fixed day."""
    return Begun(doses, first, PastDose(last or first, GIVEN))


def test_the_second_dose_of_a_series() -> None:
    assert next_dose(VACCINES, begun(1, "astrazeneca")) == NextDose(
        "astrazeneca", 2, date(2021, 9, 20), date(2021, 9, 26)
    )
    assert next_dose(VACCINES, begun(1, "pfizer")) == NextDose("pfizer", 2, date(2021, 8, 22), date(2021, 8, 22))


def test_the_day_goes_by_the_rules_of_that_day() -> None:
    """CV 7820/BYT-DP, 20/9/2021: from then on 4 weeks may be enough, so nobody must wait for 8 who began in August."""
    for given_on, earliest in (
        ("2021-07-20", "2021-09-14"),
        ("2021-07-27", "2021-09-20"),
        ("2021-08-25", "2021-09-22"),
    ):
        dose = next_dose(VACCINES, Begun(1, "astrazeneca", PastDose("astrazeneca", date.fromisoformat(given_on))))
        assert dose
        assert dose.earliest_on == date.fromisoformat(earliest)
        assert dose.recommended_on == date.fromisoformat(given_on) + timedelta(days=56)


@given(
    st.sampled_from(["astrazeneca", "pfizer", "abdala"]), st.dates(date(2021, 6, 1), date(2021, 12, 1)), st.booleans()
)
def test_the_windows_of_a_day_are_those_who_are_due_on_it(code: str, given_on: date, early: bool) -> None:
    dose = next_dose(VACCINES, Begun(1, code, PastDose(code, given_on)))
    assert dose
    due_on = dose.earliest_on if early else dose.recommended_on
    for on in (due_on - timedelta(days=1), due_on):
        within = [each for each in windows(VACCINES, code, on, early=early) if (each.doses, each.first) == (1, code)]
        assert [given_on <= each.given_until for each in within] == [on == due_on]


def test_a_finished_series_proposes_nothing_by_itself() -> None:
    assert next_dose(VACCINES, begun(2, "astrazeneca")) is None
    assert next_dose(VACCINES, begun(3, "pfizer")) is None
    assert next_dose(VACCINES, begun(1, "janssen")) is None
    assert next_dose(VACCINES, begun(3, "abdala")) is None


def test_a_series_of_three_goes_on_after_the_second() -> None:
    dose = next_dose(VACCINES, begun(2, "abdala"))
    assert dose
    assert (dose.dose_number, dose.recommended_on) == (3, date(2021, 8, 15))


def test_a_mixed_series_goes_on_with_the_last_product_and_ends_as_it_began() -> None:
    dose = next_dose(VACCINES, begun(2, "abdala", "pfizer"))
    assert dose
    assert (dose.vaccine, dose.dose_number, dose.earliest_on) == ("pfizer", 3, date(2021, 8, 22))
    assert next_dose(VACCINES, begun(2, "astrazeneca", "pfizer")) is None


def test_a_product_that_we_do_not_know_is_not_guessed_at() -> None:
    assert next_dose(VACCINES, begun(1, "other")) is None
    with pytest.raises(Refusal):
        windows(VACCINES, "other", GIVEN, early=False)


def test_windows_say_the_same_as_the_rule() -> None:
    on = date(2021, 9, 26)
    due = windows(VACCINES, "astrazeneca", on, early=False)
    assert Window(1, "astrazeneca", "astrazeneca", GIVEN) in due
    assert {window.doses for window in due if window.first == "abdala"} == {1, 2}
    assert not [window for window in due if window.first == "janssen"]
    assert windows(VACCINES, "astrazeneca", on, early=True)[0].given_until == date(2021, 8, 29)
    assert windows(VACCINES, "astrazeneca", date(2021, 9, 19), early=True)[0].given_until == date(2021, 7, 25)


@pytest.mark.parametrize("vaccine", [vaccine.code for vaccine in VACCINES.vaccines])
def test_what_is_proposed_may_be_given(vaccine: str) -> None:
    past = [PastDose(vaccine, date(2021, 11, 1))]
    dose = next_dose(VACCINES, Begun(1, vaccine, past[0]))
    if dose:
        answer = may_give(VACCINES, dose.vaccine, past, Who(date(1980, 1, 1), 1980), dose.recommended_on)
        assert (answer.verdict, answer.dose_number) == ("allow", dose.dose_number)

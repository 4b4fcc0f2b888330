"""May this dose be given: ages and intervals at their edges, and that every answer can be said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import protocols, wording
from kiosk.errors import Refusal
from kiosk.rules import schedule
from kiosk.rules.schedule import Answer, PastDose

VACCINES = protocols.vaccines()
TODAY = date(2021, 11, 20)
ADULT = date(1958, 5, 12)
CODES = [vaccine.code for vaccine in VACCINES.vaccines]


def ask(
    vaccine: str,
    *history: tuple[str, int],
    born_on: date | None = ADULT,
    born_year: int | None = None,
    on: date = TODAY,
) -> Answer:
    """`history`: (vaccine, days ago)."""
    past = [PastDose(code, on - timedelta(days=days)) for code, days in history]
    return schedule.may_give(VACCINES, vaccine, past, born_on, born_on.year if born_on else born_year, on)


def reasons(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


@pytest.mark.parametrize("code", CODES)
def test_a_grown_up_may_have_a_first_dose_of_each(code: str) -> None:
    answer = ask(code)
    assert (answer.verdict, answer.reasons, answer.dose_number) == ("allow", (), 1)
    assert answer.series_doses == VACCINES.get(code).doses


@pytest.mark.parametrize("code", [code for code in CODES if code != "janssen"])
def test_a_day_too_soon_is_refused_and_the_day_itself_is_not(code: str) -> None:
    needs = VACCINES.get(code).min_days
    early = ask(code, (code, needs - 1))
    assert (early.verdict, reasons(early), early.dose_number) == ("refuse", ["too_soon"], 2)
    tomorrow = f"{TODAY + timedelta(days=1):%d/%m/%Y}"
    assert early.reasons[0].facts == {"days": needs - 1, "needs": needs, "from_on": tomorrow}
    recommended = VACCINES.get(code).recommended_days
    assert reasons(ask(code, (code, needs))) == (["early"] if needs < recommended else [])
    assert ask(code, (code, recommended)).verdict == "allow"


def test_sooner_than_recommended_is_for_the_doctor_to_judge() -> None:
    answer = ask("astrazeneca", ("astrazeneca", 55))
    assert (answer.verdict, answer.reasons[0].facts) == ("warn", {"days": 55, "recommended": 56})


def test_a_missed_second_dose_does_not_restart_the_series() -> None:
    answer = ask("pfizer", ("pfizer", 300))
    assert (answer.verdict, answer.dose_number, answer.series_doses) == ("allow", 2, 2)


def test_days_are_counted_over_a_leap_day() -> None:
    assert ask("moderna", ("moderna", 28), on=date(2024, 3, 1)).verdict == "allow"
    early = ask("moderna", ("moderna", 27), on=date(2024, 3, 1))
    assert early.reasons[0].facts["from_on"] == "02/03/2024"


@pytest.mark.parametrize("code", CODES)
def test_never_two_doses_on_one_day(code: str) -> None:
    answer = ask(code, ("astrazeneca", 0))
    assert (answer.verdict, reasons(answer)) == ("refuse", ["same_day"])


def test_the_order_in_which_doses_are_told_does_not_matter() -> None:
    answer = ask("abdala", ("abdala", 14), ("abdala", 28))
    assert (answer.verdict, answer.dose_number, answer.series_doses) == ("allow", 3, 3)
    assert ask("abdala", ("abdala", 28), ("abdala", 14)) == answer
    assert reasons(ask("abdala", ("abdala", 13), ("abdala", 28))) == ["too_soon"]


def test_another_product_is_a_warning_that_names_the_last_one() -> None:
    answer = ask("pfizer", ("astrazeneca", 56))
    assert (answer.verdict, reasons(answer), answer.series_doses) == ("warn", ["other_product"], 2)
    assert answer.reasons[0].facts == {"product": "AstraZeneca"}
    early = ask("pfizer", ("astrazeneca", 27))
    assert (early.verdict, reasons(early)) == ("refuse", ["too_soon", "other_product"])


def test_an_extra_dose_is_a_warning_after_the_months_of_the_letter() -> None:
    full = ("pfizer", 200)
    early = ask("pfizer", full, ("pfizer", VACCINES.extra_min_days - 1))
    assert (early.verdict, reasons(early)) == ("refuse", ["too_soon", "extra_dose"])
    answer = ask("pfizer", full, ("pfizer", VACCINES.extra_min_days))
    assert (answer.verdict, reasons(answer), answer.dose_number) == ("warn", ["extra_dose"], 3)
    assert answer.reasons[0].facts == {"n": 3}


def test_one_dose_of_janssen_is_a_whole_series() -> None:
    answer = ask("pfizer", ("janssen", VACCINES.extra_min_days))
    assert (answer.verdict, reasons(answer), answer.series_doses) == ("warn", ["extra_dose", "other_product"], 1)


def test_the_eighteenth_birthday_is_old_enough_and_the_day_before_is_not() -> None:
    assert ask("moderna", born_on=date(2003, 11, 20)).verdict == "allow"
    young = ask("moderna", born_on=date(2003, 11, 21))
    assert (young.verdict, reasons(young)) == ("refuse", ["too_young"])
    assert young.reasons[0].facts == {"years": 17, "minimum": 18}


def test_whoever_was_born_on_a_leap_day_is_of_age_on_the_first_of_march() -> None:
    assert ask("moderna", born_on=date(2004, 2, 29), on=date(2022, 2, 28)).verdict == "refuse"
    assert ask("moderna", born_on=date(2004, 2, 29), on=date(2022, 3, 1)).verdict == "allow"
    assert ask("pfizer", born_on=date(2012, 2, 29), on=date(2024, 2, 29)).verdict == "allow"


def test_abdala_has_an_upper_bound_too() -> None:
    assert ask("abdala", born_on=date(1955, 11, 21)).verdict == "allow"
    old = ask("abdala", born_on=date(1955, 11, 20))
    assert (old.verdict, old.reasons[0].code, old.reasons[0].facts) == (
        "refuse",
        "too_old",
        {"years": 66, "maximum": 65},
    )


def test_a_child_may_have_pfizer_since_the_letter_and_nothing_else() -> None:
    twelve = date(2009, 11, 20)
    assert [code for code in CODES if ask(code, born_on=twelve).verdict == "allow"] == ["pfizer"]


def test_a_rule_holds_from_its_day_on() -> None:
    since = VACCINES.get("abdala").ages[0].valid_from
    assert ask("abdala", on=since).verdict == "allow"
    before = ask("abdala", on=since - timedelta(days=1))
    assert (before.verdict, reasons(before)) == ("refuse", ["not_in_use"])
    assert before.reasons[0].facts == {"from_on": f"{since:%d/%m/%Y}"}


@pytest.mark.parametrize(
    ("vaccine", "year", "expected"),
    [
        ("moderna", 2002, []), ("moderna", 2003, ["age_uncertain"]), ("moderna", 2004, ["too_young"]),
        ("abdala", 2002, ["age_uncertain"]), ("abdala", 2001, []), ("abdala", 1956, []),
        ("abdala", 1955, ["age_uncertain"]), ("abdala", 1954, ["too_old"]),
    ],
)  # fmt: skip
def test_a_bare_year_is_a_question_only_where_the_day_decides(vaccine: str, year: int, expected: list[str]) -> None:
    answer = ask(vaccine, born_on=None, born_year=year)
    assert reasons(answer) == expected
    assert answer.verdict == {"age_uncertain": "warn"}.get(expected[0], "refuse") if expected else "allow"


def test_an_unknown_birth_is_a_warning() -> None:
    answer = ask("pfizer", born_on=None)
    assert (answer.verdict, reasons(answer)) == ("warn", ["birth_unknown"])


@given(st.dates(date(1900, 1, 1), TODAY), st.sampled_from(CODES))
def test_a_bare_year_never_contradicts_the_date_behind_it(born_on: date, code: str) -> None:
    known, bare = ask(code, born_on=born_on), ask(code, born_on=None, born_year=born_on.year)
    assert known.verdict in ("allow", "refuse")
    assert bare.verdict in (known.verdict, "warn")


@given(st.sampled_from(CODES), st.lists(st.tuples(st.sampled_from(CODES), st.integers(0, 400)), max_size=5))
def test_waiting_until_the_named_day_is_always_enough(code: str, history: list[tuple[str, int]]) -> None:
    answer = ask(code, *history)
    assert answer.dose_number == len(history) + 1
    for reason in answer.reasons:
        if reason.code == "too_soon":
            later = TODAY + timedelta(days=reason.facts["needs"] - reason.facts["days"])
            assert f"{later:%d/%m/%Y}" == reason.facts["from_on"]
            past = [PastDose(vaccine, TODAY - timedelta(days=days)) for vaccine, days in history]
            again = schedule.may_give(VACCINES, code, past, ADULT, None, later)
            assert "too_soon" not in reasons(again)


def test_a_vaccine_that_nobody_knows_is_refused() -> None:
    for history, vaccine in (((), "water"), ((("water", 30),), "pfizer")):
        with pytest.raises(Refusal) as refusal:
            ask(vaccine, *history)
        assert refusal.value.code == "vaccine_unknown"


def test_what_must_not_be_given_is_refused_with_its_first_reason() -> None:
    past = [PastDose("astrazeneca", TODAY - timedelta(days=14))]
    with pytest.raises(Refusal) as refusal:
        schedule.require_may_give(VACCINES, "pfizer", past, ADULT, None, TODAY)
    assert refusal.value.code == "dose_refused"
    assert refusal.value.facts == {"reason": "too_soon", "days": 14, "needs": 28, "from_on": "04/12/2021"}
    assert wording.say("schedule.too_soon", "vi", **refusal.value.facts) == (
        "Mũi trước mới 14 ngày (cần 28). Hẹn lại từ 04/12/2021 hoặc mời bác sĩ xem."
    )


def test_a_warning_does_not_stop_the_dose() -> None:
    past = [PastDose("astrazeneca", TODAY - timedelta(days=28))]
    answer = schedule.require_may_give(VACCINES, "pfizer", past, ADULT, None, TODAY)
    assert answer == schedule.may_give(VACCINES, "pfizer", past, ADULT, None, TODAY)
    assert answer.verdict == "warn"


EVERY = (
    ask("moderna", born_on=date(2010, 1, 1)), ask("abdala", born_on=date(1930, 1, 1)),
    ask("abdala", on=date(2021, 1, 1)), ask("pfizer", ("pfizer", 1)), ask("pfizer", ("pfizer", 0)),
    ask("pfizer", ("astrazeneca", 90)), ask("pfizer", ("pfizer", 200), ("pfizer", 180)),
    ask("astrazeneca", ("astrazeneca", 30)), ask("moderna", born_on=None, born_year=2003), ask("moderna", born_on=None),
)  # fmt: skip


@pytest.mark.parametrize(
    "reason", [reason for answer in EVERY for reason in answer.reasons], ids=lambda each: each.code
)
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_reason_is_worded_with_its_facts(reason: schedule.Reason, language: str) -> None:
    said = wording.say(f"schedule.{reason.code}", language, **reason.facts)
    assert not said.startswith("schedule.")
    assert "{" not in said
    assert all(str(fact) in said for fact in reason.facts.values())


def test_the_catalogue_words_no_other_reason() -> None:
    worded = {code for code in wording.catalogue("vi") if code.startswith("schedule.")}
    assert worded == {f"schedule.{reason.code}" for answer in EVERY for reason in answer.reasons}


def test_an_interval_is_data() -> None:
    pfizer = replace(VACCINES.get("pfizer"), min_days=10, recommended_days=10)
    shorter = replace(VACCINES, vaccines=(pfizer,))
    past = [PastDose("pfizer", TODAY - timedelta(days=10))]
    assert schedule.may_give(shorter, "pfizer", past, ADULT, None, TODAY).verdict == "allow"

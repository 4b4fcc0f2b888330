"""May this dose be given: the tables of `schedule_tables.py`, and what holds whatever they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import wording
from kiosk.errors import Refusal
from kiosk.rules import schedule
from kiosk.rules.schedule import Answer, PastDose, Who
from kiosk.rules.vaccines import OTHER, UNKNOWN, Interval, months_after
from kiosk.rules.words import DoseKind, EarlierSource
from tests.rules.schedule_tables import AUTUMN, LATER, TABLES, VACCINES, Row, ask, day

CODES = [vaccine.code for vaccine in VACCINES.vaccines]
ADULT = Who(date(1958, 5, 12), 1958)
EVERY = [ask(row.give, row.history, row.on, row.born, row.codes) for rows in TABLES.values() for row in rows]
ONE_EACH = list({reason.code: reason for answer in EVERY for reason in answer.reasons}.values())
ROWS = [pytest.param(row, id=f"{name}-{row.rule}") for name, rows in TABLES.items() for row in rows]


def reasons(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


@pytest.mark.parametrize("row", ROWS)
def test_the_sentence_holds(row: Row) -> None:
    answer = ask(row.give, row.history, row.on, row.born, row.codes)
    assert " ".join([answer.verdict, *reasons(answer)]) == row.expected
    assert f"{answer.dose_number}/{answer.series_doses} {answer.kind}" == row.number


@pytest.mark.parametrize("code", CODES)
def test_a_grown_up_may_have_a_first_dose_of_each(code: str) -> None:
    answer = ask(code)
    assert (answer.verdict, answer.reasons, answer.dose_number, answer.kind) == ("allow", (), 1, DoseKind.BASIC)
    assert answer.series_doses == VACCINES.get(code).doses


@pytest.mark.parametrize("code", [code for code in CODES if code != "janssen"])
def test_a_refusal_names_the_day_to_come_back(code: str) -> None:
    needs = VACCINES.get(code).interval(AUTUMN).min_days
    early = schedule.may_give(VACCINES, code, [PastDose(code, AUTUMN - timedelta(days=needs - 1))], ADULT, AUTUMN)
    assert early.reasons[0].facts == {"days": needs - 1, "needs": needs, "from_on": "21/11/2021"}
    assert early.final is None


def test_only_three_things_are_final() -> None:
    assert {reason.code for answer in EVERY for reason in answer.reasons if reason.final} == {
        "same_day", "not_in_use", "nobody_so_young",
    }  # fmt: skip
    answer = ask("pf", "az 0")
    assert answer.final is answer.reasons[0]


def test_what_was_recorded_goes_before_what_would_be_guessed() -> None:
    third = PastDose("vero_cell", LATER - timedelta(days=125), DoseKind.BOOSTER)
    past = [PastDose("vero_cell", LATER - timedelta(days=days)) for days in (230, 160)]
    assert reasons(schedule.may_give(VACCINES, "vero_cell", [*past, third], ADULT, LATER)) == ["extra_for_whom"]
    guessed = replace(third, kind=None)
    assert reasons(schedule.may_give(VACCINES, "vero_cell", [*past, guessed], ADULT, LATER)) == []


def test_ours_counts_before_what_is_said_of_the_same_day() -> None:
    said = PastDose("astrazeneca", AUTUMN - timedelta(days=60), source=EarlierSource.SAID)
    ours = PastDose("pfizer", AUTUMN - timedelta(days=60))
    assert schedule.counted(VACCINES, [said, ours]) == [ours]


def test_a_locality_that_has_shortened_asks_for_no_reason() -> None:
    """CV 7820/BYT-DP: Ho Chi Minh City six weeks, once its site says that this is where it is."""
    az = VACCINES.get("astrazeneca")
    local = replace(az, intervals=(*az.intervals, Interval(28, 42, date(2021, 9, 24), "HCMC")))
    there = replace(VACCINES, vaccines=(local,))
    for days, on, verdict in ((42, "24/9/2021", "allow"), (42, "23/9/2021", "warn"), (41, "24/9/2021", "warn")):
        past = [PastDose("astrazeneca", day(on) - timedelta(days=days))]
        assert schedule.may_give(there, "astrazeneca", past, ADULT, day(on)).verdict == verdict


def test_months_end_with_the_month() -> None:
    assert months_after(date(2021, 11, 30), 3) == date(2022, 2, 28)
    assert months_after(date(2023, 11, 30), 3) == date(2024, 2, 29)
    assert months_after(date(2021, 12, 31), 6) == date(2022, 6, 30)


def test_days_are_counted_over_a_leap_day() -> None:
    on = date(2024, 3, 1)
    assert ask("mo", "mo 28", on).verdict == "allow"
    assert ask("mo", "mo 27", on).reasons[0].facts["from_on"] == "02/03/2024"


def test_a_vaccine_that_nobody_knows_is_refused_and_one_in_a_history_is_not() -> None:
    with pytest.raises(Refusal) as refusal:
        ask("water")
    assert refusal.value.code == "vaccine_unknown"
    answer = schedule.may_give(VACCINES, "pfizer", [PastDose("water", date(2021, 9, 1))], ADULT, AUTUMN)
    assert reasons(answer) == ["last_unknown"]


HISTORIES = st.lists(st.tuples(st.sampled_from([*CODES, UNKNOWN]), st.integers(1, 500)), max_size=6)
DAYS = st.dates(date(2021, 9, 20), date(2022, 12, 31))
WAITS = {"too_soon", "early", "other_vaccine"}


def told(history: list[tuple[str, int]], on: date) -> list[PastDose]:
    return [PastDose(code, on - timedelta(days=days)) for code, days in history]


@given(st.dates(date(1900, 1, 1), AUTUMN), st.sampled_from(CODES))
def test_a_bare_year_never_contradicts_the_date_behind_it(born_on: date, code: str) -> None:
    known = schedule.may_give(VACCINES, code, [], Who(born_on, born_on.year), AUTUMN)
    bare = schedule.may_give(VACCINES, code, [], Who(None, born_on.year), AUTUMN)
    assert known.verdict in ("allow", "refuse")
    assert bare.verdict in (known.verdict, "warn")


@given(st.sampled_from(CODES), HISTORIES, DAYS, st.integers(1, 200), st.booleans())
def test_waiting_longer_is_never_too_soon(
    code: str, history: list[tuple[str, int]], on: date, more: int, immune: bool
) -> None:
    who = Who(date(1958, 5, 12), 1958, frozenset({"immunosuppressed"} if immune else ()))
    past = told(history, on)
    now, then = (schedule.may_give(VACCINES, code, past, who, each) for each in (on, on + timedelta(days=more)))
    # What no rule foresees yet has no day to wait for.
    assert {*WAITS, "not_foreseen"} & set(reasons(now)) or not WAITS & set(reasons(then))


@given(st.sampled_from(CODES), HISTORIES, DAYS)
def test_waiting_until_the_named_day_is_enough(code: str, history: list[tuple[str, int]], on: date) -> None:
    past = told(history, on)
    for reason in schedule.may_give(VACCINES, code, past, ADULT, on).reasons:
        if reason.code == "too_soon":
            later = on + timedelta(days=reason.facts["needs"] - reason.facts["days"])
            assert f"{later:%d/%m/%Y}" == reason.facts["from_on"]
            assert "too_soon" not in reasons(schedule.may_give(VACCINES, code, past, ADULT, later))


@given(st.sampled_from(CODES), HISTORIES, st.tuples(st.sampled_from([*CODES, UNKNOWN, OTHER]), st.integers(-9, 500)))
def test_another_dose_never_lowers_the_number(
    code: str, history: list[tuple[str, int]], another: tuple[str, int]
) -> None:
    fewer, more = (
        schedule.may_give(VACCINES, code, told(each, AUTUMN), ADULT, AUTUMN) for each in (history, [*history, another])
    )
    assert fewer.dose_number <= more.dose_number <= fewer.dose_number + 1


@given(st.sampled_from(CODES), st.permutations([("abdala", 60), ("abdala", 46), ("pfizer", 46), ("other", 20)]))
def test_the_order_in_which_doses_are_told_does_not_matter(code: str, history: list[tuple[str, int]]) -> None:
    past = told(sorted(history), AUTUMN)
    assert schedule.may_give(VACCINES, code, told(history, AUTUMN), ADULT, AUTUMN) == schedule.may_give(
        VACCINES, code, past, ADULT, AUTUMN
    )


@given(st.sampled_from(CODES), HISTORIES, DAYS)
def test_an_answer_is_as_strict_as_its_strictest_reason(code: str, history: list[tuple[str, int]], on: date) -> None:
    answer = schedule.may_give(VACCINES, code, told(history, on), ADULT, on)
    verdicts = [reason.verdict for reason in answer.reasons]
    assert answer.verdict == ("refuse" if "refuse" in verdicts else "warn" if verdicts else "allow")
    assert (answer.kind is DoseKind.BASIC) == (answer.dose_number <= answer.series_doses)
    assert answer.final is None or answer.verdict == "refuse"


@pytest.mark.parametrize("reason", ONE_EACH, ids=lambda each: each.code)
@pytest.mark.parametrize("language", wording.LANGUAGES)
def test_every_reason_is_worded_with_its_facts(reason: schedule.Reason, language: str) -> None:
    said = wording.say(f"schedule.{reason.code}", language, **reason.facts)
    assert not said.startswith("schedule.")
    assert "{" not in said
    assert len(said) < 160
    assert all(str(fact) in said for fact in reason.facts.values() if fact is not None)


def test_the_sentence_on_the_screen_says_when_to_come_back() -> None:
    answer = ask("pf", "az 14", AUTUMN)
    assert wording.say("schedule.too_soon", "vi", **answer.reasons[0].facts) == (
        "Mũi trước mới 14 ngày (cần 28). Hẹn lại từ 04/12/2021 hoặc mời bác sĩ xem."
    )


def test_the_tables_reach_every_reason_and_the_catalogue_words_no_other() -> None:
    worded = {code for code in wording.catalogue("vi") if code.startswith("schedule.")}
    assert worded == {f"schedule.{reason.code}" for reason in ONE_EACH}
    assert {reason.code for reason in ONE_EACH} >= schedule.OF_PRODUCT


def test_an_interval_is_data() -> None:
    pfizer = replace(VACCINES.get("pfizer"), intervals=(Interval(10, 10, date(2021, 7, 26), "test"),))
    past = [PastDose("pfizer", AUTUMN - timedelta(days=10))]
    assert schedule.may_give(replace(VACCINES, vaccines=(pfizer,)), "pfizer", past, ADULT, AUTUMN).verdict == "allow"

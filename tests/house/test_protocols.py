"""What a ministry may change carries where it comes from and since when it is valid."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from kiosk import protocols
from kiosk.rules.consent import RecordedFor
from kiosk.rules.screening import Form
from kiosk.rules.words import Conclusion

FILES = sorted(Path(protocols.__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_protocol_names_version_source_and_day(path: Path) -> None:
    protocol = tomllib.loads(path.read_text(encoding="utf-8"))
    assert protocol["version"]
    assert len(protocol["source"]) > 15
    assert isinstance(protocol["valid_from"], date)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_protocol_is_loaded_by_somebody(path: Path) -> None:
    assert f'_read("{path.stem}")' in Path(protocols.__file__).read_text(encoding="utf-8")


def test_codes_are_given_once_and_everything_has_two_languages() -> None:
    form = protocols.declaration()
    codes = [group.code for group in form.groups]
    assert len(codes) == len(set(codes))
    for group in form.groups:
        items = [item.code for item in group.items]
        assert len(items) == len(set(items)) > 0
        for words in (group.question, *group.items):
            assert words.vi.strip()
            assert words.en.strip()
            assert words.vi != words.en


def test_the_distance_is_that_of_the_directive() -> None:
    assert protocols.distance_m() == 2


def test_everything_that_people_read_has_two_languages() -> None:
    forms = protocols.screening_forms().forms
    words = [*forms, *protocols.identity().spoken]
    words += [word for form in forms for word in (*form.items, *form.vitals, *form.outcomes)]
    for word in words:
        assert word.vi.strip()
        assert word.en.strip()
    told = [each for form in forms for each in (form.items, form.vitals)]
    for each in (*told, protocols.identity().spoken, protocols.vaccines().vaccines):
        codes = [row.code for row in each]
        assert len(codes) == len(set(codes)) > 0


@pytest.mark.parametrize("form", protocols.screening_forms().forms, ids=lambda form: form.code)
def test_every_conclusion_has_one_outcome_and_leads_to_a_step(form: Form) -> None:
    steps = protocols.steps()
    assert [outcome.conclusion for outcome in form.outcomes] == list(Conclusion)
    for outcome in form.outcomes:
        assert steps.get(outcome.leads_to).must_record
    assert Conclusion.DECLINED not in {item.leads_to for item in form.items}


def test_the_screening_form_is_that_of_the_decision() -> None:
    form = protocols.screening_forms().adults
    assert len(form.items) == 11  # ten questions, the fourth in two parts
    assert [vital.code for vital in form.vitals] == [
        "temperature", "pulse", "systolic", "diastolic", "respiration", "spo2",
    ]  # fmt: skip
    assert [vital.code for vital in form.vitals if vital.required] == ["temperature"]
    for vital in (*form.vitals, *protocols.screening_forms().children.vitals):
        bounds = [bound for bound in (vital.lowest, vital.low, vital.high, vital.highest) if bound is not None]
        assert bounds == sorted(bounds)


def test_the_childrens_form_is_that_of_its_decision() -> None:
    form = protocols.screening_forms().children
    assert (form.version, len(form.items), form.min_age) == ("QĐ 5002/QĐ-BYT", 8, 0)
    assert [vital.code for vital in form.vitals] == ["temperature", "pulse"]
    assert [vital.code for vital in form.vitals if vital.required] == ["temperature"]


def test_no_two_forms_are_called_the_same_and_the_oldest_come_first() -> None:
    forms = protocols.screening_forms().forms
    for each in ([form.version for form in forms], [form.code for form in forms]):
        assert len(set(each)) == len(forms)
    ages = [form.min_age for form in forms]
    assert ages == sorted(ages, reverse=True)
    assert ages[-1] == 0, "everybody has a form"
    assert protocols.screening_forms().adults.min_age == protocols.family().adult_age


def test_a_signed_consent_is_recorded_for_children_until_the_site_says_otherwise() -> None:
    protocol = protocols.consent()
    assert protocol.recorded_for is RecordedFor.CHILDREN
    assert (protocol.form(minor=False), protocol.form(minor=True)) == ("QĐ 3588/QĐ-BYT", "CV 1535/BYT-DP")


def test_the_eight_vaccines_are_complete() -> None:
    vaccines = protocols.vaccines().vaccines
    assert [vaccine.code for vaccine in vaccines] == [
        "astrazeneca", "pfizer", "moderna", "vero_cell", "hayat_vax", "sputnik_v", "abdala", "janssen",
    ]  # fmt: skip
    for vaccine in vaccines:
        assert vaccine.name.strip()
        assert len(vaccine.licence) > 10
        assert vaccine.doses >= 1
        assert vaccine.certificate
        days = [interval.valid_from for interval in vaccine.intervals]
        assert days == sorted(set(days))
        for interval in vaccine.intervals:
            assert 0 < interval.min_days <= interval.recommended_days
            assert len(interval.source) > 10
        # Whoever may have it at all may have it from its first day on: there is a rule for every day.
        assert vaccine.ages[0].valid_from == vaccine.licensed_on
        assert not vaccine.ages[0].form
        for ages in vaccine.ages:
            assert ages.source.strip()
            assert ages.form in ("", "child")
            assert ages.max is None or ages.min < ages.max


def test_what_holds_between_doses_names_products_and_sources() -> None:
    vaccines = protocols.vaccines()
    codes = {vaccine.code for vaccine in vaccines.vaccines}
    for mix in vaccines.mixes:
        assert mix.kinds
        assert mix.give
        assert mix.after | mix.give <= codes
        assert len(mix.source) > 10
    for extra in vaccines.extras:
        assert extra.series <= codes
        assert extra.min_days or extra.min_months
        assert len(extra.source) > 10
    assert len({(extra.kind, extra.nth, extra.valid_from) for extra in vaccines.extras}) == len(vaccines.extras)
    assert vaccines.after_covid.months > 0
    assert vaccines.other_days == 14
    assert len({vaccine.certificate for vaccine in vaccines.vaccines}) == len(codes)


def test_every_rule_of_the_vaccines_has_a_day_or_says_that_it_is_not_established() -> None:
    protocol = tomllib.loads((Path(protocols.__file__).parent / "vaccines.toml").read_text(encoding="utf-8"))
    rules = [*protocol["mixes"], *protocol["extras"], *protocol["shortened"], protocol["after_covid"]]
    rules += [protocol["other_vaccines"], *(rule for row in protocol["vaccines"] for rule in row["intervals"])]
    rules += [rule for row in protocol["vaccines"] for rule in row["ages"]]
    rules += [{"source": row["not_for_source"]} for row in protocol["vaccines"] if "not_for" in row]
    for rule in rules:
        assert isinstance(rule.get("valid_from"), date) or "day is not established" in rule["source"], rule


def test_what_the_schedule_reads_of_a_form_or_a_list_is_asked_there() -> None:
    vaccines = protocols.vaccines()
    named = set().union(*(vaccine.not_for for vaccine in vaccines.vaccines), vaccines.after_covid.codes)
    named = named.union(*(extra.codes for extra in vaccines.extras))
    asked = {item.code for item in protocols.screening_forms().adults.items}
    assert named <= asked | {special.code for special in protocols.priority().specials}


def test_no_locality_has_shortened_an_interval_until_its_site_says_so() -> None:
    astrazeneca = protocols.vaccines().get("astrazeneca")
    assert {interval.recommended_days for interval in astrazeneca.intervals} == {56}


def test_people_are_observed_as_long_as_the_decision_says() -> None:
    assert protocols.observation().minutes == 30

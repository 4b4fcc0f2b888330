"""What a ministry may change carries where it comes from and since when it is valid."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from kiosk import protocols
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
    form = protocols.screening()
    words = (*form.items, *form.vitals, *form.outcomes, *protocols.identity().spoken)
    for word in words:
        assert word.vi.strip()
        assert word.en.strip()
    for each in (form.items, form.vitals, protocols.identity().spoken, protocols.vaccines().vaccines):
        codes = [row.code for row in each]
        assert len(codes) == len(set(codes)) > 0


def test_every_conclusion_has_one_outcome_and_leads_to_a_step() -> None:
    form, steps = protocols.screening(), protocols.steps()
    assert [outcome.conclusion for outcome in form.outcomes] == list(Conclusion)
    for outcome in form.outcomes:
        assert steps.get(outcome.leads_to).must_record
    assert Conclusion.DECLINED not in {item.leads_to for item in form.items}


def test_the_screening_form_is_that_of_the_decision() -> None:
    form = protocols.screening()
    assert len(form.items) == 11  # ten questions, the fourth in two parts
    assert [vital.code for vital in form.vitals] == [
        "temperature", "pulse", "systolic", "diastolic", "respiration", "spo2",
    ]  # fmt: skip
    assert [vital.code for vital in form.vitals if vital.required] == ["temperature"]
    for vital in form.vitals:
        bounds = [bound for bound in (vital.lowest, vital.low, vital.high, vital.highest) if bound is not None]
        assert bounds == sorted(bounds)


def test_the_eight_vaccines_are_complete() -> None:
    vaccines = protocols.vaccines().vaccines
    assert [vaccine.code for vaccine in vaccines] == [
        "astrazeneca", "pfizer", "moderna", "vero_cell", "hayat_vax", "sputnik_v", "abdala", "janssen",
    ]  # fmt: skip
    for vaccine in vaccines:
        assert vaccine.name.strip()
        assert len(vaccine.source) > 10
        assert vaccine.doses >= 1
        assert 0 < vaccine.min_days <= vaccine.recommended_days
        assert vaccine.ages
        for ages in vaccine.ages:
            assert ages.source.strip()
            assert isinstance(ages.valid_from, date)
            assert ages.max is None or ages.min < ages.max
    assert protocols.vaccines().extra_min_days >= max(vaccine.min_days for vaccine in vaccines)


def test_people_are_observed_as_long_as_the_decision_says() -> None:
    assert protocols.observation().minutes == 30

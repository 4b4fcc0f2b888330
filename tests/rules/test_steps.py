"""The ministry's steps."""

from __future__ import annotations

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules.words import Role

STEPS = protocols.steps()


def test_six_steps_in_order() -> None:
    codes = [step.code for step in STEPS.steps]
    assert len(codes) == len(set(codes)) == 6
    assert [STEPS.after(code) for code in codes] == [*codes[1:], None]


def test_a_station_serves_the_steps_of_its_kind() -> None:
    assert STEPS.served_by("screening") == ("screening",)
    assert STEPS.served_by("kiosk") == ()


def test_every_step_has_a_name_in_both_languages() -> None:
    for step in STEPS.steps:
        assert STEPS.get(step.code) is step
        assert step.label("vi")
        assert step.label("en")
        assert step.label("vi") != step.label("en")
    with pytest.raises(ValueError, match="dance"):
        STEPS.after("dance")


def test_what_must_be_recorded_comes_in_order() -> None:
    injection = STEPS.get("injection")
    assert injection.missing(()) == ("identity", "dose")
    assert injection.missing({"screening", "identity"}) == ("dose",)
    assert injection.missing({"dose"}) == ("identity",), "what comes first is not made good by what comes later"
    assert injection.missing({"dose", "identity"}) == ()
    assert STEPS.get("reception").missing(()) == ()


def test_each_record_belongs_to_one_step() -> None:
    records = [record for step in STEPS.steps for record in step.must_record]
    assert len(records) == len(set(records))
    for step in STEPS.steps:
        for record in step.must_record:
            assert STEPS.recording(record) == {step.code}
    assert STEPS.recording("dance") == frozenset()


def test_people_are_called_to_a_table_and_sit_together_in_a_room() -> None:
    every = [step.code for step in reversed(STEPS.steps)]
    assert STEPS.at_table(every) == ("screening", "injection", "finish"), "in the order of the visit"
    assert STEPS.in_room(every) == ("observation",)
    assert STEPS.at_table(["reception", "finish"]) == ("finish",), "reception gives the number itself"
    assert STEPS.spotless() == ("finish",), "who goes home is in nobody's way"
    assert STEPS.at_table(["observation"]) == STEPS.in_room(["injection"]) == ()


@pytest.mark.parametrize("role", [Role.VACCINATOR, Role.SCREENER, Role.SITE_LEAD])
def test_medical_staff_and_the_lead_may_leave_the_injection_out(role: Role) -> None:
    assert STEPS.require_may_skip("injection", role, "declined").leads_to == "finish"


@pytest.mark.parametrize(
    ("step", "role", "reason", "code", "field"),
    [
        ("injection", Role.VOLUNTEER, "declined", "step_not_skippable", None),
        ("screening", Role.SCREENER, "declined", "step_not_skippable", None),
        ("observation", Role.SITE_LEAD, "left", "step_not_skippable", None),
        ("injection", Role.VACCINATOR, "", "skip_reason_odd", "reason"),
        ("injection", Role.VACCINATOR, "bored", "skip_reason_odd", "reason"),
    ],
)
def test_nobody_else_leaves_a_step_out_nor_without_a_reason(
    step: str, role: Role, reason: str, code: str, field: str | None
) -> None:
    with pytest.raises(Refusal) as refused:
        STEPS.require_may_skip(step, role, reason)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_every_reason_has_words_in_both_languages_and_every_way_out_leads_to_a_step() -> None:
    assert all(word.label("vi") and word.label("en") for word in STEPS.skip_reasons)
    ways = [step.may_skip.leads_to for step in STEPS.steps if step.may_skip]
    assert ways
    assert all(not leads_to or STEPS.get(leads_to) for leads_to in ways)

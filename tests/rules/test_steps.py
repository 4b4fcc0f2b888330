"""The ministry's steps."""

from __future__ import annotations

import pytest

from kiosk import protocols

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

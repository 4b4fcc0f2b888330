"""Whose signed consent is recorded, and who may have signed for a child."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk import protocols
from kiosk.errors import Refusal
from kiosk.rules import consent
from kiosk.rules.consent import Guardian, RecordedFor, Said

CHILD = "Lò Thị Mai"
MOTHER = Guardian("p1", "Lò Thị Hoa", "0912345678", "p1", "p1")
GRANDFATHER = Guardian("c1", "Lò Văn Pành")
OFFERED = (MOTHER, GRANDFATHER)


@pytest.mark.parametrize(
    ("recorded_for", "minor", "due"),
    [
        (RecordedFor.CHILDREN, True, True), (RecordedFor.CHILDREN, False, False),
        (RecordedFor.ALL, True, True), (RecordedFor.ALL, False, True),
    ],
)  # fmt: skip
def test_the_data_says_whose_is_recorded(recorded_for: RecordedFor, minor: bool, due: bool) -> None:
    assert replace(protocols.consent(), recorded_for=recorded_for).is_due(minor=minor) is due


@pytest.mark.parametrize("one", OFFERED)
def test_a_guardian_who_was_offered_is_chosen(one: Guardian) -> None:
    assert consent.require_guardian(Said(True, one.code), OFFERED, CHILD) is one


@pytest.mark.parametrize("chosen", ["", consent.TYPED])
def test_anybody_else_is_typed(chosen: str) -> None:
    said = Said(True, chosen, " lò   văn tủa", "0912.345.678")
    assert consent.require_guardian(said, OFFERED, CHILD) == Guardian(consent.TYPED, "lò văn tủa", "0912345678")
    assert consent.require_guardian(replace(said, phone=""), (), CHILD).phone == "", "not everybody has one"


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        (Said(True), "guardian_missing", "guardian"),
        (Said(True, "somebody who was never offered"), "guardian_missing", "guardian"),
        (Said(True, consent.TYPED, "  "), "guardian_missing", "guardian_name"),
        (Said(True, "p1", "Lò Văn Tủa"), "guardian_two", "guardian_name"),
        (Said(True, consent.TYPED, "Lò Văn 2"), "name_odd", "guardian_name"),
        (Said(True, consent.TYPED, "L" * 61), "name_odd", "guardian_name"),
        (Said(True, consent.TYPED, "lò thị  mai"), "guardian_child", "guardian_name"),
        (Said(True, consent.TYPED, "Lò Văn Tủa", "12"), "phone_odd", "guardian_phone"),
    ],
)
def test_what_is_no_guardian_is_refused_beside_its_field(said: Said, code: str, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        consent.require_guardian(said, OFFERED, CHILD)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_parent_of_the_same_name_is_taken_where_the_desk_linked_them() -> None:
    namesake = replace(MOTHER, name=CHILD)
    assert consent.require_guardian(Said(True, "p1"), (namesake,), CHILD) is namesake

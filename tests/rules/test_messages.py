"""A message comes out of the outbox as it went in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from kiosk.rules import messages
from kiosk.rules.messages import DoseGiven, DoseVoided
from kiosk.rules.words import Arm, DoseKind, Sex

DOSE = DoseGiven(
    id="6f1e2b34-7a51-4b6e-9c0d-2f4a8d1b7e90",
    session="0b7c1f0e-58b2-4a0e-9f53-3f0e6f2f9d11",
    site_code="TYT-09",
    site_name="Trạm Y tế xã Mẫu",
    person_id="c9a4a3f2-0d0e-4f7e-8f43-8a1f5f8ab001",
    name="Nguyễn Thị Hường",
    number="001190000012",
    old_number="123456789",
    born_on=date(1990, 2, 3),
    born_year=1990,
    sex=Sex.FEMALE,
    address="Thôn 2, xã Mẫu",
    vaccine="astrazeneca",
    lot="ABW1234",
    expires_on=date(2022, 1, 31),
    dose_number=1,
    series_doses=2,
    arm=Arm.LEFT,
    given_at=datetime(2021, 10, 5, 1, 30, 15, 250000, tzinfo=UTC),
    clock_trusted=True,
    vaccinator="nurse-1",
    vaccinator_name="Trần Văn Bình",
    entered_by="nurse-2",
    entered_by_name="Lê Thị Mai",
)
VOID = DoseVoided(
    id=DOSE.id,
    person_id=DOSE.person_id,
    session=DOSE.session,
    site_code=DOSE.site_code,
    voided_at=datetime(2021, 10, 5, 1, 41, tzinfo=UTC),
    clock_trusted=True,
    reason="Ghi nhầm người",
    voided_by="nurse-1",
    voided_by_name="Trần Văn Bình",
    dose=DOSE,
)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": DoseKind.BOOSTER, "replaces": "9a0b1c2d-7a51-4b6e-9c0d-2f4a8d1b7e90"},
        {"born_on": None, "born_year": 1947},
        {"born_on": None, "born_year": None, "number": "", "old_number": ""},
        {"sex": Sex.UNKNOWN, "arm": Arm.RIGHT, "clock_trusted": False},
        {"given_at": datetime(2021, 10, 5, 8, 30, tzinfo=timezone(timedelta(hours=7)))},
        {"name": "Nguyễn Phúc " + "Ưỡng " * 9 + "Tôn"},
    ],
)
def test_it_survives_json(change: dict[str, Any]) -> None:
    message = replace(DOSE, **change)
    read = messages.read(json.loads(json.dumps(message.to_json(), ensure_ascii=False)))
    assert read == message
    assert isinstance(read, DoseGiven)
    assert isinstance(read.sex, Sex)
    assert isinstance(read.arm, Arm)
    assert read.given_at.tzinfo is not None


def test_it_says_what_it_is() -> None:
    assert DOSE.to_json()["message"] == messages.DOSE_GIVEN == "dose_given.1"


@pytest.mark.parametrize(
    "change", [{}, {"replaced_by": "9a0b1c2d-7a51-4b6e-9c0d-2f4a8d1b7e90", "clock_trusted": False}]
)
def test_a_void_survives_json_with_its_dose(change: dict[str, Any]) -> None:
    message = replace(VOID, **change)
    body = json.loads(json.dumps(message.to_json(), ensure_ascii=False))
    assert messages.read(body) == message
    with pytest.raises(ValueError, match="unknown message"):
        messages.read_given(body)


def test_what_was_stored_before_there_were_corrections_is_read() -> None:
    """Rows of the first version stay in the outbox for ever."""
    body = DOSE.to_json()
    for later in ("kind", "replaces"):
        del body[later]
    assert messages.read(body) == DOSE


@pytest.mark.parametrize("kind", ["dose_given.2", "dose_voided.2", "", None])
def test_an_unknown_kind_is_not_read(kind: str | None) -> None:
    with pytest.raises(ValueError, match="unknown message"):
        messages.read(DOSE.to_json() | {"message": kind})


def test_reading_leaves_what_was_stored_as_it_is() -> None:
    body = DOSE.to_json()
    messages.read(body)
    assert body == DOSE.to_json()

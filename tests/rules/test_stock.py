"""Lots at a table: no lot, no dose; the day on the box is the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from kiosk.errors import Refusal
from kiosk.rules import stock

TODAY = date(2021, 11, 20)


def code_of(refusal: pytest.ExceptionInfo[Refusal]) -> tuple[str, str | None]:
    return refusal.value.code, refusal.value.field


@dataclass(frozen=True)
class Box:
    """A lot as the rule needs it."""

    number: str
    expires_on: date


def test_without_a_lot_no_dose() -> None:
    with pytest.raises(Refusal) as refusal:
        stock.require_lot(None, TODAY)
    assert refusal.value.code == "lot_missing"


def test_the_day_of_expiry_is_the_last_day_of_use() -> None:
    box = Box("FF1234", TODAY)
    assert stock.require_lot(box, TODAY) is box
    with pytest.raises(Refusal) as refusal:
        stock.require_lot(box, TODAY + timedelta(days=1))
    assert refusal.value.code == "lot_expired"
    assert refusal.value.facts["on"] == "20/11/2021"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" ff1234 ", "FF1234"),
        ("abx-0102", "ABX-0102"),
        ("2021 06 b12", "202106B12"),
        ("A/1.2", "A/1.2"),
        ("7" * 20,) * 2,
    ],
)
def test_a_lot_number_is_read_as_on_the_box(text: str, number: str) -> None:
    assert stock.require_lot_number(text) == number


@pytest.mark.parametrize("text", ["", "  ", "7" * 21, "LÔ12", "<b>", "12;34", "-12", "１２３"])
def test_what_no_box_carries_is_no_lot_number(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        stock.require_lot_number(text)
    assert code_of(refusal) == ("lot_odd", "number")


@pytest.mark.parametrize(
    ("text", "expires_on"),
    [
        ("31/12/2021", date(2021, 12, 31)), ("12/2021", date(2021, 12, 31)), (" 2/2024 ", date(2024, 2, 29)),
        ("02/2022", date(2022, 2, 28)), ("2021-12-05", date(2021, 12, 5)), ("11/2021", date(2021, 11, 30)),
        ("20/11/2021", TODAY), ("29.02.2024", date(2024, 2, 29)),
    ],
)  # fmt: skip
def test_a_month_means_its_last_day(text: str, expires_on: date) -> None:
    assert stock.require_expiry(text, TODAY) == expires_on


@pytest.mark.parametrize(
    "text", ["", "2022", "13/2022", "0/2022", "31/02/2022", "29/02/2023", "12/22", "mai", "1/1/2032"]
)
def test_what_is_no_date_of_a_box_is_asked_again(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        stock.require_expiry(text, TODAY)
    assert code_of(refusal) == ("expiry_odd", "expires")


@pytest.mark.parametrize(("text", "on"), [("19/11/2021", "19/11/2021"), ("10/2021", "31/10/2021")])
def test_a_box_that_has_expired_is_not_taken_in(text: str, on: str) -> None:
    with pytest.raises(Refusal) as refusal:
        stock.require_expiry(text, TODAY)
    assert code_of(refusal) == ("lot_expired", "expires")
    assert refusal.value.facts["on"] == on

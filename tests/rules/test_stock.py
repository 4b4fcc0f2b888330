"""Lots at a table: no lot, no dose; the day on the box is the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk import protocols
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


@dataclass
class Opened:
    """An opened vial as the rules need it."""

    left: int = 1
    use_by: datetime | None = None
    closed_at: datetime | None = None


NOW = datetime(2021, 11, 20, 2, 0, tzinfo=UTC)


def test_the_books_balance_or_say_by_how_much_they_do_not() -> None:
    books = stock.Balance(received=50, came=20, extra=1, given=12, wasted=3, in_open=6, unopened=40, sent=10)
    assert books.difference == 0
    assert (books + stock.Balance(received=10, unopened=9)).difference == 1
    assert stock.together([]) == stock.Balance()
    assert stock.together([books, books]).given == 24


@pytest.mark.parametrize(
    ("vial", "gives"),
    [
        (Opened(), True),
        (Opened(left=0), False),
        (Opened(closed_at=NOW), False),
        (Opened(use_by=NOW + timedelta(seconds=1)), True),
        (Opened(use_by=NOW), False),
    ],
)
def test_a_dose_comes_out_of_an_open_vial_in_its_time(vial: Opened, *, gives: bool) -> None:
    assert stock.gives(vial, NOW) is gives


def test_minutes_are_whole_and_below_zero_afterwards() -> None:
    assert stock.minutes_left(None, NOW) is None
    assert stock.minutes_left(NOW + timedelta(seconds=119), NOW) == 1
    assert stock.minutes_left(NOW - timedelta(seconds=1), NOW) == -1
    assert stock.use_by(NOW, None) is None
    assert stock.use_by(NOW, 90) == NOW + timedelta(minutes=90)


@pytest.mark.parametrize(("degrees", "outside"), [((None, None), False), ((2.0, 8.0), False), ((1.9, None), True),
                                                  ((5.0, 8.1), True)])  # fmt: skip
def test_too_cold_or_too_warm_at_either_end(degrees: tuple[float | None, ...], *, outside: bool) -> None:
    assert protocols.stock().outside(*degrees) is outside


def test_reasons_for_waste_are_said_of_vials_that_they_fit() -> None:
    reasons = protocols.stock().reasons
    assert len({each.code for each in reasons}) == len(reasons)
    assert all(each.vi and each.en and (each.opened or each.unopened) for each in reasons)
    assert {"left_over", "open_too_long", "taken_back"} <= {each.code for each in reasons if each.opened}
    with pytest.raises(Refusal) as refusal:
        protocols.stock().reason("")
    assert code_of(refusal) == ("waste_reason_missing", "reason")


@pytest.mark.parametrize(
    ("text", "n"), [("12", 12), (" 7 ", 7), ("", 0), ("x", 0), ("-1", 0), ("1234567", 0), ("٣", 0)]
)
def test_what_is_no_number_counts_as_none(text: str, n: int) -> None:
    assert stock.read_count(text) == n


@pytest.mark.parametrize(
    ("text", "degrees"), [("4,5", 4.5), ("-1.5 °C", -1.5), ("−20", -20.0), (" ", None), ("8", 8.0)]
)
def test_degrees_as_people_write_them(text: str, degrees: float | None) -> None:
    assert stock.read_degrees(text, "temperature_end") == degrees


@pytest.mark.parametrize("text", ["warm", "1234", "4,5,6", "²"])
def test_what_is_no_temperature_is_asked_again(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        stock.read_degrees(text, "temperature_end")
    assert code_of(refusal) == ("temperature_odd", "temperature_end")


@pytest.mark.parametrize(
    ("text", "minutes"), [("6", 360), (" 6,5 ", 390), ("6.5", 390), ("0,5", 30), ("48", 2880), ("", None), ("  ", None)]
)
def test_an_open_life_as_people_write_it(text: str, minutes: int | None) -> None:
    assert protocols.stock().read_open_life(text) == minutes


@pytest.mark.parametrize("text", ["0", "0,25", "48,1", "360", "-6", "sáu", "6 giờ", "6,5,1", "1e1", "６"])
def test_what_is_no_open_life_is_asked_again(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        protocols.stock().read_open_life(text)
    assert code_of(refusal) == ("open_life_odd", "open_hours")
    assert refusal.value.facts == {"least": 30, "most": 48}


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

"""The figures of a day, and books that must balance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk import wording
from kiosk.rules.report import Figures, Names, balance, rows, together

DAY = Figures(
    planned=300, numbers={"A": 17, "U": 3}, numbered={"A": 17, "U": 3}, arrived=20, present=6, left=14,
    screened={"cleared": 14, "caution": 1, "deferred": 2, "referred": 1}, given=12,
    voided=2, taken_back={"wrong_person": 1},
    doses=(("astrazeneca", 1, 8), ("pfizer", 2, 4)), skipped={"declined": 1}, undecided=2, unexplained=1,
    observed=12, in_observation=2, messages=15, told=14, superseded=1, acknowledged=9, waiting=3, sending=1, parked=1,
    receipts=9, signed=1,
)  # fmt: skip
NAMES = Names(
    {"deferred": "Hoãn tiêm"},
    {"astrazeneca": "AstraZeneca"},
    {"declined": "Không đồng ý"},
    {"wrong_person": "Ghi nhầm"},
)


def test_the_books_of_a_good_day_balance() -> None:
    assert balance(DAY) == ()
    assert (DAY.withheld, DAY.not_given, DAY.cleared) == ({"deferred": 2, "referred": 1}, 5, 15)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"numbers": {"A": 18, "U": 3}}, "numbers"),
        ({"numbers": {"A": 16, "U": 4}}, "numbers"),
        ({"numbered": {"A": 20}}, "numbers"),
        ({"left": 13}, "people"),
        ({"unexplained": 0}, "outcomes"),
        ({"skipped": {}}, "outcomes"),
        ({"screened": {"cleared": 11, "deferred": 2, "referred": 1}}, "screened"),
        ({"doses": (("astrazeneca", 1, 11),)}, "doses"),
        ({"observed": 11}, "observed"),
        ({"waiting": 1}, "states"),
        ({"taken_back": {}}, "outcomes"),
        ({"told": 15, "messages": 16, "parked": 2}, "messages"),
        ({"messages": 17, "waiting": 5}, "voids"),
        ({"messages": 14, "waiting": 3, "superseded": 0}, "voids"),
        ({"receipts": 7}, "receipts"),
    ],
)
def test_whatever_does_not_add_up_is_named(change: dict[str, Any], code: str) -> None:
    assert balance(replace(DAY, **change)) == (code,)
    assert wording.knows(f"report.balance.{code}")


def test_two_halves_make_a_date_and_share_their_list() -> None:
    afternoon = replace(
        DAY, numbers={"A": 5}, numbered={"A": 5}, arrived=5, present=0, left=5, screened={"cleared": 5}, given=5,
        doses=(("pfizer", 2, 5),), voided=0, taken_back={}, skipped={}, undecided=0, unexplained=0, observed=5,
        in_observation=0, messages=5, told=5, superseded=0, acknowledged=5, waiting=0, sending=0, parked=0,
        receipts=5, signed=0,
    )  # fmt: skip
    assert balance(afternoon) == ()
    whole = together([DAY, afternoon])
    assert balance(whole) == ()
    assert (whole.planned, whole.arrived, whole.given, whole.acknowledged) == (300, 25, 17, 14)
    assert whole.screened == {"cleared": 19, "caution": 1, "deferred": 2, "referred": 1}
    assert whole.doses == (("astrazeneca", 1, 8), ("pfizer", 2, 9))
    assert together([DAY]) == DAY
    with pytest.raises(ValueError, match="no clinic day"):
        together([])


def test_the_report_says_what_the_ministry_asks_for() -> None:
    said = [(words, n) for _, words, n in rows(DAY, wording.speaker("vi"), NAMES)]
    for row in (
        ("Trong danh sách", 300), ("Đã đến", 20), ("Đã khám sàng lọc", 18), ("Đã tiêm", 12), ("AstraZeneca, mũi 1", 8),
        ("Không tiêm, có lý do", 5), ("Số mũi đã hủy", 2), ("Ghi nhầm", 1), ("Hoãn tiêm", 2), ("Không đồng ý", 1),
        ("Hệ thống đã nhận", 9), ("Đang chờ gửi", 4), ("Cần xem lại", 1), ("Chưa nhận, đã có người ký", 1),
    ):  # fmt: skip
        assert row in said
    assert ("referred", 1) in said, "a conclusion that the protocol no longer knows is not lost"

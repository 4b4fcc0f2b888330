"""What the loudspeaker says: every number as Vietnamese says it, and the clips of a call in their order."""

from __future__ import annotations

from datetime import time
from typing import get_args

import pytest

from kiosk.config_tables import SHIPPED_VOICES, StationKind
from kiosk.rules.voice import CLIPS, MOST, ToStation, ToZone, announce, digits, is_quiet, spoken, words

# 1 to 99 as they are written out, a line to a ten: typed, not put together.
TO_99 = """
một|hai|ba|bốn|năm|sáu|bảy|tám|chín
mười|mười một|mười hai|mười ba|mười bốn|mười lăm|mười sáu|mười bảy|mười tám|mười chín
hai mươi|hai mươi mốt|hai mươi hai|hai mươi ba|hai mươi tư|hai mươi lăm|hai mươi sáu|hai mươi bảy|hai mươi tám|hai mươi chín
ba mươi|ba mươi mốt|ba mươi hai|ba mươi ba|ba mươi tư|ba mươi lăm|ba mươi sáu|ba mươi bảy|ba mươi tám|ba mươi chín
bốn mươi|bốn mươi mốt|bốn mươi hai|bốn mươi ba|bốn mươi tư|bốn mươi lăm|bốn mươi sáu|bốn mươi bảy|bốn mươi tám|bốn mươi chín
năm mươi|năm mươi mốt|năm mươi hai|năm mươi ba|năm mươi tư|năm mươi lăm|năm mươi sáu|năm mươi bảy|năm mươi tám|năm mươi chín
sáu mươi|sáu mươi mốt|sáu mươi hai|sáu mươi ba|sáu mươi tư|sáu mươi lăm|sáu mươi sáu|sáu mươi bảy|sáu mươi tám|sáu mươi chín
bảy mươi|bảy mươi mốt|bảy mươi hai|bảy mươi ba|bảy mươi tư|bảy mươi lăm|bảy mươi sáu|bảy mươi bảy|bảy mươi tám|bảy mươi chín
tám mươi|tám mươi mốt|tám mươi hai|tám mươi ba|tám mươi tư|tám mươi lăm|tám mươi sáu|tám mươi bảy|tám mươi tám|tám mươi chín
chín mươi|chín mươi mốt|chín mươi hai|chín mươi ba|chín mươi tư|chín mươi lăm|chín mươi sáu|chín mươi bảy|chín mươi tám|chín mươi chín
"""  # noqa: E501
SMALL = [text for line in TO_99.strip().splitlines() for text in line.split("|")]
ONES = ["không", *SMALL[:9]]


def written(n: int) -> str:
    """Another way to the same words: the text of the last two figures from the table, what stands before in front."""
    figures = f"{n:04d}"
    last = "" if n % 100 == 0 else SMALL[n % 100 - 1]
    if n > 99 and figures[2] == "0" and figures[3] != "0":
        last = f"linh {last}"
    hundreds = f"{ONES[int(figures[1])]} trăm" if n > 99 and (figures[1] != "0" or figures[2:] != "00") else ""
    thousands = f"{ONES[int(figures[0])]} nghìn" if n > 999 else ""
    return " ".join(f"{thousands} {hundreds} {last}".split())


def test_the_table_of_the_test_is_whole() -> None:
    assert len(SMALL) == len(set(SMALL)) == 99


def test_every_number_is_said_as_it_is_written() -> None:
    wrong = [(n, spoken(n), written(n)) for n in range(1, MOST + 1) if spoken(n) != written(n)]
    assert wrong == []


def test_no_two_numbers_sound_alike() -> None:
    assert len({spoken(n) for n in range(1, MOST + 1)}) == MOST


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (1, "một"), (5, "năm"), (10, "mười"), (11, "mười một"), (15, "mười lăm"), (20, "hai mươi"),
        (21, "hai mươi mốt"), (24, "hai mươi tư"), (25, "hai mươi lăm"), (31, "ba mươi mốt"), (51, "năm mươi mốt"),
        (55, "năm mươi lăm"), (91, "chín mươi mốt"), (100, "một trăm"), (101, "một trăm linh một"),
        (104, "một trăm linh bốn"), (105, "một trăm linh năm"), (110, "một trăm mười"), (111, "một trăm mười một"),
        (115, "một trăm mười lăm"), (121, "một trăm hai mươi mốt"), (205, "hai trăm linh năm"),
        (999, "chín trăm chín mươi chín"), (1000, "một nghìn"), (1001, "một nghìn không trăm linh một"),
        (1005, "một nghìn không trăm linh năm"), (1010, "một nghìn không trăm mười"),
        (1015, "một nghìn không trăm mười lăm"), (1021, "một nghìn không trăm hai mươi mốt"),
        (1100, "một nghìn một trăm"), (1105, "một nghìn một trăm linh năm"),
        (2345, "hai nghìn ba trăm bốn mươi lăm"), (9999, "chín nghìn chín trăm chín mươi chín"),
    ],
)  # fmt: skip
def test_the_known_traps(n: int, text: str) -> None:
    assert spoken(n) == text


@pytest.mark.parametrize("n", [-1, 0, 10_000])
def test_what_is_no_number_of_a_queue(n: int) -> None:
    with pytest.raises(ValueError, match="is not from 1 to 9999"):
        words(n)


def test_other_languages_say_digit_by_digit_without_the_zeros_of_a_ticket() -> None:
    assert [digits(n) for n in (7, 147, 1005)] == [("7",), ("1", "4", "7"), ("1", "0", "0", "5")]


def said(language: str, *call: object, own: frozenset[str] = frozenset()) -> str:
    """The text of a call's clips; one that only the site has stands as its code."""
    return " ".join(CLIPS[language].get(clip, clip) for clip in announce(language, *call, own=own))  # type: ignore[arg-type]


def test_a_call_to_a_table() -> None:
    table = ToStation("injection", 2, "injection-2")
    assert said("vi", "A", 147, table) == "mời số a một trăm bốn mươi bảy đến bàn tiêm hai"
    assert said("en", "A", 147, table) == "number A one four seven to injection table two"
    assert said("vi", "B", 1005, ToStation("screening", 21, "x")).endswith("đến bàn khám hai mươi mốt")
    assert said("en", "B", 7, ToStation("observation", 0, "x")) == "number B seven to observation room"


def test_a_call_into_a_zone() -> None:
    assert said("vi", "A", 105, ToZone("A", 12)) == "mời số a một trăm linh năm vào khu a chỗ mười hai"
    assert said("vi", "A", 105, ToZone("C")) == "mời số a một trăm linh năm vào khu xê"
    assert said("en", "A", 105, ToZone("A", 12)) == "number A one zero five into zone A spot one two"


def test_a_table_s_own_name_goes_before_its_kind_and_number_where_it_was_recorded() -> None:
    table = ToStation("injection", 2, "hoa-sen")
    assert said("vi", "A", 1, table, own=frozenset({"station-hoa-sen"})) == "mời số a một đến station-hoa-sen"
    assert said("vi", "A", 1, table, own=frozenset({"station-injection-2"})) == "mời số a một đến bàn tiêm hai"


def test_what_is_odd_is_still_called() -> None:
    assert said("vi", "A", 10_007, ToStation("injection", 1, "x")).startswith("mời số a một không không không bảy")
    assert said("vi", "A", 7, ToStation("", 0, "gone")) == "mời số a bảy"


def test_everything_that_may_be_said_is_in_the_list() -> None:
    assert set(CLIPS) == set(SHIPPED_VOICES)
    for language, clips in CLIPS.items():
        assert set(get_args(StationKind)) <= set(clips), "every kind of station has its words"
        needed = {clip for n in range(1, MOST + 1) for clip in announce(language, "A", n, ToZone("A", 1))}
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            needed |= {*announce(language, letter, 1, ToZone(letter))}
        needed |= {
            clip for kind in get_args(StationKind) for clip in announce(language, "A", 1, ToStation(kind, 1, ""))
        }
        assert needed == set(clips)
        assert len(set(clips.values())) == len(clips), "no two clips say the same"
    assert set(CLIPS["en"]) < set(CLIPS["vi"])
    assert len(CLIPS["en"]) <= 60


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("11:29", False), ("11:30", True), ("12:59", True), ("13:00", False),
        ("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("05:59", True), ("06:00", False),
    ],
)  # fmt: skip
def test_quiet_hours_may_go_over_midnight(at: str, quiet: bool) -> None:
    spans = [(time(11, 30), time(13)), (time(21), time(6))]
    assert is_quiet(spans, time.fromisoformat(at)) is quiet
    assert not is_quiet([], time.fromisoformat(at))

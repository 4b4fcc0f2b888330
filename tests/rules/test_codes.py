"""The national card and our own ticket, told apart from every other text."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.rules import codes
from kiosk.rules.codes import Card, ticket
from kiosk.rules.words import Confidence, Sex
from tests.cast import CARD, CARD_OF_PAO

FAST = settings(max_examples=150, deadline=None)
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẵấệịồờủữỳ"
WORD = st.text(LETTERS, min_size=1, max_size=7).map(str.capitalize)
NAMES = st.lists(WORD, min_size=2, max_size=5).map(" ".join)
NUMBERS = st.text("0123456789", min_size=12, max_size=12)
DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SEXES = st.sampled_from(["Nam", "Nữ"])


@FAST
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    codes.read(text)


@FAST
@given(st.lists(st.text("0123456789|/- Nam٣³０\x1d\n", max_size=14), min_size=5, max_size=17).map("|".join))
def test_no_text_that_looks_like_a_card_raises(text: str) -> None:
    card = codes.read(text)
    if isinstance(card, Card):
        assert card.identity.number.isascii()
        assert card.identity.number.isdecimal()
        assert card.identity.born_on


@FAST
@given(NUMBERS, st.sampled_from(["", "061234567", "015090990002"]), NAMES, DATES, SEXES, DATES)
def test_a_seven_field_card_comes_back_as_it_was_written(
    number: str, old: str, name: str, born: date, sex: str, issued: date
) -> None:
    card = codes.read(f"{number}|{old}|{name}|{born:%d%m%Y}|{sex}|Thôn Bịa, Xã Thử|{issued:%d%m%Y}")
    assert isinstance(card, Card)
    assert card.confidence is Confidence.HIGH
    assert card.extra == ()
    who = card.identity
    assert (who.number, who.old_number, who.name, who.born_on, who.born_year, who.address, card.issued_on) == (
        number, old, unicodedata.normalize("NFC", name), born, born.year, "Thôn Bịa, Xã Thử", issued,
    )  # fmt: skip
    assert who.sex is (Sex.MALE if sex == "Nam" else Sex.FEMALE)


@FAST
@given(st.lists(st.text("0123456789 abc", max_size=10), min_size=1, max_size=9))
def test_what_follows_on_the_2024_card_is_kept_and_does_no_harm(extra: list[str]) -> None:
    card = codes.read(CARD + "|" + "|".join(extra))
    assert isinstance(card, Card)
    assert card.confidence is Confidence.HIGH
    assert len(card.extra) == len(extra)
    assert card.identity == codes.read(CARD).identity  # type: ignore[union-attr]


def test_the_2024_card_as_it_is_documented() -> None:
    card = codes.read("015301990003||Lý Thị Hoa|20112001|Nữ|Bản Thí Dụ|01072024||||")
    assert isinstance(card, Card)
    assert card.issued_on == date(2024, 7, 1)
    assert card.extra == ("", "", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "015158004187|061234567|Nguyễn Thị Hường|12051958|Nữ|Thôn Bịa",
        "015158004187|Nguyễn Thị Hường|12051958|Nữ|Thôn Bịa|15042021",
        "015158004187||Nguyễn Thị Hường|12/05/1958|Nữ|Thôn Bịa",
    ],
)
def test_six_fields_are_taken_with_low_confidence(text: str) -> None:
    card = codes.read(text)
    assert isinstance(card, Card)
    assert card.confidence is Confidence.LOW
    assert (card.identity.name, card.identity.born_on) == ("Nguyễn Thị Hường", date(1958, 5, 12))
    assert card.identity.address == "Thôn Bịa"


def test_decomposed_letters_become_composed_ones() -> None:
    card = codes.read(unicodedata.normalize("NFD", CARD))
    assert card == codes.read(CARD)
    assert isinstance(card, Card)
    assert unicodedata.is_normalized("NFC", card.identity.name)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\t", "  "])
def test_what_a_scanner_appends_is_dropped(end: str) -> None:
    assert codes.read(CARD + end) == codes.read(CARD)
    assert codes.read("DT1:23456789AB" + end) == codes.TicketCode("23456789AB")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|||||||",
        "https://example.test/015158004187",
        "HC1:6BF+70790T9WJWG",
        CARD.replace(
            "015158004187", "０１５１５８００４１８７"
        ),  # full-width digits: a wrong keyboard or a wrong decoder
        CARD.replace("015158004187", "٠١٥١٥٨٠٠٤١٨٧"),
        CARD.replace("|", "｜"),
        CARD.replace("015158004187", "15158990001"),
        CARD.replace("12051958", "31021958"),
        CARD.replace("12051958", "１２０５１９５８"),
        CARD.replace("Nguyễn Thị Hường", " "),
        CARD.replace("061234567", "06123"),
        CARD + "|" * 12,
        "dt1:23456789AB",
        "DT1:23456789A",
        "DT1:23456789ABC",
        "DT1:2345678901",
        "DT1:２３４５６７８９ＡＢ",
    ],
)
def test_other_texts_are_no_code_of_ours(text: str) -> None:
    assert codes.read(text) == codes.Unknown()


def test_a_sex_that_is_not_on_the_card_is_unknown_not_a_refusal() -> None:
    card = codes.read(CARD_OF_PAO.replace("|Nam|", "|X|"))
    assert isinstance(card, Card)
    assert card.identity.sex is Sex.UNKNOWN


@FAST
@given(st.text(ticket.ALPHABET, min_size=ticket.LENGTH, max_size=ticket.LENGTH))
def test_a_ticket_comes_back_as_it_was_written(token: str) -> None:
    assert codes.read(ticket.write(token)) == codes.TicketCode(token)


def test_ticket_signs_cannot_be_taken_for_one_another() -> None:
    assert not set("01OISZ") & set(ticket.ALPHABET)
    assert len(set(ticket.ALPHABET)) == len(ticket.ALPHABET)

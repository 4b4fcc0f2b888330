"""What a keyboard scanner types: digits are trusted, names and places are not."""

from __future__ import annotations

import random
from datetime import date

import pytest

from bench.codes import certificate, certified, samples
from kiosk.rules import codes
from kiosk.rules.codes import Card, Certificate, InsuranceCard, Mrz, NationalQr, TicketCode, VialLabel
from kiosk.rules.words import CodeKind, Confidence, Sex
from tests.cast import CARD

# Without the letters that no key has.
TYPED = "015158004187|061234567|Nguyn Th Hng|12051958|N|T 4, phng Hng H|15042021"


@pytest.mark.parametrize("separator", [*"｜∣º°¦│┃︱ǀ|", "\x1d", "\\"])
def test_a_card_is_its_digits_whatever_its_separators_became(separator: str) -> None:
    card = codes.read_keyed(TYPED.replace("|", separator) + "\r")
    assert isinstance(card, Card)
    who = card.identity
    assert (who.number, who.old_number, who.born_on) == ("015158004187", "061234567", date(1958, 5, 12))
    assert (who.name, who.address, who.sex) == ("", "", Sex.FEMALE)
    assert (card.issued_on, card.extra, card.confidence) == (date(2021, 4, 15), (), Confidence.LOW)


@pytest.mark.parametrize(
    ("typed", "number", "sex"),
    [
        ("Nam", "015058004187", Sex.MALE), ("NAM", "015058004187", Sex.MALE),
        ("N", "015158004187", Sex.FEMALE), ("Nu", "015158004187", Sex.FEMALE), ("N?", "015158004187", Sex.FEMALE),
        ("Nữ", "015158004187", Sex.FEMALE), ("N\u0169\ufffd", "015158004187", Sex.FEMALE),
        ("n7919", "015158004187", Sex.FEMALE),
        ("N", "015058004187", Sex.UNKNOWN),  # the number says otherwise
        ("Na", "015158004187", Sex.UNKNOWN), ("Nm", "015158004187", Sex.UNKNOWN), ("", "015158004187", Sex.UNKNOWN),
        ("1", "015158004187", Sex.UNKNOWN),
    ],
)  # fmt: skip
def test_the_sex_is_taken_only_where_it_is_beyond_doubt(typed: str, number: str, sex: Sex) -> None:
    card = codes.read_keyed(TYPED.replace("|N|", f"|{typed}|").replace("015158004187", number))
    assert isinstance(card, Card)
    assert card.identity.sex is sex


@pytest.mark.parametrize("name", ["", "漢字 日本", "Ã¡»", "\ud800", "a|b"])
def test_a_garbled_name_does_not_matter_unless_it_moves_the_fields(name: str) -> None:
    card = codes.read_keyed(TYPED.replace("Nguyn Th Hng", name))
    assert isinstance(card, Card) == ("|" not in name)


@pytest.mark.parametrize(
    "text",
    [
        TYPED.replace("015158004187", "o15158004187"),
        TYPED.replace("015158004187", "áříčšěžý+éí+"),
        TYPED.replace("12051958", "1205195"),
        TYPED.replace("Hng", "H" + "\u0323" * 9),
        TYPED.replace("061234567", "06123456"),
        "DT1:2345678AÂB",  # an input method was at work: better unread than another's ticket
        "",
    ],
)
def test_damaged_digits_are_unknown(text: str) -> None:
    assert codes.read_keyed(text) == codes.Unknown()


@pytest.mark.parametrize("text", ["dt1:23456789ab", "DT1;23456789AB", "dT1;23456789aB\n", "DT1:23456789AB"])
def test_our_own_codes_survive_a_lost_shift(text: str) -> None:
    assert codes.read_keyed(text) == TicketCode("23456789AB")
    assert codes.read_keyed(text.lower().replace("t1", "tv1")) == VialLabel("23456789AB")
    assert codes.read_keyed(text.lower().replace("t1", "tb1")) == codes.BadgeCode("23456789AB")


def test_of_the_other_kinds_the_digits_stay_and_the_names_go() -> None:
    whole = samples(random.Random(2))
    for kind in (CodeKind.NATIONAL_QR, CodeKind.INSURANCE_CARD, CodeKind.MRZ):
        seen, typed = (
            codes.read(whole[kind]),
            codes.read_keyed(whole[kind].replace("<", ",") if kind is CodeKind.MRZ else whole[kind]),
        )
        assert isinstance(seen, NationalQr | InsuranceCard | Mrz)
        assert isinstance(typed, type(seen))
        assert (typed.identity.name, typed.identity.address, typed.confidence) == ("", "", Confidence.LOW)
        assert (typed.identity.number, typed.identity.born_on) == (seen.identity.number, seen.identity.born_on)
    broken = whole[CodeKind.INSURANCE_CARD].replace("aa", "â").replace("dd", "đ").replace("e1", "é")
    assert isinstance(codes.read_keyed(broken), InsuranceCard)


def test_a_certificate_has_a_checksum_so_its_name_is_whole() -> None:
    code = codes.read_keyed(certificate(certified("Nguyễn Văn An", "1990-02-01")))
    assert isinstance(code, Certificate)
    assert code.identity.name == "Nguyễn Văn An"


def test_the_camera_takes_none_of_these_liberties() -> None:
    assert codes.read(CARD.replace("|", "\\")) == codes.Unknown()
    assert codes.read("dt1;23456789ab") == codes.Unknown()

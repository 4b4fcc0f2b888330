"""The personal QR, the insurance card, the lines on the back of the card, the maker's code on a pack."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.codes import mrz_lines, samples
from kiosk.rules import codes
from kiosk.rules.codes import InsuranceCard, Mrz, NationalQr, Pack, mrz, pack
from kiosk.rules.words import Confidence, Sex

FAST = settings(max_examples=100, deadline=None)
QR = "001090123456|NGUYEN VAN AN|1990-02-01|0|162900000000000001|<1<GD4010000000000<0900000000"
INSURED = "GD4620000000001|{name}|01/02/1990|1|{place}|62 - 001|01/01/2021|31/12/2021|-|4|$"
LINES = """IDVNM0901234562001090123456<<3
9002018M3002016VNM<<<<<<<<<<<6
NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<"""
ELEMENTS = "0108900000000012172605311021F-07\x1d21THU1"


def insured(name: str, place: str, upper: bool = False) -> str:
    """An insurance card's code."""
    hexed = [text.encode().hex() for text in (name, place)]
    return INSURED.format(name=hexed[0].upper() if upper else hexed[0], place=hexed[1])


def test_a_personal_qr_says_who_it_is_and_how_to_reach_them() -> None:
    code = codes.read(QR)
    assert isinstance(code, NationalQr)
    who = code.identity
    assert (who.name, who.number, who.born_on, who.sex) == ("NGUYEN VAN AN", "001090123456", date(1990, 2, 1), Sex.MALE)
    assert (code.qid, code.masked, code.declared_by_another) == ("162900000000000001", False, False)
    assert (code.insurance_number, code.phone, code.declarer) == ("GD4010000000000", "0900000000", "")
    assert (code.extra, code.confidence) == ((), Confidence.HIGH)


@pytest.mark.parametrize(
    ("number", "birth", "born_year"),
    [("******123456", "1990-**-**", 1990), ("001090123456", "****-**-**", None), ("******123456", "1990-02-01", 1990)],
)
def test_what_is_starred_is_left_out(number: str, birth: str, born_year: int | None) -> None:
    code = codes.read(QR.replace("001090123456", number).replace("1990-02-01", birth))
    assert isinstance(code, NationalQr)
    assert (code.masked, code.confidence, code.qid) == (True, Confidence.LOW, "162900000000000001")
    assert code.identity.number == ("" if "*" in number else number)
    assert code.identity.born_year == born_year
    assert code.identity.born_on == (None if "*" in birth else date(1990, 2, 1))


@pytest.mark.parametrize(
    ("document", "number", "old_number", "passport"),
    [
        ("012345678", "", "012345678", ""),
        ("C1234567", "", "", "C1234567"),
        ("001090123456", "001090123456", "", ""),
        ("15158004187", "", "", ""),
    ],
)
def test_a_personal_qr_may_rest_on_another_document(document: str, number: str, old_number: str, passport: str) -> None:
    code = codes.read(QR.replace("001090123456", document).replace("|<1<", "|77<2<") + "<c2ln<x")
    assert isinstance(code, NationalQr)
    assert (code.identity.number, code.identity.old_number, code.passport) == (number, old_number, passport)
    assert (code.declarer, code.identity.sex, code.extra) == ("77", Sex.FEMALE, ("c2ln", "x"))


@pytest.mark.parametrize(
    "text",
    [QR.replace("1990-02-01", "1990-02-30"), QR.replace("|0|", "|2|"), QR.replace("NGUYEN VAN AN", " "),
     QR.replace("162900000000000001", ""), QR.replace("001090123456", "00109"), QR + "|x|x|x"],
)  # fmt: skip
def test_a_damaged_personal_qr_is_unknown(text: str) -> None:
    assert codes.read(text) == codes.Unknown()


@pytest.mark.parametrize("upper", [False, True])
def test_an_insurance_card_hides_its_names_in_hexadecimal(upper: bool) -> None:
    card = codes.read(insured("Nguyễn Thị Thử", "Tổ 4, xã Bịa", upper))
    assert isinstance(card, InsuranceCard)
    who = card.identity
    assert (who.name, who.address, who.born_on, who.sex) == (
        "Nguyễn Thị Thử",
        "Tổ 4, xã Bịa",
        date(1990, 2, 1),
        Sex.MALE,
    )
    assert (who.number, card.number, card.facility) == ("", "GD4620000000001", "62 - 001")
    assert (card.valid_from, card.valid_until) == (date(2021, 1, 1), date(2021, 12, 31))
    assert (card.extra, card.confidence) == (("", "4", "$"), Confidence.HIGH)


def test_the_new_insurance_number_has_ten_digits_and_a_year_may_stand_alone() -> None:
    text = insured("Sùng A Bịa", "").replace("GD4620000000001", "6200000001").replace("01/02/1990|1", "1990|2")
    card = codes.read(text)
    assert isinstance(card, InsuranceCard)
    assert (card.number, card.identity.born_on, card.identity.born_year) == ("6200000001", None, 1990)
    assert (card.identity.sex, card.confidence) == (Sex.FEMALE, Confidence.LOW)


@pytest.mark.parametrize(
    "text",
    [
        insured("Nguyễn Thị Thử", "x").replace("4e67", "4e6"),
        insured("Nguyễn Thị Thử", "x").replace("4e67", "4e6g"),
        insured("Nguyễn Thị Thử", "x").replace("e1bb85", "e1bb"),
        insured("", "x"),
        insured("Нгуен", "x"),
        INSURED.format(name="Nguyễn".encode("utf-16").hex(), place=""),
        INSURED.format(name=b"Nguyen".hex(), place="zz"),
        insured("Nguyễn", "x").replace("01/02/1990", "31/02/1990"),
        insured("Nguyễn", "x").replace("GD4620000000001", "GD462000000001"),
    ],
)
def test_a_damaged_insurance_card_is_unknown(text: str) -> None:
    assert codes.read(text) == codes.Unknown()


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", ""),
        LINES.lower().replace("<", "< "),
        LINES.replace("<<", "«").replace("<", "‹"),
        LINES.rstrip("<"),
    ],
)
def test_the_back_of_the_card_however_it_was_typed(text: str) -> None:
    code = codes.read(text)
    assert isinstance(code, Mrz)
    who = code.identity
    assert (who.name, who.number, who.born_on, who.sex) == ("NGUYEN VAN AN", "001090123456", date(1990, 2, 1), Sex.MALE)
    assert (code.document_number, code.nationality, code.expires_on) == ("090123456", "VNM", date(2030, 2, 1))
    assert code.confidence is Confidence.HIGH


def test_a_digit_that_was_mistyped_is_found() -> None:
    lines = LINES.replace("\n", "")
    for at in (at for at in range(60) if lines[at].isdecimal()):
        for digit in set("0123456789") - {lines[at]}:
            assert codes.read(lines[:at] + digit + lines[at + 1 :]) == codes.Unknown()


@pytest.mark.parametrize(
    ("first", "understood"),
    [
        ("IDVNM0901234562001090123456<<3", True),
        ("IDVNM0901234562001090123456<<4", False),  # the number's own check digit
        ("IDVNM0901234573001090123456<<3", False),  # another document's digits, rightly checked
    ],
)
def test_each_check_stands_by_itself(first: str, understood: bool) -> None:
    _, second, third = LINES.split("\n")
    check = mrz.check_digit(first[5:] + second[:7] + second[8:15] + second[18:29])
    code = codes.read("\n".join((first, second[:29] + check, third)))
    assert isinstance(code, Mrz) == understood


@pytest.mark.parametrize(
    ("number", "born", "sex"),
    [
        ("015301000001", date(2001, 5, 9), "F"),
        ("015201000001", date(2001, 5, 9), "M"),
        ("015001000001", date(1901, 5, 9), "M"),
    ],
)
def test_the_number_says_in_which_century_somebody_was_born(number: str, born: date, sex: str) -> None:
    code = codes.read(mrz_lines(number, born, sex, "Lò Thị Ướm"))
    assert isinstance(code, Mrz)
    assert code.identity.born_on == born


def test_another_documents_number_or_no_name_is_unknown_and_no_expiry_is_fine() -> None:
    other = mrz_lines("001090123456", date(1990, 2, 1), "M", "An").replace("001090123456", "001091123456")
    assert codes.read(other) == codes.Unknown()
    first, second, third = LINES.split("\n")
    assert codes.read("\n".join((first, second, "<" * 30))) == codes.Unknown()
    never = f"{second[:8]}<<<<<<<VNM<<<<<<<<<<<"
    check = mrz.check_digit(first[5:] + never[:7] + never[8:15] + never[18:29])
    code = codes.read("\n".join((first, never + check, third)))
    assert isinstance(code, Mrz)
    assert code.expires_on is None


@pytest.mark.parametrize(
    "text",
    [
        ELEMENTS,
        "]d2" + ELEMENTS,
        "\x1d" + ELEMENTS,
        "]d201089000000000121021F-07\x1d21THU1\x1d17260531",
        "]d2\x1d21THU1\x1d1021F-07\x1d30100\x1d1126010117260500" + "0108900000000012",
        "(01)08900000000012 (17)260531 (10)21F-07 (21)THU1",
    ],
)
def test_a_pack_says_product_lot_and_expiry_in_any_order(text: str) -> None:
    assert codes.read(text) == Pack("08900000000012", "21F-07", date(2026, 5, 31), "THU1")
    assert codes.read_keyed(text) == codes.read(text)


@FAST
@given(
    st.text("0123456789", min_size=13, max_size=13), st.from_regex(r"[A-Za-z0-9/._-]{1,20}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2071, 12, 31)), st.from_regex(r"[A-Za-z0-9]{0,20}", fullmatch=True),
)  # fmt: skip
def test_a_pack_comes_back_as_it_was_written(digits: str, lot: str, expires_on: date, serial: str) -> None:
    gtin = digits + pack.check_digit(digits)
    assert codes.read(pack.write(gtin, lot, expires_on, serial)) == Pack(gtin, lot, expires_on, serial)


@pytest.mark.parametrize(
    "text",
    [
        "0108900000000013172605311021F-07",  # a wrong check digit
        "0108900000000012172613311021F-07",
        "010890000000001217260231",
        "01089000000000121726",
        "0108900000000012" + "10" + "A" * 21,
        "010890000000001210A\x1d10B",
        "01089000000000121126\x1d01010A",
        "(17)260531(10)X",
        "]d2",
    ],
)
def test_a_pack_that_contradicts_itself_is_unknown(text: str) -> None:
    assert codes.read(text) == codes.Unknown()


def test_a_field_without_contents_is_none() -> None:
    assert codes.read("(01)08900000000012(17)(10)") == Pack("08900000000012")


def test_samples_are_other_people_each_time() -> None:
    chance = random.Random(1)
    assert samples(chance) != samples(chance)

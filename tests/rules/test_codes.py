"""The codes told apart by one table; the national card and our own ticket, badge and label."""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import codes as bench
from kiosk.rules import codes
from kiosk.rules.codes import Card, badge, ticket, vial
from kiosk.rules.words import CodeKind, Confidence, Sex
from tests.cast import CARD, CARD_OF_PAO

FAST = settings(max_examples=150, deadline=None)
OWN = ("https://diem-tiem.local",)
WHOLE = bench.samples(random.Random(4))
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẵấệịồờủữỳ"
WORD = st.text(LETTERS, min_size=1, max_size=7).map(str.capitalize)
NAMES = st.lists(WORD, min_size=2, max_size=5).map(" ".join)
NUMBERS = st.text("0123456789", min_size=12, max_size=12)
DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31))
SEXES = st.sampled_from(["Nam", "Nữ"])


@FAST
@given(st.text(st.characters(codec=None), max_size=300) | st.binary(max_size=300))
def test_no_text_and_no_bytes_raise(code: str | bytes) -> None:
    codes.read(code, OWN)
    codes.read_keyed(code, OWN)


@FAST
@given(st.sampled_from(list(WHOLE.values())), st.randoms(use_true_random=False))
def test_no_damaged_code_raises(code: str, chance: random.Random) -> None:
    broken = bench.damaged(chance, code)
    codes.read(broken, OWN)
    codes.read_keyed(broken, OWN)


@pytest.mark.parametrize(("kind", "code"), WHOLE.items())
def test_every_kind_is_told_by_one_row(kind: CodeKind, code: str) -> None:
    for written in (code, code.encode(), "\ufeff" + code + "\r\n", code + "\t", "\x00" + code + "\x00"):
        assert codes.read(written, OWN).kind is kind
    assert codes.read_keyed(code, OWN).kind is kind
    fitting = [row.kind for row in codes.TABLE if re.match(row.begins, code)]
    assert kind in fitting or kind is CodeKind.TICKET
    assert len(fitting) == 1 or fitting == [CodeKind.NATIONAL_QR, CodeKind.NATIONAL_CARD]


def test_every_kind_has_a_row() -> None:
    assert {row.kind for row in codes.TABLE} == set(CodeKind) - {CodeKind.UNKNOWN}


@pytest.mark.parametrize(
    "code",
    [
        CARD.encode("ascii", "replace"),
        CARD.encode("utf-16"),
        CARD.encode("utf-16-le"),
        CARD.encode("cp1258", "replace") + b"\xff",
        CARD.encode().decode("cp1252", "replace"),  # mojibake, as zbar's guess would hand it over
        CARD.encode().decode("shift_jis", "replace"),
        CARD.encode().decode("big5", "replace"),
        CARD.replace("Hường", "Hườ\u200bng"),
        CARD.replace("Nguyễn", "Нгуен"),
        CARD.replace("Nguyễn", "Nguye" + "\u0302\u0303" * 3 + "n"),
        CARD.replace("phường Hồng Hà", "Ä‘Æ°á»ng"),
        CARD.replace("phường Hồng Hà", "Ä‘"),
        CARD.replace("Tổ 4", "x" * codes.LONGEST),
        "1" * 100_000,
        b"",
        "\ud800",
    ],
)
def test_what_a_wrong_character_set_made_of_it_is_not_shown(code: str | bytes) -> None:
    assert codes.read(code) == codes.Unknown()


@pytest.mark.parametrize("name", ["Müller Đào", "Y Ƀuôn Čŭ", "Ksor H’Ví", "O'Brien – Lê"])
def test_the_letters_of_real_names_stay(name: str) -> None:
    card = codes.read(CARD.replace("Nguyễn Thị Hường", name))
    assert isinstance(card, Card)
    assert card.identity.name == name


@FAST
@given(st.lists(st.text("0123456789|/- Nam٣³０\x1d\n", max_size=14), min_size=5, max_size=17).map("|".join))
def test_no_text_that_looks_like_a_card_raises(text: str) -> None:
    card = codes.read(text)
    if isinstance(card, Card):
        assert card.identity.number.isascii()
        assert card.identity.number.isdecimal()
        assert card.identity.born_year


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
        "015158004187|061234567891|Nguyễn Thị Hường|12/05/1958|Nữ|Thôn Bịa|15/04/2021",
        "015158004187||Nguyễn Thị Hường|12051958|Nữ|Thôn Bịa|",
    ],
)
def test_forms_that_nobody_has_seen_are_taken_with_low_confidence(text: str) -> None:
    card = codes.read(text)
    assert isinstance(card, Card)
    assert card.confidence is Confidence.LOW
    assert (card.identity.name, card.identity.born_on) == ("Nguyễn Thị Hường", date(1958, 5, 12))
    assert card.identity.address == "Thôn Bịa"


@pytest.mark.parametrize("birth", ["1960", "00001960", "00051960"])
def test_a_year_alone_is_a_year_and_no_date(birth: str) -> None:
    card = codes.read(CARD.replace("12051958", birth))
    assert isinstance(card, Card)
    assert (card.identity.born_on, card.identity.born_year) == (None, 1960)
    assert (card.confidence, card.issued_on) == (Confidence.LOW, date(2021, 4, 15))


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
        "HC1:6BF+70790T9WJWG",
        CARD.replace(
            "015158004187", "０１５１５８００４１８７"
        ),  # full-width digits: a wrong keyboard or a wrong decoder
        CARD.replace("015158004187", "٠١٥١٥٨٠٠٤١٨٧"),
        CARD.replace("|", "｜"),
        CARD.replace("015158004187", "15158990001"),
        CARD.replace("12051958", "31021958"),
        CARD.replace("12051958", "00131958"),
        CARD.replace("12051958", "9960"),
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


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://diem-tiem.local/t/23456789AB", "https://diem-tiem.local"),
        ("http://DIEM-TIEM.local:80/t/23456789AB/", "https://diem-tiem.local/"),
        ("https://diem-tiem.local:443/t/23456789ab", "http://Diem-Tiem.local"),
        ("https://10.0.0.5:8443/kiosk/t/23456789AB", "https://10.0.0.5:8443/kiosk"),
    ],
)
def test_this_boxs_own_address_is_a_ticket(address: str, own: str) -> None:
    assert codes.read(address, ("https://other.example", own)) == codes.TicketCode("23456789AB")
    assert codes.read_keyed(address, (own,)) == codes.TicketCode("23456789AB")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://diem-tiem.local.evil.example/t/23456789AB", "diem-tiem.local.evil.example"),
        ("https://diem-tiem.local@evil.example/t/23456789AB", "evil.example"),
        ("https://evil.example/https://diem-tiem.local/t/23456789AB", "evil.example"),
        ("https://evil.example\\@diem-tiem.local/t/23456789AB", "evil.example"),
        ("https://diem-tiem.local:8080/t/23456789AB", "diem-tiem.local"),
        ("https://diem-tiem.local/t/23456789AB?next=x", "diem-tiem.local"),
        ("https://diem-tiem.local/t/23456789A", "diem-tiem.local"),
        ("HTTPS://Noi-Nao.EXAMPLE/x?so=015158004187", "noi-nao.example"),
        ("http://noi-nao.example./x", "noi-nao.example"),
        ("http://[::1]:80/", "[::1]"),
        ("http://", ""),
        ("http://a b/", ""),
    ],
)
def test_any_other_address_is_a_link_of_which_only_the_host_is_kept(address: str, host: str) -> None:
    assert codes.read(address, OWN) == codes.Link(host)


def test_badges_and_labels_come_back_as_they_were_written() -> None:
    assert codes.read(badge.write("nv12")) == codes.BadgeCode("NV12")
    assert codes.read(vial.write("23456789AB")) == codes.VialLabel("23456789AB")
    for text in ("DTB1:", "DTB1:N V", "DTB1:" + "A" * 21, "DTV1:23456789A", "DTV1:23456789A0"):
        assert codes.read(text) == codes.Unknown()


def test_ticket_signs_cannot_be_taken_for_one_another() -> None:
    assert not set("01OISZ") & set(ticket.ALPHABET)
    assert len(set(ticket.ALPHABET)) == len(ticket.ALPHABET)

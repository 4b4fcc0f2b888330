"""Pairs that nobody may be ashamed of: a row of the list as it was typed, and the code that somebody holds up.

Rows go through the import's reading of cells, codes through the table's. Nobody here is real.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from kiosk import protocols
from kiosk.rules import codes, identity, roster_cells
from kiosk.rules.person import Identity
from kiosk.rules.roster_cells import Reason
from tests import papers

TODAY = date(2021, 11, 20)
ROW = ("Nguyễn Thị Hường", "12/05/1958", "1", "015158004187")
BORN_ON_NEW_YEAR = ("Giàng A Páo", "01/01/1950", "0", "")


def card(
    name: str = "Nguyễn Thị Hường", birth: str = "12051958", sex: str = "Nữ", number: str = "015158004187",
    old: str = "061234567",
) -> str:  # fmt: skip
    """The front of a national card."""
    return f"{number}|{old}|{name}|{birth}|{sex}|Tổ 4, phường Hồng Mẫu|15042021"


def insured(name: str, birth: str, sex: int = 2) -> str:
    """A health-insurance card."""
    place = "Tổ 4".encode().hex()
    return f"GD4150000000001|{name.encode().hex()}|{birth}|{sex}|{place}|15 - 001|01/01/2021|31/12/2099"


def app(number: str, name: str, birth: str, sex: int) -> str:
    """A personal QR."""
    return f"{number}|{name}|{birth}|0|162900000000000001|<{sex}<<"


def colour(row: tuple[str, str, str, str], code: str) -> str:
    """What the nurse sees: green, amber, red, or that the code is no second source."""
    name, birth, sex, number = row
    found: list[Reason] = []
    born_on, born_year = roster_cells.read_birth(birth, TODAY, found)
    known = Identity(roster_cells.read_name(name, found), "", "", born_on, born_year, roster_cells.read_sex(sex, found))
    numbers = roster_cells.read_numbers(number, known, protocols.provinces(), TODAY, found)
    assert not any(reason.stops for reason in found), "the import keeps this row back"
    known = Identity(known.name, numbers.number, numbers.old_number, born_on, born_year, known.sex)
    read = codes.read(code)
    assert isinstance(read, codes.Bearing)
    if not identity.is_second_source(read):
        return "none"
    outcome = identity.outcome(identity.compare_code(known, read))
    return {"match": "green", "look": "amber", "differs": "red"}[outcome]


def row(name: str = ROW[0], birth: str = ROW[1], sex: str = ROW[2], number: str = ROW[3]) -> tuple[str, str, str, str]:
    """Hường's row, typed otherwise."""
    return name, birth, sex, number


# Whoever passes these has given somebody else's dose.
NEVER_GREEN = {
    "her twin, one mark and the last digit apart": (row(), card("Nguyễn Thị Hương", number="015158004188"), "red"),
    "her twin, on a card without marks": (row(), card("NGUYEN THI HUONG", number="015158004189"), "red"),
    "her twin, on the card's back, where no marks are": (row(), papers.card_back("015158004188"), "red"),
    "a namesake born the same day elsewhere": (row(), card(number="079158004187"), "red"),
    "father and son, the list has the father": (
        ("Trần Văn An", "03/02/1955", "0", "015055990001"), card("Trần Văn An", "03021985", "Nam", "015085990001", ""),
        "red",
    ),
    "father and son, the list has the father without a number": (
        ("Trần Văn An", "1955", "0", ""), card("Trần Văn An", "03021985", "Nam", "015085990001", ""), "red",
    ),
    "father and son, the son's number copied to the father's row": (
        ("Trần Văn An", "03/02/1955", "0", "015085990001"), card("Trần Văn An", "03021985", "Nam", "015085990001", ""),
        "red",
    ),
    "father and son, the son's old number on the father's row": (
        ("Trần Văn An", "03/02/1955", "0", "061999999"),
        card("Trần Văn An", "03021985", "Nam", "015085990001", "061999999"), "red",
    ),
    "husband and wife, the wrong card of two": (row(), card("Trần Văn An", "03021955", "Nam", "015055990001"), "red"),
    "the neighbour's line: her number, his name": (row(name="Trần Văn An", sex="0"), card(), "red"),
    "name and year alone, no number": (row(birth="1958", number=""), card(), "red"),
    "name and year alone, and an insurance card": (row(birth="1958", number=""), insured(ROW[0], "12/05/1958"), "red"),
    "two of one name whose papers say 1 January": (
        BORN_ON_NEW_YEAR, card("Giàng A Páo", "01011950", "Nam", "010050990001", ""), "red",
    ),
    "two of one name, 1 January, an insurance card": (BORN_ON_NEW_YEAR, insured("Giàng A Páo", "01/01/1950", 1), "red"),
    "no number and another mark": (row(number=""), card("Nguyễn Thị Hương"), "red"),
    "no number, and only the card's back": (row(number=""), papers.CARD_BACK, "red"),
    "no number, day and month swapped": (row(birth="05/12/1958", number=""), insured(ROW[0], "12/05/1958"), "red"),
    "the same name and birth, another sex, no number": (row(sex="0", number=""), insured(ROW[0], "12/05/1958"), "red"),
    "the card of a man with a woman's number": (row(), card(sex="Nam"), "red"),
    "under her number another name and birth": (row(), card("Nguyễn Thị Huệ", "12061958"), "red"),
    "under her number Bảo for Bửu": (
        ("Nguyễn Bảo Lộc", "03/02/1985", "0", "015085990001"),
        card("Nguyễn Bửu Lộc", "03021985", "Nam", "015085990001", ""), "red",
    ),
    "under her number a letter and the sex's column": (row(sex="0"), card("Nguyễn Thị Hườn"), "red"),
    "her old number, another name": (row(number="061234567"), card("Lò Thị Ín"), "red"),
    "the starred code of an app": (row(), papers.MASKED_QR, "none"),
    "the app of somebody with an old card's number": (
        row(number="061234567"), app("061234567", "NGUYEN THI HUONG", "1958-05-12", 2), "none",
    ),
    "a certificate, whose signature nobody has checked": (row(), papers.CERTIFICATE, "none"),
}  # fmt: skip
# Whoever refuses these has sent home somebody who had done nothing wrong.
NEVER_RED = {
    "the list in capitals, her card in the form that takes marks apart": (
        row("NGUYỄN THỊ HƯỜNG"), unicodedata.normalize("NFD", card()), "green",
    ),
    "Hoà and Hòa": (row("Nguyễn Thị Hoà"), card("Nguyễn Thị Hòa"), "green"),
    "an apostrophe of another keyboard": (
        ("H’Loan Niê", "02/03/1990", "1", "066190990001"), card("H'Loan Niê", "02031990", number="066190990001"),
        "green",
    ),
    "Đ as an old keyboard wrote it": (row("Ðặng Thị Hường"), card("Đặng Thị Hường"), "green"),
    "the year alone, as many of her age are listed": (row(birth="1958"), card(), "green"),
    "a card that knows her year alone": (row(), card(birth="1958"), "green"),
    "1 January where the list had no day": (row(birth="01/01/1958"), card(), "green"),
    "born on 1 January, and both say so": (
        row(birth="01/01/1958"), card(birth="01011958"), "green",
    ),
    "two zeros lost in a spreadsheet, Hà Nội": (
        ("Lê Thị Sơn", "01/02/1990", "1", "1190990001"), card("Lê Thị Sơn", "01021990", number="001190990001"), "green",
    ),
    "one zero lost, the number in blocks": (row(number="15 158 004 187"), card(), "green"),
    "her old number, as the list of last year had it": (row(number="061234567"), card(), "green"),
    "her old number and her year": (row(birth="1958", number="061234567"), card(), "amber"),
    "her old number short of its zero": (row(number="61234567"), card(), "amber"),
    "an older card's number of another province": (row(number="051234567"), card(), "amber"),
    "a list without a number, name and birth whole": (row(number=""), card(), "green"),
    "the list without any marks": (row("NGUYEN THI HUONG"), card(), "amber"),
    "D for Đ": (row("Dặng Thị Hường"), card("Đặng Thị Hường"), "amber"),
    "words run together": (row("Nguyễn ThịHường"), card(), "amber"),
    "two letters turned round": (row("Nguyễn Thị Hườgn"), card(), "amber"),
    "the land's way of writing dates": (row(birth="05/12/1958"), card(), "amber"),
    "a slip of the day": (row(birth="13/05/1958"), card(), "amber"),
    "the sex in the wrong column, and the number knows": (row(sex="0"), card(), "amber"),
    "the back of a worn card": (row(), papers.CARD_BACK, "green"),
    "her app, and a list that knows her year": (row(birth="1958"), papers.QR, "amber"),
    "an insurance card, name and birth whole": (row(), insured(ROW[0], "12/05/1958"), "green"),
    "a name longer than the card's back": (
        ("Công Tằng Tôn Nữ Huyền Thương Nguyệt Quỳnh Diễm", "12/05/1958", "1", "015158004187"),
        papers.card_back(name="CONG<<TANG<TON<NU<HUYEN<THUONG"), "green",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("listed", "code", "expected"), NEVER_GREEN.values(), ids=NEVER_GREEN)
def test_the_wrong_person_is_not_passed(listed: tuple[str, str, str, str], code: str, expected: str) -> None:
    assert colour(listed, code) == expected


@pytest.mark.parametrize(("listed", "code", "expected"), NEVER_RED.values(), ids=NEVER_RED)
def test_the_right_person_is_not_refused(listed: tuple[str, str, str, str], code: str, expected: str) -> None:
    assert colour(listed, code) == expected

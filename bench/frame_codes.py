"""What stands in the codes that people hold up: invented texts in the forms of the real ones, and their modules."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

import numpy as np
import segno
from numpy.typing import NDArray

from kiosk.demo import names
from kiosk.rules.words import Sex

VILLAGES = (
    "Thôn Bịa", "Thôn Giả Định", "Bản Thí Dụ", "Tổ dân phố Mẫu", "Ấp Tưởng Tượng", "Buôn Không Đâu", "Tổ 3",
    "Khu phố 7", "Số 12, ngõ 45 đường Ví Như", "Căn hộ 1204, chung cư Giấc Mơ", "Xóm Đồng Ảo", "Làng Huyền Thoại",
)  # fmt: skip
COMMUNES = (
    "Xã Thử Nghiệm", "Phường Giả Thuyết", "Thị trấn Tập Dượt", "Xã Đằng Nọ", "Phường Mường Tượng", "Xã Ước Chừng",
    "Thị Trấn Nước Mẫu", "Phường Những Điều Ước",
)  # fmt: skip
DISTRICTS = ("Huyện Bịa Đặt", "Quận Ví Dụ", "Thị xã Phỏng Đoán", "Huyện Chưa Có", "Bịa Đặt", "Thành phố Hư Ảo")
PROVINCES = ("Tỉnh Không Có", "Thành phố Đặt Tên", "Tỉnh Chẳng Đâu", "Kẻ Mộng", "Tỉnh Giữa Trời")
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
TOKEN_SIGNS = "23456789ABCDEFGHJKMNPQRTUVWXY"
# How often each strength of error correction is met on cards and slips.
STRENGTHS = ("l", "l", "l", "m", "m", "m", "q", "h")
ECI_EVERY = 12  # one code in so many says that its text is UTF-8

Modules = NDArray[np.bool_]


@dataclass(frozen=True)
class Code:
    """A text and the modules that carry it, True where dark, without the quiet zone."""

    text: str
    modules: Modules


def on_card(chance: Random) -> Code:
    """The code of a plastic card: mostly the national card, sometimes the insurance card."""
    return _code(_insurance(chance) if chance.random() < 0.2 else national_card(chance), chance)


def on_phone(chance: Random) -> Code:
    """The code of an app: the national personal QR, a photo of a card's code, a certificate, our own ticket."""
    kind = chance.random()
    if kind < 0.45:
        return _code(_personal(chance), chance)
    if kind < 0.65:
        return _code(national_card(chance), chance)
    if kind < 0.8:
        return _code(certificate(chance, 140, 330), chance, ("l", "m"))
    return _code(_token(chance), chance, ("m", "q"))


def on_paper(chance: Random) -> Code:
    """The code of a slip or a printed sheet: our own ticket, the personal QR, a certificate."""
    kind = chance.random()
    if kind < 0.4:
        return _code(_token(chance), chance, ("m", "q", "h"))
    if kind < 0.8:
        return _code(_personal(chance), chance)
    return _code(certificate(chance, 140, 260), chance, ("l", "m", "q"))


def person(chance: Random) -> tuple[str, str, int]:
    """The name, the word for the sex and the year of birth of somebody who does not exist."""
    sex = chance.choice((Sex.MALE, Sex.FEMALE))
    name = names.invent(chance.randrange(2000), sex, chance)
    return name, "Nam" if sex is Sex.MALE else "Nữ", chance.randrange(1930, 2009)


def national_card(chance: Random) -> str:
    """Seven fields; with or without the old number, sometimes with the empty tail of 2024."""
    name, sex, year = person(chance)
    fields = [
        _number(chance, year, sex),
        "" if chance.random() < 0.5 else f"99{chance.randrange(10**7):07}",
        name,
        _day(chance) + str(year),
        sex,
        _address(chance),
        f"{_day(chance)}{chance.randrange(2021, 2026)}",
    ]
    if chance.random() < 0.25:
        fields += ["", "", "", ""]
    return "|".join(fields)


def certificate(chance: Random, least: int, most: int) -> str:
    """Signs as dense as those of a health certificate; nothing stands in them."""
    return "HC1:" + "".join(chance.choice(BASE45) for _ in range(chance.randrange(least, most)))


def _address(chance: Random) -> str:
    parts = [chance.choice(places) for places in (VILLAGES, COMMUNES, DISTRICTS, PROVINCES)]
    if chance.random() < 0.4:  # older cards leave out the commune
        del parts[1]
    return ", ".join(parts)


def _personal(chance: Random) -> str:
    name, sex, year = person(chance)
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).upper()
    number, born = _number(chance, year, sex), f"{year}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    if chance.random() < 0.3:
        number, born = "******" + number[6:], f"{year}-**-**"
    tail = f"<{1 if sex == 'Nam' else 2}<GD4{chance.randrange(10**12):012}<0900{chance.randrange(10**6):06}"
    return f"{number}|{plain}|{born}|0|16299{chance.randrange(10**13):013}|{tail}"


def _insurance(chance: Random) -> str:
    name, sex, year = person(chance)
    address = f"{chance.choice(COMMUNES)}, {chance.choice(DISTRICTS)}"
    parts = (
        f"GD401{chance.randrange(10**10):010}",
        name.encode().hex(),
        f"{chance.randrange(1, 29):02}/{chance.randrange(1, 13):02}/{year}",
        "1" if sex == "Nam" else "2",
        address.encode().hex(),
        f"15 - {chance.randrange(1000):03}",
        "01/01/2021",
        "31/12/2025",
    )
    return "|".join(parts)


def _token(chance: Random) -> str:
    return "DT1:" + "".join(chance.choice(TOKEN_SIGNS) for _ in range(10))


def _number(chance: Random, year: int, sex: str) -> str:
    century_and_sex = (year // 100 - 19) * 2 + (sex == "Nữ")
    return f"015{century_and_sex}{year % 100:02}99{chance.randrange(10**4):04}"


def _day(chance: Random) -> str:
    return f"{chance.randrange(1, 29):02}{chance.randrange(1, 13):02}"


def _code(text: str, chance: Random, strengths: tuple[str, ...] = STRENGTHS) -> Code:
    strength = chance.choice(strengths)
    if text.isascii() and "|" not in text:
        symbol = segno.make(text, error=strength, micro=False, boost_error=False)
    elif chance.randrange(ECI_EVERY) == 0:
        symbol = segno.make(text, error=strength, micro=False, encoding="utf-8", eci=True, boost_error=False)
    else:
        symbol = segno.make(text.encode(), error=strength, micro=False, mode="byte", boost_error=False)
    return Code(text, np.array([[bool(bit) for bit in row] for row in symbol.matrix]))

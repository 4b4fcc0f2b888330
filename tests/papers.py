"""What Hường of the tests' list may hold up beside her national card. Nobody here is real."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.demo import papers
from kiosk.demo.commune import Invented
from kiosk.rules.codes import mrz
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex

_WHO = Identity(
    name="Nguyễn Thị Hường", number="015158004187", born_on=date(1958, 5, 12), born_year=1958, sex=Sex.FEMALE,
    address="Tổ 4, phường Hồng Hà",
)  # fmt: skip


def of(**changed: object) -> Invented:
    """Hường, or somebody who differs from her in these facts."""
    who = replace(_WHO, **changed)  # type: ignore[arg-type]
    return Invented(replace(who, born_year=who.born_on.year if who.born_on else None), date(2021, 4, 15), None, "")


def card_back(number: str = "015158004187", birth: str = "580512", name: str = "NGUYEN<<THI<HUONG") -> str:
    """The three lines on the back of the national card."""
    check, sex, expiry = mrz.check_digit, "F", "991231"
    first = f"IDVNM{number[3:]}{check(number[3:])}{number}<<{check(number + '<<')}"
    second = f"{birth}{check(birth)}{sex}{expiry}{check(expiry)}VNM{'<' * 11}"
    over_all = check(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    return "\n".join((first, second + over_all, name.ljust(30, "<")))


QR = papers.personal_qr(of())
MASKED_QR = papers.personal_qr(of(), masked=True)
INSURANCE = papers.insurance(of())
CERTIFICATE = papers.certificate(of())
CARD_BACK = card_back()

"""A commune that does not exist, and its people: the same ones for the same seed.

Nobody here is real. The numbers have a true form (province of birth registration, sex and century, year), but their
last six digits begin with 99 or 98, far above the births that a province registers in a year.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

from kiosk.demo import names
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex

# Yên Bái by Thông tư 07/2016/TT-BCA. A real prefix, so that checks of the form accept the number; the rest is invented.
PROVINCE = "015"
VILLAGES = (
    "Thôn Bịa",
    "Thôn Giả Định",
    "Bản Thí Dụ",
    "Tổ dân phố Mẫu",
    "Thôn Ví Như",
    "Bản Không Đâu",
    "Ấp Tưởng Tượng",
)
COMMUNE = "Xã Thử Nghiệm, Huyện Bịa Đặt, Tỉnh Không Có"
NEIGHBOURS = "Xã Láng Giềng, Huyện Bịa Đặt, Tỉnh Không Có"
# Fixed, so that a demo that runs for weeks keeps its people: 19 to 84 years old in 2021, 25 to 90 in 2027.
OLDER, YOUNGER = (1937, 1970), (1971, 2002)
OPENING = ((time(7, 30), time(11, 0)), (time(13, 30), time(16, 30)))
SLOT_MINUTES = 30
YOUNGER_GROUPS = ("1", "2", "7", "8", "8", "10", "10", "10", "11")
COLUMNS = (
    "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Địa chỉ", "Nhóm ưu tiên", "Ngày tiêm", "Khung giờ",
)  # fmt: skip


@dataclass(frozen=True)
class Invented:
    """A person who does not exist. `slot` (from, until) and `group` are empty for somebody who is on no list."""

    identity: Identity
    issued_on: date
    slot: tuple[time, time] | None
    group: str


def invent(count: int, on: date, seed: int = 1) -> tuple[Invented, ...]:
    """`count` people of the commune in the order of their slots; `on` decides only who counts as old (group 9)."""
    chance = Random(f"commune {seed}")
    times = slots()
    identities = _identities(count, chance, COMMUNE, "99")
    return tuple(
        Invented(
            identity,
            _issued_on(chance),
            times[index * len(times) // count],
            "9" if _age(identity, on) > 65 else chance.choice(YOUNGER_GROUPS),
        )
        for index, identity in enumerate(identities)
    )


def strangers(count: int, seed: int = 1) -> tuple[Invented, ...]:
    """People of the next commune, who are on no list of ours; none shares a number with anybody of `invent`."""
    chance = Random(f"strangers {seed}")
    identities = _identities(count, chance, NEIGHBOURS, "98")
    return tuple(Invented(identity, _issued_on(chance), None, "") for identity in identities)


def slots() -> list[tuple[time, time]]:
    """The half hours of the day, morning and afternoon."""
    found = []
    for begins, ends in OPENING:
        first, last = (at.hour * 60 + at.minute for at in (begins, ends))
        found += [(_clock(at), _clock(at + SLOT_MINUTES)) for at in range(first, last, SLOT_MINUTES)]
    return found


def write_roster(people: Sequence[Invented], on: date, path: Path) -> None:
    """The list of the day as `python -m kiosk roster import` takes it: CSV, UTF-8 with a mark for spreadsheets."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for one in people:
            identity = one.identity
            rows.writerow(
                (
                    identity.name,
                    f"{identity.born_on:%d/%m/%Y}",
                    sex_word(identity.sex),
                    identity.number,
                    identity.address,
                    one.group,
                    f"{on:%d/%m/%Y}",
                    slot_text(one.slot),
                )
            )


def sex_word(sex: Sex) -> str:
    """As on the card."""
    return "Nữ" if sex is Sex.FEMALE else "Nam"


def slot_text(slot: tuple[time, time] | None) -> str:
    """`07:30–08:00`, or nothing."""
    return f"{slot[0]:%H:%M}–{slot[1]:%H:%M}" if slot else ""


def _identities(count: int, chance: Random, commune: str, tail: str) -> list[Identity]:
    found: dict[str, Identity] = {}
    while len(found) < count:
        identity = _identity(len(found), chance, commune, tail)
        found.setdefault(identity.number, identity)
    return list(found.values())


def _identity(index: int, chance: Random, commune: str, tail: str) -> Identity:
    sex = chance.choice((Sex.MALE, Sex.FEMALE))
    # Half of a list of 2021 was over fifty: they came first (QĐ 3355/QĐ-BYT, group 9).
    year = chance.randint(*OLDER) if chance.random() < 0.55 else chance.randint(*YOUNGER)
    born_on = date(year, 1, 1) + timedelta(days=chance.randrange(365))
    return Identity(
        name=names.invent(index, sex, chance),
        number=_number(born_on, sex, chance, tail),
        old_number=f"06{chance.randrange(10**7):07}" if year < 1996 and chance.random() < 0.7 else "",
        born_on=born_on,
        born_year=born_on.year,
        sex=sex,
        address=f"{chance.choice(VILLAGES)}, {commune}",
    )


def _number(born_on: date, sex: Sex, chance: Random, tail: str) -> str:
    """Nghị định 137/2015/NĐ-CP Art. 13: the fourth digit says century and sex; there is no check digit."""
    century = 2 * (born_on.year // 100 - 19) + (sex is Sex.FEMALE)
    return f"{PROVINCE}{century}{born_on.year % 100:02}{tail}{chance.randrange(10**4):04}"


def _issued_on(chance: Random) -> date:
    """The cards with a chip came in 2021."""
    return date(2021, 1, 4) + timedelta(days=chance.randrange(290))


def _age(identity: Identity, on: date) -> int:
    return on.year - (identity.born_year or on.year)


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)

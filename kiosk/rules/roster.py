"""One line of the list planned before the day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from kiosk.errors import Refusal
from kiosk.rules import person
from kiosk.rules.person import Identity
from kiosk.rules.words import Sex

# CSV header -> what it is; Vietnamese as on the ministry's sheet, English as in our own export.
COLUMNS = {
    "ho va ten": "name", "name": "name",
    "ngay sinh": "birth", "birth": "birth",
    "gioi tinh": "sex", "sex": "sex",
    "so cmt/cccd": "number", "so cccd": "number", "ma dinh danh": "number", "number": "number",
    "dia chi": "address", "address": "address",
    "nhom uu tien": "group", "group": "group",
    "ngay tiem": "on", "date": "on",
    "khung gio": "slot", "slot": "slot",
}  # fmt: skip
REQUIRED = ("name", "birth", "sex", "on")


@dataclass(frozen=True)
class Planned:
    """Who is expected when. `slot`: from and until, site time; None when only the day is known."""

    identity: Identity
    on: date
    slot: tuple[time, time] | None
    group: str


def columns(header: list[str]) -> dict[str, int]:
    """Where each known column stands. Raises Refusal `roster_columns` naming what is missing."""
    found: dict[str, int] = {}
    for index, title in enumerate(header):
        known = COLUMNS.get(re.sub(r"\s*\(.*", "", person.plain(title)))
        if known:
            found.setdefault(known, index)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise Refusal("roster_columns", missing=", ".join(missing))
    return found


def read_row(row: Mapping[str, str], today: date) -> Planned:
    """A row's cells by column name. Raises Refusal whose `field` names the bad cell."""
    on = person.read_date(row["on"])
    if on is None:
        raise Refusal("roster_date", field="on")
    born_on, born_year = person.require_birth(row["birth"], today)
    sex = person.read_sex(row["sex"])
    if sex is Sex.UNKNOWN:
        raise Refusal("sex_odd", field="sex")
    identity = Identity(
        name=person.require_name(row["name"]),
        number=person.require_number(row.get("number", "")),
        born_on=born_on,
        born_year=born_year,
        sex=sex,
        address=person.clean_text(row.get("address", ""))[:200],
    )
    return Planned(identity, on, _slot(row.get("slot", "")), person.clean_text(row.get("group", ""))[:10])


def _slot(text: str) -> tuple[time, time] | None:
    match = re.fullmatch(r"\s*(\d{1,2})[:h](\d{2})\s*[-–]\s*(\d{1,2})[:h](\d{2})\s*", text)
    if not match:
        if text.strip():
            raise Refusal("roster_slot", field="slot")
        return None
    try:
        begins, ends = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    except ValueError:
        raise Refusal("roster_slot", field="slot") from None
    if begins >= ends:
        raise Refusal("roster_slot", field="slot")
    return begins, ends

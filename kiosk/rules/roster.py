"""One row of the list: what it says, what was mended in it, and what is wrong with it, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from kiosk.rules import person, roster_cells
from kiosk.rules.person import Identity, Provinces
from kiosk.rules.roster_cells import Reason, squeezed
from kiosk.rules.roster_doses import PastShot, read_doses

__all__ = ["Catalogues", "PastShot", "Planned", "Reading", "Reason", "read_row", "squeezed", "who"]


@dataclass(frozen=True)
class Planned:
    """Who is expected when. `slot`: from and until, site time; None when only the day is known.

    `special`: a special group of `protocols/priority.toml`, or "". `has_app`: None where the list does not say.
    `doses`: what it says was given before. `passport`: of whoever has no personal number.
    """

    identity: Identity
    on: date
    slot: tuple[time, time] | None
    group: str
    phone: str = ""
    insurance: str = ""
    workplace: str = ""
    special: str = ""
    approved: bool = True
    has_app: bool | None = None
    note: str = ""
    doses: tuple[PastShot, ...] = ()
    passport: str = ""
    guardian_name: str = ""
    guardian_number: str = ""
    guardian_phone: str = ""


@dataclass(frozen=True)
class Catalogues:
    """What the cells of a list may name. Keys are `squeezed`; values and groups are the codes of the protocols."""

    vaccines: Mapping[str, str]
    provinces: Provinces
    groups: frozenset[str]
    specials: Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """What a row says: `planned` is None when one of the reasons stops it. `reasons` in the order of the columns."""

    planned: Planned | None
    reasons: tuple[Reason, ...] = field(default=())


def read_row(cells: Mapping[str, str], today: date, on: date | None, catalogues: Catalogues) -> Reading:
    """A row's cells by column code. `on`: the day of a row that names none; None where each must."""
    found: list[Reason] = []
    name = roster_cells.read_name(cells.get("name", ""), found)
    born_on, born_year = roster_cells.read_birth(cells.get("birth", ""), today, found)
    sex = roster_cells.read_sex(cells.get("sex", ""), found)
    known = Identity(name, born_on=born_on, born_year=born_year, sex=sex)
    group = roster_cells.read_group(cells.get("group", ""), catalogues.groups, found)
    workplace = roster_cells.read_text(cells, "workplace", 120, found)
    phone = roster_cells.read_phone(cells.get("phone", ""), "phone", found)
    numbers = roster_cells.read_numbers(cells.get("number", ""), known, catalogues.provinces, today, found)
    insurance = roster_cells.read_insurance(cells.get("insurance", ""), found)
    address = roster_cells.read_address(cells, found)
    doses = read_doses(cells, today, born_on, born_year, catalogues.vaccines, found)
    note = roster_cells.read_text(cells, "note", 200, found)
    day = roster_cells.read_day(cells.get("on", ""), on, today, found)
    slot = roster_cells.read_slot(cells.get("slot", ""), found)
    special = roster_cells.read_special(cells.get("special", ""), catalogues.specials, found)
    # In a column of ticks an empty cell is a no.
    approved = "approved" not in cells or roster_cells.read_yes(cells, "approved", found) is True
    has_app = roster_cells.read_yes(cells, "has_app", found)
    guardian = roster_cells.read_guardian(cells, found)
    if day is None or any(reason.stops for reason in found):
        return Reading(None, tuple(found))
    identity = Identity(name, numbers.number, numbers.old_number, born_on, born_year, sex, address)
    planned = Planned(
        identity, day, slot, group, phone, insurance, workplace, special, approved, has_app, note, doses,
        numbers.passport, *guardian,
    )  # fmt: skip
    return Reading(planned, tuple(found))


def who(planned: Planned) -> str:
    """What makes two rows of a list one person: the number.

    Without one the name with its marks and the birth date; where only the year is known the address too, since two
    people of one name and year are common.
    """
    one = planned.identity
    if one.number:
        return one.number
    name = person.clean_text(one.name).casefold()
    if one.born_on:
        return f"{name}|{one.born_on:%Y-%m-%d}"
    return f"{name}|{one.born_year}|{person.clean_text(one.address).casefold()}"

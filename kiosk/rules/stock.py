"""Vaccine in lots, vials and doses: what a site has of it, until when an opened vial may be used, what becomes of it.

The books are kept in doses: received + came + beyond the label = given + wasted + in open vials + unopened + sent.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from kiosk.errors import Refusal
from kiosk.rules.person import read_date

# More than any site is sent of one lot at once: a slip of the finger, not a delivery.
MOST_VIALS, MOST_PER_VIAL = 9999, 99
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class WasteReason:
    """Why vaccine is wasted. `opened`, `unopened`: which vials it is said of; `needs_note`: in words besides.

    `by_hand`: whoever wastes may choose it.
    """

    code: str
    vi: str
    en: str
    opened: bool = True
    unopened: bool = True
    needs_note: bool = False
    by_hand: bool = True

    def label(self, language: str) -> str:
        """The words on screen."""
        return self.en if language == "en" else self.vi


@dataclass(frozen=True)
class Keeping:
    """`protocols/stock.toml`: degrees Celsius on the way, minutes and days of warning, doses beyond the label.

    `open_least_minutes`, `open_most_hours`: what an opened vial's life may be.
    """

    version: str
    source: str
    coldest: float
    warmest: float
    most_extra: int
    warn_minutes: int
    expiring_days: int
    open_least_minutes: int
    open_most_hours: int
    reasons: tuple[WasteReason, ...]

    def reason(self, code: str) -> WasteReason:
        """Raises Refusal `waste_reason_missing`."""
        for each in self.reasons:
            if each.code == code:
                return each
        raise Refusal("waste_reason_missing", field="reason")

    def outside(self, *degrees: float | None) -> bool:
        """Was it too cold or too warm at any of these ends of its way? None: nobody read it."""
        return any(not self.coldest <= each <= self.warmest for each in degrees if each is not None)

    def read_open_life(self, text: str) -> int | None:
        """Minutes that an opened vial may be used, of hours as typed (`6`, `6,5`); None for nothing.

        Raises Refusal `open_life_odd`.
        """
        text = text.strip().replace(",", ".")
        if not text:
            return None
        minutes = round(float(text) * 60) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) else 0
        if not self.open_least_minutes <= minutes <= self.open_most_hours * 60:
            raise Refusal("open_life_odd", field="open_hours", least=self.open_least_minutes, most=self.open_most_hours)
        return minutes


@dataclass(frozen=True)
class Balance:
    """One lot's books, or all lots', in doses. `in_open`: still in opened vials; `came`, `sent`: other sites."""

    received: int = 0
    came: int = 0
    extra: int = 0
    given: int = 0
    wasted: int = 0
    in_open: int = 0
    unopened: int = 0
    sent: int = 0

    @property
    def difference(self) -> int:
        """What cannot be accounted for: 0, or somebody must look."""
        there = self.received + self.came + self.extra
        return there - (self.given + self.wasted + self.in_open + self.unopened + self.sent)

    def __add__(self, other: Balance) -> Balance:
        return Balance(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Balance)))


def together(balances: Iterable[Balance]) -> Balance:
    """The books of several lots as one."""
    return sum(balances, Balance())


class Lot(Protocol):
    """A batch as the store has it; `expires_on` is its last usable day."""

    number: Any
    expires_on: Any


L = TypeVar("L", bound=Lot)


class Vial(Protocol):
    """An opened vial as the store has it."""

    use_by: Any
    closed_at: Any

    @property
    def left(self) -> int:
        """Doses still in it."""


V = TypeVar("V", bound=Vial)


def require_lot(lot: L, on: date) -> L:
    """A lot that may still be given. Raises Refusal `lot_expired`."""
    if lot.expires_on < on:
        raise Refusal("lot_expired", field="expires", number=lot.number, on=f"{lot.expires_on:%d/%m/%Y}")
    return lot


def is_over(vial: Vial, at: datetime) -> bool:
    """Has its open life ended? Never where none is established."""
    return vial.use_by is not None and bool(vial.use_by <= at)


def gives(vial: Vial, at: datetime) -> bool:
    """Can a dose be drawn from it now?"""
    return vial.closed_at is None and vial.left > 0 and not is_over(vial, at)


def minutes_left(use_by: datetime | None, at: datetime) -> int | None:
    """Whole minutes until an open vial may no longer be used, below zero after that; None: not established."""
    return None if use_by is None else (use_by - at) // MINUTE


def use_by(opened: datetime, minutes: int | None) -> datetime | None:
    """The end of an opened vial's life; None where none is established. Its lot's last day holds besides."""
    return opened + timedelta(minutes=minutes) if minutes else None


def require_lot_number(text: str) -> str:
    """A lot number as on the box, in capitals. Raises Refusal `lot_odd`."""
    number = "".join(text.split()).upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9./-]{0,19}", number):
        raise Refusal("lot_odd", field="number")
    return number


def read_expiry(text: str, today: date) -> date:
    """`dd/mm/yyyy`, or `mm/yyyy` for the last day of that month. Raises Refusal `expiry_odd`."""
    month = re.fullmatch(r"(0?[1-9]|1[0-2])[/.-](20\d\d)", text.strip(), re.ASCII)
    day = read_date(text)
    if month:
        year, nth = int(month[2]), int(month[1])
        day = date(year, nth, monthrange(year, nth)[1])
    if day is None or day.year > today.year + 10:
        raise Refusal("expiry_odd", field="expires")
    return day


def require_expiry(text: str, today: date) -> date:
    """As `read_expiry`, and not past. Raises Refusal `expiry_odd`, `lot_expired`."""
    day = read_expiry(text, today)
    if day < today:
        raise Refusal("lot_expired", field="expires", number="", on=f"{day:%d/%m/%Y}")
    return day


def read_count(text: str) -> int:
    """How many, as typed; 0 for anything that is no number."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


def require_count(count: int, field: str, most: int) -> int:
    """From 1 to `most`. Raises Refusal `count_odd` beside the field."""
    if not 1 <= count <= most:
        raise Refusal("count_odd", field=field, least=1, most=most)
    return count


def read_degrees(text: str, field: str) -> float | None:
    """Degrees Celsius as typed, with point or comma; None for nothing. Raises Refusal `temperature_odd`."""
    text = text.strip().removesuffix("°C").strip().replace(",", ".")
    if not text:
        return None
    if not re.fullmatch(r"[-−+]?[0-9]{1,2}(\.[0-9]{1,2})?", text):
        raise Refusal("temperature_odd", field=field)
    return float(text.replace("−", "-"))

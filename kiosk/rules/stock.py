"""Lots at a table: no lot, no dose."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any, Protocol, TypeVar

from kiosk.errors import Refusal
from kiosk.rules.person import read_date


class Lot(Protocol):
    """A batch as the store has it; `expires_on` is its last usable day."""

    number: Any
    expires_on: Any


L = TypeVar("L", bound=Lot)


def require_lot(lot: L | None, on: date) -> L:
    """The lot of the table that gives. Raises Refusal `lot_missing` without one, `lot_expired`."""
    if lot is None:
        raise Refusal("lot_missing")
    if lot.expires_on < on:
        raise Refusal("lot_expired", field="expires", number=lot.number, on=f"{lot.expires_on:%d/%m/%Y}")
    return lot


def require_lot_number(text: str) -> str:
    """A lot number as on the box, in capitals. Raises Refusal `lot_odd`."""
    number = "".join(text.split()).upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9./-]{0,19}", number):
        raise Refusal("lot_odd", field="number")
    return number


def require_expiry(text: str, today: date) -> date:
    """`dd/mm/yyyy`, or `mm/yyyy` for the last day of that month. Raises Refusal `expiry_odd`, `lot_expired`."""
    month = re.fullmatch(r"(0?[1-9]|1[0-2])[/.-](20\d\d)", text.strip(), re.ASCII)
    day = read_date(text)
    if month:
        year, nth = int(month[2]), int(month[1])
        day = date(year, nth, monthrange(year, nth)[1])
    if day is None or day.year > today.year + 10:
        raise Refusal("expiry_odd", field="expires")
    if day < today:
        raise Refusal("lot_expired", field="expires", number="", on=f"{day:%d/%m/%Y}")
    return day

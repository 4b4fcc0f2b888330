"""Whose next dose is due: the series that somebody began goes on with the product that they had last.

A finished series is nobody's turn: an additional or booster dose is the doctor's to propose, never a list's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.rules.schedule import PastDose
from kiosk.rules.vaccines import Vaccines


@dataclass(frozen=True)
class Begun:
    """What somebody has had so far: how many doses, the first one's product, and the last dose."""

    doses: int
    first: str
    last: PastDose


@dataclass(frozen=True)
class NextDose:
    """Which dose comes next. `earliest_on`: not before; `recommended_on`: from then on it is due."""

    vaccine: str
    dose_number: int
    earliest_on: date
    recommended_on: date


@dataclass(frozen=True)
class Window:
    """Whoever has had so many doses, `first` first and `last` last, the last one up to `given_until`, is due."""

    doses: int
    first: str
    last: str
    given_until: date


def next_dose(vaccines: Vaccines, begun: Begun) -> NextDose | None:
    """The dose that is still owed; None when the series is finished, or a product is not in our protocol.

    As many doses as the product that was begun with has (`protocols/vaccines.toml`), intervals those of the last one
    on the day itself.
    """
    first, last = vaccines.find(begun.first), vaccines.find(begun.last.vaccine)
    if first is None or last is None or not 0 < begun.doses < first.doses:
        return None
    on = begun.last.given_on
    return NextDose(last.code, begun.doses + 1, last.earliest_on(on), last.recommended_on(on))


def windows(vaccines: Vaccines, vaccine: str, on: date, *, early: bool) -> list[Window]:
    """Who is due for this product on this day. `early`: from the least interval on, else from the recommended one.

    Raises Refusal `vaccine_unknown`.
    """
    last = vaccines.get(vaccine)
    interval = last.interval(on)
    given_until = on - timedelta(days=interval.min_days if early else interval.recommended_days)
    return [
        Window(doses, first.code, last.code, given_until)
        for first in vaccines.vaccines
        for doses in range(1, first.doses)
    ]

"""Early, on time or late: when somebody comes, against the slot in which they were asked to."""

from __future__ import annotations

from datetime import time
from enum import StrEnum

DAY_MINUTES = 24 * 60


class When(StrEnum):
    """How an arrival stands to its slot. `no_slot`: they were asked to no hour of this day, or are not on its list."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    NO_SLOT = "no_slot"


def judge(slot_from: time | None, slot_until: time | None, local: time, early_minutes: int) -> When:
    """How somebody stands who comes at this time of the slot's own date, at the site.

    They may come `early_minutes` before it begins; late is whoever comes when it is over, as of its end itself. A slot
    without an end is never over; one that ends at midnight or after it lasts to the end of the date.
    """
    if slot_from is None:
        return When.NO_SLOT
    begins, at = _minutes(slot_from), _minutes(local)
    ends = DAY_MINUTES if slot_until is None or slot_until <= slot_from else _minutes(slot_until)
    if at < begins - early_minutes:
        return When.EARLY
    return When.LATE if at >= ends else When.ON_TIME


def _minutes(at: time) -> float:
    return at.hour * 60 + at.minute + at.second / 60 + at.microsecond / 60_000_000

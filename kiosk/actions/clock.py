"""Somebody at the site gives the machine the time that no network gives it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from kiosk.actions.act import act
from kiosk.errors import Refusal
from kiosk.rules.actor import Actor
from kiosk.rules.moment import Moment
from kiosk.store import audit, clock_wish
from kiosk.store.box_reports import HUB


@act
def set_clock(by: Actor, now: Moment, folder: Path, at: datetime) -> str:
    """Asks the machine to set its clock to `at`; that instant. What comes of it is in `store/clock_wish`.

    `folder`: where the data lie. Raises Refusal `clock_unwritten` where the wish could not be left.
    """
    before, after = (each.isoformat(timespec="seconds") for each in (now.at, at))
    audit.add(by, now, "clock.set", HUB, before=before, after=after)
    try:
        clock_wish.put(folder, at)
    except OSError as error:
        raise Refusal("clock_unwritten") from error
    return at.isoformat()

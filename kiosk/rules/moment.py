"""An instant as the rules are told it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Moment:
    """`at`: UTC, aware. `on`: the date at the site. `trusted`: false while the box's clock may be wrong."""

    at: datetime
    on: date
    trusted: bool = True

"""The only reader of the clock. Instants are UTC; dates and shown times are the site's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.rules.moment import Moment

# A box without a clock battery wakes up in the past; this build did not exist before this instant.
BUILT_AT = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)


class Clock:
    """The clock of one site, in its time zone."""

    def __init__(self, time_zone: str) -> None:
        self.zone = ZoneInfo(time_zone)

    def now(self) -> Moment:
        """The present instant, and whether it can be trusted (not before this build existed)."""
        at = datetime.now(UTC)
        return Moment(at=at, on=at.astimezone(self.zone).date(), trusted=at >= BUILT_AT)

    def local(self, at: datetime) -> datetime:
        """`at` in the site's time zone, for showing."""
        return at.astimezone(self.zone)

"""The only reader of the clock. Instants are UTC; dates and shown times are the site's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from kiosk.rules.moment import Moment

# A box without a clock battery wakes up in the past; this build did not exist before this instant.
BUILT_AT = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)


class Clock:
    """The clock of one site, in its time zone.

    `shift`: a file that holds by how many seconds a demo's clock is ahead, so that half an hour can pass at once for
    all its programs; no real site has one.
    """

    def __init__(self, time_zone: str, shift: Path | None = None) -> None:
        self.zone = ZoneInfo(time_zone)
        self._shift = shift

    def now(self) -> Moment:
        """The present instant, and whether it can be trusted (not before this build existed)."""
        real = datetime.now(UTC)
        at = real + timedelta(seconds=self._ahead())
        return Moment(at=at, on=at.astimezone(self.zone).date(), trusted=real >= BUILT_AT)

    def _ahead(self) -> float:
        try:
            return float(self._shift.read_text()) if self._shift else 0.0
        except (FileNotFoundError, ValueError):
            return 0.0

    def local(self, at: datetime) -> datetime:
        """`at` in the site's time zone, for showing."""
        return at.astimezone(self.zone)

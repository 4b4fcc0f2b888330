"""A time that somebody gives a box whose own clock may be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from kiosk.errors import Refusal

# A slip of the finger in a year; nobody uses one release for longer.
AHEAD = timedelta(days=3652)
FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


def read_time(day: str, time: str, zone: tzinfo, built_at: datetime) -> datetime:
    """The instant (UTC) of `2026-11-23` and `07:30` or `07:30:15` at the site.

    Raises Refusal `time_unreadable`, `time_too_early` (before this release was built), `time_too_late`.
    """
    found = None
    for form in FORMS:
        try:
            found = datetime.strptime(f"{day.strip()} {time.strip()}", form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    if found is None:
        raise Refusal("time_unreadable", field="time" if day else "day")
    if found < built_at:
        raise Refusal("time_too_early", field="day", built=f"{built_at.astimezone(zone):%d/%m/%Y}")
    if found > built_at + AHEAD:
        raise Refusal("time_too_late", field="day")
    return found

"""Is anybody at this screen? When a session locks by itself, because nobody touched it."""

from __future__ import annotations

from datetime import datetime, timedelta

NEVER = timedelta(0)


def locked_since(locked_at: datetime | None, seen_at: datetime, lock: timedelta, at: datetime) -> datetime | None:
    """Since when the session is locked at the instant `at`: by hand, or by nobody's touch for `lock`; None while open.

    `seen_at`: the last act or touch. `lock`: `NEVER` where sessions do not lock by themselves.
    """
    if locked_at is not None:
        return locked_at
    return seen_at + lock if lock > NEVER and seen_at + lock <= at else None


def seconds_left(seen_at: datetime, lock: timedelta, at: datetime) -> int | None:
    """Whole seconds until the session locks by itself, at least 0; None where it never does."""
    return max(0, int((seen_at + lock - at).total_seconds())) if lock > NEVER else None

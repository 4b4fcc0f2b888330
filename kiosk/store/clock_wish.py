"""A time that somebody wants for the machine's clock, and what came of it: two small files, whole or not there.

No service of ours may set a clock. `provisioning/set-clock` takes the wish away and leaves the outcome; both count in
seconds since the machine started, which no clock changes.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

WISH, OUTCOME = "clock-wish", "clock-outcome"
LARGEST_BYTES = 1000
REASONS = ("synced", "before_build", "too_far", "failed")


@dataclass(frozen=True)
class Outcome:
    """`why`: "" where the clock was set, else one of REASONS. `age`: seconds."""

    why: str
    age: float


def put(folder: Path, at: datetime) -> None:
    """Leaves the wish; the one before it, and what came of that, are gone. Raises OSError."""
    (folder / OUTCOME).unlink(missing_ok=True)
    new = folder / f".{WISH}.{uuid4().hex}"
    with new.open("x", encoding="ascii") as file:
        json.dump({"at": at.timestamp(), "asked": running()}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / WISH)


def find_waiting(folder: Path) -> float | None:
    """For how many seconds a wish of this start has waited; None where none does."""
    return _age(_read(folder / WISH).get("asked"))


def find_outcome(folder: Path) -> Outcome | None:
    """What came of the last wish of this start."""
    said = _read(folder / OUTCOME)
    age, why = _age(said.get("done")), said.get("why")
    if age is None or (why not in REASONS and said.get("state") != "set"):
        return None
    return Outcome("" if said.get("state") == "set" else str(why), age)


def running() -> float:
    """Seconds since the machine started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _age(since: Any) -> float | None:
    if not isinstance(since, int | float) or isinstance(since, bool):
        return None
    age = running() - since
    return age if age >= 0 else None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(LARGEST_BYTES))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}

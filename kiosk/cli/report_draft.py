"""The draft of the day's report on the disk: what the site lead looks over before it is due."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kiosk import wording
from kiosk.actions import slips
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.documents.report import report
from kiosk.store.clinic_days import ClinicDay

FOLDER = "reports"


def write(settings: Settings, day: ClinicDay, figures: dict[str, Any]) -> list[Path]:
    """Writes `reports/DATE-HALF.pdf` and `.json` in the data folder, each whole or not at all; where they are.

    `figures`: that half as `report --json` says it. The papers are in the site's language. Raises OSError.
    """
    clock, language = Clock(settings.site.time_zone, settings.clock_shift), settings.site.language
    local = clock.local(clock.now().at)
    facts = slips.closing_facts(day, clock.local(day.closed_at) if day.closed_at else local, local, language)
    folder = settings.folder / FOLDER
    folder.mkdir(mode=0o750, exist_ok=True)
    name = f"{day.on}-{day.half}"
    contents = {
        folder / f"{name}.pdf": report(facts, wording.speaker(language)),
        folder / f"{name}.json": json.dumps(figures, ensure_ascii=False, indent=1).encode() + b"\n",
    }
    for path, content in contents.items():
        _put(path, content)
    return list(contents)


def _put(path: Path, content: bytes) -> None:
    """On the disk before it gets its name: a power cut leaves the draft before this one."""
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

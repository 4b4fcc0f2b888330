"""How each part of the box is."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kiosk.app import MIGRATIONS, create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules.words import PrintState
from kiosk.store import audit, clinic_days, heartbeats, print_jobs, stations
from kiosk.store.database import db

LATE = timedelta(seconds=10)
LITTLE_SPACE = 500 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One part: `ok`, `look` (works, but somebody should look) or `broken`."""

    state: Literal["ok", "look", "broken"]
    part: str
    says: str


def examine(settings: Settings) -> list[Finding]:
    """Every part's state. Never raises: a part that cannot be examined is broken."""
    findings = [Finding("ok", "settings", f"{settings.site.name}, {settings.site.mode}, box {settings.site.box}")]
    with create_app(settings).app_context():
        for part, check in (
            ("database", _database), ("clock", _clock), ("disk", _disk), ("audit", _audit), ("day", _day),
            ("agents", _agents), ("paper", _paper), ("decoder", _decoder),
        ):  # fmt: skip
            findings += _safely(part, check, settings)
    return findings


Check = Callable[[Settings], Iterator[Finding]]


def _safely(part: str, check: Check, settings: Settings) -> list[Finding]:
    try:
        return list(check(settings))
    except (SQLAlchemyError, OSError, ImportError) as error:
        return [Finding("broken", part, f"{type(error).__name__}: run `python -m kiosk migrate` or see the journal")]


def _database(settings: Settings) -> Iterator[Finding]:
    scripts = Config()
    scripts.set_main_option("script_location", str(MIGRATIONS))
    with db.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        newest = ScriptDirectory.from_config(scripts).get_current_head()
        if at != newest:
            yield Finding("broken", "database", f"at revision {at}, the program wants {newest}: run migrate")
            return
        if db.engine.dialect.name == "sqlite":
            says = connection.execute(text("PRAGMA quick_check")).scalar_one()
            yield Finding("ok" if says == "ok" else "broken", "database", f"SQLite, revision {at}, check {says}")
        else:
            yield Finding("ok", "database", f"{db.engine.dialect.name}, revision {at}")


def _clock(settings: Settings) -> Iterator[Finding]:
    now = Clock(settings.site.time_zone).now()
    yield Finding("ok" if now.trusted else "broken", "clock", f"{now.at:%Y-%m-%d %H:%M} UTC, {settings.site.time_zone}")


def _disk(settings: Settings) -> Iterator[Finding]:
    free = shutil.disk_usage(Path(settings.folder)).free
    yield Finding("ok" if free > LITTLE_SPACE else "look", "disk", f"{free // 1024**2} MB free")


def _audit(settings: Settings) -> Iterator[Finding]:
    broken = sum(1 for _ in audit.verify())
    yield Finding("broken" if broken else "ok", "audit", f"{audit.count()} entries, {broken} broken")


def _day(settings: Settings) -> Iterator[Finding]:
    day = clinic_days.find_open()
    yield Finding("ok", "day", f"open: {day.on} {day.half}" if day else "no clinic day is open")


def _agents(settings: Settings) -> Iterator[Finding]:
    now = Clock(settings.site.time_zone).now()
    beats = {beat.station: beat for beat in heartbeats.list_()}
    for station in stations.list_(["kiosk"]):
        beat = beats.get(station.code)
        if beat is None or beat.at < now.at - LATE:
            yield Finding("broken", station.code, "its agent has not been heard: run `python -m kiosk agent` there")
            continue
        fine = beat.camera == "ready" and beat.printer in ("ready", "mute")
        yield Finding("ok" if fine else "look", station.code, f"camera {beat.camera}, printer {beat.printer}")


def _paper(settings: Settings) -> Iterator[Finding]:
    day = clinic_days.find_open()
    doubtful = print_jobs.count_in([PrintState.DOUBTFUL], day.id) if day else 0
    waiting = print_jobs.count_in([PrintState.QUEUED, PrintState.HELD, PrintState.SENDING], day.id) if day else 0
    yield Finding("look" if doubtful else "ok", "paper", f"{waiting} slips waiting, {doubtful} doubtful")


def _decoder(settings: Settings) -> Iterator[Finding]:
    import zxingcpp  # noqa: F401

    try:
        from pyzbar import wrapper
    except ImportError:
        yield Finding("look", "decoder", "zxing-cpp only; install libzbar0 for the second decoder")
    else:
        yield Finding("ok", "decoder", f"zxing-cpp {version('zxing-cpp')}, zbar ({wrapper.__name__})")

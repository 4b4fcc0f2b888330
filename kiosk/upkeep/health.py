"""How each part of the box is."""

from __future__ import annotations

import os
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
from kiosk.rules.words import MessageState, PrintState
from kiosk.store import audit, clinic_days, figures, heartbeats, outbox, print_jobs, stations
from kiosk.store.database import db

# The ministry wants every dose entered on its own day.
OLD = timedelta(hours=24)
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
            ("agents", _agents), ("paper", _paper), ("forwarder", _forwarder), ("messages", _messages),
            ("decoder", _decoder), ("camera", _camera), ("scanner", _scanner),
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
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
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
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    beats = {beat.station: beat for beat in heartbeats.list_()}
    for station in stations.list_(["kiosk"]):
        beat = beats.get(station.code)
        if beat is None or beat.at < now.at - heartbeats.LATE:
            yield Finding("broken", station.code, "its agent has not been heard: run `python -m kiosk agent` there")
            continue
        fine = beat.camera == "ready" and beat.printer in ("ready", "mute")
        yield Finding("ok" if fine else "look", station.code, f"camera {beat.camera}, printer {beat.printer}")


def _paper(settings: Settings) -> Iterator[Finding]:
    day = clinic_days.find_open()
    doubtful = print_jobs.count_in([PrintState.DOUBTFUL], day.id) if day else 0
    waiting = print_jobs.count_in([PrintState.QUEUED, PrintState.HELD, PrintState.SENDING], day.id) if day else 0
    yield Finding("look" if doubtful else "ok", "paper", f"{waiting} slips waiting, {doubtful} doubtful")


def _forwarder(settings: Settings) -> Iterator[Finding]:
    if not settings.upstream.url:
        yield Finding("look", "forwarder", "no platform is set: [upstream] url in site.toml")
        return
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    beat = heartbeats.find_forwarder(settings.site.box)
    if beat is None or beat.at < now.at - heartbeats.FORWARDER_LATE:
        needed = outbox.find_oldest_undelivered() or clinic_days.find_open()
        yield Finding("broken" if needed else "look", "forwarder", "does not run: start `python -m kiosk forward`")
    elif beat.trouble:
        yield Finding("look", "forwarder", f"{beat.trouble} since {beat.since:%Y-%m-%d %H:%M} UTC")
    else:
        yield Finding("ok", "forwarder", settings.upstream.url)


def _messages(settings: Settings) -> Iterator[Finding]:
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    left, oldest = figures.count_undelivered(), outbox.find_oldest_undelivered()
    parked = left.get(MessageState.PARKED, 0)
    says = f"{sum(left.values()) - parked} waiting, {parked} parked"
    if oldest is not None:
        says += f", the oldest since {oldest.made_at:%Y-%m-%d %H:%M} UTC"
    old = oldest is not None and oldest.made_at < now.at - OLD
    yield Finding("look" if parked or old else "ok", "messages", says)


def _decoder(settings: Settings) -> Iterator[Finding]:
    import zxingcpp  # noqa: F401

    try:
        from pyzbar import wrapper
    except ImportError:
        yield Finding("look", "decoder", "zxing-cpp only; install libzbar0 for the second decoder")
    else:
        yield Finding("ok", "decoder", f"zxing-cpp {version('zxing-cpp')}, zbar ({wrapper.__name__})")


def _camera(settings: Settings) -> Iterator[Finding]:
    """Only whether it is there: a camera serves one program, and that is the agent."""
    source = settings.camera.source
    device = f"/dev/video{source}" if source.isdigit() else source
    if not source:
        return  # a kiosk's camera may hang on another machine
    if device.startswith("/dev/") and not os.path.exists(device):
        yield Finding("broken", "camera", f"{device} is not plugged in, or has another name: ls /dev/v4l/by-id")
    elif device.startswith("/dev/") and not os.access(device, os.R_OK | os.W_OK):
        yield Finding("broken", "camera", f"{device} may not be opened: add this user to the group video")
    elif device.startswith("/dev/video"):
        yield Finding("look", "camera", f"{device} may be another one after a restart: take a name in /dev/v4l/by-id")
    else:
        yield Finding("ok", "camera", f"{device}; how good its picture is: python -m kiosk camera-test")


def _scanner(settings: Settings) -> Iterator[Finding]:
    device = settings.scanner.device
    if not device:
        return  # a hand scanner is an extra
    if not os.path.exists(device):
        yield Finding("broken", "scanner", f"{device} is not plugged in, or has another name")
    elif not os.access(device, os.R_OK):
        group = "input" if device.startswith("/dev/input/") else "dialout"
        yield Finding("broken", "scanner", f"{device} may not be read: add this user to the group {group}")
    else:
        yield Finding("ok", "scanner", device)

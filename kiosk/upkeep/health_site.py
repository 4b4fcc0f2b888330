"""What the database tells of the site's programs and devices. Within an app context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from kiosk.app import MIGRATIONS
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules.box import Finding, broken, look, ok
from kiosk.rules.moment import Moment
from kiosk.rules.words import MessageState, PrintState
from kiosk.store import audit, clinic_days, figures, heartbeats, outbox, pairings, print_jobs, stations
from kiosk.store.database import db

# The ministry wants every dose entered on its own day.
OLD = timedelta(hours=24)
PENDING = [PrintState.QUEUED, PrintState.HELD, PrintState.SENDING]
PRINTS = ("ready", "mute", "none")


def _now(settings: Settings) -> Moment:
    return Clock(settings.site.time_zone, settings.clock_shift).now()


def _time(settings: Settings, moment: Moment) -> str:
    return f"{Clock(settings.site.time_zone).local(moment.at):%d/%m/%Y %H:%M}"


def _database(settings: Settings) -> Iterator[Finding]:
    scripts = Config()
    scripts.set_main_option("script_location", str(MIGRATIONS))
    with db.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
        newest = ScriptDirectory.from_config(scripts).get_current_head()
        if at != newest:
            yield broken("database", "box.database.old", at=at or "–", wants=newest or "–")
            return
        if db.engine.dialect.name == "sqlite":
            says = connection.execute(text("PRAGMA quick_check")).scalars().first()  # a row for each damage
            if says != "ok":
                yield broken("database", "box.database.torn", says=str(says)[:200])
                return
        yield ok("database", "box.database", kind=db.engine.dialect.name, at=at or "–")


def _audit(settings: Settings) -> Iterator[Finding]:
    torn = sum(1 for _ in audit.verify())
    if torn:
        yield broken("audit", "box.audit.torn", n=audit.count(), torn=torn)
    else:
        yield ok("audit", "box.audit", n=audit.count())


def _day(settings: Settings) -> Iterator[Finding]:
    day = clinic_days.find_open()
    if day is None:
        yield ok("day", "box.day.none")
    else:
        yield Finding("ok", "day", "box.day", {"on": f"{day.on:%d/%m/%Y}"}, {"half": f"lead.half.{day.half}"})


def _agents(settings: Settings) -> Iterator[Finding]:
    """A kiosk that has a machine must have been heard; a camera or printer elsewhere is told of where it was."""
    now = _now(settings)
    joined = {pairing.station for pairing in pairings.list_trusted() if pairing.kind != "screen"}
    beats = {beat.station: beat for beat in heartbeats.list_()}
    expected = {station.code for station in stations.list_(["kiosk"])}
    for code in sorted(expected | set(beats)):
        beat = beats.get(code)
        if beat is None:
            yield broken("agent", "box.agent.never", code) if code in joined else look("agent", "box.agent.none", code)
        elif beat.at < now.at - heartbeats.LATE:
            silent = broken if code in expected else look
            yield silent("agent", "box.agent.silent", code, time=_time(settings, Moment(beat.at, now.on)))
        else:
            yield from machines(beat)


def machines(beat: heartbeats.Heartbeat) -> Iterator[Finding]:
    """Camera and printer of a station that has just been heard."""
    code = beat.station
    if beat.camera == "lost":
        yield look("camera", "box.camera.lost", code)
    elif beat.camera == "ready":
        yield ok("camera", "box.camera.ready", code)
    words = {"words": f"strip.printer.word.{beat.printer}"}
    if beat.printer not in PRINTS:
        yield Finding("look", "printer", "box.printer.stopped", {}, words, code)
    elif beat.near_end:
        yield look("printer", "box.printer.near_end", code)
    elif beat.printer != "none":
        yield Finding("ok", "printer", "box.printer", {}, words, code)


def _paper(settings: Settings) -> Iterator[Finding]:
    day = clinic_days.find_open()
    doubtful = print_jobs.count_in([PrintState.DOUBTFUL], day.id) if day else 0
    waiting = print_jobs.count_in(PENDING, day.id) if day else 0
    if doubtful:
        yield look("paper", "box.paper.doubtful", n=waiting, doubtful=doubtful)
    else:
        yield ok("paper", "box.paper", n=waiting)


def _forwarder(settings: Settings) -> Iterator[Finding]:
    if not settings.upstream.url:
        yield look("upstream", "box.upstream.not_set")
        return
    now, beat = _now(settings), heartbeats.find_forwarder(settings.site.box)
    if beat is None or beat.at < now.at - heartbeats.FORWARDER_LATE:
        needed = outbox.find_oldest_undelivered() or clinic_days.find_open()
        yield (broken if needed else look)("upstream", "box.upstream.silent")
    elif beat.trouble:
        since = _time(settings, Moment(beat.since, now.on))
        why = {"why": f"upstream.reason.{beat.trouble}"}
        yield Finding("look", "upstream", "box.upstream.trouble", {"time": since}, why)
    else:
        yield ok("upstream", "box.upstream")


def _messages(settings: Settings) -> Iterator[Finding]:
    now = _now(settings)
    left, oldest = figures.count_undelivered(), outbox.find_oldest_undelivered()
    parked = left.get(MessageState.PARKED, 0)
    waiting = sum(left.values()) - parked
    if parked:
        yield look("messages", "box.messages.parked", n=waiting, parked=parked)
    elif oldest is not None and oldest.made_at < now.at - OLD:
        since = _time(settings, Moment(oldest.made_at, now.on))
        yield look("messages", "box.messages.old", n=waiting, time=since)
    else:
        yield ok("messages", "box.messages", n=waiting)


Checks = tuple[tuple[str, Callable[[Settings], Iterator[Finding]]], ...]
# What a look once a minute may cost; the rest reads the whole database.
LIGHT: Checks = (
    ("day", _day), ("agent", _agents), ("paper", _paper), ("upstream", _forwarder), ("messages", _messages),
)  # fmt: skip
CHECKS: Checks = (("database", _database), ("audit", _audit), *LIGHT)

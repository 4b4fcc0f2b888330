"""The hub measures its own box once a minute, in a thread of its own; pages read the row."""

from __future__ import annotations

import threading

import structlog
from flask import Flask

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules.box import Finding
from kiosk.store import box_reports
from kiosk.store.database import db, writing
from kiosk.upkeep import health, health_site

log = structlog.get_logger("kiosk.checkup")

EVERY_SECONDS = 60.0
STOP_SECONDS = 3.0


def report(app: Flask) -> None:
    """One look: the machine's facts, and what the database tells of the programs, as the row `hub`."""
    settings: Settings = app.config["SETTINGS"]
    facts = health.measured(settings.folder)
    with app.app_context():
        try:
            site: list[Finding] = [each for _, check in health_site.LIGHT for each in check(settings)]
            db.session.rollback()
            now = Clock(settings.site.time_zone, settings.clock_shift).now()
            with writing():
                box_reports.put(box_reports.HUB, now.at, {"box": facts.told(), "site": [each.told() for each in site]})
        finally:
            db.session.remove()


class Program:
    """The look in a thread of the hub."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stop = threading.Event()
        self._failed = ""
        self._thread = threading.Thread(target=self._run, name="checkup", daemon=True)

    def start(self) -> None:
        """Looks now, and once a minute from then on."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look in hand."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                report(self._app)
                self._failed = ""
            except Exception as error:  # the hub must not end because a thermometer did
                if self._failed != type(error).__name__:
                    self._failed = type(error).__name__
                    log.error("checkup.failed", error=self._failed)
            self._stop.wait(EVERY_SECONDS)

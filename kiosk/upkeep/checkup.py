"""The hub measures its own box once a minute, in a thread of its own; pages read the row."""

from __future__ import annotations

import structlog
from flask import Flask

from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.looking import Looking
from kiosk.rules.box import Finding
from kiosk.store import box_reports
from kiosk.store.database import db, writing
from kiosk.upkeep import health, health_site

log = structlog.get_logger("kiosk.checkup")

EVERY_SECONDS = 60.0


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


class Program(Looking):
    """The look in a thread of the hub."""

    def __init__(self, app: Flask) -> None:
        super().__init__("checkup")
        self._app = app
        self._failed = ""

    def look(self) -> float:
        """Puts the row; a trouble is told once."""
        try:
            report(self._app)
            self._failed = ""
        except Exception as error:  # the hub must not end because a thermometer did
            if self._failed != type(error).__name__:
                self._failed = type(error).__name__
                log.error("checkup.failed", error=self._failed)
        return EVERY_SECONDS

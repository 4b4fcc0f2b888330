"""Setting a box up: the database, the site and its stations, pairing."""

from __future__ import annotations

import logging
from uuid import uuid4

from flask_migrate import upgrade

from kiosk.actions import devices, site
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.rules.actor import OPERATOR
from kiosk.store.database import touch_database


def migrate(settings: Settings) -> int:
    """Upgrades the database and takes site and stations over from the settings; returns how many stations there are.

    Raises Refusal `mode_fixed` when a demo's settings meet a real site's data, or the other way round.
    """
    touch_database(settings.database_url)
    with create_app(settings).app_context():
        logging.getLogger("alembic").setLevel(logging.WARNING)
        upgrade()
        planned = [(station, station.name.vi, station.name.en) for station in settings.stations]
        now = Clock(settings.site.time_zone, settings.clock_shift).now()
        return site.set_up(
            OPERATOR, now, str(uuid4()), settings.site.code, settings.site.name, settings.site.mode, planned
        )


def pair(settings: Settings, station: str) -> str:
    """Trusts a new device for the station; returns its token, which is stored nowhere. Raises NotFound."""
    token = site.new_token()
    with create_app(settings).app_context():
        site.pair(OPERATOR, Clock(settings.site.time_zone, settings.clock_shift).now(), str(uuid4()), station, token)
    return token


def invite(settings: Settings, station: str) -> str:
    """A code by which one device may join the station within 24 hours; it is stored nowhere. Raises NotFound."""
    code = site.new_token()
    with create_app(settings).app_context():
        now = Clock(settings.site.time_zone, settings.clock_shift).now()
        devices.invite(OPERATOR, now, str(uuid4()), station, code)
    return code

"""The site of `bench/day.py`: its stations and staff, its plan, its vaccine; and the clock that the bench sets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bench import tables
from bench.day_people import OPENS, Guest
from kiosk import config, importer
from kiosk.actions import day, plan, stock
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.demo import commune
from kiosk.demo.shift import Shift
from kiosk.rules.actor import OPERATOR
from kiosk.rules.moment import Moment
from kiosk.rules.words import DayHalf, Role
from kiosk.store import day_plans
from kiosk.store.database import db
from kiosk.upkeep import setup

SITE = """
[site]
mode = "demo"
name = "Điểm tiêm đo một ngày"
code = "BENCH"

[hub]
listen = "127.0.0.1:{hub}"
lock_minutes = 0
idle_minutes = 720
"""
STATION = """
[[stations]]
code = "{code}"
kind = "{kind}"
zone = "{zone}"
name = {{ vi = "{code}", en = "{code}" }}
"""
# How fast who works at each table is: a service takes so many times the usual. Four doctors, six nurses.
PACES = {"screening": [0.85, 0.95, 1.05, 1.2], "injection": [0.85, 0.9, 0.95, 1.05, 1.1, 1.25], "finish": [1.0, 1.0]}
ZONES = {"screening": "A", "injection": "B", "finish": "C", "desk": "A", "kiosk": "A", "door": "A", "observation": "C"}
CAPACITY = {"A": 24, "B": 24, "C": 20}
ROLES = {"screening": Role.SCREENER, "injection": Role.VACCINATOR, "finish": Role.VOLUNTEER}
OTHERS = {"desk-1": Role.VOLUNTEER, "door-1": Role.VOLUNTEER, "observation-1": Role.OBSERVER, "lead": Role.SITE_LEAD}
DOSES_A_VIAL = 10


class Site:
    """A site that is open since half past seven, in an empty folder; its hub is not running yet."""

    def __init__(self, folder: Path, people: Sequence[Guest], port: int) -> None:
        codes = [(f"{kind}-{n + 1}", kind) for kind, paces in PACES.items() for n in range(len(paces))]
        codes += [(f"{kind}-1", kind) for kind in ("desk", "kiosk", "door", "observation")]
        text = SITE.format(hub=port)
        text += "".join(STATION.format(code=code, kind=kind, zone=ZONES[kind]) for code, kind in codes)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        self.settings, self.port = config.load(folder), port
        assert self.settings.clock_shift
        self._shift, self._zone = Shift(self.settings.clock_shift), Clock(tables.ZONE).zone
        self._midnight = datetime.now(self._zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        self._shift.put(self._midnight + OPENS - 1800 - time.time())
        setup.migrate(self.settings)
        self.kiosk = setup.pair(self.settings, "kiosk-1")
        self.lead = self.lot = ""
        with create_app(self.settings).app_context():
            now = self.now()
            self._staff(now)
            self._prepare(now, people)
            db.session.remove()
            db.engine.dispose()

    def pass_to(self, seconds: float) -> float:
        """It is so many seconds after midnight now for every program of the site; later, if that is past: the seconds.

        The day goes on by itself meanwhile, as slowly as the real one: nothing ever happens before what was done.
        """
        ahead = self._midnight + seconds - time.time()
        if ahead > self._shift.seconds:
            self._shift.put(ahead)
        return time.time() + self._shift.seconds - self._midnight

    def now(self) -> Moment:
        """The site's instant."""
        return Clock(tables.ZONE, self.settings.clock_shift).now()

    def seconds(self, at: datetime) -> float:
        """An instant as seconds after midnight."""
        return at.timestamp() - self._midnight

    def token(self, station: str) -> str:
        """What the browser at this station has in its cookie."""
        return f"{station}-of-the-bench"

    def _staff(self, now: Moment) -> None:
        posts = [(f"{kind}-{n + 1}", ROLES[kind]) for kind, paces in PACES.items() for n in range(len(paces))]
        for nth, (station, role) in enumerate([*posts, *OTHERS.items()]):
            name = f"Người Làm {chr(ord('A') + nth)}"
            who = tables.member(now, name, role, f"DO{nth:02}", station, self.token(station))
            self.lead = who.id if role is Role.SITE_LEAD else self.lead
            if station == "injection-1":
                self._keeper = who

    def _prepare(self, now: Moment, people: Sequence[Guest]) -> None:
        listed = [guest.person for guest in people if guest.way != "walk_in"]
        file = self.settings.folder / "day.csv"
        commune.write_roster(listed, now.on, file)
        importer.bring(OPERATOR, now, str(uuid4()), file.name, file.read_bytes())
        id = plan.make_plan(OPERATOR, now, str(uuid4()), now.on, DayHalf.MORNING)
        plan.set_hours(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, "07:30", "17:30", "30", "3")
        zones = {letter: plan.Zone("", "2", str(most)) for letter, most in CAPACITY.items()}
        plan.set_zones(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, zones)
        vials, expires = len(people) // DOSES_A_VIAL + 20, f"31/12/{now.on.year + 1}"
        self.lot = stock.receive_lot(
            self._keeper, now, str(uuid4()), "astrazeneca", "NK0191", expires, vials, DOSES_A_VIAL
        )
        day.open_day(OPERATOR, now, str(uuid4()), DayHalf.MORNING)

"""What the hub of a pair is asked and told from inside its own container, as its pages and its database know it."""

from __future__ import annotations

import json
from typing import Any

from bench.provision_box import Container, awaited
from bench.provision_course import CODE, Wrong
from bench.provision_writer import AS_HUB

OPEN = """
from pathlib import Path
from kiosk.clock import Clock
from kiosk.demo import commune
from kiosk.demo.program import OPENING
from kiosk.demo.shift import Shift
from kiosk.demo.site import PEOPLE, fill, load_settings
settings = load_settings(Path("/var/lib/kiosk"))
clock = Clock(settings.site.time_zone, settings.clock_shift)
Shift(settings.clock_shift).set_to(OPENING, clock.zone)
fill(settings, commune.invent(PEOPLE, clock.now().on), open_day=True)
print(clock.now().on)
"""
LOOK = """
import json, sys
from datetime import timedelta
from pathlib import Path
from kiosk import config
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.store import heartbeats, pairings
settings = config.load(Path("/var/lib/kiosk"))
with create_app(settings).app_context():
    now = Clock(settings.site.time_zone, settings.clock_shift).now().at
    beat = heartbeats.find(sys.argv[1])
    seen = {
        "heard": beat is not None and now - beat.at < heartbeats.LATE,
        "agents": [row.id for row in pairings.list_trusted() if row.station == sys.argv[1] and row.kind == "agent"],
    }
print(json.dumps(seen))
"""
REVOKE = """
import sys
from pathlib import Path
from kiosk import config
from kiosk.demo.crew import Lead
from kiosk.upkeep import setup
lead = Lead("http://127.0.0.1:8080", setup.pair(config.load(Path("/var/lib/kiosk")), "desk-1"))
lead.open("/devices").send(f"/devices/{sys.argv[1]}/revoke")
print(lead.status)
"""
STATION = """
[[stations]]
code = "{code}"
kind = "kiosk"
name = {{ vi = "Máy lấy số 2", en = "Kiosk 2" }}
"""


def ask(hub: Container, program: str, *words: str) -> str:
    """The last line that a program says there, run as the data's owner. Raises Wrong when it fails."""
    done = hub.run("env", "-C", CODE, *AS_HUB, *words, said=program, seconds=60)
    if done.returncode:
        raise Wrong(done.stdout[-2000:])
    return done.stdout.strip().splitlines()[-1]


def look(hub: Container, station: str) -> dict[str, Any]:
    """What the hub knows of the station's machine."""
    seen: dict[str, Any] = json.loads(ask(hub, LOOK, station))
    return seen


def await_heard(hub: Container, station: str) -> dict[str, Any]:
    """Returns once its agent is heard. Raises TimeoutError."""

    def heard() -> dict[str, Any]:
        seen = look(hub, station)
        return seen if seen["heard"] else {}

    return awaited(f"the agent of {station} at the hub", heard)


def add_station(hub: Container, code: str) -> None:
    """As a technician does it: a table more in site.toml. Set-up takes it over."""
    path = hub.root / "var/lib/kiosk/site.toml"
    path.write_text(path.read_text(encoding="utf-8") + STATION.format(code=code), encoding="utf-8")

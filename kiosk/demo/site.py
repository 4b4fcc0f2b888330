"""The invented site: its `site.toml`, stations, staff, list, and pairing codes. Kept between runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import click

from kiosk import config, importer
from kiosk.actions import day, forwarding, plan, posts, stock
from kiosk.actions.staff import add_staff
from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import ConfigError, Settings
from kiosk.demo import commune
from kiosk.rules.actor import OPERATOR
from kiosk.rules.moment import Moment
from kiosk.rules.words import DayHalf
from kiosk.store import clinic_days, day_plans, outbox, rosters, staff, stock_moves, visits
from kiosk.store import lots as known_lots
from kiosk.upkeep import setup

PEOPLE = 300


class Colleague(NamedTuple):
    """Somebody who works at the invented site; the PIN is no secret."""

    name: str
    role: str
    badge: str
    pin: str


STAFF = (
    Colleague("Lò Thị Mai", "site_lead", "TRUONG1", "1001"),
    Colleague("Sùng A Páo", "volunteer", "TN1", "2002"),
    Colleague("Đặng Quốc Việt", "screener", "BS1", "3003"),
    Colleague("Hoàng Thị Ngân", "screener", "BS2", "3004"),
    Colleague("Vàng Thị Sén", "vaccinator", "DD1", "5005"),
    Colleague("Nông Văn Thắng", "vaccinator", "DD2", "5006"),
    Colleague("Triệu Mùi Pham", "observer", "TD1", "6006"),
    Colleague("Trần Văn Kỹ", "technician", "KT1", "4004"),
)

SITE_TOML = """\
# The demo's settings. Name a real camera or printer below and the demo uses it instead of the virtual one.
# The camera of the injection table is in injection-1/site.toml.
[site]
mode = "demo"
name = "Điểm tiêm Trường THCS Thử Nghiệm"
code = "DEMO-01"

[hub]
listen = "127.0.0.1:{hub}"
lock_minutes = 0   # the demo's clock jumps half an hour: every page would lock; a real site's do after 15 minutes

[agent]
hub = "http://127.0.0.1:{hub}"
live_port = {live}

[camera]
source = "http://127.0.0.1:{camera}/camera.mjpeg"   # virtual; a real one: "/dev/video0"

[printer]
target = "tcp://127.0.0.1:{printer}"   # virtual; a real one: "/dev/usb/lp0" or "tcp://192.168.1.50:9100"
paper_mm = 80

[upstream]
url = "http://127.0.0.1:{upstream}/fhir"   # the invented platform; the demo can cut the line to it

[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = {{ vi = "Máy lấy số 1", en = "Kiosk 1" }}

[[stations]]
code = "desk-1"
kind = "desk"
name = {{ vi = "Bàn tiếp đón", en = "Reception desk" }}
prints_at = "kiosk-1"

[[stations]]
code = "door-1"
kind = "door"
name = {{ vi = "Cửa khu chờ A", en = "Door of zone A" }}
prints_at = "kiosk-1"

[[stations]]
code = "screening-1"
kind = "screening"
name = {{ vi = "Bàn khám 1", en = "Screening 1" }}
prints_at = "kiosk-1"

[[stations]]
code = "screening-2"
kind = "screening"
name = {{ vi = "Bàn khám 2", en = "Screening 2" }}
prints_at = "kiosk-1"

[[stations]]
code = "injection-1"
kind = "injection"
name = {{ vi = "Bàn tiêm 1", en = "Injection 1" }}
prints_at = "kiosk-1"

[[stations]]
code = "injection-2"
kind = "injection"
name = {{ vi = "Bàn tiêm 2", en = "Injection 2" }}
prints_at = "kiosk-1"

[[stations]]
code = "observation-1"
kind = "observation"
name = {{ vi = "Phòng theo dõi", en = "Observation room" }}
prints_at = "kiosk-1"

[[stations]]
code = "finish-1"
kind = "finish"
name = {{ vi = "Bàn hoàn tất", en = "Finish desk" }}
prints_at = "kiosk-1"
"""

TABLE = "injection-1"
TABLE_TOML = """\
# The camera at the injection table: an agent without a printer.
[site]
mode = "demo"
name = "Bàn tiêm 1"
code = "DEMO-01"

[agent]
hub = "http://{hub}"
live_port = {live}
token_file = "{token}"

[camera]
source = "http://127.0.0.1:{camera}/camera.mjpeg"   # virtual; a real one: "/dev/video0"

[printer]
target = ""   # the only printer is the kiosk's
"""
# A nurse opens a vial of one of them with one tap; both may be given to every grown-up of the list. Doses a vial.
LOTS = (("astrazeneca", "BIA-AZ01", 10), ("pfizer", "BIA-PF02", 6))
VIALS = 40
# One waiting zone with seats two metres apart: twelve people.
ZONES = {"A": plan.Zone(area_m2="48", distance_m="2", capacity="")}

# badge: where they work
POSTS = {
    "TN1": "desk-1", "BS1": "screening-1", "BS2": "screening-2", "DD1": "injection-1", "DD2": "injection-2",
    "TD1": "observation-1",
}  # fmt: skip


def write_settings(folder: Path, ports: dict[str, int]) -> Settings:
    """The settings in `folder`, written where there are none, or only those of a demo without injections.

    Raises ConfigError for a real site's folder.
    """
    path, table = folder / "site.toml", folder / TABLE / "site.toml"
    if path.exists():
        load_settings(folder)
        text = path.read_text(encoding="utf-8")
        if "[upstream]" not in text:
            path.replace(path.with_name("site.toml.old"))
            click.echo(f"{path}: bản trước giữ ở site.toml.old / the earlier version is kept as site.toml.old")
        elif "lock_minutes" not in text:  # written by an earlier version
            path.write_text(text.replace("[hub]\n", "[hub]\nlock_minutes = 0\n", 1), encoding="utf-8")
    if not path.exists():
        write_table(table.parent, f"127.0.0.1:{ports['hub']}", ports["table_live"], ports["table_camera"])
        path.write_text(SITE_TOML.format(**ports), encoding="utf-8")
    return load_settings(folder)


def write_table(folder: Path, hub: str, live: int, camera: int, token: str = "agent.token") -> None:
    """The settings of the injection table's agent, in `folder`; `hub` is an address with its port."""
    folder.mkdir(parents=True, exist_ok=True)
    text = TABLE_TOML.format(hub=hub, live=live, camera=camera, token=token)
    (folder / "site.toml").write_text(text, encoding="utf-8")


def load_settings(folder: Path) -> Settings:
    """The settings in `folder`. Raises ConfigError for a real site's folder."""
    settings = config.load(folder)
    if settings.site.mode != "demo":
        path = folder / "site.toml"
        raise ConfigError(f'{path} is a real site\'s: the demo runs only where [site] mode is "demo"')
    return settings


def invent(settings: Settings, people: tuple[commune.Invented, ...], *, open_day: bool) -> dict[str, str]:
    """Sets the site up as far as it is not yet; returns the pairing code of each kiosk's screen."""
    setup.migrate(settings)
    fill(settings, people, open_day=open_day)
    return _pair(settings)


def fill(settings: Settings, people: tuple[commune.Invented, ...], *, open_day: bool) -> None:
    """Staff, today's list, stock and plan, as far as they are not there yet."""
    now = Clock(settings.site.time_zone, settings.clock_shift).now()
    with create_app(settings).app_context():
        known = {member.badge for member in staff.list_()}
        for member in STAFF:
            if member.badge not in known:
                add_staff(OPERATOR, now, str(uuid4()), member.name, member.role, member.badge, member.pin)
        if not rosters.count_expected(now.on):
            path = settings.folder / f"roster-{now.on}.csv"
            commune.write_roster(people, now.on, path)
            importer.bring(OPERATOR, now, str(uuid4()), path.name, path.read_bytes())
        if not stock_moves.list_unopened():
            for vaccine, number, doses in LOTS:
                until = f"30/06/{now.on.year + 1}"
                stock.receive_lot(OPERATOR, now, str(uuid4()), vaccine, number, until, VIALS, doses)
        for half in DayHalf:
            if plan.may_change(now, now.on, half) and day_plans.find(now.on, half) is None:
                _plan(settings, now, half)
        if open_day:
            _open_today(settings)


def _plan(settings: Settings, now: Moment, half: DayHalf) -> None:
    """That half of today as it was prepared the day before: stations, both lots, the zone, everybody at their place."""
    id = plan.make_plan(OPERATOR, now, str(uuid4()), now.on, half)
    doses = {lot.id: "100" for lot in known_lots.list_usable(now.on)}
    plan.set_vaccine(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, "", doses)
    plan.set_zones(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, ZONES)
    stations = {station.code for station in settings.stations}
    found = {badge: staff.find_by_badge(badge) for badge, station in POSTS.items() if station in stations}
    where = {member.id: POSTS[badge] for badge, member in found.items() if member}
    posts.post_staff(OPERATOR, now, str(uuid4()), id, day_plans.get(id).seen, where)


def _open_today(settings: Settings) -> None:
    clock = Clock(settings.site.time_zone, settings.clock_shift)
    now = clock.now()
    left_open = clinic_days.find_open()
    if left_open is not None and left_open.on != now.on:
        unsettled = [message.id for message in outbox.list_unsettled(left_open.id)]
        if unsettled:
            forwarding.sign_for(OPERATOR, now, str(uuid4()), unsettled, "demo")
        day.close_day(OPERATOR, now, str(uuid4()), len(visits.list_present(left_open.id)))
        left_open = None
    half = day.half_of(clock.local(now.at))
    if left_open is None and clinic_days.find(now.on, half) is None:
        day.open_day(OPERATOR, now, str(uuid4()), half)


def _pair(settings: Settings) -> dict[str, str]:
    _pair_agent(settings, "kiosk-1")
    _pair_agent(settings, TABLE, TABLE)
    codes = settings.folder / "demo-pairing.json"
    if not codes.exists():
        kiosks = [station.code for station in settings.stations if station.kind == "kiosk"]
        codes.write_text(json.dumps({code: setup.pair(settings, code) for code in kiosks}))
    return dict(json.loads(codes.read_text()))


def _pair_agent(settings: Settings, station: str, folder: str = "") -> None:
    token = settings.folder / folder / settings.agent.token_file
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(setup.pair(settings, station))

import re
from datetime import datetime, time

import pytest

from kiosk.app import create_app
from kiosk.clock import Clock
from kiosk.config import ConfigError
from kiosk.demo import commune, site
from kiosk.demo.program import PORTS
from kiosk.demo.shift import Shift
from kiosk.store import lots, staff, stations
from kiosk.store.database import db

NUMBERS = {name: 9000 + n for n, name in enumerate(PORTS)}
MOVED = {name: 9100 + n for n, name in enumerate(PORTS)}


def invented(settings):
    on = Clock(settings.site.time_zone, settings.clock_shift).now().on
    return site.invent(settings, commune.invent(5, on), open_day=False)


def before_injections():
    """`site.toml` as a demo without injections wrote it."""
    text = site.SITE_TOML.format(**NUMBERS)
    text = re.sub(r"\[upstream\][^[]*", "", text)
    return text[: text.index('[[stations]]\ncode = "injection-1"')]


def test_everybody_and_everything_is_there_once(tmp_path):
    settings = site.write_settings(tmp_path, NUMBERS)
    codes = invented(settings)
    assert list(codes) == ["kiosk-1"]
    assert invented(settings) == codes
    with create_app(settings).app_context():
        assert {member.badge for member in staff.list_()} == {member.badge for member in site.STAFF}
        served = {step for station in stations.list_() for step in station.steps}
        assert served == {"reception", "screening", "injection", "observation", "finish"}
        usable = lots.list_usable(Clock(settings.site.time_zone).now().on)
        assert sorted((lot.vaccine, lot.number, lot.doses_per_vial) for lot in usable) == sorted(site.LOTS)
        db.engine.dispose()
    assert (tmp_path / "agent.token").read_text() != (tmp_path / "injection-1" / "agent.token").read_text()


def test_a_second_start_keeps_what_somebody_wrote_into_site_toml(tmp_path):
    site.write_settings(tmp_path, NUMBERS)
    path = tmp_path / "site.toml"
    path.write_text(path.read_text().replace("paper_mm = 80", "paper_mm = 58"))
    settings = site.write_settings(tmp_path, MOVED)
    assert (settings.printer.paper_mm, settings.hub.port) == (58, 9000)


def test_a_folder_from_before_injections_goes_on(tmp_path, capsys):
    path = tmp_path / "site.toml"
    path.write_text(before_injections())
    old = site.load_settings(tmp_path)
    assert not old.upstream.url
    (tmp_path / "agent.token").write_text("a token of before")
    settings = site.write_settings(tmp_path, NUMBERS)
    assert "site.toml.old" in capsys.readouterr().out
    assert (tmp_path / "site.toml.old").read_text() == before_injections()
    assert {"injection-1", "observation-1", "finish-1"} <= {station.code for station in settings.stations}
    invented(settings)
    assert (tmp_path / "agent.token").read_text() == "a token of before"
    assert (tmp_path / "injection-1" / "agent.token").exists()


def test_a_folder_from_before_locks_does_not_lock_when_its_clock_jumps(tmp_path):
    site.write_settings(tmp_path, NUMBERS)
    path = tmp_path / "site.toml"
    now = path.read_text()
    path.write_text(re.sub(r"lock_minutes.*\n", "", now).replace("paper_mm = 80", "paper_mm = 58"))
    assert site.load_settings(tmp_path).hub.lock_minutes == 15
    settings = site.write_settings(tmp_path, NUMBERS)
    assert (settings.hub.lock_minutes, settings.printer.paper_mm) == (0, 58)


def test_a_real_site_is_left_alone(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(before_injections().replace('mode = "demo"', 'mode = "real"'))
    before = path.read_text()
    with pytest.raises(ConfigError, match="real site's"):
        site.write_settings(tmp_path, NUMBERS)
    assert path.read_text() == before


def test_the_clock_goes_on_from_where_it_was_set(tmp_path):
    shift = Shift(tmp_path / "clock-shift")
    assert shift.seconds == 0
    shift.advance(30)
    Shift(tmp_path / "clock-shift").advance(1)
    assert shift.seconds == 1860
    assert Clock("Asia/Ho_Chi_Minh", tmp_path / "clock-shift").now().at > Clock("Asia/Ho_Chi_Minh").now().at


def test_the_clock_can_be_set_to_a_time_of_today(tmp_path):
    clock = Clock("Asia/Ho_Chi_Minh", tmp_path / "clock-shift")
    for _ in range(50):
        before = datetime.now(clock.zone).date()
        Shift(tmp_path / "clock-shift").set_to(time(7, 30), clock.zone)
        now = clock.now()
        assert now.on in (before, datetime.now(clock.zone).date())
        assert f"{clock.local(now.at):%H:%M}" == "07:30"

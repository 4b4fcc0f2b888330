"""The units of an installed box, with somebody in systemctl's place who does what systemd does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kiosk.config import ConfigError
from kiosk.demo import units
from kiosk.demo.installed import Box
from kiosk.demo.site import SITE_TOML
from kiosk.demo.units import Unit

# Knows one unit; what was killed comes back with the third question, unless it is broken.
STAND_IN = """#!/usr/bin/env python3
import json, pathlib, sys
path = pathlib.Path(__file__).with_name("state.json")
state = json.loads(path.read_text())
state["asked"].append(sys.argv[1:])
if sys.argv[1] == "kill":
    state |= {"MainPID": "0", "ActiveState": "activating", "left": 3}
elif sys.argv[1] == "start":
    state |= {"MainPID": "77", "ActiveState": "active"}
elif state["left"] > 0 and not state["broken"]:
    state["left"] -= 1
    if not state["left"]:
        state |= {"MainPID": "4712", "ActiveState": "active"}
path.write_text(json.dumps(state))
if sys.argv[1] == "show":
    key = next(each for each in sys.argv if each.startswith("--property=")).partition("=")[2]
    print(state[key])
"""
RUNNING = {"MainPID": "4711", "ActiveState": "active", "left": 0, "broken": False, "asked": []}


class Machine:
    """What the stand-in knows."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.json"

    def put(self, **state: object) -> None:
        """Sets how it is."""
        self._path.write_text(json.dumps(RUNNING | state))

    def asked(self, verb: str) -> list[list[str]]:
        """Every call with that verb."""
        return [call for call in json.loads(self._path.read_text())["asked"] if call[0] == verb]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "systemctl").write_text(STAND_IN)
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    machine = Machine(tmp_path)
    machine.put()
    return machine


def test_a_killed_unit_is_awaited_and_never_started_from_here(machine: Machine) -> None:
    hub = Unit("kiosk-hub")
    hub.kill()
    assert machine.asked("kill") == [["kill", "--signal=KILL", "kiosk-hub"]]
    hub.start()
    assert machine.asked("start") == []
    assert hub.alive


def test_one_that_does_not_come_back_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "RETURN_SECONDS", 0.5)
    machine.put(broken=True)
    hub = Unit("kiosk-hub")
    hub.kill()
    with pytest.raises(TimeoutError, match="kiosk-hub did not come back"):
        hub.start()


def test_the_process_that_was_killed_is_not_its_own_successor(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "RETURN_SECONDS", 0.5)
    hub = Unit("kiosk-hub")
    hub.kill()
    machine.put()
    with pytest.raises(TimeoutError):
        hub.start()


def test_a_unit_that_was_never_started_is(machine: Machine) -> None:
    machine.put(MainPID="0", ActiveState="inactive")
    hub = Unit("kiosk-hub")
    assert not hub.alive
    hub.start()
    assert machine.asked("start") == [["start", "kiosk-hub"]]


PORTS = dict.fromkeys(("hub", "live", "camera", "printer", "upstream"), 9)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('mode = "demo"', 'mode = "real"', "real site's"),
        ("http://127.0.0.1:9/camera.mjpeg", "/dev/kiosk/camera", "/dev/kiosk/camera.* is no port"),
        ("tcp://127.0.0.1:9", "tcp://192.168.1.50:9100", "is no port of this machine"),
        ("\n", "\n", "screen.token cannot be read"),
    ],
)
def test_only_an_installed_practice_site_is_walked_through(tmp_path: Path, before: str, after: str, said: str) -> None:
    text = SITE_TOML.format(**PORTS)
    assert before in text
    (tmp_path / "site.toml").write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        Box(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["site.toml"]

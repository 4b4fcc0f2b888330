"""What the heartbeat carries: the machine once a minute, and a picture when somebody asked."""

from __future__ import annotations

import base64
import threading

import pytest

from kiosk.agent.checkup import Checkup
from kiosk.agent.program import AgentProgram
from kiosk.rules.box import read


@pytest.fixture
def agent(site, virtual):
    """The whole agent in this process, beside a camera."""
    program = AgentProgram(site(virtual.url), "token-of-kiosk-1")
    thread = threading.Thread(target=program.run, daemon=True)
    thread.start()
    yield program
    program.stop()
    thread.join(20)


def beats(hub):
    return hub.bodies("/device/heartbeat")


def test_the_machine_is_told_once_and_not_with_every_beat(hub, agent, eventually) -> None:
    assert eventually(lambda: len(beats(hub)) > 3)
    told = [body["box"] for body in beats(hub) if "box" in body]
    assert len(told) == 1
    assert read(told[0]).kernel


def test_a_picture_goes_out_when_it_is_wanted(hub, agent, eventually) -> None:
    assert eventually(lambda: beats(hub) and beats(hub)[-1]["camera"]["state"] == "ready")
    assert hub.bodies("/device/picture") == []
    plain = hub.answer
    hub.answer = lambda path, body: {"picture": True} if path == "/device/heartbeat" else plain(path, body)
    assert eventually(lambda: hub.bodies("/device/picture"))
    told = hub.bodies("/device/picture")[0]
    assert base64.b64decode(told["jpeg"]).startswith(b"\xff\xd8\xff")


def test_while_the_hub_is_away_the_machine_is_measured_once_a_minute_and_its_word_kept(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("kiosk.agent.checkup.EVERY_SECONDS", 3600.0)
    root = tmp_path / "root"
    load = root / "proc" / "loadavg"
    load.parent.mkdir(parents=True)
    load.write_text("0.1 0.2 0.3 1/100 1000\n")
    checkup = Checkup(tmp_path, root)
    assert checkup.due()["box"]["load"] == 0.3
    load.write_text("9.1 9.2 9.3 1/100 1000\n")
    assert checkup.due()["box"]["load"] == 0.3, "kept, not measured again"
    checkup.told()
    assert checkup.due() == {}
    monkeypatch.setattr("kiosk.agent.checkup.EVERY_SECONDS", 0.0)
    assert checkup.due()["box"]["load"] == 9.3

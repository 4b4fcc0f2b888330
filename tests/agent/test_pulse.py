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


def test_the_machine_is_told_again_until_the_hub_has_heard_it(tmp_path) -> None:
    checkup = Checkup(tmp_path)
    assert checkup.due()
    assert checkup.due()
    checkup.told()
    assert checkup.due() == {}

import pytest
import requests

from kiosk.demo import platform
from kiosk.demo.platform import Platform
from kiosk.demo.program import free_ports


@pytest.fixture
def ministry(tmp_path):
    running = Platform(tmp_path, free_ports("platform")["platform"])
    running.start()
    yield running
    running.stop()


def faults(ministry):
    return requests.get(f"http://127.0.0.1:{ministry.port}/control", timeout=5).json()["faults"]


def test_it_answers_once_it_has_started(ministry):
    assert requests.get(f"{ministry.url}/metadata", timeout=5).json()["resourceType"] == "CapabilityStatement"
    assert ministry.doses == 0
    assert ministry.broken == set()


def test_what_it_does_wrong_outlives_the_process(ministry):
    ministry.turn("slow", True)
    ministry.kill()
    assert ministry.doses is None
    ministry.turn("login_page", True)
    ministry.turn("slow", False)
    ministry.start()
    assert ministry.broken == {"login_page"}
    assert faults(ministry) == {name: name == "login_page" for name in faults(ministry)}


def test_every_switch_is_a_fault_of_the_simulator(ministry):
    for switch, (fault, value) in platform.FAULTS.items():
        ministry.turn(switch, True)
        assert faults(ministry)[fault] == value
        ministry.turn(switch, False)
        assert not any(faults(ministry).values())

"""A hand scanner's code is one scan at the hub; pulled out and put back, it goes on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.agent.hand_scanner import HandScanner, Last
from kiosk.agent.hub_link import HubLink
from kiosk.agent.program import AgentProgram
from kiosk.agent.scans import Scans
from kiosk.config import ConfigError, load
from kiosk.config_devices import Scanner
from kiosk.devices.virtual_scanner import VirtualSerialScanner, VirtualWedge, recorded, typed
from kiosk.upkeep import health

CARD = "001190123456||Lê Thị Sơn|01021990|Nữ|Tổ 3, Vĩnh Bảo, Hải Phòng|15042021"
TORN = Path(__file__).parent.parent / "devices" / "events" / "overrun.txt"


@pytest.fixture
def serial(tmp_path: Path) -> Iterator[VirtualSerialScanner]:
    virtual = VirtualSerialScanner(tmp_path / "usb-scanner-if00")
    virtual.plug()
    yield virtual
    virtual.unplug()


@pytest.fixture
def wedge(tmp_path: Path) -> Iterator[VirtualWedge]:
    virtual = VirtualWedge(tmp_path / "usb-scanner-event-kbd")
    virtual.plug()
    yield virtual
    virtual.unplug()


@pytest.fixture
def listen(hub, stop, eventually) -> Callable[[Path], HandScanner]:
    def listening(path: Path) -> HandScanner:
        scans = Scans(HubLink(hub.url, hub.token, "run-1"), stop)
        scanner = HandScanner(Scanner(device=str(path)), scans, stop, lambda: None)
        for work in (scanner.run, scans.run):
            threading.Thread(target=work, daemon=True).start()
        assert eventually(lambda: scanner.state == "ready")
        return scanner

    return listening


def test_a_serial_code_arrives_with_every_letter(serial, listen, hub, eventually) -> None:
    listen(serial.path)
    serial.send(CARD.encode() + b"\r\n")
    assert eventually(hub.scans)
    assert hub.scans() == [CARD.encode()]
    assert [body["symbology"] for body in hub.bodies("/device/scans")] == ["Serial"]


def test_a_typed_code_arrives_as_typed_and_a_torn_one_does_not(
    wedge, listen, hub, eventually, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listen(wedge.path)
    wedge.play(recorded(TORN.read_text(encoding="utf-8")))  # a number that lost two digits, then a ticket
    wedge.play(typed(CARD + "\n"))
    assert eventually(lambda: len(hub.scans()) == 2)
    assert hub.scans() == [b"DT1:K7M2QX9RTA", b"001190123456||L Th Sn|01021990|N|T 3, Vnh Bo, Hi Phng|15042021"]
    assert {body["symbology"] for body in hub.bodies("/device/scans")} == {"Keyboard"}
    assert "scanner.torn_code" in caplog.text
    assert not any(word in caplog.text for word in ("001190", "K7M2QX9RTA", "Hi Phng"))


def test_a_code_fired_twice_is_one_and_another_is_news() -> None:
    last = Last()
    fired = [(b"a", 0.1), (b"a", 1.5), (b"a", 1.7), (b"b", 1.8), (b"a", 1.9)]
    assert [last.is_news(raw, at) for raw, at in fired] == [True, False, True, True, True]


def test_a_trigger_pulled_twice_is_one_scan(serial, listen, hub, eventually) -> None:
    listen(serial.path)
    serial.send(b"DT1:K7M2QX9RTA\rDT1:K7M2QX9RTA\rDT1:B8C3WY4PZE\r")
    assert eventually(lambda: len(hub.scans()) == 2)
    assert hub.scans() == [b"DT1:K7M2QX9RTA", b"DT1:B8C3WY4PZE"]


def test_unplugged_in_the_middle_of_a_code_and_put_back(
    serial, listen, hub, eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.agent.hand_scanner.REOPEN_SECONDS", 0.1)
    scanner = listen(serial.path)
    serial.send(CARD.encode()[:30])
    serial.unplug()
    assert eventually(lambda: scanner.state == "lost")
    assert eventually(lambda: scanner.detail == "not plugged in")
    serial.plug()
    assert eventually(lambda: scanner.state == "ready")
    assert scanner.detail == ""
    serial.send(CARD.encode() + b"\r")
    assert eventually(hub.scans)
    assert hub.scans() == [CARD.encode()]


def test_the_whole_agent_hands_on_what_the_scanner_reads_and_says_how_it_is(site, serial, hub, eventually) -> None:
    settings = site()
    with (settings.folder / "site.toml").open("a") as file:
        file.write(f'[scanner]\ndevice = "{serial.path}"\n')
    agent = AgentProgram(load(settings.folder), hub.token)
    thread = threading.Thread(target=agent.run)
    thread.start()
    try:

        def states() -> list[str]:
            return [body["scanner"]["state"] for body in hub.bodies("/device/heartbeat")]

        assert eventually(lambda: "ready" in states())
        serial.send(CARD.encode() + b"\r")
        assert eventually(hub.scans)
        assert hub.scans() == [CARD.encode()]
        serial.unplug()
        assert eventually(lambda: states()[-1] == "lost")
    finally:
        agent.stop()
        thread.join(10)


def test_no_scanner_is_a_state_of_its_own(stop) -> None:
    scanner = HandScanner(Scanner(), Scans(HubLink("http://127.0.0.1:1", "", "run-1"), stop), stop, lambda: None)
    scanner.run()
    assert (scanner.state, scanner.detail) == ("none", "")


def test_waiting_for_a_code_costs_next_to_nothing(serial, hub, stop) -> None:
    spent: list[float] = []
    scanner = HandScanner(Scanner(device=str(serial.path)), Scans(HubLink(hub.url, "", "r"), stop), stop, lambda: None)

    def run() -> None:
        scanner.run()
        spent.append(time.thread_time())

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1)
    stop.set()
    thread.join(10)
    assert spent[0] < 0.1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('device = "COM3"', "neither a keyboard"),
        ('device = "/dev/input/event4"', "by-id"),
        ('device = ""\nlayout = "vi"', "'us'"),
        ('device = ""\nbaud = 100', "9600"),
    ],
)
def test_a_scanner_that_cannot_be_is_refused_with_its_line(site, line: str, reason: str) -> None:
    settings = site()
    path = settings.folder / "site.toml"
    path.write_text(f"{path.read_text()}[scanner]\n{line}\n")
    number = len(path.read_text().splitlines())
    with pytest.raises(ConfigError, match=f"line {number}: scanner.*{reason}"):
        load(settings.folder)


def test_the_doctor_says_whether_the_scanner_is_there(site, serial) -> None:
    def says(device: str) -> list[tuple[str, str, object]]:
        path = settings.folder / "site.toml"
        path.write_text(f'{plain}[scanner]\ndevice = "{device}"\n')
        return [
            (found.state, found.code, found.facts["device"])
            for found in health.examine(load(settings.folder)) if found.part == "scanner"
        ]  # fmt: skip

    settings = site()
    plain = (settings.folder / "site.toml").read_text()
    assert says("") == []
    assert says(str(serial.path)) == [("ok", "box.scanner", str(serial.path))]
    serial.unplug()
    assert says(str(serial.path)) == [("broken", "box.scanner.gone", str(serial.path))]

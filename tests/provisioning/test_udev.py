"""The rules for what is plugged in: read by systemd's own checker where it is there, and applied to invented devices.

No USB device is at hand and a container has no udev: what applies the rules here is forty lines of ours, for the few
keys that they use. On a box, `udevadm test $(udevadm info -q path -n /dev/usb/lp0)` shows what the real one does.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

UDEV = Path(__file__).parents[2] / "provisioning" / "udev"
RULES = UDEV / "70-kiosk.rules"
PAIR = re.compile(r'([A-Z]+)(?:\{([^}]+)\})?(==|!=|\+=|=)"([^"]*)"')
PARENTS = {"KERNELS": "KERNEL", "SUBSYSTEMS": "SUBSYSTEM", "ATTRS": "ATTR"}
MATCHES = {"ACTION", "KERNEL", "SUBSYSTEM", "ATTR", "TEST", *PARENTS}
ASSIGNS = {"GROUP", "MODE", "SYMLINK", "OPTIONS", "GOTO", "LABEL"}


@dataclass
class Device:
    """A device as udev sees it after the rules numbered 60; `above` are those it hangs on, the nearest first."""

    kernel: str
    subsystem: str
    attributes: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    above: tuple[Device, ...] = ()
    links: list[str] = field(default_factory=list)
    set_to: dict[str, str] = field(default_factory=dict)

    def value(self, key: str, name: str | None) -> str:
        """What stands on the left of a comparison."""
        if key == "ENV":
            return self.properties.get(name or "", "")
        if key == "ATTR":
            return self.attributes.get(name or "", "\0")
        return {"KERNEL": self.kernel, "SUBSYSTEM": self.subsystem, "ACTION": "add"}[key]


def lines() -> list[list[tuple[str, str, str, str]]]:
    """The rules, each as its pairs. Every letter of a line belongs to one of them."""
    found = []
    for line in RULES.read_text().splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(rf"{PAIR.pattern}(, {PAIR.pattern})*", line), line
            found.append(PAIR.findall(line))
    return found


def agrees(device: Device, pair: tuple[str, str, str, str]) -> bool:
    key, name, operator, wanted = pair
    if key == "TEST":
        return wanted in device.attributes
    like = any(fnmatch.fnmatchcase(device.value(key, name), each) for each in wanted.split("|"))
    return like is (operator == "==")


def plug(device: Device) -> Device:
    """Applies the rules to it."""
    skip_to = ""
    for pairs in lines():
        if skip_to and ("LABEL", "", "=", skip_to) not in pairs:
            continue
        skip_to = ""
        matches = [pair for pair in pairs if pair[2] in ("==", "!=") and pair[0] not in PARENTS]
        upward = [(PARENTS[key], *rest) for key, *rest in pairs if key in PARENTS]
        if not all(agrees(device, pair) for pair in matches):
            continue
        # All that is asked of a parent must be true of the same one.
        if upward and not any(all(agrees(each, pair) for pair in upward) for each in (device, *device.above)):
            continue
        for key, name, operator, value in pairs:
            if operator in ("=", "+="):
                if key == "SYMLINK":
                    device.links.append(value)
                elif key == "ENV":
                    device.properties[name] = value
                elif key == "GOTO":
                    skip_to = value
                elif key != "LABEL":
                    device.set_to[f"{key}{{{name}}}" if name else key] = value
    return device


def usb(port: str, interface: dict[str, str], **attributes: str) -> tuple[Device, Device]:
    """An interface, and the device it is of, in the socket `port`."""
    return Device(f"{port}:1.0", "usb", interface), Device(port, "usb", attributes)


def printer(name: str, port: str, kind: str = "07") -> Device:
    return Device(name, "usbmisc", above=usb(port, {"bInterfaceClass": kind}, idVendor="0416", product="POS58"))


def camera(name: str, port: str, index: str = "0", able: str = ":capture:") -> Device:
    seen = {"ID_V4L_CAPABILITIES": able}
    return Device(name, "video4linux", {"index": index}, seen, usb(port, {"bInterfaceClass": "0e"}, product="Webcam"))


def keyboard(vendor: str, product: str, *, keys: bool = True) -> Device:
    above = usb("1-1.3", {"bInterfaceClass": "03"}, idVendor=vendor, product=product)
    return Device("event4", "input", {}, {"ID_INPUT_KEYBOARD": "1"} if keys else {}, above)


def line(name: str, vendor: str, product: str) -> Device:
    return Device(name, "tty", above=usb("1-1.2", {"bInterfaceClass": "02"}, idVendor=vendor, product=product))


def test_every_line_is_understood_and_jumps_to_a_label_that_is_there() -> None:
    used = {(key, operator) for pairs in lines() for key, _, operator, _ in pairs}
    assert {key for key, operator in used if operator in ("==", "!=")} <= MATCHES | {"ENV"}
    assert {key for key, operator in used if operator in ("=", "+=")} <= ASSIGNS | {"ENV", "ATTR"}
    labels = {value for pairs in lines() for key, _, _, value in pairs if key == "LABEL"}
    assert {value for pairs in lines() for key, _, _, value in pairs if key == "GOTO"} == labels


def test_systemd_finds_nothing_wrong() -> None:
    udevadm = shutil.which("udevadm")
    if not udevadm or subprocess.run([udevadm, "verify", "--help"], check=False, capture_output=True).returncode:
        pytest.skip("no udevadm of systemd 254 or newer")
    told = subprocess.run([udevadm, "verify", RULES], check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_a_printer_is_one_by_its_class() -> None:
    plugged = plug(printer("lp0", "1-1.3"))
    assert (plugged.links, plugged.set_to["GROUP"], plugged.set_to["MODE"]) == (["kiosk/printer"], "lp", "0660")
    assert plug(printer("lp0", "1-1.3", kind="ff")).links == []
    raw = Device("1-1.3", "usb", {"power/control": "auto"}, {"DEVTYPE": "usb_device", "ID_USB_INTERFACES": ":070102:"})
    assert plug(raw).set_to == {"ATTR{power/control}": "on", "GROUP": "lp", "MODE": "0660"}


def test_of_two_the_first_socket_has_the_name() -> None:
    pi_4 = [plug(printer(f"lp{n}", port)) for n, port in enumerate(("1-1.4", "1-1.1", "1-1.2.1", "2-1"))]
    pi_5 = [plug(camera(f"video{n}", port)) for n, port in enumerate(("3-2", "1-2", "3-1", "1-1", "4-1"))]
    for plugged, expected in (
        (pi_4, ["1-1.1", "1-1.2.1", "1-1.4", "2-1"]),
        (pi_5, ["1-1", "1-2", "3-1", "3-2", "4-1"]),
    ):
        ranks = {each.above[1].kernel: int(each.set_to["OPTIONS"].removeprefix("link_priority=")) for each in plugged}
        assert sorted(ranks, key=lambda port: -ranks[port]) == expected
        assert len(set(ranks.values())) == len(ranks), "no two are equal"


def test_a_camera_is_what_gives_pictures_over_usb() -> None:
    assert plug(camera("video0", "1-1.1")).links == ["kiosk/camera"]
    assert plug(camera("video1", "1-1.1", index="1", able=":")).links == [], "its second device only tells of the first"
    codec = Device("video10", "video4linux", {"index": "0"}, {"ID_V4L_CAPABILITIES": ":video_output:capture:"})
    assert plug(codec).links == [], "the Pi's own codecs are no camera"
    assert plug(Device("system", "dma_heap")).set_to == {"GROUP": "video", "MODE": "0660"}


def test_a_scanner_is_known_by_its_maker_or_its_name() -> None:
    for device in (
        line("ttyACM0", "0c2e", "Honeywell 1900"),
        line("ttyACM0", "1234", "USB Barcode Scanner"),
        keyboard("05e0", "Bar Code"),
        keyboard("ffff", "2D QR Code Reader"),
    ):
        assert plug(device).links == ["kiosk/scanner"], device


def test_what_a_scanner_types_reaches_no_page_and_a_keyboard_stays_one() -> None:
    assert plug(keyboard("05f9", "Gryphon")).properties["LIBINPUT_IGNORE_DEVICE"] == "1"
    for other in (
        keyboard("046d", "Logitech K120"),
        keyboard("05f9", "Gryphon", keys=False),
        line("ttyACM0", "2341", "Uno"),
    ):
        assert plug(other).links == []
        assert "LIBINPUT_IGNORE_DEVICE" not in other.properties


def test_a_device_that_goes_is_left_alone() -> None:
    assert lines()[0][0] == ("ACTION", "", "==", "remove")


def test_it_is_installed_once(tmp_path: Path) -> None:
    def install() -> str:
        ran = subprocess.run([UDEV / "install", "--role", "both", "--root", tmp_path], check=True, capture_output=True)
        return ran.stdout.decode()

    placed = tmp_path / "etc/udev/rules.d/70-kiosk.rules"
    assert install().strip() == f"changed: {placed}"
    before = placed.stat()
    assert install() == ""
    assert placed.stat().st_mtime_ns == before.st_mtime_ns
    assert placed.read_bytes() == RULES.read_bytes()

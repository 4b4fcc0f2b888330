"""Measures this machine from /proc and /sys: heat, voltage, memory, disk and card, clock, network, versions.

What cannot be read is unknown; nothing here raises, and nothing is opened that writes or wakes a device.
"""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kiosk.devices.box_network import network
from kiosk.devices.box_storage import storage
from kiosk.devices.box_tree import Tree
from kiosk.rules.box import LONGEST_TEXT, Facts

MB = 1024**2
# Told by their packages, not by asking them: the hub loads no OpenCV.
PACKAGES = ("flask", "gunicorn", "sqlalchemy", "opencv-python-headless", "zxing-cpp", "numpy", "pillow")
OURS = "diem-tiem"
RELEASES = "releases"
# What chrony calls its own clock (127.127.1.1), which it gives to others where nothing better tells the time.
ALONE = "7F7F0101"
# Where /proc/device-tree leads; a unit that may not see all of /proc sees this.
MODEL = "/sys/firmware/devicetree/base/model"
THROTTLED = ("/sys/devices/platform/soc/soc:firmware/get_throttled", "sys/devices/platform/*firmware*/get_throttled",
             "sys/devices/platform/*/*firmware*/get_throttled")  # fmt: skip


def measure(folder: Path, root: Path = Path("/")) -> Facts:
    """This machine, now. `folder`: where the data lie; `root`: the machine's own files, another tree in tests."""
    tree = Tree(root)
    cpu = os.cpu_count() if root == Path("/") else None
    said: dict[str, Any] = {
        "machine": _machine(tree),
        "model": _short(tree.text(MODEL) or tree.text("/sys/class/dmi/id/product_name")),
        "system": _short(_system(tree)),
        "kernel": _short(tree.text("/proc/sys/kernel/osrelease")),
        "release": _short(release()),
        "uptime_s": _first_whole(tree.text("/proc/uptime")),
        "load": _load(tree),
        "cores": len(tree.list_("sys/devices/system/cpu/cpu[0-9]*")) or cpu,
        "heat_c": _heat(tree),
        "throttled": _throttled(tree),
        "under_voltage": _under_voltage(tree),
        "versions": versions(),
    }
    return Facts(**said | _memory(tree) | storage(tree, folder) | _clock(tree) | network(tree))


def _short(text: str) -> str:
    return text[:LONGEST_TEXT]


def _machine(tree: Tree) -> str:
    """A Pi's own number, which every program sees; else the kernel's own word for this start.

    Both programs of a box must say the same: where a unit hides the one, there is no other in its place. Two machines
    made from one card share their machine-id.
    """
    own = tree.text("/sys/firmware/devicetree/base/serial-number") or tree.text("/proc/sys/kernel/random/boot_id")
    return hashlib.blake2s(own.encode(), digest_size=8, person=b"kioskbox").hexdigest() if own else ""


def _system(tree: Tree) -> str:
    lines = (line.partition("=") for line in tree.text("/etc/os-release").splitlines())
    return {name: value.strip('"') for name, _, value in lines}.get("PRETTY_NAME", "")


def _first_whole(text: str) -> int | None:
    try:
        return int(float(text.split(maxsplit=1)[0]))
    except (IndexError, ValueError, OverflowError):
        return None


def _load(tree: Tree) -> float | None:
    """Of the last fifteen minutes."""
    try:
        return float(tree.text("/proc/loadavg").split()[2])
    except (IndexError, ValueError):
        return None


def _memory(tree: Tree) -> dict[str, int | None]:
    lines = (line.partition(":") for line in tree.text("/proc/meminfo").splitlines())
    kb = {name: _first_whole(value) for name, _, value in lines}
    of, free = kb.get("MemTotal"), kb.get("MemAvailable")
    return {"memory_mb": of // 1024 if of else None, "memory_free_mb": None if free is None else free // 1024}


def _heat(tree: Tree) -> float | None:
    """Of the processor where a zone is called so, else of the first zone."""
    zones = tree.list_("sys/class/thermal/thermal_zone*")
    zones.sort(key=lambda zone: not tree.text(zone / "type").startswith(("cpu", "x86_pkg", "soc")))
    found = [heat for heat in (tree.whole(zone / "temp") for zone in zones) if heat is not None]
    return found[0] / 1000 if found else None


def _throttled(tree: Tree) -> int | None:
    """The firmware's bits: a file without 0x where the kernel has it, else what the firmware's own program says."""
    for pattern in THROTTLED:
        for path in tree.list_(pattern):
            bits = tree.whole(path, 16)
            if bits is not None:
                return bits
    if not tree.text(MODEL).startswith("Raspberry Pi"):
        return None
    said = tree.ask("/usr/bin/vcgencmd", "get_throttled").partition("=")[2]
    try:
        return int(said, 16)
    except ValueError:
        return None


def _under_voltage(tree: Tree) -> bool | None:
    """Of the kernel's own watch on the supply, where the machine has one."""
    for folder in tree.list_("sys/class/hwmon/hwmon*"):
        if tree.text(folder / "name") == "rpi_volt":
            alarm = tree.whole(folder / "in0_lcrit_alarm")
            return None if alarm is None else bool(alarm)
    return None


def _clock(tree: Tree) -> dict[str, bool | int | None]:
    clocks = tree.list_("sys/class/rtc/rtc*")
    microvolts = [tree.whole(clock / "battery_voltage") for clock in clocks]
    known = [each for each in microvolts if each is not None]
    return {
        "clock_synced": _synced(tree),
        "rtc": bool(clocks) if tree.has("/sys/class") else None,
        "rtc_battery_mv": known[0] // 1000 if known else None,
    }


def _synced(tree: Tree) -> bool | None:
    """Has this start's clock been set by a better one? chrony is asked; systemd-timesyncd leaves a file."""
    said = tree.ask("/usr/bin/chronyc", "-n", "-c", "tracking").split(",")
    if len(said) > 13:  # the last field: Normal, Insert second, Delete second, Not synchronised
        return said[0] != ALONE and said[-1].strip() != "Not synchronised"
    if tree.has("/run/systemd/timesync"):
        return tree.has("/run/systemd/timesync/synchronized")
    return None


def versions() -> dict[str, str]:
    """Of Python and the packages that matter, as they are installed."""
    told = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            told[name] = version(name)
        except PackageNotFoundError:
            continue
    return told


def release(code: Path = Path(__file__)) -> str:
    """The id of the release that runs: its folder's name under `releases`, else the package's version."""
    place = code.resolve().parents[2]
    if place.parent.name == RELEASES:
        return place.name
    try:
        return version(OURS)
    except PackageNotFoundError:
        return place.name

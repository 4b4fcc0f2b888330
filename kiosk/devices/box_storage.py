"""The disk that the data lie on: how full, whether a mount of its own, what its file system and its card tell."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.devices.box_tree import Tree
from kiosk.rules.box import LARGEST, LONGEST_TEXT

MB = 1024**2
# What `provisioning/card-test` found when it was last run on this folder.
CARD_TEST = "card-test.json"
VERDICTS = ("ok", "suspicious", "slow")
# How an eMMC tells the life that is used: 1 for up to a tenth, 11 for over.
STEP_PERCENT, OVER = 10, 11


@dataclass(frozen=True)
class Mount:
    """A line of /proc/self/mountinfo. `part`: the folder of the file system that is mounted here, / for all of it."""

    device: str
    part: str
    place: str
    source: str
    read_only: bool


def storage(tree: Tree, folder: Path) -> dict[str, Any]:
    """What `rules/box.Facts` says of disk and card."""
    said: dict[str, Any] = _room(folder) | _noted(tree, folder)
    mount = find_mount(tree, folder)
    if mount is None:
        return said
    partition = _partition(tree, mount)
    return said | {
        "disk_own": mount.part == "/" and mount.place != "/",
        "disk_read_only": mount.read_only,
        "disk_errors": tree.whole(f"/sys/fs/ext4/{partition}/errors_count") if partition else None,
    } | _card(tree, partition)  # fmt: skip


def _room(folder: Path) -> dict[str, Any]:
    try:
        disk = os.statvfs(folder)
    except OSError:
        return {}
    return {"disk_mb": disk.f_blocks * disk.f_frsize // MB, "disk_free_mb": disk.f_bavail * disk.f_frsize // MB}


def _noted(tree: Tree, folder: Path) -> dict[str, Any]:
    try:
        said = json.loads(tree.text(folder / CARD_TEST))
        verdict, ms = said["verdict"], said.get("p50_ms")
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    if verdict not in VERDICTS:
        return {}
    # JSON as Python reads it knows NaN and Infinity; the hub would take nothing of a machine that says so.
    real = isinstance(ms, (int, float)) and 0 <= ms < LARGEST
    return {"flush": verdict, "flush_ms": float(ms) if real else None}


def find_mount(tree: Tree, folder: Path) -> Mount | None:
    """The mount that holds this folder; the one mounted last where several lie over each other."""
    here = str(folder.resolve())
    mounts = [mount for line in tree.text("/proc/self/mountinfo").splitlines() if (mount := _read(line))]
    holding = [mount for mount in mounts if here == mount.place or here.startswith(mount.place.rstrip("/") + "/")]
    return max(enumerate(holding), key=lambda each: (len(each[1].place), each[0]))[1] if holding else None


def _read(line: str) -> Mount | None:
    before, dash, after = line.partition(" - ")
    first, last = before.split(), after.split()
    if not dash or len(first) < 6 or len(last) < 3:
        return None
    options = {*first[5].split(","), *last[2].split(",")}
    return Mount(first[2], _plain(first[3]), _plain(first[4]), last[1], "ro" in options)


def _plain(path: str) -> str:
    r"""The kernel writes a space as \040."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)


def _partition(tree: Tree, mount: Mount) -> str:
    """The kernel's name of the block device: mmcblk0p3, sda1; "" for a network or memory file system."""
    for line in tree.text(f"/sys/dev/block/{mount.device}/uevent").splitlines():
        name, _, value = line.partition("=")
        if name == "DEVNAME":
            return value
    return mount.source.removeprefix("/dev/") if re.fullmatch(r"/dev/\w+", mount.source) else ""


def _card(tree: Tree, partition: str) -> dict[str, Any]:
    whole = _whole_disk(partition)
    if not whole:
        return {}
    at = f"/sys/block/{whole}/device"
    if whole.startswith("nvme"):
        return {"medium": "nvme", "card_name": tree.text(f"{at}/model")[:LONGEST_TEXT]}
    if not whole.startswith("mmcblk"):
        usb = "/usb" in str(tree.at(f"/sys/block/{whole}").resolve())
        words = (tree.text(f"{at}/vendor"), tree.text(f"{at}/model"))
        return {"medium": "usb" if usb else "disk", "card_name": " ".join(filter(None, words))[:LONGEST_TEXT]}
    return {
        "medium": "emmc" if tree.text(f"{at}/type") == "MMC" else "sd",
        "card_name": tree.text(f"{at}/name")[:LONGEST_TEXT],
        "card_maker": tree.text(f"{at}/manfid")[:LONGEST_TEXT],
        "card_made": tree.text(f"{at}/date")[:LONGEST_TEXT],
        "life_percent": _life(tree.text(f"{at}/life_time")),
        "spare": tree.whole(f"{at}/pre_eol_info", 16) or None,
    }


def _whole_disk(partition: str) -> str:
    found = re.fullmatch(r"((?:mmcblk|nvme\d+n)\d+)(?:p\d+)?|([a-z]+)\d*", partition)
    return (found[1] or found[2]) if found else ""


def _life(text: str) -> int | None:
    """`0x01 0x02`: of each kind of cell, by tenths; the worse one counts. 0 says nothing."""
    try:
        worst = max(int(word, 16) for word in text.split())
    except ValueError:
        return None
    return min(worst, OVER) * STEP_PERCENT if worst and worst < OVER else 100 if worst >= OVER else None

"""A Pi's firmware settings, on the files of a card's boot partition as the images ship them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "provisioning" / "pi" / "install"
CONFIG = """# For more options and information see
# http://rptl.io/configtxt
dtparam=audio=on
camera_auto_detect=1
auto_initramfs=1
dtoverlay=vc4-kms-v3d
arm_64bit=1

[cm4]
otg_mode=1

[all]
"""
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=4e639091-02 rootfstype=ext4 fsck.repair=yes rootwait\n"


@pytest.fixture(params=["boot/firmware", "boot"])
def pi(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The root of a Pi's system; its boot partition lies where this image has it."""
    model = tmp_path / "proc/device-tree/model"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"Raspberry Pi 5 Model B Rev 1.0\0")
    boot = tmp_path / request.param
    boot.mkdir(parents=True)
    (boot / "config.txt").write_text(CONFIG)
    (boot / "cmdline.txt").write_text(CMDLINE)
    plug(tmp_path, "HDMI-A-1")
    return tmp_path


def plug(root: Path, *screens: str) -> None:
    """These screens and no others are connected to it."""
    shutil.rmtree(root / "sys", ignore_errors=True)
    for socket in {"HDMI-A-1", "HDMI-A-2", *screens}:
        status = root / f"sys/class/drm/card1-{socket}/status"
        status.parent.mkdir(parents=True)
        status.write_text("connected\n" if socket in screens else "disconnected\n")


def video_of(root: Path) -> list[str]:
    """What the kernel's line says of screens."""
    words = (boot_of(root) / "cmdline.txt").read_text().split()
    return [word for word in words if word.startswith("video=")]


def install(root: Path, *words: str) -> str:
    ran = subprocess.run(
        [INSTALL, "--root", root, *words], check=True, capture_output=True, text=True, env=os.environ | {"LANG": "C"}
    )
    return ran.stdout


def boot_of(root: Path) -> Path:
    return root / "boot/firmware" if (root / "boot/firmware").is_dir() else root / "boot"


def settings(config: str) -> dict[str, list[str]]:
    """What config.txt says, under the filter in force on each line."""
    found: dict[str, list[str]] = {}
    section = "[all]"
    for line in config.splitlines():
        section = line if line.startswith("[") else section
        if "=" in line and not line.startswith(("#", "[")):
            found.setdefault(section, []).append(line)
    return found


def test_the_firmware_and_the_kernel_are_told(pi: Path) -> None:
    boot = boot_of(pi)
    assert install(pi) == f"changed: {boot}/config.txt\nchanged: {boot}/cmdline.txt\n"
    config = (boot / "config.txt").read_text()
    assert config.startswith(CONFIG.rstrip("\n")), "what was there stays"
    told = settings(config)
    assert {"dtparam=watchdog=on", "camera_auto_detect=1", "disable_splash=1"} <= set(told["[all]"])
    assert config.count("camera_auto_detect=") == 1, "it is there already"
    assert told["[cm4]"] == ["otg_mode=1"]
    sections = [line for line in config.splitlines() if line.startswith("[")]
    assert sections[-1] == "[all]", "what somebody adds below is for every Pi"
    assert max(map(len, config.splitlines())) <= 98, "the firmware reads no more of a line"
    line = (boot / "cmdline.txt").read_text()
    assert line.startswith(CMDLINE.rstrip("\n"))
    assert line.count("\n") == 1
    words = line.split()
    assert {"video=HDMI-A-1:1920x1080M@60D", "consoleblank=0", "quiet", "cgroup_enable=memory"} <= set(words)
    assert words.count("fsck.repair=yes") == 1


ANSWERED = ["--video", "HDMI-A-2:1280x800M@60D", "--rtc-battery", "rechargeable"]


@pytest.mark.parametrize("words", [[], ANSWERED], ids=["usual", "answered"])
def test_a_second_time_nothing_is_written(pi: Path, words: list[str]) -> None:
    install(pi, *words)
    files = [boot_of(pi) / name for name in ("config.txt", "cmdline.txt")]
    before = [(path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in files]
    assert install(pi, *words) == ""
    assert [(path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in files] == before
    assert sorted(path.name for path in boot_of(pi).iterdir()) == ["cmdline.txt", "config.txt"]


def test_our_block_is_replaced_and_what_stands_around_it_is_not(pi: Path) -> None:
    config = boot_of(pi) / "config.txt"
    install(pi)
    config.write_text(config.read_text().replace("disable_splash=1", "disable_splash=0") + "dtoverlay=i2c-rtc,ds3231\n")
    install(pi)
    text = config.read_text()
    assert text.count("# kiosk: begin") == text.count("# kiosk: end") == 1
    assert "disable_splash=1" in text
    assert "dtoverlay=i2c-rtc,ds3231" in text, "a Pi 4's clock"
    assert install(pi) == ""


def test_what_somebody_set_by_hand_on_the_kernels_line_stays(pi: Path) -> None:
    line = boot_of(pi) / "cmdline.txt"
    line.write_text(CMDLINE.strip() + " video=HDMI-A-1:1280x800M@60D loglevel=7")  # no newline at the end, as some have
    install(pi)
    words = line.read_text().split()
    assert [word for word in words if word.startswith(("video=", "loglevel="))] == [
        "video=HDMI-A-1:1280x800M@60D", "loglevel=7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("screens", "told"),
    [
        (["HDMI-A-1", "HDMI-A-2"], ["video=HDMI-A-1:1920x1080M@60D"]),
        (["HDMI-A-2"], ["video=HDMI-A-2:1920x1080M@60D"]),
        (["DSI-1"], []),
        (["DPI-1", "HDMI-A-1"], []),
        ([], []),
    ],
    ids=["both", "second", "ribbon", "ribbon and board", "off"],
)
def test_no_socket_is_forced_that_has_no_monitor(pi: Path, screens: list[str], told: list[str]) -> None:
    plug(pi, *screens)
    install(pi)
    assert video_of(pi) == told


def test_a_screen_that_came_later(pi: Path) -> None:
    plug(pi)
    install(pi)
    plug(pi, "HDMI-A-2")
    install(pi)
    assert video_of(pi) == ["video=HDMI-A-2:1920x1080M@60D"]
    plug(pi)
    assert install(pi) == "", "the monitor is only off"
    plug(pi, "HDMI-A-2", "DSI-1")
    install(pi)
    assert video_of(pi) == [], "the page would spread over both"


def test_the_answer_goes_before_what_is_connected_and_before_what_was_written(pi: Path) -> None:
    install(pi)
    for answer in ("HDMI-A-2:1280x800M@60D", "DSI-1:720x1280M@60,rotate=90"):
        install(pi, "--video", answer)
        assert video_of(pi) == [f"video={answer}"]
    install(pi, "--video", "none")
    assert video_of(pi) == []
    assert set(CMDLINE.split()) <= set((boot_of(pi) / "cmdline.txt").read_text().split())


def test_the_clock_battery_is_charged_only_where_somebody_says_that_it_may_be(pi: Path) -> None:
    config = boot_of(pi) / "config.txt"
    install(pi)
    assert "rtc_bbat_vchg" not in config.read_text(), "a battery that is not made for it would be charged"
    install(pi, "--rtc-battery", "rechargeable")
    assert settings(config.read_text())["[pi5]"] == ["dtparam=rtc_bbat_vchg=3000000"], "a Pi 4 has none"
    assert config.read_text().rstrip().splitlines()[-2] == "[all]"
    install(pi, "--rtc-battery", "none")
    assert "rtc_bbat_vchg" not in config.read_text()


@pytest.mark.parametrize(
    "line",
    ["camera_auto_detect=0", "dtparam=watchdog=off", "dtparam=i2c=on,watchdog=off", "dtparam=rtc_bbat_vchg=2900000"],
)
def test_what_somebody_wrote_beside_our_block_is_not_written_again(pi: Path, line: str) -> None:
    config = boot_of(pi) / "config.txt"
    name = line.rpartition("=")[0].rpartition(",")[2].removeprefix("dtparam=")
    config.write_text(CONFIG.replace("camera_auto_detect=1\n", "") + f"{line}\n# {name}=1: a comment says nothing\n")
    install(pi, *ANSWERED)
    said = [each for each in config.read_text().splitlines() if f"{name}=" in each and not each.startswith("#")]
    assert said == [line]
    assert "disable_splash=1" in config.read_text(), "the others are"


def test_memory_is_counted_also_on_a_hub_and_a_hand_that_did_so_is_no_reason_to_do_it_again(pi: Path) -> None:
    line = boot_of(pi) / "cmdline.txt"
    line.write_text(CMDLINE.strip() + " cgroup_enable=cpuset cgroup_enable=memory\n")
    install(pi, "--role", "hub")
    assert line.read_text().split().count("cgroup_enable=memory") == 1
    line.write_text(CMDLINE)
    install(pi, "--role", "hub")
    assert line.read_text().split().count("cgroup_enable=memory") == 1


def test_a_hub_without_a_screen_says_what_it_does_at_the_start(pi: Path) -> None:
    install(pi, "--role", "hub")
    assert "video=" not in (boot_of(pi) / "cmdline.txt").read_text()
    assert "disable_splash" not in (boot_of(pi) / "config.txt").read_text()
    assert "dtparam=watchdog=on" in (boot_of(pi) / "config.txt").read_text()


def test_elsewhere_nothing_is_done(pi: Path) -> None:
    for other in (b"Orange Pi One\0", b""):
        (pi / "proc/device-tree/model").write_bytes(other)
        assert install(pi) == ""
    shutil.rmtree(pi / "proc")
    assert install(pi) == ""
    assert (boot_of(pi) / "config.txt").read_text() == CONFIG


def test_a_boot_partition_that_is_not_mounted_is_said(pi: Path) -> None:
    shutil.rmtree(pi / "boot")
    failed = subprocess.run(
        [INSTALL, "--root", pi], check=False, capture_output=True, text=True, env=os.environ | {"LANG": "C"}
    )
    assert failed.returncode == 1
    assert "not mounted" in failed.stderr

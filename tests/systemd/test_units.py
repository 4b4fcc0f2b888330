"""The units: systemd takes them, they are alike, and what they let a program reach does not grow unseen."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click import Group

import kiosk
from kiosk.cli import main
from kiosk.store import clock_wish

UNITS = Path(kiosk.__file__).parent.parent / "systemd"
SERVICES = sorted(UNITS.glob("kiosk-*.service"))
TIMERS = sorted([*UNITS.glob("kiosk-*.timer"), *UNITS.glob("kiosk-*.path")])
SCORES = Path(__file__).with_name("scores.json")
PYTHON = "/opt/kiosk/current/.venv/bin/python"
# The browser is not ours: a JIT, a GPU and a screen need what none of our programs is given.
OURS = [path for path in SERVICES if path.stem != "kiosk-browser"]
NOTIFYING = ["kiosk-agent", "kiosk-forwarder", "kiosk-hub"]
# The order in which keys stand, so that a diff of two units shows what differs.
ORDER = re.findall(r"\w+", """
Description Documentation RequiresMountsFor Requires Wants After StartLimitIntervalSec
Type NotifyAccess RemainAfterExit User SupplementaryGroups UMask WorkingDirectory Environment LoadCredential ExecStart
SuccessExitStatus SyslogIdentifier Restart RestartSec TimeoutStartSec TimeoutStopSec WatchdogSec
MemoryHigh MemoryMax TasksMax LimitNOFILE LimitCORE CPUWeight OOMScoreAdjust
ProtectSystem ProtectHome PrivateTmp RuntimeDirectory RuntimeDirectoryMode ReadWritePaths InaccessiblePaths
TemporaryFileSystem BindPaths BindReadOnlyPaths PrivateDevices DevicePolicy DeviceAllow ProcSubset ProtectProc
PrivateIPC PrivateNetwork RestrictAddressFamilies IPAddressDeny IPAddressAllow
NoNewPrivileges CapabilityBoundingSet AmbientCapabilities ProtectClock ProtectHostname ProtectKernelLogs
ProtectKernelModules ProtectKernelTunables ProtectControlGroups LockPersonality MemoryDenyWriteExecute
RestrictNamespaces RestrictRealtime RestrictSUIDSGID RemoveIPC KeyringMode SystemCallArchitectures SystemCallFilter
SystemCallErrorNumber
WantedBy
""")  # fmt: skip
NOT_EVERYWHERE = {
    "Requires", "Wants", "After", "LoadCredential", "SuccessExitStatus", "NotifyAccess", "RemainAfterExit", "Restart",
    "RestartSec", "WatchdogSec", "ReadWritePaths", "InaccessiblePaths", "TemporaryFileSystem", "BindPaths",
    "BindReadOnlyPaths", "DeviceAllow", "IPAddressDeny", "IPAddressAllow", "WantedBy",
}  # fmt: skip
# The same words in each, whatever the program.
SAME = {
    "Documentation", "RequiresMountsFor", "StartLimitIntervalSec", "WorkingDirectory", "LimitCORE", "ProtectSystem",
    "ProtectHome", "PrivateTmp", "RuntimeDirectoryMode", "DevicePolicy", "TimeoutStopSec", *ORDER[
        ORDER.index("NoNewPrivileges") : ORDER.index("WantedBy")
    ],
}  # fmt: skip
# Root, for what only root may: its own program, and not a word of ours about the rest.
CLOCK = "kiosk-clock"
CLOCKS_OWN = {"CapabilityBoundingSet", "ProtectClock", "SystemCallFilter"}
MOST = {path.stem: 2.0 for path in OURS} | {"kiosk-agent": 3.5}


def read(path: Path) -> list[tuple[str, str]]:
    """(key, value) of each line, in their order."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if re.match(r"\w+=", line)]
    return [(key, value) for key, _, value in (line.partition("=") for line in lines)]


def values(path: Path) -> dict[str, list[str]]:
    """The values of each key."""
    found: dict[str, list[str]] = {}
    for key, value in read(path):
        found.setdefault(key, []).append(value)
    return found


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root in which our units lie beside systemd's own, and everything that they start is there."""
    root = tmp_path_factory.mktemp("box")
    own = root / "usr/lib/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", own, symlinks=True, ignore=shutil.ignore_patterns("*.service.d"))
    ours = root / "etc/systemd/system"
    ours.mkdir(parents=True)
    for path in (*SERVICES, *TIMERS):
        shutil.copy(path, ours)
        for line in re.findall(r"^Exec\w+=[-+!:]*(\S+)", path.read_text(encoding="utf-8"), flags=re.M):
            program = root / line.lstrip("/")
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
    return root


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *map(str, words)], check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("path", [*SERVICES, *TIMERS], ids=lambda path: path.name)
def test_systemd_takes_it_without_a_word(box: Path, path: Path) -> None:
    done = analyze("verify", "--man=no", f"--root={box}", path.name)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "kiosk" in line]
    assert (ours, done.returncode) == ([], 0)


def test_a_word_that_systemd_does_not_know_would_be_seen(box: Path) -> None:
    wrong = box / "etc/systemd/system/kiosk-wrong.service"
    wrong.write_text((UNITS / "kiosk-hub.service").read_text(encoding="utf-8") + "WantedByy=multi-user.target\n")
    done = analyze("verify", "--man=no", f"--root={box}", wrong.name)
    assert "WantedByy" in done.stderr


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_it_has_what_all_have_in_the_same_order(path: Path) -> None:
    keys = list(dict.fromkeys(key for key, _ in read(path)))
    assert keys == [key for key in ORDER if key in keys]
    assert set(ORDER) - NOT_EVERYWHERE <= set(keys)
    assert {"Restart", "RestartSec", "WatchdogSec", "NotifyAccess"} <= set(keys) or path.stem not in NOTIFYING


def test_what_is_the_same_for_all_says_the_same() -> None:
    for key in SAME:
        alike = [path for path in OURS if path.stem != CLOCK or key not in CLOCKS_OWN]
        assert len({tuple(values(path)[key]) for path in alike}) == 1, key


def test_the_clock_is_set_by_root_who_may_do_nothing_else() -> None:
    unit, hub = values(UNITS / f"{CLOCK}.service"), values(UNITS / "kiosk-hub.service")
    assert unit["CapabilityBoundingSet"] == ["CAP_SYS_TIME"]
    assert unit["SystemCallFilter"] == [*hub["SystemCallFilter"], "@clock"]
    assert unit["DeviceAllow"] == ["char-rtc rw"]
    assert (unit["PrivateNetwork"], unit["RestrictAddressFamilies"]) == (["yes"], ["none"])
    (command,) = unit["ExecStart"]
    program, *words = command.split()
    assert words == ["--wish", "/var/lib/kiosk"]
    assert os.access(UNITS.parent / Path(program).relative_to("/opt/kiosk/current"), os.X_OK)
    (watched,) = values(UNITS / f"{CLOCK}.path")["PathChanged"]
    assert watched == f"/var/lib/kiosk/{clock_wish.WISH}"
    dropped = (UNITS.parent / "provisioning/tmpfiles.d/kiosk.conf").read_text()
    for name in (clock_wish.WISH, clock_wish.OUTCOME):
        assert f"r! /var/lib/kiosk/{name}\n" in dropped, "not after the next start"


@pytest.mark.parametrize("path", [path for path in OURS if path.stem != CLOCK], ids=lambda path: path.stem)
def test_it_starts_a_command_that_there_is_with_the_secrets_it_asks_for(path: Path) -> None:
    unit = values(path)
    (command,) = unit["ExecStart"]
    program, folder, words = re.fullmatch(rf"({PYTHON}) -m kiosk --folder (\S+) (.+)", command).groups()  # type: ignore[union-attr]
    assert program == PYTHON
    name, *options = words.split()
    assert name in main.commands
    assert not isinstance(main.commands[name], Group)
    known = {each for option in main.commands[name].params for each in option.opts}
    assert set(options) <= known
    assert folder == ("/var/lib/kiosk/agent" if path.stem == "kiosk-agent" else "/var/lib/kiosk")
    for credential in unit["LoadCredential"]:
        secret, _, source = credential.partition(":")
        assert source == f"/var/lib/kiosk/secrets/{secret}"
    assert unit["RuntimeDirectory"] == [path.stem] == unit["SyslogIdentifier"]
    assert f"TMPDIR=/run/{path.stem}" in unit["Environment"][0].split()


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_what_it_lets_a_program_reach_does_not_grow(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = analyze("security", "--offline=true", path)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    score, known = float(found[1]), json.loads(SCORES.read_text())
    with capsys.disabled():
        print(f"\n{path.stem}: exposure {score}", end="")
    assert score <= known[path.stem], f"was {known[path.stem]}: close what was opened"
    assert known[path.stem] <= MOST.get(path.stem, 10.0)


def test_the_hub_is_for_this_machine_alone_and_the_agent_for_the_site() -> None:
    hub, agent, forwarder = (values(UNITS / f"kiosk-{name}.service") for name in ("hub", "agent", "forwarder"))
    assert (hub["IPAddressDeny"], hub["IPAddressAllow"]) == (["any"], ["localhost"])
    assert agent["IPAddressDeny"] == ["any"]
    assert "0.0.0.0/0" not in agent["IPAddressAllow"][0]
    assert "IPAddressDeny" not in forwarder
    hidden = hub["InaccessiblePaths"][0].split()
    assert {path.lstrip("-").rpartition("/")[2] for path in hidden} == {"secrets", "root.key", "agent"}


# Which module makes a class of devices known; None: the kernels of Debian and Raspberry Pi OS have it built in.
CLASSES = {
    "usb": "usbcore", "usb_device": "usbcore", "ttyACM": "cdc_acm", "ttyUSB": "usbserial", "video4linux": "videodev",
    "media": "videodev", "drm": "drm", "alsa": "snd", "input": None, "tty": None, "rtc": None, "dma_heap": None,
}  # fmt: skip


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_what_it_may_use_is_known_before_it_starts(path: Path) -> None:
    """systemd looks a class up once, in /proc/devices at the start, and leaves out what is not there yet."""
    unit = values(path)
    classes = [line.partition("-")[2].split()[0] for line in unit.get("DeviceAllow", [])]
    needed = {f"modprobe@{CLASSES[name]}.service" for name in classes if CLASSES[name]}
    for key in ("Wants", "After"):
        assert needed <= set(" ".join(unit.get(key, [])).split()), key


def test_pauses_grow_to_ten_seconds_and_the_watchdogs_signal_reaches_every_process() -> None:
    """RestartSteps= counts from the start of the machine on, and forgets nothing when a program was well since."""
    known = {path: path.read_text(encoding="utf-8") for path in UNITS.rglob("*")}
    for path, text in known.items():
        assert not re.search("^(KillMode|WatchdogSignal)=", text, flags=re.M), path
    pauses = [line for text in known.values() for line in re.findall("^RestartMaxDelaySec=(.+)$", text, flags=re.M)]
    assert pauses == ["10s"], "a drop-in for all: older systems would complain of it in a unit"
    for name in (*NOTIFYING, "kiosk-browser"):
        unit = values(UNITS / f"{name}.service")
        assert (unit["Restart"], unit["RestartSec"]) == (["always"], ["2s"])


@pytest.mark.parametrize("name", ["hub", "migrate", "forwarder", "agent"])
def test_data_that_come_late_start_the_programs(name: str) -> None:
    """Their start at boot was refused for want of the mount; where there is none nothing ever asks for this."""
    unit = values(UNITS / f"kiosk-{name}.service")
    assert unit["WantedBy"] == ["multi-user.target var-lib-kiosk.mount"]
    assert unit["RequiresMountsFor"] == ["/var/lib/kiosk"]


def test_the_draft_is_written_before_the_report_is_due() -> None:
    (when,) = values(UNITS / "kiosk-report.timer")["OnCalendar"]
    done = analyze("calendar", "--base-time=2026-11-22 10:00:00 UTC", when)
    assert done.returncode == 0, done.stderr
    assert "10:15:00 UTC" in done.stdout, "17:15 in Vietnam"


@pytest.mark.parametrize("name", ["kiosk-hub", "kiosk-agent"])
def test_whoever_measures_the_machine_sees_it(name: str) -> None:
    """Memory and load lie in /proc beside the processes; those of others stay hidden."""
    unit = values(UNITS / f"{name}.service")
    assert (unit["ProcSubset"], unit["ProtectProc"]) == (["all"], ["invisible"])

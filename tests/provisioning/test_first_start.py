"""The first start: a calm pace whatever the systemd, unpacked once, and a short log on the card."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tarfile
import time
from pathlib import Path

import pytest
import yaml

from tests.provisioning.test_setup import BOTH, PROVISIONING, ROOT, run, written

MOST_BYTES = 65536


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A prepared card's own folder."""
    folder = tmp_path / "boot/firmware/kiosk"
    folder.mkdir(parents=True)
    archive(folder, "first")
    return folder


def archive(folder: Path, text: str) -> None:
    (folder / "word").write_text(text)
    with tarfile.open(folder / "kiosk.tar.gz", "w:gz") as packed:
        packed.add(folder / "word", "provisioning/word")
    (folder / "word").unlink()


def units(box: Path) -> Path:
    """Runs what cloud-init runs, with a box's folders below `box`; the folder of its units."""
    script = yaml.safe_load((PROVISIONING / "user-data").read_text(encoding="utf-8"))[0]["content"]
    for folder in ("/boot", "/opt/kiosk", "/etc/systemd/system"):
        script = re.sub(rf"(?<![\w./}}]){folder}\b", f"{box}{folder}", script)
    tools = box / "tools"
    tools.mkdir()
    (tools / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{box}/told\n')
    (tools / "systemctl").chmod(0o755)
    (box / "etc/systemd/system").mkdir(parents=True)
    done = run("sh", "-c", f"PATH={tools}:$PATH\n{script}")
    assert done.returncode == 0, done.stderr
    assert "enable kiosk-first-start.service\n" in (box / "told").read_text()
    return box / "etc/systemd/system"


def test_its_pause_is_not_cut_down_to_that_of_the_programs(card: Path, tmp_path: Path) -> None:
    """systemd takes a RestartSec above RestartMaxDelaySec down to it. A drop-in of the unit's own goes before one of
    the same name for all kiosk-….service, and this one is nothing.
    """
    folder = units(tmp_path)
    unit = (folder / "kiosk-first-start.service").read_text()
    assert "\nRestartSec=60\n" in unit
    laid = re.findall(r"/etc/systemd/system/kiosk-\.service\.d/(\S+) ", (PROVISIONING / "lib/units.sh").read_text())
    assert laid == ["back-off.conf"]
    own = sorted((folder / "kiosk-first-start.service.d").iterdir())
    assert [(path.name, str(path.readlink())) for path in own] == [("back-off.conf", "/dev/null")]
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", folder / "kiosk-first-start.service"],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert "first-start" not in done.stderr


def test_it_unpacks_only_what_is_not_there_yet(card: Path, tmp_path: Path) -> None:
    line = re.search(r"^ExecStart=(/bin/sh -ec .*)$", (units(tmp_path) / "kiosk-first-start.service").read_text(), re.M)
    assert line
    source = tmp_path / "opt/kiosk/source"

    def unpack() -> str:
        # systemd splits words as a shell does, and puts nothing in the place of $(…) or "$…" within one.
        done = run(*shlex.split(line[1]), KIOSK_BOOT=str(card.parent))
        assert done.returncode == 0, done.stderr
        return (source / "provisioning/word").read_text()

    assert unpack() == "first"
    (source / "provisioning/word").write_text("kept")
    assert unpack() == "kept"
    archive(card, "second")
    assert unpack() == "second"
    # Cut short while unpacking: there is no sum yet.
    (tmp_path / "opt/kiosk/source.sum").unlink()
    (source / "provisioning/word").write_text("half")
    assert unpack() == "second"


def start(tree: Path, boot: Path) -> subprocess.CompletedProcess[str]:
    return run("bash", tree / "provisioning/first-start", KIOSK_BOOT=str(boot))


@pytest.mark.skipif(os.geteuid() != 0, reason="what it keeps in /run is root's")
def test_the_log_says_what_was_missing_and_is_not_written_again_when_it_says_the_same(card: Path) -> None:
    written(card, BOTH | {"LEAD_PIN": "1234"})
    for again in range(2):
        done = start(ROOT, card.parent)
        assert done.returncode == 1
        assert done.stdout.startswith("LEAD_PIN: "), done.stderr
        assert (card / "setup.log").read_text() == done.stdout
        if not again:
            before = (card / "setup.log").stat()
    after = (card / "setup.log").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in card.iterdir()) == ["answers", "kiosk.tar.gz", "setup.log"]
    written(card, BOTH | {"SITE_NAME": ""})
    start(ROOT, card.parent)
    assert (card / "setup.log").read_text().startswith("SITE_NAME: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="what it keeps in /run is root's")
def test_the_log_has_an_end_however_much_was_said(card: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree/provisioning"
    tree.mkdir(parents=True)
    shutil.copy(PROVISIONING / "first-start", tree)
    (tree / "setup").write_text("#!/bin/sh\nseq 1000000\necho the last word\nexit 3\n")
    (tree / "setup").chmod(0o755)
    begun = time.monotonic()
    assert start(tree.parent, card.parent).returncode == 3
    assert time.monotonic() - begun < 30, "nothing waits for the next minute"
    assert (card / "setup.log").stat().st_size == MOST_BYTES
    assert (card / "setup.log").read_text().endswith("\n1000000\nthe last word\n")

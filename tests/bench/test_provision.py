"""The bench of provisioning: what it compares and how it reads set-up's words; whole systems only with `--long`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import provision, provision_root
from bench.provision_root import Unable, differences, digest, look

TOOLS = ("debootstrap", "systemd-nspawn", "nsenter")
ROOM = Path(provision.__file__).parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small system."""
    for name in ("etc/kiosk/role", "proc/1/status", "var/log/syslog", "var/lib/kiosk/kiosk.db", "root/kiosk/dev"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("both\n")
    (tmp_path / "etc/link").symlink_to("kiosk/role")
    return tmp_path


def test_nothing_done_is_nothing_different(root: Path) -> None:
    assert differences(look(root), look(root)) == []
    assert digest(look(root)) == digest(look(root))


def test_every_kind_of_change_is_seen(root: Path) -> None:
    before = look(root)
    role, link = root / "etc/kiosk/role", root / "etc/link"
    role.write_text("hub\n")
    link.unlink()
    link.symlink_to("kiosk/other")
    (root / "etc/kiosk/new").mkdir()
    (root / "var/lib/kiosk").chmod(0o750)
    (root / "var/lib/kiosk/kiosk.db").unlink()
    assert differences(before, look(root)) == [
        "+ etc/kiosk/new", "~ etc/kiosk/role", "~ etc/link", "~ var/lib/kiosk", "- var/lib/kiosk/kiosk.db",
    ]  # fmt: skip
    assert digest(before) != digest(look(root))


def test_a_file_written_anew_with_the_same_words_is_a_change(root: Path) -> None:
    before, role = look(root), root / "etc/kiosk/role"
    os.utime(role, (1, 1))
    assert differences(before, look(root)) == ["~ etc/kiosk/role"]


def test_what_is_left_out_is_only_what_it_says(root: Path) -> None:
    before = look(root)
    (root / "proc/1/status").write_text("running")
    (root / "var/log/syslog").write_text("started")
    (root / "root/kiosk/dev").write_text("the tree itself")
    (root / "var/lib/kiosk/kiosk.db-wal").write_text("")
    os.utime(root / "var/lib/kiosk/kiosk.db", (1, 1))
    assert differences(before, look(root)) == []
    (root / "var/lib/kiosk/kiosk.db").write_text("another row")
    assert differences(before, look(root)) == ["~ var/lib/kiosk/kiosk.db"]


def test_what_set_up_says_it_changed() -> None:
    said = "Installing …\nchanged: /etc/hosts\nnothing changed: here\nchanged: người dùng và nhóm\n0 changes\n"
    assert provision.changes(said) == ["/etc/hosts", "người dùng và nhóm"]


def test_the_tree_is_carried_as_git_knows_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "kiosk").mkdir(parents=True)
    for name in ("kiosk/app.py", "kiosk/app.pyc", "gone.py", "với dấu.md"):
        (tree / name).write_text("x")
    (tree / ".gitignore").write_text("*.pyc\n")
    subprocess.run(["git", "-C", tree, "init", "-q"], check=True)
    subprocess.run(["git", "-C", tree, "add", "gone.py"], check=True)
    (tree / "gone.py").unlink()
    provision_root.carry_tree(tree, tmp_path / "root")
    there = tmp_path / "root" / provision_root.SOURCE
    names = {str(path.relative_to(there)) for path in there.rglob("*") if path.is_file()}
    assert names == {"kiosk/app.py", "với dấu.md", ".gitignore"}


def test_somebody_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Unable, match="root"):
        provision_root.require_tools("amd64")


@pytest.mark.long
@pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(name) for name in TOOLS),
    reason="needs root, debootstrap and systemd-nspawn",
)
@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_a_whole_system(arch: str, tmp_path: Path) -> None:
    """On the other machine's programs it takes a quarter of an hour, and is not booted."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.provision", "--arch", arch, "--unplug", "1", "--root", str(tmp_path)],
        check=False, capture_output=True, text=True, cwd=ROOM,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["figures"]["paths that the second set-up changed"] == 0
    assert list(tmp_path.iterdir()) == [], "it takes its systems away again"


@pytest.mark.long
@pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(name) for name in (*TOOLS, "ip")),
    reason="needs root, debootstrap, systemd-nspawn and ip",
)
def test_a_hub_and_an_extra_box(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.provision_pair", "--root", str(tmp_path)],
        check=False, capture_output=True, text=True, cwd=ROOM,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["figures"]["visits"] == 4
    assert list(tmp_path.iterdir()) == [], "it takes its systems away again"

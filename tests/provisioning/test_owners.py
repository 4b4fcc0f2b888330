"""Whose the data are after the system was written anew: real files of real numbers, as a partition keeps them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.provisioning.test_setup import PROVISIONING

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")

# What is there, and whose: a user's name and a group's.
TREE = {
    "": ("root", "kiosk-data"),
    "site.toml": ("root", "kiosk"),
    "kiosk.db": ("kiosk-hub", "kiosk-data"),
    "kiosk.db.lock": ("kiosk-forwarder", "kiosk-data"),
    "reports": ("kiosk-hub", "kiosk-data"),
    "reports/a week.xlsx": ("kiosk-hub", "kiosk-data"),
    "secrets": ("root", "root"),
    "secrets/secret.key": ("root", "kiosk-data"),
    "agent": ("kiosk-agent", "kiosk"),
    "agent/scans.db": ("kiosk-agent", "kiosk-agent"),
    "agent/site.toml": ("root", "root"),
}
NAMES = ("kiosk", "kiosk-data", "kiosk-hub", "kiosk-forwarder", "kiosk-agent")
FIRST = {name: 999 - at for at, name in enumerate(NAMES)}
# Each has the number that another had, one a stranger's; the last has the one it had.
SWAPPED = FIRST | {"kiosk": 998, "kiosk-data": 999, "kiosk-hub": 996, "kiosk-forwarder": 971}
OTHER = {name: 982 - at for at, name in enumerate(NAMES)}


def system(folder: Path, numbers: dict[str, int]) -> Path:
    """Where a system keeps its users and groups."""
    etc = folder / "etc"
    etc.mkdir(exist_ok=True)
    of = {"root": 0, "systemd-network": 997} | numbers
    (etc / "passwd").write_text("".join(f"{name}:x:{number}:{number}::/:/bin/sh\n" for name, number in of.items()))
    (etc / "group").write_text("".join(f"{name}:x:{number}:\n" for name, number in of.items()))
    return etc


def run(what: str, data: Path, etc: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    script = f'set -Eeuo pipefail; . "$0/lib/say.sh"; . "$0/lib/owners.sh"; {what} "$1" "$2"'
    return subprocess.run(
        ["bash", "-c", script, PROVISIONING, data, etc], check=False, capture_output=True, text=True, timeout=60,
        env={"PATH": f"{path}{os.environ['PATH']}", "LANG": "C.UTF-8"},
    )  # fmt: skip


def expected(numbers: dict[str, int]) -> dict[str, tuple[int, int]]:
    of = {"root": 0} | numbers
    return {path: (of[user], of[group]) for path, (user, group) in TREE.items()}


def owners(data: Path) -> dict[str, tuple[int, int]]:
    found = {path: (data / path).lstat() for path in TREE}
    return {path: (about.st_uid, about.st_gid) for path, about in found.items()}


def looks(data: Path) -> list[tuple[str, os.stat_result]]:
    return [(str(path), path.lstat()) for path in sorted(data.rglob("*"))]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A partition of a system with the first numbers, which set-up has noted."""
    data = tmp_path / "data"
    for path, (uid, gid) in expected(FIRST).items():
        at = data / path
        if path == "agent/site.toml":
            at.symlink_to("../site.toml")
        elif path in ("", "reports", "secrets", "agent"):
            at.mkdir()
        else:
            at.write_text(path)
        os.lchown(at, uid, gid)
    data.chmod(0o2771)
    noted = run("note_owners", data, system(tmp_path, FIRST))
    assert noted.returncode == 0, noted.stderr
    assert (data / "secrets/owners").stat().st_mode & 0o777 == 0o600
    return data


@pytest.mark.parametrize("today", [SWAPPED, OTHER], ids=["swapped", "other"])
def test_a_new_system_has_the_data_of_the_old_one_and_a_second_run_changes_nothing(
    data: Path, tmp_path: Path, today: dict[str, int]
) -> None:
    (tmp_path / "elsewhere").write_text("not ours")
    os.chown(tmp_path / "elsewhere", FIRST["kiosk-hub"], FIRST["kiosk"])
    (data / "agent/way-out").symlink_to(tmp_path / "elsewhere")
    os.lchown(data / "agent/way-out", FIRST["kiosk-agent"], FIRST["kiosk"])
    etc = system(tmp_path, today)
    done = run("give_back", data, etc)
    assert done.returncode == 0, done.stderr
    assert "changed: " in done.stdout
    assert owners(data) == expected(today)
    assert data.stat().st_mode & 0o7777 == 0o2771
    outside = (tmp_path / "elsewhere").stat()
    assert (outside.st_uid, outside.st_gid) == (FIRST["kiosk-hub"], FIRST["kiosk"]), "no link is followed"
    before = looks(data)
    for what in ("give_back", "note_owners"):
        again = run(what, data, etc)
        assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert looks(data) == before
    # And back again, as often as somebody likes.
    assert run("give_back", data, system(tmp_path, FIRST)).returncode == 0
    assert owners(data) == expected(FIRST)


def broken(folder: Path, name: str, calls: int, how: str) -> str:
    """A folder for PATH in which a program works so many times; then it fails once, or the power goes for good."""
    tools = folder / "tools"
    shutil.rmtree(tools, ignore_errors=True)
    tools.mkdir()
    tool = tools / name
    works, end = {"fails": (f"-ne {calls + 1}", "exit 1"), "power": (f"-le {calls}", "kill -9 $PPID")}[how]
    count = f'echo x >>{tools}/calls; [ "$(wc -l <{tools}/calls)" {works} ]'
    tool.write_text(f'#!/bin/sh\n{count} && exec {shutil.which(name)} "$@"\n{end}\n')
    tool.chmod(0o755)
    return f"{tools}:"


@pytest.mark.parametrize(("name", "most"), [("chown", 9), ("mv", 1), ("sync", 1)])
@pytest.mark.parametrize(
    ("how", "then"),
    [("fails", SWAPPED), ("power", SWAPPED), ("power", OTHER), ("power", FIRST)],
    ids=["it fails once", "the power goes", "written anew once more", "the first system again"],
)
def test_wherever_it_is_cut_short_the_next_run_ends_it(
    data: Path, tmp_path: Path, name: str, most: int, how: str, then: dict[str, int]
) -> None:
    for cuts in range(40):
        cut = run("give_back", data, system(tmp_path, SWAPPED), broken(tmp_path, name, cuts, how))
        again = run("give_back", data, system(tmp_path, then))
        assert again.returncode == 0, again.stderr
        assert owners(data) == expected(then), (name, cuts)
        assert run("give_back", data, system(tmp_path, FIRST)).returncode == 0
        assert owners(data) == expected(FIRST)
        if cut.returncode == 0:
            break
    assert cuts >= most


def test_a_name_that_is_gone_keeps_its_files_apart_until_it_is_there_again(data: Path, tmp_path: Path) -> None:
    without = {name: number for name, number in OTHER.items() if name != "kiosk-agent"} | {"kiosk-hub": 995}
    assert run("give_back", data, system(tmp_path, without)).returncode == 0
    assert (data / "agent/scans.db").stat().st_uid > 1879048191, "what systemd and Debian give to nobody"
    assert (data / "kiosk.db").stat().st_uid == 995, "that of kiosk-agent once"
    assert run("give_back", data, system(tmp_path, without)).stdout == ""
    assert run("give_back", data, system(tmp_path, OTHER)).returncode == 0
    assert owners(data) == expected(OTHER)


@pytest.mark.parametrize(
    "record", ["", "u kiosk-hub 0\n", "u root 996\n", "g kiosk-hub\nnonsense\n", "u kiosk-hub 9e3\n"]
)
def test_a_record_that_cannot_be_true_gives_nothing_away(data: Path, tmp_path: Path, record: str) -> None:
    (data / "secrets/owners").write_text(record)
    before = owners(data)
    done = run("give_back", data, system(tmp_path, SWAPPED))
    assert (done.returncode, done.stdout) == (0, f"changed: {data}/secrets/owners\n"), done.stderr
    assert owners(data) == before


def test_a_box_that_was_never_set_up_has_nothing_to_give_back(tmp_path: Path) -> None:
    done = run("give_back", tmp_path / "nothing", system(tmp_path, OTHER))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_set_up_gives_back_before_it_makes_folders_and_notes_afterwards() -> None:
    """A folder that has an owner of today already would be taken for another's."""
    steps = (PROVISIONING / "lib/accounts.sh").read_text().partition("\nmake_folders() {")[2].partition("\n}\n")[0]
    order = [
        steps.index(step) for step in ("give_back /var/lib/kiosk /etc", "tmpfiles.d", "note_owners /var/lib/kiosk /etc")
    ]
    assert order == sorted(order)
    setup = (PROVISIONING / "setup").read_text()
    order = [setup.index(f"\n{step}\n") for step in ("place_data", "make_accounts", "make_folders")]
    assert order == sorted(order)
    assert " owners " in setup

"""The data's own partition: real loop devices, real partition tables, real mounts; above all, what is never formatted.

Needs root and loop devices whose partitions show up, as in CI's machine. Elsewhere only the part that tells what is on
a device runs, on plain files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROVISIONING = Path(__file__).parents[2] / "provisioning"
SECTORS = 4 * 1024**3 // 512
# As a Raspberry Pi's image leaves a card that was not grown: a small system, and nothing behind it.
SYSTEM = "label: dos\nstart=8192, size=1048576, type=83\n"
DONE, FAILED, USAGE, REFUSED, NO_PLACE = range(5)


def run(*words: object, feed: str = "") -> str:
    """A command of the system that must work."""
    return subprocess.run(
        list(map(str, words)), check=True, capture_output=True, text=True, input=feed, timeout=60
    ).stdout


def loops_work() -> bool:
    return os.geteuid() == 0 and Path("/dev/loop-control").exists() and all(
        shutil.which(name) for name in ("sfdisk", "losetup", "mkfs.ext4", "blkid", "partx")
    )  # fmt: skip


class Box:
    """A card in a loop device, and the files of a box around it."""

    def __init__(self, folder: Path, table: str) -> None:
        self.image, self.data, self.fstab = folder / "card.img", folder / "data", folder / "fstab"
        self.fstab.write_text("proc /proc proc defaults 0 0\n")
        self.data.mkdir()
        with self.image.open("wb") as file:
            file.truncate(SECTORS * 512)
        if table:
            run("sfdisk", "-q", self.image, feed=table)
        self.card = run("losetup", "--find", "--partscan", "--show", self.image).strip()

    def provision(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Runs it on this card."""
        where = () if "--device" in words else ("--disk", self.card)
        return subprocess.run(
            [PROVISIONING / "data-partition", *where, "--mount", self.data, "--fstab", self.fstab, *map(str, words)],
            check=False, capture_output=True, text=True, timeout=120, env=os.environ | {"LANG": "C"},
        )  # fmt: skip

    def unplug(self) -> None:
        """The partition is away; the folder is what stays on the system's disk."""
        subprocess.run(["umount", self.data], check=False, capture_output=True)

    def partitions(self) -> list[str]:
        return [line.split(" ")[0] for line in run("sfdisk", "--dump", self.card).splitlines() if line.startswith("/")]

    def format(self, how: str) -> str:
        """A second partition, with something of somebody's on it."""
        run("sfdisk", "-q", "--append", "--no-reread", self.card, feed="start=4186112, size=2097152, type=83\n")
        run("partx", "--update", self.card)
        made = f"{self.card}p2"
        if how:
            run(*how.split(), made)
        return made

    def remove(self) -> None:
        self.unplug()
        subprocess.run(["chattr", "-i", self.data], check=False, capture_output=True)
        run("losetup", "--detach", self.card)


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[list[Box]]:
    if not loops_work():
        pytest.skip("no root, or no loop devices")
    made = [Box(tmp_path, SYSTEM)]
    if not Path(f"{made[0].card}p1").exists():
        run("partx", "--update", made[0].card)
    yield made
    for box in made:
        box.remove()


@pytest.fixture
def box(boxes: list[Box]) -> Box:
    if not Path(f"{boxes[0].card}p1").exists():
        pytest.skip("partitions of loop devices do not show up here")
    return boxes[0]


def test_the_end_of_the_card_becomes_the_datas_own(box: Box) -> None:
    made = box.provision()
    assert (made.returncode, made.stderr) == (DONE, "")
    assert made.stdout.count("changed: ") == 3
    shown = run("findmnt", "-no", "FSTYPE,LABEL,OPTIONS,SOURCE", box.data)
    for word in ("ext4", "kiosk-data", "noatime", "nodev", "nosuid", "noexec", "data=ordered", f"{box.card}p2"):
        assert word in shown
    told = run("dumpe2fs", "-h", f"{box.card}p2")
    assert "Remount read-only" in told, "whoever mounts it by hand has that too"
    line = box.fstab.read_text().splitlines()[-1].split()
    assert line[1:3] == [str(box.data), "ext4"]
    assert {"nofail", "x-systemd.device-timeout=15s", "errors=remount-ro", "commit=5"} <= set(line[3].split(","))
    assert line[4:] == ["0", "2"], "checked at start, after the system's"


def test_a_second_time_nothing_changes(box: Box) -> None:
    box.provision()
    (box.data / "kiosk.db").write_text("a day")
    before = run("sfdisk", "--dump", box.card), box.fstab.stat().st_mtime_ns, run("blkid", "-p", f"{box.card}p2")
    for _ in range(2):
        again = box.provision()
        assert (again.returncode, again.stdout, again.stderr) == (DONE, "", "")
        assert (run("sfdisk", "--dump", box.card), box.fstab.stat().st_mtime_ns) == before[:2]
        assert run("blkid", "-p", f"{box.card}p2") == before[2]
        assert (box.data / "kiosk.db").read_text() == "a day"
    box.unplug()
    mounted = box.provision()
    assert mounted.stdout == f"changed: {box.data}: {box.card}p2\n"


def test_what_was_there_before_moves_and_is_not_hidden(box: Box) -> None:
    (box.data / "secrets").mkdir(mode=0o711)
    (box.data / "kiosk.db").write_bytes(b"people" * 1000)
    (box.data / "secrets" / "secret.key").write_text("key")
    (box.data / "site.toml").symlink_to("nowhere")
    os.chown(box.data / "kiosk.db", 1234, 2345)
    box.data.chmod(0o2771)
    made = box.provision()
    assert f"changed: {box.data}: moved to the partition" in made.stdout
    assert os.path.ismount(box.data)
    moved = box.data / "kiosk.db"
    assert (moved.read_bytes(), moved.stat().st_uid, moved.stat().st_gid) == (b"people" * 1000, 1234, 2345)
    assert (box.data.stat().st_mode & 0o7777, (box.data / "secrets").stat().st_mode & 0o7777) == (0o2771, 0o711)
    assert (box.data / "site.toml").is_symlink()
    box.unplug()
    assert list(box.data.iterdir()) == [], "no second copy that somebody may find and believe"


def test_while_the_partition_is_away_nothing_lands_on_the_systems_disk(box: Box) -> None:
    box.provision()
    box.unplug()
    if "i" not in run("lsattr", "-d", box.data).split()[0]:
        pytest.skip("this file system cannot make a folder immutable")
    with pytest.raises(PermissionError):
        (box.data / "kiosk.db").write_text("a day that would be hidden tomorrow")


def test_a_program_that_uses_the_data_is_not_pulled_away_from_them(box: Box) -> None:
    path = box.data / "kiosk.db"
    path.write_text("people")
    with path.open("a"):
        refused = box.provision()
        assert refused.returncode == REFUSED
        assert "A program is using" in refused.stderr
    assert path.read_text() == "people"
    assert box.provision().returncode == DONE


def test_a_move_that_was_cut_short_begins_again_from_the_whole_side(box: Box) -> None:
    assert box.provision("--no-mount").returncode == DONE
    box.data.joinpath("kiosk.db").write_text("whole")
    run("mount", f"{box.card}p2", box.data)
    box.data.joinpath(".moving").touch()
    box.data.joinpath("kiosk.db").write_text("wh")
    box.unplug()
    assert box.provision().returncode == DONE
    assert sorted(path.name for path in box.data.iterdir()) == ["kiosk.db", "lost+found"]
    assert (box.data / "kiosk.db").read_text() == "whole"


def test_two_sets_of_data_are_both_left_as_they_are(box: Box) -> None:
    assert box.provision("--no-mount").returncode == DONE
    run("mount", f"{box.card}p2", box.data)
    (box.data / "kiosk.db").write_text("yesterday")
    box.unplug()
    (box.data / "kiosk.db").write_text("today")
    refused = box.provision()
    assert refused.returncode == REFUSED
    assert (box.data / "kiosk.db").read_text() == "today"
    assert "kiosk" not in box.fstab.read_text().lower()
    # A leftover that is the same needs nobody to decide.
    (box.data / "kiosk.db").write_text("yesterday")
    assert box.provision().returncode == DONE
    box.unplug()
    assert list(box.data.iterdir()) == []


@pytest.mark.parametrize(
    "how", ["mkfs.ext4 -q -L photos", "mkfs.ext4 -q", "mkswap -q", "dd status=none if=/dev/urandom bs=1M count=1"]
)
def test_what_holds_anything_is_never_formatted(box: Box, how: str) -> None:
    device = box.format("")
    if how.startswith("dd"):
        run(*how.split(), f"of={device}")
    else:
        run(*how.split(), device)
    before = run("sha256sum", device), run("sfdisk", "--dump", box.card), box.fstab.read_text()
    refused = box.provision("--device", device)
    assert (refused.returncode, "Nothing was changed" in refused.stderr) == (REFUSED, True), refused.stderr
    assert (run("sha256sum", device), run("sfdisk", "--dump", box.card), box.fstab.read_text()) == before
    assert not os.path.ismount(box.data)


def test_a_named_empty_partition_is_taken_and_by_its_partuuid_too(box: Box) -> None:
    device = box.format("")
    name = run("blkid", "-p", "-s", "PART_ENTRY_UUID", "-o", "value", device).strip()
    assert box.provision("--device", f"PARTUUID={name}").returncode == DONE
    assert run("findmnt", "-no", "SOURCE", box.data).strip() == device
    assert box.provision("--device", device).stdout == ""


def test_a_system_that_was_written_anew_finds_its_old_data(box: Box) -> None:
    box.provision()
    (box.data / "kiosk.db").write_text("people of last week")
    box.unplug()
    run("chattr", "-i", box.data)
    box.fstab.write_text("")
    run("sfdisk", "-q", "--no-reread", "--force", "--wipe", "never", box.card, feed=SYSTEM)
    run("partx", "--update", box.card)
    assert len(box.partitions()) == 1
    found = box.provision()
    assert found.returncode == DONE
    assert "ext4" not in found.stdout, "nothing was formatted"
    assert (box.data / "kiosk.db").read_text() == "people of last week"


def test_old_contents_of_unpartitioned_space_go_only_when_somebody_says_so(box: Box) -> None:
    run("mkfs.ext4", "-q", "-L", "old", "-E", f"offset={4186112 * 512}", box.image, "1G")
    run("losetup", "--detach", box.card)
    box.card = run("losetup", "--find", "--partscan", "--show", box.image).strip()
    refused = box.provision()
    assert (refused.returncode, len(box.partitions())) == (NO_PLACE, 1)
    assert 'ext4 "old"' in refused.stderr
    assert box.provision("--erase-free").returncode == DONE


def test_a_run_that_was_cut_short_is_gone_on_with(box: Box) -> None:
    with box.image.open("r+b") as file:  # what nobody can tell the kind of lies where nothing is claimed
        file.seek(4186112 * 512)
        file.write(b"left over" * 1000)
    assert box.provision("--no-mount").returncode == DONE
    run("dd", "if=/dev/zero", f"of={box.card}p2", "bs=1M", "count=1", "conv=fsync", "status=none")
    assert box.provision().returncode == DONE
    assert run("findmnt", "-no", "SOURCE", box.data).strip() == f"{box.card}p2"


def test_a_card_without_room_is_no_place(box: Box) -> None:
    run("sfdisk", "-q", "--no-reread", "--force", box.card, feed=f"label: dos\nstart=8192, size={SECTORS - 8192}\n")
    full = box.provision()
    assert full.returncode == NO_PLACE
    assert "There is no place" in full.stderr
    assert len(box.partitions()) == 1


def test_an_empty_disk_gets_a_table_of_its_own(boxes: list[Box], box: Box, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    usb = Box(tmp_path / "usb", "")
    boxes.append(usb)
    assert usb.provision("--device", usb.card).returncode == DONE
    assert "label: gpt" in run("sfdisk", "--dump", usb.card)
    assert run("findmnt", "-no", "SOURCE", usb.data).strip() == f"{usb.card}p1"
    assert usb.provision("--device", usb.card).returncode == REFUSED, "from now on it holds something"
    assert box.provision("--device", box.card).returncode == REFUSED


def test_somebodys_own_line_for_the_folder_is_theirs(box: Box) -> None:
    box.fstab.write_text(f"/dev/sdz1 {box.data} xfs defaults 0 0\n")
    assert box.provision().returncode == REFUSED
    assert box.fstab.read_text() == f"/dev/sdz1 {box.data} xfs defaults 0 0\n"
    assert len(box.partitions()) == 1, "asked before anything was made"


def test_its_words_are_checked() -> None:
    if os.geteuid():
        pytest.skip("needs root")
    for words in (["--size", "3"], ["--device"], ["--mount", "data"]):
        assert subprocess.run([PROVISIONING / "data-partition", *words], check=False).returncode == USAGE
    assert subprocess.run([PROVISIONING / "data-partition", "--device", "/dev/null"], check=False).returncode == FAILED


@pytest.mark.skipif(not shutil.which("blkid"), reason="no blkid")
def test_what_is_on_a_device_is_told_on_plain_files_too(tmp_path: Path) -> None:
    image = tmp_path / "image"

    def contents() -> str:
        script = '. "$0/lib/say.sh"; . "$0/lib/partition.sh"; contents "$1"'
        return run("bash", "-euc", script, PROVISIONING, image).strip()

    def empty() -> None:
        image.unlink(missing_ok=True)
        with image.open("wb") as file:
            file.truncate(64 * 1024**2)

    empty()
    assert contents() == "empty"
    image.write_bytes(b"a letter".ljust(64 * 1024**2, b"\0"))
    assert contents() == "data of an unknown kind"
    for label, expected in (("kiosk-data", "ours"), ("photos", 'ext4 "photos"')):
        empty()
        run("mkfs.ext4", "-q", "-L", label, image)
        assert contents() == expected

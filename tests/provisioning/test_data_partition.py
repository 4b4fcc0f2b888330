"""The data's own partition: real loop devices, real partition tables, real mounts; above all, what is never formatted.

Needs root and loop devices, as in CI's machine. Elsewhere only the part that tells what is on a device runs, on plain
files.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
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


@functools.cache
def why_not() -> str:
    """Why there can be no loop device with partitions here; empty where there can."""
    if os.geteuid():
        return "not root"
    tools = ("sfdisk", "losetup", "mkfs.ext4", "blkid", "partx")
    if missing := [name for name in tools if not shutil.which(name)]:
        return f"no {', '.join(missing)}"
    with tempfile.NamedTemporaryFile() as image:
        image.truncate(64 * 1024**2)
        run("sfdisk", "-q", image.name, feed="start=8192, size=8192, type=83\n")
        tried = subprocess.run(
            ["losetup", "--find", "--partscan", "--show", image.name], check=False, capture_output=True, text=True
        )
        if tried.returncode:
            return f"losetup: {tried.stderr.strip()}"
        device = tried.stdout.strip()
        try:
            shown = subprocess.run(["partx", "--update", device], check=False, capture_output=True, text=True)
            return "" if Path(f"{device}p1").exists() else f"partx shows no {device}p1: {shown.stderr.strip()}"
        finally:
            run("losetup", "--detach", device)


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
    if reason := why_not():
        pytest.skip(reason)
    made = [Box(tmp_path, SYSTEM)]
    if not Path(f"{made[0].card}p1").exists():
        run("partx", "--update", made[0].card)
    yield made
    for box in made:
        box.remove()


@pytest.fixture
def box(boxes: list[Box]) -> Box:
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
    assert {"nofail", "x-systemd.device-timeout=60s", "errors=remount-ro", "commit=5"} <= set(line[3].split(","))
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
    box.data.joinpath(".moving").write_text("this move\n")
    half_moved(box, "this move\n")
    assert box.provision().returncode == DONE
    assert sorted(path.name for path in box.data.iterdir()) == ["kiosk.db", "lost+found"]
    assert (box.data / "kiosk.db").read_text() == "whole"
    box.unplug()
    assert list(box.data.iterdir()) == []


def half_moved(box: Box, word: str) -> None:
    """A power cut while data moved to the partition."""
    run("mount", f"{box.card}p2", box.data)
    box.data.joinpath(".moving").write_text(word)
    box.data.joinpath("kiosk.db").write_text("wh")
    box.unplug()


@pytest.mark.parametrize("below", [{}, {"kiosk.db": "new"}, {"kiosk.db": "new", ".moving": "another move\n"}])
def test_of_a_move_that_was_cut_short_the_only_copy_is_not_thrown_away(box: Box, below: dict[str, str]) -> None:
    """The card was written anew in between: what is below is nothing, or a new beginning."""
    assert box.provision("--no-mount").returncode == DONE
    half_moved(box, "this move\n")
    for name, text in below.items():
        box.data.joinpath(name).write_text(text)
    refused = box.provision()
    assert (refused.returncode, "A move to" in refused.stderr) == (REFUSED, True), refused.stderr
    assert {path.name: path.read_text() for path in box.data.iterdir()} == below
    run("mount", "-o", "ro", f"{box.card}p2", box.data)
    assert (box.data / "kiosk.db").read_text() == "wh"


def test_a_move_is_marked_on_both_sides_while_it_lasts(box: Box) -> None:
    """The copying stops for want of room; with less below it begins again."""
    assert box.provision("--no-mount").returncode == DONE
    run("mount", f"{box.card}p2", box.data)
    with (box.data / "lost+found" / "ballast").open("wb") as file:
        about = os.statvfs(box.data)
        os.posix_fallocate(file.fileno(), 0, (about.f_bfree - 8192) * about.f_frsize)
    box.unplug()
    (box.data / "kiosk.db").write_text("people")
    (box.data / "reports").write_bytes(os.urandom(48 * 1024**2))
    assert box.provision().returncode == FAILED
    assert (box.data / ".moving").read_text(), "which move it was"
    (box.data / "reports").unlink()
    assert box.provision().returncode == DONE
    assert sorted(path.name for path in box.data.iterdir()) == ["kiosk.db", "lost+found"]


def test_a_leftover_below_that_is_on_the_partition_too_goes(box: Box) -> None:
    """The power went while the original was being taken away."""
    for name in ("kiosk.db", "site.toml"):
        (box.data / name).write_text(name)
    assert box.provision().returncode == DONE
    box.unplug()
    subprocess.run(["chattr", "-i", box.data], check=False, capture_output=True)
    (box.data / "site.toml").write_text("site.toml")
    assert box.provision().returncode == DONE
    assert (box.data / "kiosk.db").read_text() == "kiosk.db"
    box.unplug()
    assert list(box.data.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("--no-mount",)])
def test_while_its_disk_is_unplugged_no_second_set_of_books_begins(
    boxes: list[Box], box: Box, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "usb").mkdir()
    usb = Box(tmp_path / "usb", "")
    boxes.append(usb)
    usb.data, usb.fstab = box.data, box.fstab
    assert usb.provision("--device", usb.card).returncode == DONE
    box.unplug()
    line = box.fstab.read_text()
    run("losetup", "--detach", usb.card)
    before = run("sfdisk", "--dump", box.card)
    refused = box.provision(*words)
    assert (refused.returncode, "plug it in" in refused.stderr) == (REFUSED, True), refused.stderr
    assert (run("sfdisk", "--dump", box.card), box.fstab.read_text()) == (before, line)
    assert not os.path.ismount(box.data)
    usb.card = run("losetup", "--find", "--partscan", "--show", usb.image).strip()
    run("partx", "--update", usb.card)
    assert usb.provision("--device", f"{usb.card}p1").returncode == DONE
    assert usb.provision("--device", f"{usb.card}p1").stdout == ""


def test_a_part_of_a_disk_is_no_disk_to_look_on(box: Box) -> None:
    device = box.format("")
    run("sfdisk", "-q", "--no-reread", device, feed="label: dos\n")  # a table in a partition is still none
    before = run("sha256sum", device), run("sfdisk", "--dump", box.card)
    done = box.provision("--disk", device)
    assert (done.returncode, "is no disk" in done.stderr) == (FAILED, True), done.stderr
    assert (run("sha256sum", device), run("sfdisk", "--dump", box.card)) == before


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("/dev/sda2 part\n/dev/sda disk", "/dev/sda\n"),
        ("/dev/loop7p1 part\n/dev/loop7 loop", "/dev/loop7\n"),
        ("/dev/mapper/vg-root lvm\n/dev/sda2 part\n/dev/sda disk", ""),
        ("/dev/mapper/root crypt\n/dev/sda2 part\n/dev/sda disk", ""),
        ("/dev/md0p1 part\n/dev/md0 raid1\n/dev/sda2 part\n/dev/sda disk", ""),
        ("/dev/md0p1 part\n/dev/md0 raid1\n/dev/sda disk\n/dev/sdb disk", ""),
        ("/dev/sda disk", ""),
    ],
)
def test_the_disk_of_what_is_not_simply_a_partition_is_nobodys(tmp_path: Path, above: str, expected: str) -> None:
    """What lsblk says upwards from a device; no kernel of a test machine has all of these."""
    lsblk = tmp_path / "lsblk"
    lsblk.write_text(f"#!/bin/sh\necho '{above}'\n")
    lsblk.chmod(0o755)
    script = '. "$0/lib/say.sh"; . "$0/lib/partition.sh"; PATH=$1:$PATH; disk_of /dev/any'
    assert run("bash", "-euc", script, PROVISIONING, tmp_path) == expected


def test_a_disk_that_comes_late_is_mounted_then(box: Box, tmp_path: Path) -> None:
    """systemd's own reader of fstab: the device brings the mount, beside the start of the machine."""
    generator = Path("/usr/lib/systemd/system-generators/systemd-fstab-generator")
    if not generator.exists():
        pytest.skip(f"no {generator}")
    assert box.provision().returncode == DONE
    folders = [tmp_path / name for name in ("normal", "early", "late")]
    for folder in folders:
        folder.mkdir()
    subprocess.run([generator, *folders], check=True, env=os.environ | {"SYSTEMD_FSTAB": str(box.fstab)}, timeout=30)
    unit = run("systemd-escape", "--path", "--suffix=mount", box.data).strip()
    uuid = run("blkid", "-p", "-s", "UUID", "-o", "value", f"{box.card}p2").strip()
    device = run("systemd-escape", "--path", "--suffix=device", f"/dev/disk/by-uuid/{uuid}").strip()
    assert (folders[0] / f"{device}.wants" / unit).is_symlink()
    assert (folders[0] / "local-fs.target.wants" / unit).is_symlink()
    assert not (folders[0] / "local-fs.target.requires" / unit).is_symlink(), "nofail"


def test_old_data_at_another_place_are_found_and_not_formatted(box: Box) -> None:
    """Of a card that was laid out otherwise: they begin earlier, or further on."""
    for start in (1064960, 5242880):  # sectors, both at 4 MiB; the usual place is 4186112
        run("sfdisk", "-q", "--no-reread", "--force", "--wipe", "never", box.card, feed=SYSTEM)
        run("mkfs.ext4", "-q", "-F", "-L", "kiosk-data", "-E", f"offset={start * 512}", box.card, "1G")
        name = run("blkid", "-p", "-O", start * 512, "-s", "UUID", "-o", "value", box.card)
        if start == 1064960:
            found = box.provision("--no-mount")
            assert (found.returncode, found.stdout) == (DONE, ""), found.stderr
            assert run("blkid", "-p", "-s", "UUID", "-o", "value", f"{box.card}p2") == name
            assert f" {start}," in run("sfdisk", "--dump", box.card)
            run("partx", "--delete", "--nr", "2", box.card)
    # Two of them: nobody here can tell which is the right one.
    before = run("sfdisk", "--dump", box.card)
    assert box.provision("--no-mount").returncode == NO_PLACE
    assert run("sfdisk", "--dump", box.card) == before


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

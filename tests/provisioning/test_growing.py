"""A card prepared for it, as a loop device: the data's partition at its end, the system grown up to it while in use."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provisioning.test_data_partition import DONE, NO_PLACE, PROVISIONING, run, why_not

MIB = 1024**2
# As Raspberry Pi's image for Trixie is laid out, with a smaller system.
STOCK = "label: dos\nlabel-id: 0x7351b90c\nstart=16384, size=1048576, type=c\nstart=1064960, size=1310720, type=83\n"
SYSTEM_START = 1064960
# CAP_SYS_RESOURCE: for nobody else does ext4 grow while it is mounted, and containers rarely have it. All but that last
# step is seen there too, and that a box which may not do it says so and goes on.
CAPABILITIES = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
MAY_GROW = bool(int(CAPABILITIES["CapEff"], 16) >> 24 & 1)
COULD_NOT = r"The system's partition /dev/\w+ could not grow: restart, then run this again\.\n"
SAID = re.compile("" if MAY_GROW else COULD_NOT)


class Card:
    """A card of so many MiB whose system is mounted, as on a Pi that runs from it."""

    def __init__(self, folder: Path, size: int, table: str = STOCK) -> None:
        self.image, self.root, self.data = folder / "card.img", folder / "root", folder / "data"
        self.fstab = folder / "fstab"
        for path in (self.root, self.data):
            path.mkdir()
        self.fstab.write_text("")
        with self.image.open("wb") as file:
            file.truncate(size * MIB)
        self.flash(table)

    def flash(self, table: str = STOCK) -> None:
        """Writes the system anew, as Imager does; what lies behind it on the card stays."""
        run("sfdisk", "-q", "--force", "--wipe", "never", self.image, feed=table)
        self.device = run("losetup", "--find", "--partscan", "--show", self.image).strip()
        run("partx", "--update", self.device)
        if not Path(f"{self.device}p2").exists():
            return
        # Something of which a change would show; a FAT is nothing special to whoever must not touch it.
        run("dd", "if=/dev/urandom", f"of={self.device}p1", "bs=1M", "count=64", "conv=fsync", "status=none")
        run("mkfs.ext4", "-q", "-F", "-L", "rootfs", f"{self.device}p2")
        run("mount", f"{self.device}p2", self.root)
        run("fallocate", "-l", "500M", self.root / "full")
        (self.root / "etc").mkdir()
        (self.root / "etc" / "hostname").write_text("raspberrypi\n")

    def out(self) -> None:
        """The card is taken out."""
        for path in (self.data, self.root):
            subprocess.run(["umount", path], check=False, capture_output=True)
        subprocess.run(["chattr", "-i", self.data], check=False, capture_output=True)
        run("losetup", "--detach", self.device)

    def provision(self, *words: object, system: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROVISIONING / "data-partition", "--disk", self.device, "--system", system or self.root,
             "--mount", self.data, "--fstab", self.fstab, *map(str, words)],
            check=False, capture_output=True, text=True, timeout=300, env=os.environ | {"LANG": "C"},
        )  # fmt: skip

    def table(self) -> dict[int, tuple[int, int, str]]:
        """Number to first sector, sectors, type."""
        lines = [line for line in run("sfdisk", "--dump", self.device).splitlines() if line.startswith("/")]
        fields = [line.replace(",", "").replace("=", " ").split() for line in lines]
        return {int(one[0].rpartition("p")[2]): (int(one[3]), int(one[5]), one[7]) for one in fields}

    def system_mib(self) -> int:
        """What the running system may hold, in MiB: its file system; where that cannot grow, its partition."""
        if not MAY_GROW:
            return int(run("blockdev", "--getsize64", f"{self.device}p2")) // MIB
        about = os.statvfs(self.root)
        return about.f_blocks * about.f_frsize // MIB


@pytest.fixture
def made() -> Iterator[list[Card]]:
    if reason := why_not():
        pytest.skip(reason)
    cards: list[Card] = []
    yield cards
    for card in cards:
        card.out()


def inserted(made: list[Card], folder: Path, size: int, table: str = STOCK) -> Card:
    """A new card."""
    made.append(Card(folder, size, table))
    return made[-1]


def test_the_data_get_the_end_and_the_system_the_rest(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    before, name, boot = card.table(), run("sfdisk", "--disk-id", card.device), run("sha256sum", f"{card.device}p1")
    assert card.system_mib() <= 640
    done = card.provision()
    assert done.returncode == DONE, done.stderr
    assert SAID.fullmatch(done.stderr)
    now = card.table()
    assert now[1] == before[1]
    assert now[2] == (SYSTEM_START, now[3][0] - SYSTEM_START, "83"), "up to the data, and not a sector further"
    assert (now[3][0] + now[3][1]) * 512 > 14890 * MIB
    assert abs(now[3][1] * 512 - 7450 * MIB) < 8 * MIB
    assert (run("sfdisk", "--disk-id", card.device), run("sha256sum", f"{card.device}p1")) == (name, boot)
    assert card.system_mib() > 6500, "at once, without a restart"
    assert (card.root / "etc" / "hostname").read_text() == "raspberrypi\n"
    assert "kiosk-data" in run("findmnt", "-no", "LABEL", card.data)
    run("umount", card.root)
    run("e2fsck", "-fn", f"{card.device}p2")
    if not MAY_GROW:
        run("e2fsck", "-fp", f"{card.device}p2")
        run("resize2fs", f"{card.device}p2")
        run("e2fsck", "-fn", f"{card.device}p2")


def test_a_second_time_nothing_of_it_changes(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    assert card.provision().stdout.count("changed: ") == 4 + MAY_GROW
    before = run("sfdisk", "--dump", card.device), card.system_mib(), card.fstab.stat().st_mtime_ns
    again = card.provision()
    assert (again.returncode, again.stdout) == (DONE, "")
    assert SAID.fullmatch(again.stderr)
    assert (run("sfdisk", "--dump", card.device), card.system_mib(), card.fstab.stat().st_mtime_ns) == before


def test_a_card_that_was_written_anew_keeps_its_old_data(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    card.provision()
    (card.data / "kiosk.db").write_text("people of last week")
    before = card.table()
    card.out()
    card.fstab.write_text("")
    card.flash()
    assert set(card.table()) == {1, 2}
    found = card.provision()
    assert found.returncode == DONE, found.stderr
    assert f"{card.device}p3: ext4 kiosk-data" not in found.stdout, "nothing was formatted"
    assert card.table() == before
    assert (card.data / "kiosk.db").read_text() == "people of last week"
    assert card.system_mib() > 6500


@pytest.mark.parametrize("cut", ["table", "kernel"])
def test_a_growth_that_was_cut_short_is_gone_on_with(made: list[Card], tmp_path: Path, cut: str) -> None:
    card = inserted(made, tmp_path, 14900)
    assert card.provision("--no-mount").returncode == DONE
    grown = card.table()
    card.out()
    card.flash(STOCK + f"start={grown[3][0]}, size={grown[3][1]}, type=83\n")
    if cut == "kernel":
        run("sfdisk", "-q", "-N", "2", "--no-reread", "--force", card.device, feed=f", {grown[2][1]}\n")
        run("partx", "--update", card.device)
    else:
        assert card.system_mib() <= 640
    assert card.provision().returncode == DONE
    assert card.table() == grown
    assert card.system_mib() > 6500


@pytest.mark.parametrize("size", [3500, 11000])
def test_a_card_with_too_little_room_is_the_systems(made: list[Card], tmp_path: Path, size: int) -> None:
    card = inserted(made, tmp_path, size)
    for _ in range(2):
        done = card.provision()
        assert (done.returncode, "There is no place" in done.stderr) == (NO_PLACE, True)
        assert set(card.table()) == {1, 2}
        assert card.system_mib() > size - 512 - 300
    assert done.stdout == "", "the second time"


def test_old_contents_behind_the_system_are_neither_taken_nor_grown_over(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    card.provision("--no-mount")
    start = card.table()[3][0]
    card.out()
    run("mkfs.ext4", "-q", "-F", "-L", "photos", "-E", f"offset={start * 512}", card.image, "1G")
    card.flash()
    offset = ("-O", str(start * 512), card.device)
    done = card.provision()
    assert done.returncode == NO_PLACE
    assert 'ext4 "photos"' in done.stderr
    assert card.table() == card.table() | {2: (SYSTEM_START, start - SYSTEM_START, "83")}
    assert "photos" in run("blkid", "-p", *offset)


@pytest.mark.parametrize(
    "behind",
    [
        "start=2375680, size=20480000, type=83\n",
        "start=2375680, size=204800, type=83\n",
        "start=2375680, size=20480000, type=5\nstart=2377728, size=204800, type=83\n",
    ],
    ids=["a large partition", "a small partition", "an extended one"],
)
def test_somebody_elses_partition_behind_the_system_is_left_alone(
    made: list[Card], tmp_path: Path, behind: str
) -> None:
    card = inserted(made, tmp_path, 14900, STOCK + behind)
    before, mib = run("sfdisk", "--dump", card.device), card.system_mib()
    done = card.provision()
    assert (done.returncode, "There is no place" in done.stderr) == (NO_PLACE, True), done.stderr
    assert (run("sfdisk", "--dump", card.device), card.system_mib()) == (before, mib)


def test_what_has_no_table_is_not_written_to(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    disk = tmp_path / "whole.img"
    with disk.open("wb") as file:
        file.truncate(9000 * MIB)
    run("mkfs.ext4", "-q", disk)
    whole = run("losetup", "--find", "--show", disk).strip()
    try:
        before = disk.stat()
        done = card.provision("--disk", whole)
        assert done.returncode == NO_PLACE
        run("blockdev", "--flushbufs", whole)
        assert (disk.stat().st_mtime_ns, disk.stat().st_blocks) == (before.st_mtime_ns, before.st_blocks)
    finally:
        run("losetup", "--detach", whole)


def test_old_data_at_another_place_are_not_grown_over(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    start = 8388608  # sectors: 4 GiB, where the system would have less than it needs if it were not found
    card.out()
    run("mkfs.ext4", "-q", "-F", "-L", "kiosk-data", "-E", f"offset={start * 512}", card.image, "1G")
    card.flash()
    name = run("blkid", "-p", "-O", start * 512, "-s", "UUID", "-o", "value", card.device)
    assert card.provision("--no-mount").returncode == DONE
    assert card.table()[2] == (SYSTEM_START, start - SYSTEM_START, "83")
    assert run("blkid", "-p", "-s", "UUID", "-o", "value", f"{card.device}p3") == name


def test_a_system_on_another_disk_does_not_grow(made: list[Card], tmp_path: Path) -> None:
    card = inserted(made, tmp_path, 14900)
    assert card.provision(system=Path("/proc")).returncode == DONE
    assert card.table()[2][1] == 1310720

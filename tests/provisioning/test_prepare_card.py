"""The card that is prepared on somebody's computer: what it carries, what stays on it, and that its end stays free."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.provisioning.test_setup import BOTH, LOGIN, PROVISIONING, ROOT, in_parts, run, written

LINE = "console=serial0,115200 console=tty1 root=PARTUUID=7351b90c-02 rootfstype=ext4 fsck.repair=yes rootwait"
ROOM = BOTH | LOGIN | {"DATA_DEVICE": "auto"}


@pytest.fixture
def card(tmp_path: Path) -> Path:
    boot = tmp_path / "bootfs"
    boot.mkdir()
    (boot / "cmdline.txt").write_text("console=tty1 root=PARTUUID=1-02\n")
    (boot / "user-data").write_text("#cloud-config\n# hostname: raspberrypi\n")
    (boot / "meta-data").write_text("instance-id: rpios-image\n")
    return boot


def prepared(card: Path, answers: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return run(PROVISIONING / "prepare-card", card, "--answers", written(card.parent, answers))


def test_a_prepared_card_has_all_that_its_first_start_needs(card: Path, tmp_path: Path) -> None:
    done = prepared(card, BOTH | LOGIN)
    assert done.returncode == 0, done.stderr
    parts = yaml.safe_load((card / "user-data").read_text(encoding="utf-8"))
    assert (card / "user-data").read_text(encoding="utf-8").startswith("#cloud-config-archive\n")
    assert [part["type"] for part in parts] == ["text/x-shellscript"]
    assert yaml.safe_load((card / "meta-data").read_text())["instance-id"].startswith("kiosk-")
    with tarfile.open(card / "kiosk" / "kiosk.tar.gz") as archive:
        archive.extractall(tmp_path / "tree", filter="data")
    tree = tmp_path / "tree"
    assert (tree / "kiosk" / "app.py").read_bytes() == (ROOT / "kiosk" / "app.py").read_bytes()
    assert not [*tree.rglob("__pycache__"), *tree.rglob(".git"), *tree.rglob(".venv")]
    # What the card carries judges the answers that it carries.
    again = run(tree / "provisioning" / "setup", "--check", "--answers", card / "kiosk" / "answers")
    assert again.returncode == 0, again.stderr


def test_nothing_that_is_read_by_everybody_on_the_box_holds_the_pin(card: Path) -> None:
    prepared(card, BOTH | LOGIN)
    holding = [
        path.name
        for path in card.rglob("*")
        if path.is_file() and path.suffix != ".gz" and b"2749" in path.read_bytes()
    ]
    assert holding == ["answers"]
    in_parts(f"forget_secrets {card}/kiosk/answers", card.parent, BOTH)
    assert b"2749" not in (card / "kiosk" / "answers").read_bytes()


def test_the_first_start_script_is_clean_and_so_is_its_unit(card: Path, tmp_path: Path) -> None:
    prepared(card, BOTH | LOGIN)
    script = tmp_path / "first.sh"
    script.write_text(yaml.safe_load((card / "user-data").read_text(encoding="utf-8"))[0]["content"])
    done = run("shellcheck", script)
    assert done.returncode == 0, done.stdout
    unit = re.search(r"<<UNIT\n(.*?)\nUNIT\n", script.read_text(), flags=re.S)
    assert unit
    assert "\nRestart=on-failure\n" in unit[1]


def test_what_imager_was_told_stays_and_a_second_time_changes_no_more(card: Path) -> None:
    (card / "user-data").write_text(
        "#cloud-config\nusers:\n- name: mai\n  passwd: $5$x\nruncmd:\n- [rfkill, unblock, wifi]\n"
    )
    for _ in range(2):
        done = prepared(card, BOTH)
        assert done.returncode == 0, done.stderr
        kept, ours = yaml.safe_load((card / "user-data").read_text(encoding="utf-8"))
        assert yaml.safe_load(kept["content"])["users"][0]["name"] == "mai"
        assert kept["type"] == "text/cloud-config"
        assert ours["type"] == "text/x-shellscript"


def test_a_card_that_nobody_could_sign_in_to_is_refused(card: Path) -> None:
    before = sorted(card.rglob("*"))
    done = prepared(card, BOTH)
    assert done.returncode == 1
    assert "TECHNICIAN" in done.stderr
    assert sorted(card.rglob("*")) == before


def test_a_folder_that_is_no_card_and_an_image_without_cloud_init_are_refused(card: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, word in ((tmp_path / "empty", "cmdline.txt"), (card, "cloud-init")):
        if folder == card:
            (card / "user-data").unlink()
            (card / "meta-data").unlink()
        done = prepared(folder, BOTH | LOGIN)
        assert done.returncode == 1
        assert word in done.stderr
        assert not (folder / "kiosk").exists()


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"{LINE} resize\n", f"{LINE}\n"),
        (f"{LINE} resize", LINE),
        (f"{LINE} resize cfg80211.ieee80211_regdom=VN\r\n", f"{LINE} cfg80211.ieee80211_regdom=VN\r\n"),
        (f"{LINE} quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n", f"{LINE} quiet\n"),
        (f"{LINE} init=/usr/lib/raspberrypi-sys-mods/firstboot resize splash\n", f"{LINE} splash\n"),
        (f"resize {LINE}\n", f"{LINE}\n"),
    ],
)
def test_the_image_is_kept_from_growing_over_the_place_of_the_data(card: Path, line: str, left: str) -> None:
    (card / "cmdline.txt").write_bytes(line.encode())
    for _ in range(2):
        done = prepared(card, ROOM)
        assert done.returncode == 0, done.stderr
        assert (card / "cmdline.txt").read_bytes() == left.encode()
        assert (card / "kiosk" / "cmdline.txt.before").read_bytes() == line.encode()
    assert not (card / "cmdline.txt.new").exists()
    prepared(card, BOTH | LOGIN | {"DATA_DEVICE": "none"})
    assert (card / "cmdline.txt").read_bytes() == line.encode(), "thought better of: the image grows by itself again"
    assert not (card / "kiosk" / "cmdline.txt.before").exists()


@pytest.mark.parametrize("word", ["video=resize", "resize2fs=x", "noresize", "init=/bin/sh", "resize.mode=1"])
def test_no_other_word_of_the_kernels_line_goes(card: Path, word: str) -> None:
    (card / "cmdline.txt").write_text(f"{LINE} {word}\n")
    assert prepared(card, ROOM).returncode == 0
    assert (card / "cmdline.txt").read_text() == f"{LINE} {word}\n"
    assert not (card / "kiosk" / "cmdline.txt.before").exists()


def test_a_line_that_has_become_another_is_not_put_back(card: Path) -> None:
    (card / "cmdline.txt").write_text(f"{LINE} resize\n")
    prepared(card, ROOM)
    (card / "cmdline.txt").write_text(f"{LINE} quiet\n")
    prepared(card, BOTH | LOGIN | {"DATA_DEVICE": "none"})
    assert (card / "cmdline.txt").read_text() == f"{LINE} quiet\n"


def test_cloud_init_does_not_grow_it_either_whatever_imager_wrote(card: Path) -> None:
    (card / "user-data").write_text("#cloud-config\nusers:\n- name: mai\ngrowpart:\n  mode: auto\n")
    assert prepared(card, ROOM).returncode == 0
    kept, room, ours = yaml.safe_load((card / "user-data").read_text(encoding="utf-8"))
    assert yaml.safe_load(kept["content"])["growpart"] == {"mode": "auto"}
    assert room["type"] == "text/cloud-config"
    assert yaml.safe_load(room["content"]) == {"growpart": {"mode": "off"}, "resize_rootfs": False}
    assert ours["type"] == "text/x-shellscript"


@pytest.mark.parametrize(
    ("role", "said", "expected"), [("both", "\n", "auto"), ("hub", "\n", "auto"), ("hub", "none\n", "none")]
)
def test_whoever_is_asked_is_offered_a_partition_for_the_data(card: Path, role: str, said: str, expected: str) -> None:
    done = subprocess.run(
        [PROVISIONING / "prepare-card", card], check=False, capture_output=True, text=True, timeout=60,
        input=f"en\n{role}\nA site\nYB-0214\nLò Thị Mai\n2749\n{said}kythuat\nmot-hai-ba\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "[auto]: " in done.stderr
    assert f"DATA_DEVICE={expected}\n" in (card / "kiosk" / "answers").read_text(encoding="utf-8")


def test_an_extra_box_is_not_asked_for_it(card: Path) -> None:
    done = subprocess.run(
        [PROVISIONING / "prepare-card", card], check=False, capture_output=True, text=True, timeout=60,
        input="en\nkiosk\n\n\nABCD-EFGH-JKLM-NPQR\nkythuat\nmot-hai-ba\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "DATA_DEVICE=none\n" in (card / "kiosk" / "answers").read_text(encoding="utf-8")

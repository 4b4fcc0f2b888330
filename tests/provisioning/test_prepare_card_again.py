"""A card that was started already and is prepared afterwards: cloud-init takes it for a new one and begins anew."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.provisioning.test_prepare_card import LINE, ROOM, card, prepared
from tests.provisioning.test_setup import BOTH, LOGIN, PROVISIONING, run

__all__ = ["card"]  # a fixture
NAMED = "ds=nocloud;i=rpi-imager-1787532598498"


def name(card: Path) -> str:
    """What cloud-init would read in meta-data."""
    found = yaml.safe_load((card / "meta-data").read_text())["instance-id"]
    assert found.startswith("kiosk-")
    return str(found)


def renamed(path: Path) -> None:
    """The card's own function, as prepare-card calls it."""
    done = run("bash", "-euc", f'export LC_ALL=C; . {PROVISIONING}/lib/card.sh; rename_on_line "$0" NAME', path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"{LINE} {NAMED}\n", f"{LINE} ds=nocloud;i=NAME\n"),
        (f"{LINE} {NAMED}", f"{LINE} ds=nocloud;i=NAME"),
        (f"{LINE}  {NAMED} quiet\r\n", f"{LINE}  ds=nocloud;i=NAME quiet\r\n"),
        (f"{NAMED} {LINE}\n\n", f"ds=nocloud;i=NAME {LINE}\n\n"),
        (f"{LINE}\t{NAMED}\tquiet\n", f"{LINE}\tds=nocloud;i=NAME\tquiet\n"),
        (f"{LINE} ds=nocloud;s=file:///boot/x/;i=a;h=pi\n", f"{LINE} ds=nocloud;s=file:///boot/x/;i=NAME;h=pi\n"),
        (f"{LINE} ds=nocloud-net;h=i=1;instance-id=a\n", f"{LINE} ds=nocloud-net;h=i=1;instance-id=NAME\n"),
        (f'{LINE} "ds=nocloud;i=a" quiet\n', f'{LINE} "ds=nocloud;i=NAME" quiet\n'),
        (f"{LINE} ds='nocloud;s=/x/;i=a'\n", f"{LINE} ds='nocloud;s=/x/;i=NAME'\n"),
        (f'{LINE} ds=nocloud;i="a";h=pi\n', f'{LINE} ds=nocloud;i="NAME";h=pi\n'),
        (f"{LINE} ds=nocloud;i=a ds=nocloud;i=b\n", f"{LINE} ds=nocloud;i=a ds=nocloud;i=NAME\n"),
        (f"{LINE} ds=nocloud;i=a;i=b\n", f"{LINE} ds=nocloud;i=a;i=NAME\n"),
        (f"{LINE} ds=nocloud;i=\n", f"{LINE} ds=nocloud;i=NAME\n"),
        (f"{LINE} note=\xff\\n$x* {NAMED}\n", f"{LINE} note=\xff\\n$x* ds=nocloud;i=NAME\n"),
    ],
)
def test_the_name_on_the_kernels_line_is_the_new_one_and_nothing_else_changes(
    tmp_path: Path, line: str, left: str
) -> None:
    (tmp_path / "cmdline.txt").write_bytes(line.encode("latin-1"))
    renamed(tmp_path / "cmdline.txt")
    assert (tmp_path / "cmdline.txt").read_bytes() == left.encode("latin-1")
    assert [path.name for path in tmp_path.iterdir()] == ["cmdline.txt"]


@pytest.mark.parametrize(
    "word",
    [
        "ds=nocloud",
        "ds=nocloud;s=file:///x/",
        "ads=nocloud;i=a",
        "ds=nocloudy;i=a",
        "ds=ec2;i=a",
        "ds=nocloud;xi=a",
        "i=a",
    ],
)
def test_a_line_without_a_name_stays_as_it_is(tmp_path: Path, word: str) -> None:
    path = tmp_path / "cmdline.txt"
    path.write_text(f"{LINE} {word} quiet")
    before = path.stat()
    renamed(path)
    assert path.read_text() == f"{LINE} {word} quiet"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns), "not even written"


def test_a_card_without_that_file_has_no_line_to_change(tmp_path: Path) -> None:
    renamed(tmp_path / "cmdline.txt")
    assert not [*tmp_path.iterdir()]


def test_a_line_that_is_put_back_has_the_new_name(card: Path) -> None:
    """Of the copy that was laid aside when the end of the card was kept free."""
    (card / "cmdline.txt").write_text(f"{LINE} resize {NAMED}\n")
    assert prepared(card, ROOM).returncode == 0
    assert (card / "cmdline.txt").read_text() == f"{LINE} ds=nocloud;i={name(card)}\n"
    assert prepared(card, BOTH | LOGIN | {"DATA_DEVICE": "none"}).returncode == 0
    assert (card / "cmdline.txt").read_text() == f"{LINE} resize ds=nocloud;i={name(card)}\n"
    assert not (card / "kiosk" / "cmdline.txt.before").exists()

"""The test for cards that lie: real processes, a real socket, a writer killed with -9, and storage that forgets.

A kill keeps what the kernel has: that is the honest card. The lying one is the same file with its end cut off behind
what was told, as a card without power loses what it had only in memory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.devices import box_storage
from kiosk.devices.box_tree import Tree

CARD_TEST = Path(__file__).parents[2] / "provisioning" / "card-test"
BLOCK = 4096
OK, FAILED, USAGE, SUSPICIOUS, SLOW, LIES = range(6)
VERDICTS = {OK: "ok", SUSPICIOUS: "suspicious", SLOW: "slow"}


def card_test(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CARD_TEST, *map(str, words)],
        check=False, capture_output=True, text=True, timeout=60, env=os.environ | {"LANG": "C.UTF-8"} | environment,
    )  # fmt: skip


class Witness:
    """The program on the other machine, on a port of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, CARD_TEST, "witness", "--port", "0"], stdout=subprocess.PIPE, text=True,
            env=os.environ | {"LANG": "C.UTF-8"},
        )  # fmt: skip
        self.port = int(re.findall(r"port (\d+)", self.line())[0])

    def line(self) -> str:
        """What it prints next."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def heard(self) -> str:
        """What it shows when the line has broken."""
        while "the line broke" not in (line := self.line()):
            assert line, "the witness has ended"
        return line.split("--heard ")[1].strip()


@pytest.fixture
def witness() -> Iterator[Witness]:
    made = Witness()
    yield made
    made.process.kill()
    made.process.wait()
    assert made.process.stdout
    made.process.stdout.close()


@pytest.fixture
def written(tmp_path: Path, witness: Witness) -> tuple[Path, str]:
    """A folder, and what the witness heard of it: 40 records, all synced and told."""
    assert card_test("write", tmp_path, "--tell", f"127.0.0.1:{witness.port}", "--records", 40).returncode == OK
    heard = witness.heard()
    assert heard.endswith("-40")
    return tmp_path, heard


def test_a_writer_killed_at_any_moment_has_kept_what_it_told(tmp_path: Path, witness: Witness) -> None:
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, CARD_TEST, "write", tmp_path, "--tell", f"127.0.0.1:{witness.port}"],
            stdout=subprocess.PIPE,
        )
        while not re.search(r": heard \S+-\d", witness.line()):
            pass
        writer.kill()
        writer.communicate()
        checked = card_test("check", tmp_path, "--heard", witness.heard())
        assert (checked.returncode, "acknowledged and gone 0" in checked.stdout) == (OK, True), checked.stdout


def test_a_card_that_forgot_its_last_writes_is_caught_with_the_count(written: tuple[Path, str]) -> None:
    folder, heard = written
    os.truncate(folder / "card-test.records", 38 * BLOCK)  # the block that names the run, and 37
    checked = card_test("check", folder, "--heard", heard)
    assert checked.returncode == LIES
    assert "heard 40, whole 37, torn or wrong 0, acknowledged and gone 3" in checked.stdout


def test_a_block_half_written_or_of_zeros_is_not_whole(written: tuple[Path, str]) -> None:
    folder, heard = written
    records = folder / "card-test.records"
    whole = records.read_bytes()
    for spoiled in (whole[: 40 * BLOCK + 100], whole[: 40 * BLOCK] + bytes(BLOCK), whole[:-1] + b"?"):
        records.write_bytes(spoiled)
        checked = card_test("check", folder, "--heard", heard)
        assert checked.returncode == LIES
        assert "whole 39, torn or wrong 1, acknowledged and gone 1" in checked.stdout


def test_what_was_written_and_not_told_yet_may_be_torn(written: tuple[Path, str]) -> None:
    folder, heard = written
    with (folder / "card-test.records").open("ab") as file:
        file.write(b"half a record, and then the power went")
    checked = card_test("check", folder, "--heard", heard)
    assert checked.returncode == OK
    assert "torn or wrong 1, acknowledged and gone 0" in checked.stdout


def test_the_records_are_deleted_when_all_are_there_and_kept_when_some_are_gone(written: tuple[Path, str]) -> None:
    folder, heard = written
    records = folder / "card-test.records"
    whole = records.read_bytes()
    os.truncate(records, 10 * BLOCK)
    assert str(records) in card_test("check", folder, "--heard", heard).stdout
    assert records.stat().st_size == 10 * BLOCK
    records.write_bytes(whole)
    assert "the records are deleted" in card_test("check", folder, "--heard", heard).stdout
    assert list(folder.iterdir()) == []


def test_whoever_may_not_read_the_records_hears_no_verdict(
    written: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, heard = written
    other = bent(tmp_path_factory.mktemp("bent"), NOT_ALLOWED)
    checked = card_test("check", folder, "--heard", heard, **other)
    assert (checked.returncode, "Permission" in checked.stderr, "LIES" in checked.stdout) == (FAILED, True, False)


# A disk of so many bytes, of which the records are all but what was free before.
DISK = """
import os, pathlib, types
def statvfs(folder):
    records = pathlib.Path(os.fspath(folder), "card-test.records")
    free = {free} - (records.stat().st_size if records.exists() else 0)
    return types.SimpleNamespace(f_frsize=1, f_blocks={size}, f_bfree=free, f_bavail=free)
os.statvfs = statvfs
"""
NOT_ALLOWED = """
import pathlib
def refuse(*args): raise PermissionError(13, "Permission denied")
pathlib.Path.open = refuse
"""


def bent(folder: Path, how: str) -> dict[str, str]:
    """The environment in which Python begins with these lines."""
    (folder / "sitecustomize.py").write_text(how)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize(("size", "kept"), [(64 * 10**9, 10**9), (10**8, 10**7)])
@pytest.mark.parametrize(
    ("lang", "said"), [("C.UTF-8", "the disk is nearly full"), ("vi_VN.UTF-8", "dừng vì ổ gần đầy")]
)
def test_a_writer_whose_plug_nobody_pulls_ends_before_the_disk_is_full(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    witness: Witness,
    size: int,
    kept: int,
    lang: str,
    said: str,
) -> None:
    disk = bent(tmp_path_factory.mktemp("bent"), DISK.format(size=size, free=kept + 6 * BLOCK + 100))
    to = f"127.0.0.1:{witness.port}"
    ended = card_test("write", tmp_path, "--tell", to, "--records", 1000, LANG=lang, **disk)
    assert (ended.returncode, said in ended.stderr) == (FAILED, True), ended.stderr
    # The block that names the run, and five: one more would have left less than is kept.
    assert (tmp_path / "card-test.records").stat().st_size == 6 * BLOCK
    heard = witness.heard()
    assert heard.endswith("-5")
    assert card_test("check", tmp_path, "--heard", heard).returncode == OK
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_that_comes_back_is_no_proof(written: tuple[Path, str], witness: Witness) -> None:
    folder, _ = written
    before = folder / "before"
    shutil.copy(folder / "card-test.records", before)
    assert card_test("write", folder, "--tell", f"127.0.0.1:{witness.port}", "--records", 5).returncode == OK
    heard = witness.heard()
    assert card_test("check", folder, "--heard", heard).returncode == OK
    before.rename(folder / "card-test.records")
    assert card_test("check", folder, "--heard", heard).returncode == LIES
    (folder / "card-test.records").unlink()
    assert card_test("check", folder, "--heard", heard).returncode == LIES


def test_without_a_witness_nothing_is_claimed(tmp_path: Path, written: tuple[Path, str], witness: Witness) -> None:
    folder, heard = written
    witness.process.kill()
    witness.process.wait()
    assert card_test("write", folder, "--tell", f"127.0.0.1:{witness.port}").returncode == FAILED
    assert card_test("check", folder, "--heard", heard).returncode == OK, "a writer without a witness touches nothing"
    assert card_test("check", folder, "--heard", "40").returncode == FAILED
    assert card_test("check", folder, "--heard", f"{heard.split('-')[0]}-0").returncode == FAILED
    assert card_test("check", tmp_path / "nowhere", "--heard", heard).returncode == FAILED
    assert card_test("check", folder).returncode == USAGE


# What stands between the test and the disk: a sync takes as long as it is told, by a clock that nothing else moves.
SYNC = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static long long ns = 1000000000;
int fdatasync(int fd) { ns += 1000LL * atoi(getenv("SYNC_US")); return 0; }
int clock_gettime(clockid_t which, struct timespec *at) {
    if (which != CLOCK_MONOTONIC) return syscall(SYS_clock_gettime, which, at);
    at->tv_sec = ns / 1000000000; at->tv_nsec = ns % 1000000000;
    return 0;
}
"""


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler to make a slow disk with")
@pytest.mark.parametrize(
    ("micros", "code", "said"),
    [(0, SUSPICIOUS, "suspicious"), (1500, OK, ": ok"), (120_000, SLOW, "too slow")],
)
def test_the_speed_is_judged_with_its_number(tmp_path: Path, micros: int, code: int, said: str) -> None:
    (tmp_path / "sync.c").write_text(SYNC)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "sync.so", "sync.c"], cwd=tmp_path, check=True)
    preload = {"LD_PRELOAD": str(tmp_path / "sync.so"), "SYNC_US": str(micros)}
    judged = card_test("speed", tmp_path, "--rounds", 20, **preload)
    assert (judged.returncode, said in judged.stdout) == (code, True), judged.stdout + judged.stderr
    assert f"p50 {micros / 1000:.2f} ms, p99 {micros / 1000:.2f} ms" in judged.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sync.c", "sync.so"], "it leaves nothing behind"
    card_test("speed", tmp_path, "--rounds", 20, "--note", **preload)
    noted = box_storage.storage(Tree(), tmp_path)
    assert (noted["flush"], noted["flush_ms"]) == (VERDICTS[code], micros / 1000)


def test_a_folder_that_cannot_be_written_is_no_verdict(tmp_path: Path) -> None:
    told = card_test("speed", tmp_path / "nowhere")
    assert told.returncode == FAILED
    assert "nowhere" in told.stderr
    assert card_test("speed", tmp_path, "--rounds", 3).returncode == FAILED


def test_it_speaks_vietnamese_too(tmp_path: Path) -> None:
    told = card_test("check", tmp_path, "--heard", "0a1b2c3d-5", LANG="vi_VN.UTF-8")
    assert (told.returncode, "đã báo ghi xong mà mất 5" in told.stdout, "NÓI DỐI" in told.stdout) == (LIES, True, True)

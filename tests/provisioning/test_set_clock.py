"""The program that sets the clock: on a machine whose clock is its own, for this one's is nobody's to set here."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kiosk.clock import BUILT_AT
from kiosk.store import clock_wish

PROGRAM = Path(__file__).parents[2] / "provisioning" / "set-clock"
BUILT = BUILT_AT.timestamp()
YEAR = 365.25 * 86400


def load() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("set_clock", str(PROGRAM))
    spec = importlib.util.spec_from_loader("set_clock", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    sys.modules["set_clock"] = module
    loader.exec_module(module)
    return module


sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
PROGRAMS = load()
sys.dont_write_bytecode = before


class Pi:
    """A machine: its two clocks, and how long it has been running."""

    def __init__(self, synchronised: bool = False, obeys: bool = True) -> None:
        self.clock = self.battery = 0.0
        self.synchronised, self.obeys, self.running = synchronised, obeys, 1000.0

    def set_clock(self, at: float) -> None:
        if not self.obeys:
            raise PermissionError(1, "no")
        self.clock = at

    def set_battery(self, at: float) -> None:
        self.battery = at

    def machine(self) -> Any:
        return PROGRAMS.Machine(
            synchronised=lambda: self.synchronised, set_clock=self.set_clock, set_battery=self.set_battery,
            running=lambda: self.running,
        )  # fmt: skip


def wish(folder: Path, **said: object) -> Path:
    path = folder / "clock-wish"
    path.write_text(json.dumps({"at": BUILT + YEAR, "asked": 997.5} | said))
    return path


def outcome(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "clock-outcome").read_text())
    return found


def test_a_wish_is_done_once_and_later_by_as_long_as_it_took(tmp_path: Path) -> None:
    pi, path = Pi(), wish(tmp_path)
    assert PROGRAMS.take(tmp_path, pi.machine()) == 0
    assert pi.clock == pi.battery == BUILT + YEAR + 2.5
    assert outcome(tmp_path) == {"state": "set", "why": "", "at": BUILT + YEAR + 2.5, "asked": 997.5, "done": 1000.0}
    assert stat.S_IMODE((tmp_path / "clock-outcome").stat().st_mode) & 0o007 == 0
    assert not path.exists()
    pi.clock = 5.0
    assert PROGRAMS.take(tmp_path, pi.machine()) == 0
    assert pi.clock == 5.0
    assert [each.name for each in tmp_path.iterdir()] == ["clock-outcome"], "nothing half written is left"


@pytest.mark.parametrize(
    ("pi", "at", "why"),
    [
        (Pi(), BUILT - 60, "before_build"),
        (Pi(), BUILT + 11 * YEAR, "too_far"),
        (Pi(synchronised=True), BUILT + YEAR, "synced"),
        (Pi(obeys=False), BUILT + YEAR, "failed"),
    ],
)
def test_what_it_refuses_it_says_and_changes_nothing(tmp_path: Path, pi: Pi, at: float, why: str) -> None:
    path = wish(tmp_path, at=at)
    assert PROGRAMS.take(tmp_path, pi.machine()) == 3
    assert (outcome(tmp_path)["state"], outcome(tmp_path)["why"]) == ("refused", why)
    assert why in clock_wish.REASONS, "the page has a sentence for it"
    assert (pi.clock, pi.battery) == (0.0, 0.0)
    assert not path.exists()


@pytest.mark.parametrize("asked", [1001.0, 399.0, -5.0])
def test_a_wish_of_an_earlier_start_or_of_long_ago_is_dropped(tmp_path: Path, asked: float) -> None:
    pi, path = Pi(), wish(tmp_path, asked=asked)
    assert PROGRAMS.take(tmp_path, pi.machine()) == 0
    assert pi.clock == 0.0
    assert list(tmp_path.iterdir()) == []
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"at": 1}', '{"at": "x", "asked": 1}', '{"at": NaN, "asked": 999}',
     '{"at": 1e999, "asked": 999}', '{"at": null, "asked": 1}', "[" * 2000, "x" * 100_000],
)  # fmt: skip
def test_what_nobody_can_read_is_dropped(tmp_path: Path, text: str) -> None:
    (tmp_path / "clock-wish").write_text(text)
    pi = Pi()
    assert PROGRAMS.take(tmp_path, pi.machine()) == 0
    assert pi.clock == 0.0
    assert list(tmp_path.iterdir()) == []


def link(path: Path) -> None:
    path.with_name("secret").write_text(json.dumps({"at": BUILT + YEAR, "asked": 999}))
    path.symlink_to("secret")


@pytest.mark.parametrize("make", [link, os.mkfifo])
def test_root_reads_no_more_than_the_hub_may(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "clock-wish")
    pi = Pi()
    assert PROGRAMS.take(tmp_path, pi.machine()) == 1
    assert pi.clock == 0.0
    assert not (tmp_path / "clock-wish").is_symlink()
    assert not (tmp_path / "clock-wish").exists()


def test_what_the_hub_writes_and_reads_is_what_it_reads_and_writes(tmp_path: Path) -> None:
    at = datetime(BUILT_AT.year + 1, 11, 23, 0, 30, tzinfo=UTC)
    clock_wish.put(tmp_path, at)
    assert clock_wish.find_waiting(tmp_path) is not None
    pi = Pi()
    pi.running = clock_wish.running()
    assert PROGRAMS.take(tmp_path, pi.machine()) == 0
    assert at.timestamp() <= pi.clock < at.timestamp() + 60
    assert clock_wish.find_waiting(tmp_path) is None
    told = clock_wish.find_outcome(tmp_path)
    assert told is not None
    assert told.why == ""
    clock_wish.put(tmp_path, at)
    assert clock_wish.find_outcome(tmp_path) is None, "the answer before was to another wish"


def test_a_technician_types_the_time_of_the_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pi, year = Pi(), BUILT_AT.year + 1
    (tmp_path / "site.toml").write_text('[site]\ntime_zone = "Asia/Tokyo"\n')
    assert PROGRAMS.by_hand(f"{year}-11-23 07:30", tmp_path, pi.machine()) == 0
    assert pi.clock == pi.battery == datetime(year, 11, 22, 22, 30, tzinfo=UTC).timestamp()
    assert str(year) in capsys.readouterr().out
    (tmp_path / "site.toml").write_text("no toml")
    assert (
        PROGRAMS.typed(f"{year}-11-23 07:30:15", tmp_path) == datetime(year, 11, 23, 0, 30, 15, tzinfo=UTC).timestamp()
    )
    assert PROGRAMS.by_hand("half past seven", tmp_path, pi.machine()) == 2
    assert PROGRAMS.by_hand(f"{year}-11-23 07:30", tmp_path, Pi(synchronised=True).machine()) == 3
    assert PROGRAMS.by_hand(f"{year}-11-23 07:30", tmp_path, Pi(obeys=False).machine()) == 1


def test_the_program_itself_in_both_languages(tmp_path: Path) -> None:
    """Only with what it refuses before it looks at the clock: a run as root would set this machine's."""
    for language, sentence in (("vi_VN.UTF-8", "Không đặt"), ("C.UTF-8", "Not set")):
        done = subprocess.run(
            [PROGRAM, "--site", tmp_path, "2001-01-01 07:30"], check=False, capture_output=True, text=True,
            timeout=60, env=os.environ | {"LANG": language, "LC_ALL": ""},
        )  # fmt: skip
        assert (done.returncode, sentence in done.stdout) == (3, True), done
    for words in ([], ["2001-01-01 07:30", "--wish", tmp_path]):
        assert subprocess.run([PROGRAM, *words], check=False, capture_output=True, timeout=60).returncode == 2
    wish(tmp_path, at=1.0, asked=clock_wish.running())
    assert subprocess.run([PROGRAM, "--wish", tmp_path], check=False, capture_output=True, timeout=60).returncode == 3
    assert outcome(tmp_path)["why"] == "before_build"


def test_the_kernel_is_asked_what_it_says_itself() -> None:
    """`adjtimex` of the system, where it is there, says the same."""
    import shutil

    known = shutil.which("timedatectl")
    said = PROGRAMS.kernel_is_synchronised()
    assert isinstance(said, bool)
    if known:
        done = subprocess.run([known, "show", "-P", "NTPSynchronized"], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            assert said is (done.stdout.strip() == "yes")

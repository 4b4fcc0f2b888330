"""A provisioned system, started in a container without the Internet, spoken to, and unplugged."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from bench.provision_root import NSPAWN

READY_SECONDS = 120.0
T = TypeVar("T")
PROGRAMS = ("kiosk-hub", "kiosk-agent", "kiosk-forwarder")


class Container:
    """systemd of the system in `root`, as process 1 of its own; unplugged at the end of the `with`."""

    def __init__(self, root: Path, console: Path, network: Path | None = None) -> None:
        """`network`: a namespace's file; without one it has no network at all."""
        self.root = root
        # Whose network is its own may lay down its own firewall.
        joined = ("--capability=CAP_NET_ADMIN", f"--network-namespace-path={network}")
        self._network = joined if network else ("--private-network",)
        self._console = console
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.unplug()

    def plug_in(self) -> None:
        """Starts it; returns when its systemd answers. Raises TimeoutError when that takes two minutes."""
        Path("/run/systemd/nspawn").mkdir(parents=True, exist_ok=True)
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(
                [*NSPAWN, "--boot", *self._network, "--resolv-conf=off", "-D", str(self.root)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        self._leader = int(awaited("the container's systemd", self._find_leader))
        awaited("an answer of its systemd", lambda: self.run("systemctl", "show", "--property=Version").returncode == 0)

    def _find_leader(self) -> int:
        assert self._process
        if self._process.poll() is not None:
            raise TimeoutError(f"the container ended at once; {self._console} says why")
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        # nspawn's first child makes the namespaces; process 1 is whoever is called so in its own.
        return next((int(pid) for pid in children if _is_first(pid)), 0)

    def unplug(self) -> None:
        """As pulling the plug: everything inside is gone at once. What the kernel still holds of files is kept."""
        if self._process is None:
            return
        for pid in (self._leader, self._process.pid):
            if pid and self._process.poll() is None:
                _kill(pid)
                time.sleep(0.2)
        self._process.wait()
        self._process, self._leader = None, 0

    def command(self, *command: str) -> list[str]:
        """What to start on this machine so that `command` runs inside as root."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return ["nsenter", "--target", str(self._leader), "--all", "env", "-i", path, "LANG=C.UTF-8", *command]

    def run(self, *command: str, seconds: float = 600, said: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command inside; `said` is its standard input."""
        return subprocess.run(
            self.command(*command), check=False, input=said or "", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=seconds,
        )  # fmt: skip

    def show(self, unit: str, *keys: str) -> list[str]:
        """Properties of a unit; of systemd itself for ""."""
        wanted = [f"--property={key}" for key in keys]
        lines = self.run("systemctl", "show", *wanted, *([unit] if unit else [])).stdout.splitlines()
        found = dict(line.split("=", 1) for line in lines if "=" in line)
        return [found.get(key, "") for key in keys]

    def await_programs(self) -> float:
        """Returns when hub, agent and forwarder said that they are ready: the seconds from the start to the hub's."""
        self.await_units(*PROGRAMS)
        return self.since_start("kiosk-hub", "ActiveEnterTimestampMonotonic")

    def await_units(self, *units: str) -> None:
        """Returns when they said that they are ready. Raises TimeoutError when they do not."""
        for unit in units:
            awaited(f"{unit} active", partial(self._is_active, unit))

    def _is_active(self, unit: str) -> bool:
        return self.show(unit, "ActiveState") == ["active"]

    def since_start(self, unit: str, key: str) -> float:
        """Seconds from the first instruction of systemd to that event of the unit."""
        began, event = self.show("", "UserspaceTimestampMonotonic")[0], self.show(unit, key)[0]
        return (int(event) - int(began)) / 1e6

    def await_end_of_start(self) -> float:
        """Returns when systemd has started all that it was asked to: the seconds that it took."""
        awaited("the end of the start", lambda: self.show("", "FinishTimestampMonotonic") not in (["0"], [""]))
        return self.since_start("", "FinishTimestampMonotonic")

    def failed(self) -> list[str]:
        """The units that failed."""
        lines = self.run("systemctl", "--failed", "--plain", "--no-legend").stdout.splitlines()
        return [line.split()[0] for line in lines if line.strip()]


def _is_first(pid: str) -> bool:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in lines)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def awaited(what: str, look: Callable[[], T], seconds: float = READY_SECONDS) -> T:
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"never saw {what}")
        time.sleep(0.1)
    return seen

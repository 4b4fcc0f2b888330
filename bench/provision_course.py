"""What is done with a provisioned box once it runs: timed, asked, walked through, killed, unplugged."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from bench import report
from bench.provision_box import Container
from bench.provision_writer import Writer, lost

READY = "start to ready, no network, wrong clock, s"
CODE, DATA = "/opt/kiosk/current", "/var/lib/kiosk"


class Wrong(Exception):
    """The box did not do what it must; the message says what it said."""


@contextmanager
def telling(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:7.1f} s  {what}", flush=True)


def measure_start(container: Container) -> dict[str, report.Figure]:
    """How long it took, what failed, what the box says of itself."""
    with telling("started"):
        ready = container.await_programs()
    whole = container.await_end_of_start()
    failed = container.failed()
    for unit in failed:
        print(container.run("systemctl", "status", "--no-pager", unit).stdout[-2000:])
    told = container.run(f"{CODE}/provisioning/time-to-ready")
    doctor = container.run("kiosk", "doctor")
    print(f"{told.stdout.rstrip()}\n{doctor.stdout.rstrip()}")
    return {
        READY: round(ready, 2),
        "start to all of it, s": round(whole, 2),
        "units that failed": len(failed),
        "time-to-ready's exit code": told.returncode,
        "doctor's exit code (1: the clock is wrong)": doctor.returncode,
    }


def hub_back(container: Container) -> float:
    """Seconds from `kill -9` of the hub to its next word that it is ready."""
    (before,) = container.show("kiosk-hub", "MainPID")
    begun = time.monotonic()
    container.run("systemctl", "kill", "--signal=KILL", "kiosk-hub")
    while (now := container.show("kiosk-hub", "MainPID", "ActiveState"))[1] != "active" or now[0] in ("0", before):
        if time.monotonic() - begun > 60:
            raise Wrong("the hub did not come back")
        time.sleep(0.05)
    return round(time.monotonic() - begun, 2)


def walk(container: Container, *more: str, after: Mapping[str, Callable[[], None]] = MappingProxyType({})) -> int:
    """One person from card to receipt; 1 when a step was not seen. `after`: what happens once that step was seen."""
    command = ("-m", "kiosk.demo.smoke", "--installed", DATA, *more)
    walking = subprocess.Popen(
        container.command("env", "-C", CODE, "PYTHONDONTWRITEBYTECODE=1", f"{CODE}/.venv/bin/python", *command),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    for line in walking.stdout or ():
        print(f"    {line.rstrip()}", flush=True)
        step = re.match(r" *[\d.]+ s  (\w+) ", line)
        if step and step[1] in after:
            after[step[1]]()
    return int(walking.wait() != 0)


def unplug(container: Container, times: int, chance: random.Random) -> dict[str, report.Figure]:
    """Pulls the plug while somebody writes, puts it back, and looks whether everything is whole."""
    broken, gone, told = 0, 0, 0
    for _ in range(times):
        writer = Writer(container)
        time.sleep(chance.uniform(1, 6))
        container.unplug()
        written = writer.end()
        told += len(written)
        try:
            container.plug_in()
            container.await_programs()
            gone += lost(container, written)
            audit = container.run("kiosk", "audit", "verify")
            whole = audit.returncode == 0 and not container.failed()
            print("" if whole else audit.stdout + str(container.failed()), end="")
        except (TimeoutError, ValueError) as error:
            print(error)
            whole = False
        broken += not whole
    return {
        "times unplugged": times, "unplugged and not whole again": broken, "acts written before the plug": told,
        "written acts lost": gone,
    }  # fmt: skip

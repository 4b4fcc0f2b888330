"""Two boxes of one site: a hub and an extra Pi that joins it over a network, and a hub that is nothing else.

Three clean systems are provisioned. The extra one is set up first where no hub is: it must say so, and take up where it
stopped once a hub is there. Both are started, with a cable between them and nothing else: the station is added
on the hub, its code joins the extra box, and there somebody holds a card to the camera and gets a number on paper,
over mDNS, the firewall, https and the box's own agent. Then each is without the other: the hub's plug is
pulled, the extra box starts first, trust is taken back and given anew. The third system is a hub alone, set up twice,
and started.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import provision_pair_hub as asked
from bench import provision_root
from bench.provision import ANSWERS, CACHE, SETUP, TREE, changes, practise, set_up, spare_clock
from bench.provision_box import Container
from bench.provision_course import CODE, DATA, Wrong, telling
from bench.provision_pair_net import HUB_ADDRESS, Cable
from bench.provision_root import SOURCE, Unable
from bench.report import Figure, Target, finish

STATION, NAME = "kiosk-2", "diem-tiem.local"
CALM_SECONDS = 60.0
EXTRA = """\
ROLE=kiosk
HOSTNAME=kiosk-2
LANGUAGE=en
CAMERA=http://127.0.0.1:9001/camera.mjpeg
PRINTER=tcp://127.0.0.1:9002
SCREEN=no
HUB=diem-tiem.local
CODE={code}
"""
NO_CODE = "ABCD-EFGH-JKMN-PQRS"
HUB_UNITS = ("kiosk-hub", "kiosk-forwarder", "kiosk-caddy", "kiosk-firewall")
NOT_A_HUBS = ("kiosk-agent", "kiosk-browser")
RESTARTS = "restarts of a revoked agent in a minute"
# An open door of the hub that its firewall has to keep shut; and one that it leaves open.
DOOR = "import socket; s = socket.create_server(('', 9999)); s.settimeout(10); s.accept()"
KNOCK = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 3)"
TARGETS = (Target(RESTARTS, "<=", 2), *(
    Target(name, "<=", 0)
    for name in (
        "changes that the extra box's second set-up tells of", "doors that the firewall left open",
        "visits that failed", "restarts of an agent without its hub", "units that failed",
        "changes that a hub alone's second set-up tells of", "paths that a hub alone's second set-up changed",
    )
))  # fmt: skip


class Visits:
    """Whoever stands before the extra box, as long as that box runs; `failed` counts."""

    def __init__(self, extra: Container, on: str) -> None:
        self.failed = 0
        command = ("-m", "bench.provision_pair_visit", f"https://{NAME}", STATION, on)
        self._process = subprocess.Popen(
            extra.command(
                "env", "-C", CODE, "PYTHONDONTWRITEBYTECODE=1", f"PYTHONPATH=/{SOURCE}",
                f"REQUESTS_CA_BUNDLE={DATA}/authority/root.crt", f"{CODE}/.venv/bin/python", *command,
            ),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._hear()

    def _hear(self) -> str:
        assert self._process.stdout
        words = (line for line in self._process.stdout if line.startswith(("seen ", "failed ")))
        said = next(words, "failed: it ended")
        print(f"           {said.rstrip()}", flush=True)
        return said

    def one(self, person: int) -> None:
        """One more person, from card to paper."""
        assert self._process.stdin
        with telling("a visit"):
            self._process.stdin.write(f"{person}\n")
            self._process.stdin.flush()
            self.failed += not self._hear().startswith("seen ")

    def end(self) -> int:
        """How many failed."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)
        return self.failed


def lay_out(root: Path, cache: Path, suite: str, arch: str, answers: str) -> None:
    """A clean system, the tree and its answers in it."""
    provision_root.make_clean(root, suite, arch, cache)
    provision_root.carry_tree(TREE, root)
    (root / "root/answers").write_text(answers, encoding="utf-8")


def stop_without_hub(root: Path, cache: Path) -> None:
    """The extra box's first set-up: it ends with a sentence, keeps the code, and has no token. Raises Wrong."""
    done = provision_root.inside(root, *SETUP, cache=cache)
    token = root / f"{DATA[1:]}/secrets/agent.token"
    print("           " + "\n           ".join(done.stdout.strip().splitlines()[-4:]))
    kept = f"CODE={NO_CODE}" in (root / "root/answers").read_text(encoding="utf-8")
    if done.returncode != 1 or "in its network" not in done.stdout or not kept or token.stat().st_size:
        raise Wrong(f"set-up where no hub is, ended with {done.returncode}:\n{done.stdout[-3000:]}")


def set_up_again(box: Container) -> list[str]:
    """Set-up in the running system; what it says it changed. Raises Wrong when it fails."""
    done = box.run(*SETUP)
    if done.returncode:
        raise Wrong(f"setup ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return changes(done.stdout)


def new_code(hub: Container) -> str:
    """A code for one more device of the station."""
    done = hub.run("kiosk", "pair", STATION, "--once")
    if done.returncode:
        raise Wrong(done.stdout)
    return done.stdout.split()[-1]


def find_by_name(extra: Container) -> str:
    """The hub's address, as mDNS has it. Raises Wrong."""
    end = time.monotonic() + 30
    while NAME not in (found := extra.run("getent", "ahostsv4", NAME).stdout):
        if time.monotonic() > end:
            raise Wrong(f"{NAME} was not found by mDNS: {found}")
        time.sleep(0.5)
    return found.split()[0]


def join(hub: Container, extra: Container) -> dict[str, Figure]:
    """The station is added, and the box that stopped takes up; its code is worth nothing any more. Raises Wrong."""
    with telling("a station more on the hub"):
        asked.add_station(hub, STATION)
        set_up_again(hub)
        hub.await_programs()
    if find_by_name(extra) != HUB_ADDRESS:
        raise Wrong(f"mDNS says another address than {HUB_ADDRESS}")
    code = new_code(hub)
    (extra.root / "root/answers").write_text(EXTRA.format(code=code), encoding="utf-8")
    with telling("the extra box joins"):
        first = set_up_again(extra)
    extra.await_units("kiosk-agent")
    refuse_used(extra, code)
    return {
        "changes of joining": len(first),
        "changes that the extra box's second set-up tells of": len(set_up_again(extra)),
    }


def refuse_used(extra: Container, code: str) -> None:
    """Raises Wrong unless a code that was used is refused, in words."""
    done = extra.run("kiosk", "join", NAME, "-", "--token-to", "/tmp/t", "--authority-to", "/tmp/a", said=f"{code}\n")
    print(f"           a used code: {done.stdout.strip().splitlines()[-1]}")
    if done.returncode == 0 or code in done.stdout or (extra.root / "tmp/t").exists():
        raise Wrong(f"a used code joined again, or was said: {done.stdout}")


def knock(hub: Container, extra: Container) -> int:
    """How many of the hub's doors are not as the firewall has them: 443 open, any other shut."""
    listening = subprocess.Popen(hub.command("python3", "-c", DOOR), stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        knocked = {port: extra.run("python3", "-c", KNOCK, HUB_ADDRESS, port) for port in ("443", "9999")}
    finally:
        listening.wait(30)
    opened = {port: done.returncode == 0 for port, done in knocked.items()}
    print(f"           doors that opened: {opened}")
    return int(not opened["443"]) + int(opened["9999"])


def restarts(box: Container) -> int:
    """How often systemd has started the agent again."""
    return int(box.show("kiosk-agent", "NRestarts")[0])


def be_without_each_other(hub: Container, extra: Container, on: str) -> dict[str, Figure]:
    """Visits; the hub's plug; the extra box started first; trust taken back, and given anew."""
    visits = Visits(extra, on)
    visits.one(3)
    lonely = restarts(extra)
    with telling("the hub unplugged for half a minute, and heard again"):
        hub.unplug()
        time.sleep(30)
        hub.plug_in()
        hub.await_programs()
        asked.await_heard(hub, STATION)
    lonely = restarts(extra) - lonely
    visits.one(4)
    failed = visits.end()
    with telling("both unplugged, the extra box started first"):
        for box in (hub, extra):
            box.unplug()
        extra.plug_in()
        visits = Visits(extra, on)
        time.sleep(30)
        hub.plug_in()
        hub.await_programs()
        asked.await_heard(hub, STATION)
    lonely += restarts(extra)
    visits.one(5)
    return {"restarts of an agent without its hub": lonely} | lose_trust(hub, extra, visits, failed)


def lose_trust(hub: Container, extra: Container, visits: Visits, failed: int) -> dict[str, Figure]:
    """Revoked on the devices' page while it runs, then started anew, then joined with a new code."""
    (agent,) = asked.look(hub, STATION)["agents"]
    asked.ask(hub, asked.REVOKE, agent)
    before = restarts(extra)
    time.sleep(15)
    if asked.look(hub, STATION)["heard"]:
        raise Wrong("a revoked agent is heard")
    running = restarts(extra) - before
    extra.run("systemctl", "kill", "--signal=KILL", "kiosk-agent")
    time.sleep(5)
    before = restarts(extra)
    with telling("a minute of a revoked agent"):
        time.sleep(CALM_SECONDS)
    started = restarts(extra) - before
    said = extra.run("journalctl", "--no-pager", "--unit=kiosk-agent", "--lines=6", "--output=cat").stdout
    print("           " + "\n           ".join(said.strip().splitlines()))
    with telling("joined again"):
        (extra.root / "root/answers").write_text(EXTRA.format(code=new_code(hub)), encoding="utf-8")
        set_up_again(extra)
        asked.await_heard(hub, STATION)
    failed += visits.end()
    visits = Visits(extra, visits_on(hub))
    visits.one(6)
    return {
        "restarts of a revoked agent that runs": running, RESTARTS: started,
        "visits": 4, "visits that failed": failed + visits.end(),
        "units that failed": len(told(hub)) + len(told(extra)),
    }  # fmt: skip


def visits_on(hub: Container) -> str:
    """The day that the hub has."""
    return asked.ask(hub, asked.OPEN)


def told(box: Container) -> list[str]:
    """The units that failed, each with its own words."""
    failed = box.failed()
    for unit in failed:
        print(box.run("systemctl", "status", "--no-pager", unit).stdout[-2000:])
    return failed


def pair(work: Path, cache: Path, suite: str, arch: str) -> dict[str, Figure]:
    """A hub and an extra box."""
    box, other = work / "box", work / "extra"
    with telling("a hub and an extra box, set up"):
        lay_out(box, cache, suite, arch, ANSWERS)
        set_up(box, cache)
        practise(box)
        lay_out(other, cache, suite, arch, EXTRA.format(code=NO_CODE))
        stop_without_hub(other, cache)
        spare_clock(other)
    with (
        Cable() as cable,
        Container(other, work / "extra.log", cable.extra) as extra,
        Container(box, work / "box.log", cable.hub) as hub,
    ):
        hub.await_programs()
        figures = join(hub, extra)
        on = visits_on(hub)
        asked.await_heard(hub, STATION)
        figures["doors that the firewall left open"] = knock(hub, extra)
        return figures | be_without_each_other(hub, extra, on)


def hub_alone(work: Path, cache: Path, suite: str, arch: str) -> dict[str, Figure]:
    """A hub without camera, printer and screen: set up twice, started. Raises Wrong when a part is not as it should."""
    root = work / "hub"
    lay_out(root, cache, suite, arch, ANSWERS.replace("ROLE=both", "ROLE=hub"))
    with telling("a hub alone, set up twice"):
        set_up(root, cache)
        before = provision_root.look(root)
        second = set_up(root, cache)
    different = provision_root.differences(before, provision_root.look(root))
    for line in [*second, *different][:20]:
        print(f"           the second time: {line}")
    practise(root)
    with Container(root, work / "hub.log") as container:
        container.await_units(*HUB_UNITS)
        container.await_end_of_start()
        there = [unit for unit in NOT_A_HUBS if container.run("systemctl", "is-enabled", "-q", unit).returncode == 0]
        failed = told(container)
        doctor = container.run("kiosk", "doctor")
        print(doctor.stdout.rstrip())
    if there or failed:
        raise Wrong(f"a hub alone has {there} and failed {failed}")
    return {
        "changes that a hub alone's second set-up tells of": len(second),
        "paths that a hub alone's second set-up changed": len(different),
    }


def main() -> None:
    """Measures, tells; ends with 1 when a part did not do what it must."""
    native = next(arch for arch, machine in provision_root.EMULATED.items() if machine == os.uname().machine)
    options = argparse.ArgumentParser(prog="bench.provision_pair", description=__doc__.split("\n")[0])
    options.add_argument("--suite", choices=("bookworm", "trixie"), default="bookworm")
    options.add_argument("--root", type=Path, metavar="DIR", help="where the systems are made; 4 GB must be free there")
    options.add_argument("--keep", action="store_true", help="leave the systems there")
    chosen = options.parse_args()
    try:
        provision_root.require_tools(native)
        work = Path(tempfile.mkdtemp(prefix="provision-pair-", dir=chosen.root))
        try:
            figures = pair(work, CACHE, chosen.suite, native) | hub_alone(work, CACHE, chosen.suite, native)
        finally:
            if chosen.keep:
                print(f"the systems are in {work}", file=sys.stderr)
            else:
                shutil.rmtree(work, ignore_errors=True)
    except (Unable, Wrong, TimeoutError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    wrong = any(not target.met_by(figures[target.name]) for target in TARGETS)
    finish(f"provision_pair {chosen.suite} {native}", figures, TARGETS, wrong)


if __name__ == "__main__":
    main()

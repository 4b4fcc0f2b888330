"""What all programs of a box need in memory (PSS) while a site works: hub, agent, forwarder, and Caddy where it is.

Each runs with the environment of its unit. Cards are held to the camera, people check in at the kiosk and slips come
out, while so many event streams are open, through Caddy's HTTPS where Caddy is installed. The browser is not counted.
Beside it, in the same run: the same hub as four gunicorn processes, which is what gunicorn's own rule advises for two
cores or less.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import kiosk
from bench.report import Figure, Target, finish
from bench.rig import Rig, late_in_the_day, until
from bench.scan_to_screen import fill
from bench.still_camera import StillCamera, pictures
from kiosk.clock import Clock
from kiosk.config import Settings
from kiosk.demo import cards, commune
from kiosk.demo.crew import Kiosk
from kiosk.demo.processes import Program
from kiosk.demo.program import free_ports
from kiosk.upstream.simulator import Platform

SUM, LOST = "all programs, MB", "streams lost"
MOST_MB = 400.0
UNITS = Path(kiosk.__file__).parent.parent / "systemd"
PICTURES = 10
SETTLE_SECONDS = 3.0
CADDYFILE = """
{{
    admin off
    skip_install_trust
    auto_https disable_redirects
    storage file_system "{folder}"
}}
https://localhost:{port} {{
    tls internal
    reverse_proxy 127.0.0.1:{hub}
}}
"""
FOUR = """
import sys, pathlib
from kiosk import config, server
from kiosk.app import create_app
class Four(server._Server):
    def load_config(self):
        super().load_config()
        for name, value in (("workers", 4), ("bind", "127.0.0.1:" + sys.argv[2])):
            self.cfg.set(name, value)
settings = config.load(pathlib.Path(sys.argv[1]))
Four(settings, lambda: create_app(settings)).run()
"""


def family(pid: int) -> list[int]:
    """A process and all that it has begun."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]  # fmt: skip
    return [pid, *(each for child in children for each in family(child))]


def pss_mb(pid: int) -> float:
    """What a program takes of the machine's memory, in MB; a page that several share counts in parts."""
    found = [
        re.search(r"^Pss:\s+(\d+) kB$", Path(f"/proc/{each}/smaps_rollup").read_text(), flags=re.M)
        for each in family(pid)
    ]
    return round(sum(int(each[1]) for each in found if each) / 1024, 1)


def environment_of(unit: str) -> dict[str, str]:
    """What a unit sets that counts here; its folders are another machine's."""
    (line,) = re.findall(r"^Environment=(.*)$", (UNITS / f"{unit}.service").read_text(encoding="utf-8"), flags=re.M)
    pairs = (each.partition("=") for each in line.split())
    return {name: value for name, _, value in pairs if name != "TMPDIR"}


class Streams:
    """So many pages with an open stream. `secure`: over HTTPS; whose the certificate is, is not what is measured."""

    def __init__(self, port: int, count: int, *, secure: bool) -> None:
        self._open = [self._begin(port, nth, secure) for nth in range(count)]

    @staticmethod
    def _begin(port: int, nth: int, secure: bool) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        trusting = ssl._create_unverified_context()
        line = (
            http.client.HTTPSConnection("localhost", port, timeout=30, context=trusting)
            if secure
            else http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        )
        line.request("GET", f"/events?topic={('board', 'desk', 'line', 'tables')[nth % 4]}")
        return line, line.getresponse()

    @property
    def lost(self) -> int:
        """How many were refused, or have ended. Whoever is there hears a beat within ten seconds."""
        return sum(not self._hears(answer) for _, answer in self._open)

    @staticmethod
    def _hears(answer: http.client.HTTPResponse) -> bool:
        try:
            said = iter(answer.readline, b"")
            return answer.status == 200 and any(line.startswith(b"event: beat") for line in said)
        except OSError:
            return False

    def close(self) -> None:
        """The pages are left."""
        for line, answer in self._open:
            answer.close()
            line.close()


@contextmanager
def caddy(folder: Path, port: int, hub: int) -> Iterator[int]:
    """Caddy in front of the hub; its process."""
    file = folder / "Caddyfile"
    file.write_text(CADDYFILE.format(folder=folder / "caddy", port=port, hub=hub))
    words = ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until("Caddy", lambda: _serves(port))
        yield program.pid
    finally:
        program.kill()
        program.wait()


@contextmanager
def four(folder: Path, port: int) -> Iterator[int]:
    """The peer's first process."""
    program = subprocess.Popen(
        [sys.executable, "-c", FOUR, str(folder), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until("four processes", lambda: _listens(port) and len(family(program.pid)) == 5)
        yield program.pid
    finally:
        program.kill()
        program.wait()


def _serves(port: int) -> bool:
    """Caddy listens before it has made its certificate."""
    try:
        with socket.create_connection(("localhost", port), timeout=5) as knock:
            ssl._create_unverified_context().wrap_socket(knock, server_hostname="localhost").close()
    except OSError:
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def check_in(rig: Rig, people: list[commune.Invented]) -> None:
    """Each holds a card to the kiosk's camera and takes a number. Raises Failed when somebody gets none."""
    page, hall = Kiosk(rig.hub_url, rig.page_code), pictures(None, PICTURES)
    for person in people:
        rig.camera.show(pictures(cards.national_card(person), PICTURES))
        page.meet(person.identity.name)
        rig.camera.show(hall)
        page.answer()
        assert page.number
        page.leave()


def look(pids: dict[str, int]) -> dict[str, Figure]:
    """MB of each, now."""
    return {name: pss_mb(pid) for name, pid in pids.items()}


def measure(folder: Path, streams: int, people: int, settle: float) -> dict[str, Figure]:
    """Every figure of one run in an empty folder."""
    os.environ.update(environment_of("kiosk-hub"))
    chosen = list(commune.strangers(people, seed=12))
    ports = free_ports("caddy", "four")
    camera, platform = StillCamera(pictures(None, PICTURES)), Platform(folder / "platform")
    platform.start()

    def prepare(settings: Settings, clock: Clock) -> None:
        late_in_the_day(settings)
        fill(settings, chosen)
        with (settings.folder / "site.toml").open("a", encoding="utf-8") as file:
            file.write(f'\n[upstream]\nurl = "{platform.url}"\n')

    with ExitStack() as running:
        running.callback(platform.stop)
        running.callback(camera.stop)
        rig = running.enter_context(Rig(folder, camera, prepare))
        forwarder = Program("forward", folder)
        forwarder.start()
        running.callback(forwarder.kill)
        pids = {f"{name}, MB": _pid(folder, name) for name in ("web", "agent", "forward")}
        secure = shutil.which("caddy") is not None
        if secure:
            pids["Caddy, MB"] = running.enter_context(caddy(folder, ports["caddy"], rig.settings.hub.port))
        pages = Streams(ports["caddy"] if secure else rig.settings.hub.port, streams, secure=secure)
        running.callback(pages.close)
        check_in(rig, chosen)
        time.sleep(settle)
        found, lost = look(pids), pages.lost
        with four(folder, ports["four"]) as pid:
            others = Streams(ports["four"], streams, secure=False)
            time.sleep(settle)
            peer = pss_mb(pid)
            others.close()
    return {
        "streams": streams, "people checked in": people, **found, SUM: round(sum(found.values()), 1), LOST: lost,
        "the hub as four processes, MB": peer,
    }  # fmt: skip


def _pid(folder: Path, name: str) -> int:
    return int((folder / "logs" / f"{name}.pid").read_text())


def main() -> None:
    """Measures, tells, ends with 1 when it is too much, or a stream was lost."""
    options = argparse.ArgumentParser(prog="bench.memory", description=__doc__.split("\n")[0])
    options.add_argument("--streams", type=int, default=50, help="event streams that are open")
    options.add_argument("--people", type=int, default=10, help="people who check in at the kiosk meanwhile")
    options.add_argument("--settle", type=float, default=SETTLE_SECONDS, help="seconds before it is looked at")
    options.add_argument("--folder", type=Path, help="where to put the site; a temporary folder otherwise")
    chosen = options.parse_args()
    if chosen.streams < 1 or chosen.people < 1:
        options.error("--streams and --people are 1 or more")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        figures = measure(Path(folder), chosen.streams, chosen.people, chosen.settle)
    targets = (Target(SUM, "<=", MOST_MB), Target(LOST, "<=", 0))
    finish("memory", figures, targets, figures[SUM] > MOST_MB or bool(figures[LOST]))


if __name__ == "__main__":
    main()

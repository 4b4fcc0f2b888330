"""What the three programs tell systemd, heard as systemd hears it: never before they work, no longer than they do."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image

from kiosk import config
from kiosk.notify import Feeder, Notify
from kiosk.turns import Turns
from kiosk.upkeep import setup
from tests.conftest import SITE
from tests.systemd.supervisor import PATIENCE, Supervisor, supervised

# A hub one of whose threads takes the turn to write and never gives it back, as a bug of ours would.
STUCK_HUB = """
import sys, threading, pathlib
from kiosk import config, server
from kiosk.app import create_app
from kiosk.store.database import turn
from kiosk.web import ready
ready.STUCK_SECONDS = 0.5
settings = config.load(pathlib.Path(sys.argv[1]))
def sit(app):
    with app.app_context(), turn():
        threading.Event().wait()
def make():
    app = create_app(settings)
    threading.Timer(float(sys.argv[2]), sit, (app,)).start()
    return app
server._Server(settings, make).run()
"""
# The same bounds, shorter: nobody waits a minute and a half for a test.
QUICK_FORWARDER = """
import sys, pathlib
from kiosk import config, forwarder
forwarder.BEAT_SECONDS, forwarder.BEAT_LATE_SECONDS = 0.1, 3.0
forwarder.run(config.load(pathlib.Path(sys.argv[1])))
"""
QUICK_AGENT = """
import sys, pathlib
from kiosk import config
from kiosk.agent import program
program.BOUNDS["sight"] = 4.0
program.run(config.load(pathlib.Path(sys.argv[1])))
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path / "notify")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def with_sections(folder: Path, text: str) -> None:
    path = folder / "site.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.fixture
def hub_url(folder: Path) -> str:
    """Where the hub of this folder will listen."""
    port = free_port()
    with_sections(folder, f'\n[hub]\nlisten = "127.0.0.1:{port}"\n')
    return f"http://127.0.0.1:{port}"


def answers(url: str) -> int:
    """The status of a page; 0 where nobody listens."""
    try:
        return requests.get(url, timeout=5).status_code
    except requests.RequestException:
        return 0


def until(what: str, seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_the_hub_is_ready_when_its_page_answers_and_no_sooner(tmp_path: Path, supervisor: Supervisor) -> None:
    port = free_port()
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "site.toml").write_text(f'{SITE}\n[hub]\nlisten = "127.0.0.1:{port}"\n', encoding="utf-8")
    url = f"http://127.0.0.1:{port}/ready"
    with supervised(supervisor, "-m", "kiosk", "--folder", str(folder), "web") as hub:
        until("the hub without its tables", lambda: answers(url) == 500)
        supervisor.drain()
        assert supervisor.heard == [], "gunicorn's own word, at its first breath, must not be heard"
        setup.migrate(config.load(folder))
        assert supervisor.next() == "READY=1"
        answer = requests.get(url, timeout=5)
        assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "ok\n", "no-store")
        assert [supervisor.next() for _ in range(3)] == ["WATCHDOG=1"] * 3
        hub.send_signal(signal.SIGTERM)
        supervisor.until("STOPPING=1")
        assert hub.wait(PATIENCE) == 0


def test_a_worker_that_stands_still_is_not_fed_for(folder: Path, hub_url: str, supervisor: Supervisor) -> None:
    with supervised(supervisor, "-m", "kiosk", "--folder", str(folder), "web") as hub:
        supervisor.until("WATCHDOG=1")
        (worker,) = Path(f"/proc/{hub.pid}/task/{hub.pid}/children").read_text().split()
        os.kill(int(worker), signal.SIGSTOP)
        supervisor.until("STATUS=/ready: ")
        assert supervisor.silence() == []
        os.kill(int(worker), signal.SIGCONT)
        supervisor.until("WATCHDOG=1")


def test_a_hub_that_sits_on_the_turn_to_write_is_not_fed_for(
    folder: Path, hub_url: str, supervisor: Supervisor
) -> None:
    with supervised(supervisor, "-c", STUCK_HUB, str(folder), "3"):
        supervisor.until("WATCHDOG=1")
        supervisor.until("STATUS=/ready says 503 stuck")
        assert supervisor.silence() == []
        assert answers(f"{hub_url}/board") == 200, "it still answers whoever only reads"


def test_a_hub_that_the_watchdog_ends_says_where_each_thread_of_its_worker_was(
    folder: Path, hub_url: str, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONFAULTHANDLER", "1")  # as the unit does
    log = folder / "errors"
    with supervised(supervisor, "-c", STUCK_HUB, str(folder), "0.5", log=log) as hub:
        supervisor.until("STATUS=/ready says 503 stuck")
        (worker,) = map(int, Path(f"/proc/{hub.pid}/task/{hub.pid}/children").read_text().split())
        # systemd's WatchdogSignal= goes to every process of the unit; here one after the other, so that no lines mix.
        os.kill(worker, signal.SIGABRT)
        until("the worker is gone", lambda: not Path(f"/proc/{worker}/exe").exists())
        os.kill(hub.pid, signal.SIGABRT)
        assert hub.wait(PATIENCE) == -signal.SIGABRT
    said = log.read_text(encoding="utf-8")
    assert said.count("Fatal Python error: Aborted") >= 2
    assert re.search(r'File "<string>", line \d+ in sit\b', said), "the thread that sits on the turn"


def test_another_programs_turn_is_no_reason_to_start_the_hub_again(
    folder: Path, hub_url: str, supervisor: Supervisor
) -> None:
    with supervised(supervisor, "-m", "kiosk", "--folder", str(folder), "web"), held(folder):
        assert supervisor.next() == "READY=1"
        assert [supervisor.next() for _ in range(4)] == ["WATCHDOG=1"] * 4


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program has the turn to write."""
    lock = os.open(folder / "kiosk.db.lock", os.O_RDWR | os.O_CREAT, 0o660)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def test_the_forwarder_is_ready_when_the_database_took_its_beat(folder: Path, supervisor: Supervisor) -> None:
    with ExitStack() as running:
        with held(folder):
            forwarder = running.enter_context(supervised(supervisor, "-c", QUICK_FORWARDER, str(folder)))
            until("the forwarder's lock", lambda: _is_locked(folder / "forwarder.lock"))
            assert supervisor.silence() == [], "its database lets nobody write"
        assert supervisor.next() == "READY=1"
        assert [supervisor.next() for _ in range(3)] == ["WATCHDOG=1"] * 3
        with held(folder):
            supervisor.until("STATUS=beat")
            assert supervisor.silence() == []
        supervisor.until("WATCHDOG=1")
        forwarder.send_signal(signal.SIGTERM)
        supervisor.until("STOPPING=1")
        assert forwarder.wait(PATIENCE) == 0


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.fixture
def alone(folder: Path) -> Path:
    """The folder of an agent whose hub, camera and printer are all away."""
    away = f"http://127.0.0.1:{free_port()}"
    with_sections(folder, f'\n[agent]\nhub = "{away}"\nlive_port = 0\n[printer]\ntarget = "/dev/usb/lp99"\n')
    (folder / "agent.token").write_text("x" * 43)
    return folder


def test_an_agent_without_hub_camera_and_printer_is_well(alone: Path, supervisor: Supervisor) -> None:
    with_sections(alone, '[camera]\nsource = "/dev/video99"\n')
    with supervised(supervisor, "-c", QUICK_AGENT, str(alone)) as agent:
        assert supervisor.next() == "READY=1"
        # Longer than the bound of the camera's thread: what is away is looked for again and again.
        begun = time.monotonic()
        while time.monotonic() - begun < 5.0:
            assert supervisor.next() == "WATCHDOG=1"
        agent.send_signal(signal.SIGTERM)
        supervisor.until("STOPPING=1")
        assert agent.wait(PATIENCE) == 0


def test_an_agent_whose_camera_hangs_is_not_fed_for(alone: Path, supervisor: Supervisor) -> None:
    pictures = alone / "pictures"
    pictures.mkdir()
    Image.fromarray(np.full((360, 640, 3), 90, np.uint8)).save(pictures / "1.png")
    os.mkfifo(pictures / "2.png")  # whoever reads it waits for ever, as a driver does that hangs
    with_sections(alone, f'[camera]\nsource = "{pictures}"\n')
    with supervised(supervisor, "-c", QUICK_AGENT, str(alone)):
        assert supervisor.next() == "READY=1"
        assert supervisor.next() == "WATCHDOG=1"
        supervisor.until("STATUS=sight")
        assert supervisor.silence() == []


@pytest.mark.parametrize("address", ["path", "abstract"])
def test_its_words_reach_either_kind_of_socket(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = str(tmp_path / "n") if address == "path" else f"@kiosk-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(name.replace("@", "\0"))
        line.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        notify = Notify()
        assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & set(os.environ), "no library speaks for us"
        assert notify.interval == 30.0
        notify.send("READY=1")
        assert line.recv(100) == b"READY=1"
    notify.send("WATCHDOG=1")  # nobody is there any more: the program goes on


def test_a_program_that_nobody_started_as_a_unit_checks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    notify, before = Notify(), threading.active_count()
    assert (notify.heard, notify.interval) == (False, None)
    Feeder(notify, lambda: "").start()
    assert threading.active_count() == before


def test_only_the_thread_itself_turns() -> None:
    stop = threading.Event()
    turns = Turns(stop)
    sight, other = turns.of("sight", 0.0), turns.of("scanner", 0.0)
    assert turns.late() == "", "nobody has begun"
    sight.begin()
    other.begin()
    other.end()
    time.sleep(0.01)
    assert turns.late() == "sight"
    viewer = threading.Thread(target=sight.is_set)
    viewer.start()
    viewer.join()
    assert turns.late() == "sight", "a viewer's question is no turn of the camera"
    roomy = turns.of("paper", 60.0)
    roomy.begin()
    assert turns.late() == "sight"
    sight.set()
    assert stop.is_set()
    assert sight.is_set()
    assert roomy.wait(60)


@pytest.mark.parametrize(("umask", "mode"), [(0o007, 0o660), (0o022, 0o600), (0o077, 0o600)])
def test_hub_and_forwarder_share_the_database_by_their_group(tmp_path: Path, umask: int, mode: int) -> None:
    """Under the umask of a unit; under any other it is its owner's alone."""
    (tmp_path / "site.toml").write_text(SITE, encoding="utf-8")
    for words in (["migrate"], ["forward", "--once"]):
        program = [sys.executable, "-m", "kiosk", "--folder", str(tmp_path), *words]
        subprocess.run(program, check=True, capture_output=True, umask=umask)
    database = sqlite3.connect(tmp_path / "kiosk.db")
    database.execute("SELECT count(*) FROM topic").fetchone()
    made = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    database.close()
    shared = {"kiosk.db", "kiosk.db-wal", "kiosk.db-shm", "kiosk.db.lock", "forwarder.lock"}
    assert {name: made[name] for name in shared} == dict.fromkeys(shared, mode)

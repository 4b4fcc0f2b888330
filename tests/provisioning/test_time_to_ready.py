"""How long the start took, from what systemd notes: its answers are written by hand, the hub's page is a real server.

In a booted container with the real systemd it runs in `./dev bench provision`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "provisioning" / "time-to-ready"
MANAGER = {"UserspaceTimestampMonotonic": "4100000", "FinishTimestampMonotonic": "31000000"}
SYSTEMCTL = """#!/bin/sh
# Stands for systemctl: each unit's properties lie in a file of its name.
[ "$1 $2" = "show --no-pager" ] || exit 9
cat "$(dirname "$0")/${3:-manager}" 2>/dev/null || printf 'ActiveState=inactive\\n'
"""


class Start:
    """One start of a box, as systemd tells of it."""

    def __init__(self, folder: Path, hub: str) -> None:
        self.folder, self.hub = folder, hub
        for name, text in (("systemctl", SYSTEMCTL), ("systemd-detect-virt", "#!/bin/sh\nexit 1\n")):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.says("manager", **MANAGER)
        for unit, at in (("kiosk-migrate", 15.0), ("kiosk-hub", 19.5), ("kiosk-agent", 22.25), ("kiosk-browser", 27.0)):
            self.active(unit, at)

    def says(self, name: str, **properties: str) -> None:
        (self.folder / name).write_text("".join(f"{key}={value}\n" for key, value in properties.items()))

    def active(self, unit: str, at: float, restarts: int = 0) -> None:
        """Since `at` seconds of the monotonic clock."""
        stamp = str(round(at * 1e6))
        self.says(f"{unit}.service", ActiveState="active", ActiveEnterTimestampMonotonic=stamp, NRestarts=str(restarts))

    def measured(self, *words: str, language: str = "C.UTF-8") -> tuple[int, str]:
        """The exit code, and what was printed."""
        ran = subprocess.run(
            [sys.executable, PROGRAM, "--role", "hub", "--hub", self.hub, *words], check=False, capture_output=True,
            text=True, timeout=60, env=os.environ | {"PATH": f"{self.folder}:/usr/bin:/bin", "LANG": language},
        )  # fmt: skip
        return ran.returncode, ran.stdout


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Start(tmp_path, f"127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def rows(told: str) -> dict[str, str]:
    """What stands behind each part."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in told.splitlines()}


def test_each_part_has_its_line_and_the_last_one_decides(start: Start) -> None:
    code, told = start.measured("--role", "both")
    shown = rows(told)
    assert (shown["kernel"], shown["kiosk-migrate.service"], shown["kiosk-hub.service"]) == (
        "4.1 s",
        "15.0 s",
        "19.5 s",
    )
    assert shown["kiosk-agent.service"] == "22.2 s"
    assert shown[f"http://{start.hub}/ready"].startswith("200 (")
    assert (code, shown["ready"]) == (0, "22.2 s within 40 s"), "a machine without a screen waits for no browser"
    assert rows(start.measured()[1])["ready"] == "19.5 s within 40 s", "a hub needs no camera"


def test_slower_than_the_limit_is_said_and_is_an_exit_code(start: Start) -> None:
    start.active("kiosk-hub", 40.1)
    code, told = start.measured()
    assert (code, rows(told)["ready"]) == (3, "40.1 s SLOWER than 40 s")
    assert start.measured("--limit", "41")[0] == 0


def test_a_part_that_does_not_run_is_not_ready(start: Start) -> None:
    (start.folder / "kiosk-agent.service").unlink()
    code, told = start.measured("--role", "both")
    assert (code, rows(told)["kiosk-agent.service"]) == (1, "not running")
    assert "a part does not run" in told


def test_a_hub_that_does_not_answer_is_not_ready(start: Start) -> None:
    start.hub = "127.0.0.1:9"
    code, told = start.measured()
    assert (code, rows(told)["http://127.0.0.1:9/ready"].startswith("no answer")) == (1, True)


def test_a_part_that_was_started_again_makes_no_figure(start: Start) -> None:
    start.active("kiosk-hub", 19.5, restarts=1)
    assert start.measured()[0] == 4
    start.active("kiosk-hub", 4000)
    code, told = start.measured()
    assert code == 4
    assert "(started again)" in told
    assert "restart the box" in told


def test_in_a_container_the_clock_begins_with_the_container(start: Start) -> None:
    (start.folder / "systemd-detect-virt").write_text("#!/bin/sh\nexit 0\n")
    hours = 7200.0
    start.says("manager", UserspaceTimestampMonotonic=f"{hours * 1e6:.0f}", FinishTimestampMonotonic="7211000000")
    start.active("kiosk-hub", hours + 6.5)
    code, told = start.measured()
    assert (code, rows(told)["kernel"], rows(told)["kiosk-hub.service"]) == (0, "0.0 s", "6.5 s")


def test_without_systemd_it_says_so(start: Start) -> None:
    (start.folder / "systemctl").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    assert start.measured()[0] == 1


def test_it_speaks_vietnamese_too(start: Start) -> None:
    assert "kịp trong 40 s" in start.measured(language="vi_VN.UTF-8")[1]

"""A stand-in for the hub: another program with a real socket, that can refuse, delay, die and come back."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
import zxingcpp
from PIL import Image

from kiosk.config import Settings, load
from kiosk.devices.virtual_camera import VirtualCamera

TOKEN = "token-of-kiosk-1"


class HubStandIn:
    """Records every request it took; `jobs` are the print jobs it will hand out."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.asked_at: list[float] = []
        self.jobs: list[dict[str, Any]] = []
        self.answer_with = 200
        self.refusals: dict[str, str] = {}
        self.formats: list[str] = []
        self.lets_wait = True
        self.token = TOKEN
        self._server: _Server | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def die(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut()
            self._server = None

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in list(self.requests) if asked == path]

    def claims(self) -> list[str]:
        """Each time somebody asked for a job."""
        return [asked for asked, _ in list(self.requests) if asked.startswith("/device/print-jobs/claim?")]

    def outcomes(self, job: str) -> list[dict[str, Any]]:
        return self.bodies(f"/device/print-jobs/{job}/outcome")

    def scans(self) -> list[bytes]:
        return [base64.b64decode(body["raw"]) for body in self.bodies("/device/scans")]

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/device/start":
            return {"station": "kiosk-1", "language": "vi", "formats": self.formats}
        if path.startswith("/device/print-jobs/claim?wait="):
            until = time.monotonic() + (float(path.rpartition("=")[2]) if self.lets_wait else 0)
            while not self.jobs and time.monotonic() < until and self._server:
                time.sleep(0.002)
            return self.jobs.pop(0) if self.jobs else {}
        return {"outcome": "known"} if path == "/device/scans" else {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], hub: HubStandIn) -> None:
        super().__init__(address, _Asked)
        self.hub = hub
        self.open: set[Any] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side was killed while it waited."""

    def cut(self) -> None:
        for connection in list(self.open):
            connection.close_connection = True
            with contextlib.suppress(OSError):  # the other side has gone already
                connection.connection.shutdown(2)


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in two packets would wait 40 ms for the first one's acknowledgement
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self)

    def finish(self) -> None:
        self.server.open.discard(self)

    def _take(self) -> None:
        hub = self.server.hub
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        if self.headers.get("Authorization") != f"Bearer {hub.token}":
            return self._say(401, {})
        if hub.answer_with != 200:
            return self._say(hub.answer_with, {})
        hub.requests.append((self.path, body))
        hub.asked_at.append(time.monotonic())
        if self.path in hub.refusals:
            return self._say(422, {"refusal": hub.refusals[self.path]})
        return self._say(200, hub.answer(self.path, body))

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def _say(self, code: int, content: dict[str, Any]) -> None:
        raw = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[HubStandIn]:
    stand_in = HubStandIn()
    yield stand_in
    stand_in.die()


@pytest.fixture
def site(tmp_path: Path, hub: HubStandIn) -> Callable[..., Settings]:
    """Makes a site folder with one kiosk, paired to the stand-in, and loads its settings."""

    def made(camera: str = "", printer: str = "", token: str | None = TOKEN) -> Settings:
        (tmp_path / "site.toml").write_text(
            f"""
[site]
name = "Điểm tiêm thử"
code = "T-01"
[agent]
hub = "{hub.url}"
live_port = 0
[camera]
source = "{camera}"
[printer]
target = "{printer}"
[[stations]]
code = "kiosk-1"
kind = "kiosk"
name = {{ vi = "Máy lấy số 1", en = "Kiosk 1" }}
"""
        )
        if token:
            (tmp_path / "agent.token").write_text(token)
        return load(tmp_path)

    return made


@pytest.fixture
def virtual() -> Iterator[VirtualCamera]:
    camera = VirtualCamera()
    camera.start()
    yield camera
    camera.stop()


@pytest.fixture
def card() -> Callable[[str], Image.Image]:
    """A card of 85.6 × 54 mm with a QR code of 16 mm that says `text`."""

    def made(text: str) -> Image.Image:
        picture = Image.new("RGB", (1284, 810), (206, 228, 222))
        file = io.BytesIO()
        segno.make_qr(text.encode(), error="m", mode="byte").save(file, kind="png", scale=8)
        picture.paste(Image.open(file).convert("RGB").resize((240, 240), Image.Resampling.LANCZOS), (1004, 40))
        return picture

    return made


@pytest.fixture
def dots() -> Image.Image:
    """The DataMatrix code of a vial's box, on a table."""
    code = zxingcpp.create_barcode("0104012345678901", zxingcpp.BarcodeFormat.DataMatrix).to_image(scale=10)
    picture = Image.new("RGB", (1280, 720), (120, 112, 104))
    picture.paste(Image.fromarray(np.array(code)).convert("RGB"), (480, 240))
    return picture


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """The event that ends an agent's threads; set when the test is over."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def eventually() -> Callable[..., bool]:
    """Waits until `true()` is, at most `seconds`; says whether it came true."""

    def wait(true: Callable[[], object], seconds: float = 60.0) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if true():
                return True
            time.sleep(0.02)
        return bool(true())

    return wait

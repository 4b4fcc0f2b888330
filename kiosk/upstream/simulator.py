"""`python -m kiosk.upstream.simulator`: a platform to send to, that can be told to misbehave.

A server program of its own, for the demo and the tests; it shares nothing with the client but the FHIR library.
`/fhir` is FHIR R4; `/control`, from this machine only, shows and sets the faults, which last until it stops.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

from kiosk.upstream import simulator_fhir
from kiosk.upstream.simulator_faults import Faults
from kiosk.upstream.simulator_fhir import Refused
from kiosk.upstream.simulator_store import Records

BASE = "/fhir"
LARGEST_REQUEST = 1_000_000
LOGIN_PAGE = "<!doctype html><title>Wi-Fi</title><p>Mạng yêu cầu đăng nhập.</p>"


class Platform:
    """The simulated platform, between `start` and `stop`. Port 0: a free one, kept over a restart."""

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1", token: str = "") -> None:
        self.folder, self.port, self.host, self.token = folder, port, host, token
        self.faults = Faults()
        self.stopping = threading.Event()
        self.records: Records
        self._server: _Server | None = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where its FHIR is."""
        return f"http://{self.host}:{self.port}{BASE}"

    def start(self) -> None:
        """Answer from threads of its own."""
        self.stopping.clear()
        self.records = Records(self.folder)
        self._server = _Server((self.host, self.port), self)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """End every wait and answer nobody any more."""
        self.stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self.records.close()
            self._server = None

    def misbehave(self, **changes: Any) -> None:
        """Set or clear faults by name. Raises ValueError."""
        with self._lock:
            self.faults = self.faults.changed(changes)

    def state(self) -> dict[str, Any]:
        """What `/control` shows."""
        return {"faults": asdict(self.faults), **self.records.figures()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], platform: Platform) -> None:
        super().__init__(address, _Request)
        self.platform = platform

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Request(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30.0

    def do_GET(self) -> None:
        self._route(self._read)

    def do_POST(self) -> None:
        self._route(self._transact)

    def do_PUT(self) -> None:
        self._route(self._change)

    def _route(self, fhir: Callable[[str], None]) -> None:
        path = self.path.partition("?")[0]
        if path == "/control":
            self._control()
        elif path == BASE or path.startswith(f"{BASE}/"):
            self._fhir(path.removeprefix(BASE).strip("/"), fhir)
        else:
            self._refuse(Refused(404, "not-found", "nothing here"))

    def _fhir(self, path: str, answer: Callable[[str], None]) -> None:
        platform = self.server.platform
        try:
            if platform.faults.login_page:
                self._say(200, LOGIN_PAGE.encode(), "text/html; charset=utf-8")
            elif platform.faults.busy:
                self._refuse(Refused(503, "transient", "busy"), {"Retry-After": "2"})
            elif platform.token and path != "metadata" and not self._may_enter():
                self._refuse(Refused(401, "login", "no such token"))
            else:
                answer(path)
        except Refused as refused:
            self._refuse(refused)

    def _may_enter(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.server.platform.token}"

    def _read(self, path: str) -> None:
        records, parts = self.server.platform.records, path.split("/")
        query = self.path.partition("?")[2]
        if path == "metadata":
            self._resource(simulator_fhir.capabilities())
        elif path == simulator_fhir.CERTIFICATES:
            self._certificates(query)
        elif parts[0] in simulator_fhir.TYPES and len(parts) == 1:
            self._resource(simulator_fhir.search(records, parts[0], query, self.server.platform.url))
        elif parts[0] in simulator_fhir.TYPES and len(parts) == 2:
            self._resource(simulator_fhir.read(records, parts[0], parts[1]))
        else:
            raise Refused(404, "not-found", "no such resource here")

    def _certificates(self, query: str) -> None:
        platform = self.server.platform
        if platform.faults.no_certificate:
            self._resource(simulator_fhir.no_certificates(query, platform.url))
        elif platform.faults.other_certificate:
            self._resource(simulator_fhir.certificates_of_another(platform.records, query, platform.url))
        else:
            self._resource(simulator_fhir.certificates(platform.records, query, platform.url))

    def _transact(self, path: str) -> None:
        platform = self.server.platform
        if path:
            raise Refused(404, "not-supported", "only transactions")
        bundle = self._json("application/fhir+json")
        if platform.faults.refuse:
            raise Refused(422, "business-rule", "refused")
        if platform.faults.forget:
            answer = simulator_fhir.transact_and_forget(platform.records, bundle)
        elif platform.faults.duplicate:
            answer = simulator_fhir.transact_twice(platform.records, bundle)
        else:
            answer = simulator_fhir.transact(platform.records, bundle)
        self._answer(answer)

    def _change(self, path: str) -> None:
        records, faults = self.server.platform.records, self.server.platform.faults
        resource = self._json("application/fhir+json")
        if faults.refuse:
            raise Refused(422, "business-rule", "refused")
        if faults.unchanging:
            raise Refused(405, "not-supported", "doses are not changed here")
        if faults.meddle:
            simulator_fhir.meddle(records, path)
        if faults.forget:
            self._answer(resource)
        else:
            self._answer(simulator_fhir.change(records, path, resource, self.headers.get("If-Match", "")))

    def _answer(self, resource: dict[str, Any]) -> None:
        """What was done is told, unless the line is to break just now."""
        if self.server.platform.faults.drop_answer:
            self.close_connection = True
        else:
            self._resource(resource)

    def _control(self) -> None:
        platform = self.server.platform
        if not ipaddress.ip_address(self.client_address[0]).is_loopback:
            self._refuse(Refused(403, "forbidden", "from this machine only"))
            return
        try:
            if self.command == "POST":
                changes = self._json("application/json")
                if not isinstance(changes, dict):
                    raise ValueError("not an object")
                platform.misbehave(**changes)
        except (ValueError, Refused) as error:
            self._say(400, json.dumps({"error": str(error)}).encode(), "application/json")
            return
        self._say(200, json.dumps(platform.state()).encode(), "application/json")

    def _json(self, media_type: str) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_REQUEST:
            raise Refused(413, "too-long", "no length, or too long")
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != media_type:
            raise Refused(415, "not-supported", f"only {media_type}")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Refused(400, "structure", "not JSON") from None

    def _refuse(self, refused: Refused, headers: dict[str, str] | None = None) -> None:
        self._resource(refused.outcome(), refused.status, headers)

    def _resource(self, resource: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
        platform = self.server.platform
        platform.stopping.wait(platform.faults.delay)
        body = json.dumps(resource, ensure_ascii=False).encode()
        self._say(status, body, "application/fhir+json; charset=utf-8", headers)

    def _say(self, status: int, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": media_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A request line carries identifiers: none is kept."""


def main() -> None:
    """Serve until SIGTERM or SIGINT; the address is printed once it answers."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.upstream.simulator", description="A simulated platform.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", default="", help="refuse whoever does not carry it")
    given = parser.parse_args()
    platform = Platform(given.folder, given.port, given.host, given.token)
    asked_to_stop = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        asked_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    platform.start()
    print(platform.url, flush=True)
    asked_to_stop.wait()
    platform.stop()


if __name__ == "__main__":
    main()

"""A dose to tell of, the simulated platform, and a server that says exactly what a test wants it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.upstream import profile
from kiosk.upstream.client import Client
from kiosk.upstream.simulator import Platform
from tests.rules import test_messages

FHIR = "application/fhir+json"

NURSE = "3f1d5f0a-1111-4c55-9d86-6b1d8e0f0001"
DOSE = replace(test_messages.DOSE, old_number="", vaccinator=NURSE, entered_by=NURSE, entered_by_name="Trần Văn Bình")
VOID = replace(test_messages.VOID, voided_by=NURSE, dose=DOSE)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    running = Platform(tmp_path / "platform")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def client(platform: Platform) -> Client:
    return Client(platform.url, profile.load())


def entries(*statuses: str) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "transaction-response",
        "entry": [{"response": {"status": status, "location": "Patient/1/_history/1"}} for status in statuses],
    }


def found(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


class StandIn:
    """Answers each method with what it was told to say (PATIENT, DOSE: whoever asks for one); keeps every request."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections: set[Any] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), {"stand_in": self}))
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self._server.server_address[1]}/fhir"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def raw(self, method: str, write: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.answers[method] = write

    def says(self, method: str, body: Any, status: int = 200, media_type: str = FHIR, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()

        def write(asked: BaseHTTPRequestHandler) -> None:
            asked.send_response(status)
            asked.send_header("Content-Type", media_type)
            asked.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                asked.send_header(name.replace("_", "-"), value)
            asked.end_headers()
            asked.wfile.write(content)

        self.answers[method] = write


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.stand_in.connections.add(self.client_address)
        self.stand_in.asked.append((self.command, self.path, dict(self.headers), body))
        try:
            named = {"Patient": "PATIENT", "Immunization": "DOSE"}.get(
                self.path.removeprefix("/fhir/").split("/")[0], ""
            )
            one = named in self.stand_in.answers and self.command == "GET"
            self.stand_in.answers[named if one else self.command](self)
        except OSError:
            self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    yield server
    server.stop()

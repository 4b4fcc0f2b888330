import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from kiosk.demo.wire import Wire

LOCAL = "127.0.0.1"


class Far(BaseHTTPRequestHandler):
    """Says what it was sent; `/wait` says nothing until it is told to."""

    go = threading.Event()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/wait":
            self.server.waited_for.set()
            self.go.wait(10)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Not asked for."""


@pytest.fixture
def far():
    server = ThreadingHTTPServer((LOCAL, 0), Far)
    server.waited_for = threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    Far.go.set()
    server.shutdown()
    server.server_close()
    Far.go.clear()


@pytest.fixture
def wire(far):
    between = Wire(LOCAL, 0, far.server_address[1])
    between.start()
    yield between
    between.stop()


def send(wire, path="/", body=b"x"):
    return requests.post(f"http://{LOCAL}:{wire.port}{path}", data=body, timeout=10).content


def test_it_carries_both_ways(wire):
    body = bytes(range(256)) * 4000
    assert send(wire, body=body) == body


def test_cut_it_refuses_and_mended_it_carries_again(wire):
    for _ in range(3):
        wire.cut()
        with pytest.raises(requests.ConnectionError):
            send(wire)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((LOCAL, wire.port))
        wire.mend()
        assert send(wire) == b"x"


def test_cut_it_breaks_off_what_waits_for_an_answer(wire, far):
    cutter = threading.Thread(target=lambda: (far.waited_for.wait(10), wire.cut()))
    cutter.start()
    with pytest.raises(requests.ConnectionError):
        send(wire, "/wait")
    cutter.join()


def test_nobody_at_the_far_end_is_a_broken_connection(wire, far):
    far.shutdown()
    far.server_close()
    with pytest.raises(requests.ConnectionError):
        send(wire)


def test_its_port_is_free_when_it_has_stopped(wire):
    port = wire.port
    wire.stop()
    with socket.socket() as door:
        door.bind((LOCAL, port))

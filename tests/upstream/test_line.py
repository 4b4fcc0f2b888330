"""An exchange ends at its deadline, and whatever breaks on the way has one of four names."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from kiosk.upstream import line
from kiosk.upstream.line import Line, LineTrouble
from tests.upstream.conftest import FHIR, StandIn

PIECES = 200


def trouble(url: str, *, deadline_seconds: float = 20.0) -> str:
    with pytest.raises(LineTrouble) as raised:
        Line("", deadline_seconds, None).exchange("GET", url, {}, None)
    return raised.value.reason


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", b"", id="body"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", b"", id="body without length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ", b"\r\n\r\n", id="head"),
    ],
)
def test_whoever_trickles_is_cut_off(stand_in: StandIn, head: bytes, tail: bytes) -> None:
    to_the_end: list[bool] = []

    def trickle(asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        asked.wfile.write(head)
        for _ in range(PIECES - 1):
            asked.wfile.write(b"x")
            threading.Event().wait(0.05)
        to_the_end.append(True)
        asked.wfile.write(b"x" + tail)

    stand_in.raw("GET", trickle)
    assert trouble(stand_in.url, deadline_seconds=0.5) == "timeout"
    assert not to_the_end


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert trouble(f"http://127.0.0.1:{silent.getsockname()[1]}/", deadline_seconds=0.3) == "timeout"


def test_a_handshake_that_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert trouble(f"https://127.0.0.1:{silent.getsockname()[1]}/", deadline_seconds=0.3) == "timeout"


def test_only_who_the_authority_vouches_for_is_believed() -> None:
    certificate = Path(__file__).with_name("localhost.pem")  # signed by itself, for this test alone
    server = StandIn(certificate)
    try:
        server.says("GET", {"resourceType": "CapabilityStatement"})
        assert trouble(server.url) == "tls"
        assert server.asked == [], "no word was said to whoever that is"
        assert Line("", 20.0, str(certificate)).exchange("GET", server.url, {}, None).status == 200
    finally:
        server.stop()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    assert trouble(f"http://127.0.0.1:{port}/") == "unreachable"


def test_no_such_address() -> None:
    assert trouble("http://platform.invalid/fhir") == "unreachable"
    assert trouble("no address at all") == "unreachable"


def test_an_answer_that_is_no_http(stand_in: StandIn) -> None:
    stand_in.raw("GET", lambda asked: (asked.wfile.write(b"SSH-2.0-x\r\n"), setattr(asked, "close_connection", True)))
    assert trouble(stand_in.url) == "unreachable"


def test_no_tls_where_it_should_be(stand_in: StandIn) -> None:
    assert trouble(stand_in.url.replace("http://", "https://")) == "tls"


def test_a_truncated_answer(stand_in: StandIn) -> None:
    def break_off(asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        asked.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    stand_in.raw("GET", break_off)
    assert trouble(stand_in.url) == "incomplete"


def test_an_answer_without_end(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LARGEST_ANSWER", 50_000)
    stand_in.says("GET", b" " * 50_001)
    assert trouble(stand_in.url) == "incomplete"
    stand_in.says("GET", b" " * 50_000)
    assert len(Line("", 20.0, None).exchange("GET", stand_in.url, {}, None).body) == 50_000


def test_a_redirect_is_not_followed(stand_in: StandIn) -> None:
    stand_in.says("GET", b"", 302, Location=stand_in.url + "/login")
    assert Line("", 20.0, None).exchange("GET", stand_in.url, {}, None).status == 302
    assert len(stand_in.asked) == 1


def test_what_is_asked_carries_token_and_types(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    stand_in.says("POST", {})
    Line("secret", 20.0, None).exchange("POST", stand_in.url, {}, b"{}")
    [(_, _, headers, body)] = stand_in.asked
    assert headers["Authorization"] == "Bearer secret"
    assert (headers["Accept"], headers["Content-Type"]) == (FHIR, FHIR)
    assert body == b"{}"


def test_the_connection_is_kept_and_outlives_a_server_that_closed_it(stand_in: StandIn) -> None:
    stand_in.says("GET", {})
    kept = Line("", 20.0, None)
    kept.exchange("GET", stand_in.url, {}, None)
    kept.exchange("GET", stand_in.url, {}, None)
    assert len(stand_in.connections) == 1
    stand_in.says("GET", {}, Connection="close")
    kept.exchange("GET", stand_in.url, {}, None)
    kept.exchange("GET", stand_in.url, {}, None)
    assert len(stand_in.connections) == 2

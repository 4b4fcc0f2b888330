"""The event stream of a real server: that something changed, never what."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from kiosk.actions import help_calls
from kiosk.web import events
from kiosk.web.events import MOST_STREAMS
from tests.cast import Players, key, now, receive


@pytest.fixture
def port(hub: Flask, players: Players, opened: str, folder: Path) -> Iterator[int]:
    """The hub as it is run on a site, in a process of its own; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    site = folder / "site.toml"
    site.write_text(site.read_text(encoding="utf-8") + f'\n[hub]\nlisten = "127.0.0.1:{number}"\n', encoding="utf-8")
    program = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "--folder", str(folder), "web"], stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.05)
    yield number
    os.kill(program.pid, signal.SIGTERM)
    assert program.wait(15) == 0, "it stops cleanly"


class Stream:
    """One page's open stream."""

    def __init__(self, port: int, query: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.connection.request("GET", f"/events?{query}")
        self.response = self.connection.getresponse()

    def next(self) -> str:
        """The next event, as it came over the wire."""
        lines = []
        while line := self.response.readline().decode().strip():
            lines.append(line)
        return "\n".join(lines)


def test_a_change_of_another_program_arrives_as_its_topic_and_nothing_more(
    hub: Flask, players: Players, port: int
) -> None:
    board, kiosk = Stream(port, "topic=board&topic=day"), Stream(port, "topic=kiosk:kiosk-1")
    assert board.response.status == 200
    assert board.response.headers["Content-Type"].startswith("text/event-stream")
    assert board.response.headers["Cache-Control"] == "no-store"
    for stream in (board, kiosk):
        assert stream.next() == "retry: 1000\nevent: hello\ndata: -"
    with hub.app_context():
        receive(players, players.huong)
    heard = {board.next(), board.next()}
    assert heard == {"event: board\ndata: -", "event: day\ndata: -"}
    with hub.app_context():
        help_calls.call_help(players.kiosk, now(), key(), "asked")
    assert kiosk.next() == "event: kiosk\ndata: -", "the topic's first part only, and nobody else's news before it"
    for stream in (board, kiosk):
        stream.connection.close()


@pytest.mark.parametrize("query", ["", "topic=" + "x" * 41, "&".join(f"topic={n}" for n in range(7))])
def test_a_stream_of_nothing_or_of_everything_is_a_bad_request(hub: Flask, query: str) -> None:
    assert hub.test_client().get(f"/events?{query}").status_code == 400


def test_asking_whether_the_stream_is_there_holds_no_place_in_it(hub: Flask) -> None:
    client = hub.test_client()
    for _ in range(MOST_STREAMS + 1):
        assert client.head("/events?topic=board").status_code == 405
    answer = client.get("/events?topic=board")
    assert answer.status_code == 200
    answer.close()


def test_a_stream_that_nobody_ever_read_is_given_back(hub: Flask) -> None:
    client = hub.test_client()
    for _ in range(MOST_STREAMS + 1):
        answer = client.get("/events?topic=board", buffered=False)
        assert answer.status_code == 200
        answer.close()


def test_what_an_agent_says_is_told_without_waiting_for_the_next_look(
    hub: Flask, players: Players, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 3600.0)
    watcher = hub.extensions["watcher"]
    inbox = watcher.subscribe(frozenset({"board"}))
    with hub.app_context():
        receive(players, players.huong)
    hub.test_client().post("/device/scans")
    assert inbox.get(timeout=20) == "board"

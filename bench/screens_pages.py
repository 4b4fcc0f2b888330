"""Pages as browsers have them, for `bench/screens.py`: one event stream, and a GET of each partial that it concerns."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape

from bench.tables import Line

HOST = "127.0.0.1"
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 2.0
PHONE_SECONDS = 10.0
LISTENING = re.compile(r'<[^<>]*hx-get="[^"]*"[^<>]*hx-trigger="[^"]*"[^<>]*>')
EVENTS = re.compile(r"sse:(\w+)")


@dataclass(frozen=True)
class Part:
    """An element that fetches itself anew. `of`: the part that it came with."""

    id: str
    url: str
    events: frozenset[str]
    of: str = ""


@dataclass(frozen=True)
class Seen:
    """What a screen showed from an instant on (`time.perf_counter`)."""

    at: float
    part: str
    text: str


def parts_of(html: str, of: str = "") -> Iterator[Part]:
    """The elements of a page that listen to its stream."""
    for tag in LISTENING.findall(html):
        facts = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        events = frozenset(EVENTS.findall(facts["hx-trigger"]))
        if events and "id" in facts:
            yield Part(facts["id"], facts["hx-get"], events, of)


class Screen:
    """One browser. `polls`: it has no stream, and asks for everything every two seconds."""

    def __init__(self, kind: str, port: int, path: str, cookie: str = "", *, polls: bool = False) -> None:
        self.kind, self.path, self.failed = kind, path, 0
        self.seen: list[Seen] = []
        self._port, self._headers, self._polls = port, {"Cookie": cookie}, polls
        self._line = Line(port)
        self._parts: dict[str, Part] = {}
        self._due: set[str] = set()
        self._news = threading.Condition()
        self._open, self._ready = True, threading.Event()
        self._stream: socket.socket | None = None
        self._threads = [threading.Thread(target=self._fetch, daemon=True)]

    def open(self) -> None:
        """The page is there, and its stream has said hello."""
        html = self._get(self.path, {})
        self._parts = {part.id: part for part in parts_of(html)}
        found = re.search(r'sse-connect="([^"]+)"', html)
        if not self._parts or found is None:
            raise LookupError(f"{self.path} does not listen to anything")
        if not self._polls:
            self._threads.append(threading.Thread(target=self._listen, args=(unescape(found[1]),), daemon=True))
        for thread in self._threads:
            thread.start()
        if not self._polls and not self._ready.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"the stream of {self.path} did not begin")

    def close(self) -> None:
        """The browser is gone."""
        self._open = False
        with self._news:
            self._news.notify_all()
        with suppress(OSError):
            if self._stream is not None:
                self._stream.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def when(self, shows: Callable[[Seen], bool], since: float) -> float | None:
        """From when on it showed what it must, after an instant; None: up to now it has not."""
        return next((each.at for each in list(self.seen) if each.at >= since and shows(each)), None)

    def _listen(self, url: str) -> None:
        line = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE_SECONDS)
        line.connect()
        self._stream = line.sock
        line.request("GET", url, headers=self._headers)
        answer = line.getresponse()
        with suppress(OSError, http.client.HTTPException):  # the browser is gone
            while self._open and (said := answer.readline()):
                if said.startswith(b"event: "):
                    self._hear(said[7:].decode().strip())
        line.close()

    def _hear(self, event: str) -> None:
        with self._news:
            self._due |= {part.id for part in self._parts.values() if event in part.events}
            self._news.notify_all()
        self._ready.set()

    def _fetch(self) -> None:
        while self._open:
            with self._news:
                if not self._due:
                    heard = self._news.wait(POLL_SECONDS if self._polls else PATIENCE_SECONDS)
                    self._due |= set() if heard or not self._polls else set(self._parts)
                due = [part for part in self._parts.values() if part.id in self._due]
                self._due.clear()
            for part in due:
                if self._open:
                    self._renew(part)

    def _renew(self, part: Part) -> None:
        try:
            html = self._get(part.url, {"HX-Request": "true", "HX-Target": part.id})
        except (OSError, http.client.HTTPException):
            self.failed += 1
            return
        if not html:
            return
        self.seen.append(Seen(time.perf_counter(), part.id, unescape(html)))
        with self._news:
            kept = {id: each for id, each in self._parts.items() if part.id not in (id, each.of)}
            self._parts = kept | {each.id: each for each in parts_of(html, part.id)}

    def _get(self, url: str, more: dict[str, str]) -> str:
        """The page's or the partial's HTML; "" where nothing has changed. Raises http.client.HTTPException."""
        status, _, html = self._line.ask("GET", url, None, self._headers | more)
        if status not in (200, 204):
            raise http.client.HTTPException(f"{url}: {status}")
        return html.decode() if status == 200 else ""


class Phone:
    """A guest's phone with the ticket's page open: it asks every ten seconds, and says what it has."""

    def __init__(self, port: int, token: str, nth: int) -> None:
        self.asked = self.failed = 0
        self._url, self._port, self._nth = f"/t/{token}", port, nth
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Into the pocket."""
        self._closed.set()
        self._thread.join(PATIENCE_SECONDS)

    def _poll(self) -> None:
        line, known = Line(self._port), ""
        self._closed.wait(PHONE_SECONDS * (self._nth % 30) / 30)
        while not self._closed.is_set():
            try:
                tag = {"If-None-Match": known} if known else {}
                status, headers, _ = line.ask("GET", self._url, None, tag)
                known = headers.get("ETag", "")
                self.failed += status not in (200, 304)
            except (OSError, http.client.HTTPException):
                self.failed += 1
            self.asked += 1
            self._closed.wait(PHONE_SECONDS)

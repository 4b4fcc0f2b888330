"""One HTTP exchange with the platform, under a deadline that no server can stretch.

The `timeout` of requests is per read, so a server that trickles would hold the line for ever: at the deadline the
socket is cut, wherever the exchange stands. Only a TLS handshake is not cut within: each of its reads has its own end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000
PORTION = 16_384


class LineTrouble(Exception):
    """No whole answer. `reason`: unreachable, timeout, tls or incomplete."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Said:
    """What came back, whole. Redirects are answers too."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Line:
    """Keeps its connection between exchanges; one thread at a time.

    `ca_file`: the only authority to trust; None trusts the public ones. Unverified TLS cannot be asked for.
    """

    def __init__(self, token: str, deadline_seconds: float, ca_file: str | None) -> None:
        self._deadline_seconds = deadline_seconds
        self._session = requests.Session()
        # Neither proxies, .netrc nor a foreign CA bundle of the machine may come between.
        self._session.trust_env = False
        self._session.verify = ca_file or True
        self._session.mount("http://", _Adapter())
        self._session.mount("https://", _Adapter())
        # `no-cache`: some servers answer a search that they have seen before from a minute's memory.
        self._session.headers.update(
            {"Accept": "application/fhir+json", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        )
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def exchange(self, method: str, url: str, query: Mapping[str, str], body: bytes | None, version: str = "") -> Said:
        """Ask once and read the answer to its end. `version`: the only one that may be changed. Raises LineTrouble."""
        with _deadline(self._deadline_seconds) as watch:
            try:
                said = self._ask(method, url, query, body, version)
            except LineTrouble:
                watch.require_time()
                raise
            except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
                watch.require_time()
                raise LineTrouble(_reason(error)) from None
            # A cut socket looks like the end of an answer that names no length.
            watch.require_time()
            return said

    def _ask(self, method: str, url: str, query: Mapping[str, str], body: bytes | None, version: str) -> Said:
        longest = self._deadline_seconds
        headers = {"Content-Type": "application/fhir+json"} if body is not None else {}
        headers |= {"If-Match": f'W/"{version}"'} if version else {}
        with self._session.request(
            method,
            url,
            params=query,
            data=body,
            headers=headers,
            timeout=(min(CONNECT_SECONDS, longest), longest),
            allow_redirects=False,
            stream=True,
        ) as answer:
            content = bytearray()
            for portion in answer.iter_content(PORTION):
                content += portion
                if len(content) > LARGEST_ANSWER:
                    raise LineTrouble("incomplete")
            return Said(answer.status_code, dict(answer.headers.lower_items()), bytes(content))


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    if isinstance(error, requests.Timeout):
        return "timeout"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "incomplete"
    return "unreachable"


class _Watch:
    """The deadline of one exchange and the socket that it cuts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._over = False
        self._wire: socket.socket | None = None

    def hold(self, wire: Any) -> None:
        # The socket and not its connection: that one lets go of it once an answer says it is the last.
        with self._lock:
            self._wire = wire
        self.require_time()

    def expire(self) -> None:
        with self._lock:
            self._over = True
            if self._wire is not None:
                # The plain shutdown, under any TLS: the reader wakes up with an error or an end.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._wire, socket.SHUT_RDWR)

    def require_time(self) -> None:
        with self._lock:
            if self._over:
                raise LineTrouble("timeout")


_here = threading.local()


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[_Watch]:
    watch = _here.watch = _Watch()
    timer = threading.Timer(seconds, watch.expire)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _here.watch.hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _here.watch.hold(self.sock)
        super().request(*args, **kwargs)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _here.watch.hold(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _here.watch.hold(self.sock)
        super().request(*args, **kwargs)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Connections that can be cut from outside."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
